"""Tables that change on a day: `schedules/*.yaml`, each entry with its source and how sure that is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from marketplace.core import tables
from marketplace.rules.library import Certainty, Words

FOLDER = Path(__file__).parents[1] / "schedules"
_ABOUT = {"since", "until", "article", "certainty", "note"}


@dataclass(frozen=True)
class Entry:
    """What a table says from a day on, until it says otherwise."""

    since: date
    until: date | None
    article: Words
    certainty: Certainty
    note: Words | None
    values: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def get(self, name: str, default: Any = None) -> Any:
        """A value that not every entry has."""
        return self.values.get(name, default)

    def words(self, name: str) -> Words:
        """A value that is a text in both languages."""
        return Words(**self.values[name])

    @property
    def is_sure(self) -> bool:
        """The article was read in full; anything else is shown as to be confirmed."""
        return self.certainty is Certainty.TEXT

    def stands_on(self, day: date) -> bool:
        """Whether this is what the table says on a day."""
        return self.since <= day and (self.until is None or day < self.until)


@cache
def table(file: str) -> Mapping[str, tuple[Entry, ...]]:
    """Every list of a file by its name, the earliest entry first."""
    content = tables.read(FOLDER / f"{file}.yaml")
    return {
        name: tuple(sorted(map(_entry, listed), key=lambda entry: entry.since))
        for name, listed in content.items()
        if isinstance(listed, list)
    }


def _entry(given: Mapping[str, Any]) -> Entry:
    note = given.get("note")
    return Entry(
        given["since"],
        given.get("until"),
        Words(**given["article"]),
        Certainty(given["certainty"]),
        Words(**note) if note else None,
        {name: value for name, value in given.items() if name not in _ABOUT},
    )


def on(entries: Iterable[Entry], day: date) -> Entry:
    """The entry that stands on a day; for a day before the first, the first."""
    listed = list(entries)
    return next((entry for entry in listed if entry.stands_on(day)), listed[0])
