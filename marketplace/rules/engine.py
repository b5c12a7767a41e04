"""Judging a fact sheet by the rules in force on a day. Pure: the day is an argument."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from marketplace.rules.facts import Facts
from marketplace.rules.library import (
    STAGES,
    Catalogue,
    Certainty,
    Deadline,
    Gate,
    Rule,
    Stage,
    Text,
    Waiver,
    Words,
    load,
)
from marketplace.rules.predicates import FALSE, TRUE, Situation, Verdict

EXEMPT = "exempt"
_ORDER = {one: position for position, one in enumerate(Stage)}


class Outcome(StrEnum):
    """What the known facts allow."""

    ALLOWED = "ALLOWED"
    BLOCKED = "BLOCKED"


class Status(StrEnum):
    """Where a rule stands.

    `open` blocks, `duty` is a task to be done, `unknown` may not apply; what is `waived` is not
    met, and whoever the law lets do so has renounced it.
    """

    OPEN = "open"
    SATISFIED = "satisfied"
    WAIVED = "waived"
    DUTY = "duty"
    INFO = "info"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Finding:
    """One rule as it bears on the facts: what it asks, of whom, by which article.

    `missing` are the facts (paths) for lack of which it, or its being met, is undecided; `grounds`
    the refusal grounds that hold; `lacking_evidence` what of the evidence is not on file (any one
    of it will do where `any_evidence`); `applies` is None where it is undecided whether it applies.
    """

    rule: str
    status: Status
    title: Words
    gate: Gate
    stage: Stage
    effect: str
    actors: tuple[str, ...]
    article: str
    quote: str
    gloss: str
    certainty: Certainty
    evidence: tuple[str, ...]
    any_evidence: bool
    lacking_evidence: tuple[str, ...]
    deadline: Deadline | None
    missing: tuple[str, ...] = ()
    grounds: tuple[str, ...] = ()
    applies: bool | None = True
    waiver: Waiver | None = None

    @property
    def actor(self) -> str:
        """Who must act first."""
        return self.actors[0]

    @property
    def confirmed(self) -> bool:
        """Whether the article was read in full; otherwise show "to be confirmed"."""
        return self.certainty is Certainty.TEXT

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON: the command line's and what a kept judgement stores."""
        deadline = self.deadline and {
            "zh": self.deadline.words.zh,
            "en": self.deadline.words.en,
            "months": self.deadline.months,
            "days": self.deadline.days,
            "after": self.deadline.after,
            "working": self.deadline.working,
        }
        return {
            "rule": self.rule,
            "status": self.status.value,
            "title": {"zh": self.title.zh, "en": self.title.en},
            "gate": self.gate.value,
            "stage": self.stage.value,
            "effect": self.effect,
            "actor": self.actor,
            "actors": list(self.actors),
            "article": self.article,
            "quote": self.quote,
            "gloss": self.gloss,
            "certainty": self.certainty.value,
            "evidence": list(self.evidence),
            "any_evidence": self.any_evidence,
            "lacking_evidence": list(self.lacking_evidence),
            "deadline": deadline,
            "missing": list(self.missing),
            "grounds": list(self.grounds),
            "applies": self.applies,
        }


@dataclass(frozen=True)
class Judgement:
    """All findings of one judging, in the order of the stages, and the lists read off them."""

    findings: tuple[Finding, ...]
    on: date
    catalogue_version: str

    @property
    def outcome(self) -> Outcome:
        return Outcome.BLOCKED if self.hard_open else Outcome.ALLOWED

    @property
    def hard_open(self) -> tuple[str, ...]:
        """Rules that stop the deal."""
        return self._ids(Status.OPEN)

    @property
    def satisfied(self) -> tuple[str, ...]:
        return self._ids(Status.SATISFIED)

    @property
    def duties(self) -> tuple[str, ...]:
        """Rules that make a task and are not shown to be met."""
        return self._ids(Status.DUTY)

    @property
    def info(self) -> tuple[str, ...]:
        return self._ids(Status.INFO)

    @property
    def waived(self) -> tuple[str, ...]:
        """Rules that are not met and were renounced."""
        return self._ids(Status.WAIVED)

    @property
    def grounds(self) -> tuple[str, ...]:
        """The refusal grounds that hold, of rules that apply."""
        return tuple(ground for one in self.findings if one.applies for ground in one.grounds)

    @property
    def unknown(self) -> tuple[Finding, ...]:
        """Every finding that a missing fact leaves undecided; `missing` names the facts.

        A rule that applies is listed here too when only its being met is undecided: it stays open,
        or a duty, until it is shown to be met.
        """
        return tuple(one for one in self.findings if one.missing)

    @property
    def undecided_hard(self) -> tuple[Finding, ...]:
        """Hard rules that lack a fact: nothing may be signed while there is one."""
        return tuple(one for one in self.unknown if one.gate is Gate.HARD)

    @property
    def is_clear(self) -> bool:
        """No hard rule is open and none is undecided."""
        return not self.hard_open and not self.undecided_hard

    def up_to(self, stage: Stage | str) -> "Judgement":
        """The findings that count for passing a stage, as if it had been judged for it alone."""
        kept = tuple(one for one in self.findings if _within(one.stage, stage))
        return replace(self, findings=kept)

    def finding(self, rule: str) -> Finding | None:
        """The finding of a rule, None where it does not bear on the facts."""
        return next((one for one in self.findings if one.rule == rule), None)

    def with_waivers(self, rules: Collection[str]) -> "Judgement":
        """The same, with what was waived shown as waived; a rule that allows none stays as it is."""
        return replace(
            self,
            findings=tuple(
                replace(one, status=Status.WAIVED, missing=())
                if one.rule in rules and one.waiver and one.status in {Status.OPEN, Status.DUTY}
                else one
                for one in self.findings
            ),
        )

    def _ids(self, status: Status) -> tuple[str, ...]:
        return tuple(one.rule for one in self.findings if one.status is status)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON, keys as in the command line's contract."""
        return {
            "outcome": self.outcome.value,
            "hard_open": list(self.hard_open),
            "satisfied": list(self.satisfied),
            "duties": list(self.duties),
            "info": list(self.info),
            "grounds": list(self.grounds),
            "unknown": [{"rule": one.rule, "missing": list(one.missing)} for one in self.unknown],
            "findings": [one.as_dict() for one in self.findings],
            "on": self.on.isoformat(),
            "catalogue_version": self.catalogue_version,
        }


def judge(
    facts: Facts,
    on: date,
    catalogue: Catalogue | None = None,
    stage: Stage | str | None = None,
    only: Collection[str] | None = None,
) -> Judgement:
    """Find what the rules in force on a day ask of the facts.

    With a stage, only the rules that must be met to pass it: its own, the earlier ones' and the
    continuous ones; without, all rules, as at closing. With `only`, the rules named and no others.
    """
    catalogue = catalogue or load()
    rules = catalogue.texts_on(on)
    situation, grounds = settle(facts, [rule for rule, _ in rules], catalogue)
    found = []
    for rule, text in rules:
        if _within(rule.stage, stage) and (only is None or rule.id in only):
            finding = _find(rule, text, situation, grounds.get(rule.id, {}))
            if finding:
                found.append(finding)
    found.sort(key=lambda finding: _ORDER[finding.stage])
    return Judgement(tuple(found), on, catalogue.version)


def settle(
    facts: Facts, rules: Iterable[Rule], catalogue: Catalogue
) -> tuple[Situation, dict[str, dict[str, Verdict]]]:
    """The situation in which predicates can be decided, and each rule's refusal grounds.

    Grounds and exemptions come first, since other predicates ask about them. A rule that is not in
    force on the day exempts nobody.
    """
    situation = Situation(facts)
    grounds = {
        rule.id: {ground.id: ground.when.decide(situation) for ground in rule.grounds}
        for rule in rules
        if rule.grounds
    }
    situation.answer("grounds", {rule: any_of(held.values()) for rule, held in grounds.items()})
    exempting = [rule for rule in rules if rule.effect == EXEMPT]
    situation.answer(EXEMPT, {rule.id: rule.when.decide(situation) for rule in exempting})
    for helper, asked in catalogue.references.items():
        known = situation.answers[helper]
        situation.answer(helper, {rule: FALSE for rule in asked if rule not in known})
    return situation, grounds


def any_of(verdicts: Iterable[Verdict]) -> Verdict:
    """Whether any holds, in three values."""
    asked = list(verdicts)
    if any(verdict.holds for verdict in asked):
        return TRUE
    missing = [verdict.missing for verdict in asked if verdict.holds is None]
    return Verdict(None, frozenset().union(*missing)) if missing else FALSE


def _within(stage: Stage, limit: Stage | str | None) -> bool:
    if limit is None or stage is Stage.CONTINUOUS or Stage(limit) is Stage.CONTINUOUS:
        return limit is None or stage is Stage.CONTINUOUS or stage is Stage(limit)
    return STAGES.index(stage) <= STAGES.index(Stage(limit))


def _find(
    rule: Rule, text: Text, situation: Situation, grounds: dict[str, Verdict]
) -> Finding | None:
    applies = rule.when.decide(situation)
    if applies.holds is False:
        return None
    met = rule.ok.decide(situation) if rule.ok and applies.holds else FALSE
    missing = applies.missing | met.missing
    return Finding(
        rule=rule.id,
        status=_status(rule.gate, applies, met),
        title=rule.title,
        gate=rule.gate,
        stage=rule.stage,
        effect=rule.effect,
        actors=rule.actors,
        article=text.article,
        quote=text.quote,
        gloss=text.gloss,
        certainty=text.certainty,
        evidence=rule.evidence,
        any_evidence=rule.any_evidence,
        lacking_evidence=_lacking(rule, situation.facts.docs),
        deadline=rule.deadline,
        missing=tuple(sorted(missing)),
        grounds=tuple(ground for ground, verdict in grounds.items() if verdict.holds),
        applies=applies.holds,
        waiver=rule.waiver,
    )


def _lacking(rule: Rule, docs: frozenset[str]) -> tuple[str, ...]:
    lacking = tuple(name for name in rule.evidence if name not in docs)
    enough = rule.any_evidence and len(lacking) < len(rule.evidence)
    return () if enough else lacking


def _status(gate: Gate, applies: Verdict, met: Verdict) -> Status:
    if applies.holds is None:
        return Status.UNKNOWN
    if gate is Gate.INFO:
        return Status.INFO
    if met.holds:
        return Status.SATISFIED
    return Status.DUTY if gate is Gate.DUTY else Status.OPEN
