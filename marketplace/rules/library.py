"""The rules on file: `catalogue/*.yaml`, read and compiled once."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from marketplace.core import tables, working_days
from marketplace.core.words import in_script
from marketplace.rules.predicates import Predicate, compiled

FOLDER = Path(__file__).with_name("catalogue")


class Stage(StrEnum):
    """The steps of a deal in their order; `continuous` rules belong to every step."""

    LISTING = "listing"
    OFFER = "offer"
    SIGNING = "signing"
    CLOSING = "closing"
    POST = "post"
    CONTINUOUS = "continuous"


STAGES = (Stage.LISTING, Stage.OFFER, Stage.SIGNING, Stage.CLOSING, Stage.POST)


class Gate(StrEnum):
    """How a rule binds: `hard` stops the stage, `duty` makes a task, `info` advises or exempts."""

    HARD = "hard"
    DUTY = "duty"
    INFO = "info"


class Certainty(StrEnum):
    """How sure the quoted text is; anything but `text` is shown as "to be confirmed"."""

    TEXT = "text"
    EXCERPT = "excerpt"
    SECONDARY = "secondary"
    MEMORY = "mem"


@dataclass(frozen=True)
class Words:
    """A short text in both languages."""

    zh: str
    en: str

    def say(self, locale: str = "zh_Hans") -> str:
        """The English for an English locale, the Chinese otherwise."""
        return self.en if locale.startswith("en") else in_script(self.zh, locale)


@dataclass(frozen=True)
class Deadline:
    """When a rule must be met: words always, and where the law counts, months or days.

    Counted from the event `after` (signing, closing, grant, signing_before for a period that
    must have run before signing). Days are calendar days unless `working`.
    """

    words: Words
    months: int = 0
    days: int = 0
    after: str = ""
    working: bool = False

    def due_on(self, start: date) -> date | None:
        """The last day, counted from the event `after`; None where the law sets no plain period.

        A period in months ends on the day of the same number, or the month's last: 民法典 art. 202.
        Working days of a year whose calendar is not out are refused (`calendar.unpublished`).
        """
        if not (self.months or self.days) or self.after.endswith("_before"):
            return None
        if self.working:
            return working_days.add(start, self.days)
        year, month = divmod(start.month - 1 + self.months, 12)
        first = date(start.year + year, month + 1, 1)
        length = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - first
        return first + timedelta(days=min(start.day, length.days) - 1 + self.days)


@dataclass(frozen=True)
class Text:
    """What the law says from one day to another: a rule can be renumbered and stay the same."""

    since: date
    until: date | None
    article: str
    quote: str
    gloss: str
    certainty: Certainty


@dataclass(frozen=True)
class Waiver:
    """Who may waive what a rule asks, and by which law; a rule without one binds everybody."""

    by: tuple[str, ...]
    basis: str


@dataclass(frozen=True)
class Ground:
    """One refusal ground inside a rule."""

    id: str
    when: Predicate
    zh: str


@dataclass(frozen=True)
class Rule:
    """One rule: when it applies, what meets it, who must act, and the law behind it."""

    id: str
    title: Words
    since: date
    until: date | None
    stage: Stage
    gate: Gate
    effect: str
    actors: tuple[str, ...]
    when: Predicate
    ok: Predicate | None
    evidence: tuple[str, ...]
    any_evidence: bool
    deadline: Deadline | None
    texts: tuple[Text, ...]
    grounds: tuple[Ground, ...]
    note: str
    waiver: Waiver | None = None

    def text_on(self, day: date) -> Text | None:
        """The text in force on a day, if any."""
        return next((text for text in self.texts if _in_force(text, day)), None)

    def in_force(self, day: date) -> bool:
        return _in_force(self, day) and self.text_on(day) is not None

    @property
    def is_about_exchange(self) -> bool:
        """Whether it looks at the exchange alone, whatever is dealt in."""
        return all(
            predicate.fact_paths
            and not predicate.evidence
            and all(path.startswith("plat.") for path in predicate.fact_paths)
            for predicate in self.predicates
        )

    @property
    def predicates(self) -> tuple[Predicate, ...]:
        own = (self.when,) if self.ok is None else (self.when, self.ok)
        return (*own, *(ground.when for ground in self.grounds))


def _in_force(dated: Rule | Text, day: date) -> bool:
    return dated.since <= day and (dated.until is None or day < dated.until)


@dataclass(frozen=True)
class Section:
    """The rules of one file, under its title."""

    title: Words
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Catalogue:
    """A set of rules and the version by which a judgement can be repeated.

    `content` is all of it as canonical JSON; `restored` makes the same catalogue of it again.
    """

    sections: tuple[Section, ...]
    version: str
    content: str = field(default="", repr=False, compare=False)

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        return tuple(rule for section in self.sections for rule in section.rules)

    @cached_property
    def by_id(self) -> Mapping[str, Rule]:
        return {rule.id: rule for rule in self.rules}

    @cached_property
    def references(self) -> Mapping[str, frozenset[str]]:
        """The rules that predicates ask about, by helper (`exempt`, `grounds`)."""
        asked: dict[str, set[str]] = {"exempt": set(), "grounds": set()}
        for predicate in (one for rule in self.rules for one in rule.predicates):
            for helper, rule_id in predicate.helpers:
                asked[helper].add(rule_id)
        return {helper: frozenset(ids) for helper, ids in asked.items()}

    def in_force(self, day: date) -> tuple[Rule, ...]:
        return tuple(rule for rule, _ in self.texts_on(day))

    def texts_on(self, day: date) -> tuple[tuple[Rule, Text], ...]:
        """The rules in force on a day, each with its text of that day; worked out once a day."""
        known = self._by_day.get(day)
        if known is None:
            told = ((rule, rule.text_on(day)) for rule in self.rules if rule.in_force(day))
            known = tuple((rule, text) for rule, text in told if text)
            self._by_day[day] = known
        return known

    @cached_property
    def _by_day(self) -> dict[date, tuple[tuple[Rule, Text], ...]]:
        return {}


@cache
def load() -> Catalogue:
    """Every rule on file, in the order of the files."""
    return catalogue_of([tables.read(path) for path in sorted(FOLDER.glob("*.yaml"))])


def catalogue_of(files: Iterable[Mapping[str, Any]]) -> Catalogue:
    """A catalogue from parsed files (`edition`, `title`, `rules`).

    The version hashes what the files say, not how they are laid out. ValueError names a rule that
    is given twice.
    """
    given = list(files)
    ids = [entry["id"] for file in given for entry in file["rules"]]
    if len(ids) != len(set(ids)):
        raise ValueError(f"rules given twice: {sorted({one for one in ids if ids.count(one) > 1})}")
    sections = tuple(
        Section(Words(**file["title"]), tuple(_rule(entry) for entry in file["rules"]))
        for file in given
    )
    edition = max(file["edition"] for file in given)
    spoken = [entry for file in given for entry in file["rules"]]
    content = json.dumps(spoken, sort_keys=True, default=str, ensure_ascii=False).encode()
    return Catalogue(
        sections,
        f"{edition.isoformat()}+{hashlib.sha256(content).hexdigest()[:12]}",
        _canonical(given),
    )


def restored(content: str) -> Catalogue:
    """The catalogue that a kept `content` tells, with its version: old law for old judgements."""
    files = json.loads(content)
    for file in files:
        file["edition"] = date.fromisoformat(file["edition"])
        for entry in file["rules"]:
            for dated in (entry, *entry.get("texts", ())):
                for name in ("since", "until"):
                    if dated.get(name):
                        dated[name] = date.fromisoformat(dated[name])
    return catalogue_of(files)


def _canonical(given: Any) -> str:
    return json.dumps(given, sort_keys=True, default=str, ensure_ascii=False, separators=(",", ":"))


def catalogue_version() -> str:
    """Edition and content hash of the rules on file, `2026-11-22+0123456789ab`."""
    return load().version


def _rule(entry: Mapping[str, Any]) -> Rule:
    ok = entry.get("ok")
    return Rule(
        id=entry["id"],
        title=Words(**entry["title"]),
        since=entry["since"],
        until=entry.get("until"),
        stage=Stage(entry["stage"]),
        gate=Gate(entry["gate"]),
        effect=entry["effect"],
        actors=tuple(entry["actor"]),
        when=compiled(entry["when"]),
        ok=compiled(ok) if ok else None,
        evidence=tuple(entry.get("evidence", ())),
        any_evidence=entry.get("any_evidence", False),
        deadline=_deadline(entry.get("deadline")),
        texts=_texts(entry),
        grounds=tuple(
            Ground(ground["id"], compiled(ground["when"]), ground["zh"])
            for ground in entry.get("grounds", ())
        ),
        note=entry.get("note", ""),
        waiver=_waiver(entry.get("waiver")),
    )


def _waiver(given: Mapping[str, Any] | None) -> Waiver | None:
    return Waiver(tuple(given["by"]), given["basis"]) if given else None


def _texts(entry: Mapping[str, Any]) -> tuple[Text, ...]:
    shared = {key: entry[key] for key in ("article", "quote", "gloss", "certainty") if key in entry}
    versions = entry.get("texts", ({"since": entry["since"], "until": entry.get("until")},))
    return tuple(
        Text(
            since=version["since"],
            until=version.get("until"),
            article=version["article"],
            quote=version["quote"],
            gloss=version["gloss"],
            certainty=Certainty(version["certainty"]),
        )
        for version in ({**shared, **given} for given in versions)
    )


def _deadline(given: Mapping[str, Any] | None) -> Deadline | None:
    if given is None:
        return None
    counted = {key: given[key] for key in ("months", "days", "after", "working") if key in given}
    return Deadline(Words(given["zh"], given["en"]), **counted)
