"""What changes in the law between two days: rules that begin, end, or are worded anew. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from difflib import SequenceMatcher
from enum import StrEnum

from marketplace.rules.library import Catalogue, Rule, Text

_WORD = re.compile(r"\d+|[A-Za-z]+|.", re.DOTALL)
_ALIKE = 0.6  # below it two texts are shown one after the other


class ChangeKind(StrEnum):
    """How a rule differs between two days."""

    NEW = "new"
    GONE = "gone"
    AMENDED = "amended"


@dataclass(frozen=True)
class Change:
    """A rule with its text of the earlier and of the later day; None where it was not in force."""

    rule: Rule
    before: Text | None
    after: Text | None

    @property
    def kind(self) -> ChangeKind:
        if self.before is None:
            return ChangeKind.NEW
        return ChangeKind.GONE if self.after is None else ChangeKind.AMENDED

    @property
    def parts(self) -> tuple[str, ...]:
        """What of the text differs: article, quote, gloss, certainty."""
        if self.before is None or self.after is None:
            return ()
        names = [field.name for field in fields(Text) if field.name not in {"since", "until"}]
        return tuple(n for n in names if getattr(self.before, n) != getattr(self.after, n))


def between(catalogue: Catalogue, earlier: date, later: date) -> list[Change]:
    """The rules that are not the same on two days, in the order of the catalogue."""
    found = []
    for rule in catalogue.rules:
        before, after = (
            rule.text_on(day) if rule.in_force(day) else None for day in (earlier, later)
        )
        if before != after:
            found.append(Change(rule, before, after))
    return found


def days(catalogue: Catalogue) -> list[date]:
    """The days on which some text begins or ceases to apply, in order."""
    found = {text.since for rule in catalogue.rules for text in rule.texts}
    ends = {text.until for rule in catalogue.rules for text in rule.texts}
    return sorted(found | {day for day in ends if day})


@dataclass(frozen=True)
class Mark:
    """A piece of a text that stayed (""), went ("del") or came ("ins")."""

    kind: str
    text: str


def marks(before: str, after: str) -> Iterator[Mark]:
    """The later text with what went and what came marked in it; figures are told apart whole."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if matcher.ratio() < _ALIKE:
        yield from (Mark("del", before), Mark("ins", after))
        return
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            yield Mark("", "".join(new[j1:j2]))
            continue
        if i2 > i1:
            yield Mark("del", "".join(old[i1:i2]))
        if j2 > j1:
            yield Mark("ins", "".join(new[j1:j2]))
