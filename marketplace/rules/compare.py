"""Two judgements of one thing, and whether it was the law or the facts that changed. Pure.

The old facts are judged by the new law too, and the new facts by the old law: what already changes
with one of them alone is put down to it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from marketplace.rules.engine import Finding, Judgement, judge
from marketplace.rules.facts import Facts
from marketplace.rules.library import Catalogue


@dataclass(frozen=True)
class Law:
    """A catalogue as it stands on a day."""

    catalogue: Catalogue
    on: date

    def judge(self, facts: Facts, only: Collection[str] | None = None) -> Judgement:
        """What this law asks of the facts, at all stages."""
        return judge(facts, self.on, self.catalogue, only=only)

    def is_same_as(self, other: "Law") -> bool:
        return (self.catalogue.version, self.on) == (other.catalogue.version, other.on)


class What(StrEnum):
    """How a rule bears on it now that it did not before."""

    NEW = "new"
    GONE = "gone"
    STATUS = "status"
    TEXT = "text"


class Cause(StrEnum):
    """What changed it; `both`: either alone would have, or only the two together."""

    FACTS = "facts"
    LAW = "law"
    BOTH = "both"


@dataclass(frozen=True)
class Difference:
    """A rule that two judgements see differently; None where it does not bear on the facts."""

    rule: str
    what: What
    cause: Cause
    before: Finding | None
    after: Finding | None

    @property
    def finding(self) -> Finding:
        """The later finding, or the last there was."""
        found = self.after or self.before
        if found is None:
            raise ValueError(self.rule)
        return found

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "rule": self.rule,
            "what": self.what.value,
            "cause": self.cause.value,
            "before": _told(self.before),
            "after": _told(self.after),
        }


@dataclass(frozen=True)
class Comparison:
    """A judgement, the one that would be made now, and how they differ."""

    before: Judgement
    after: Judgement
    differences: tuple[Difference, ...]


def compare(old_facts: Facts, old_law: Law, new_facts: Facts, new_law: Law) -> Comparison:
    """Judge the old facts by the old law and the new by the new; tell what differs, and why."""
    before, after = old_law.judge(old_facts), new_law.judge(new_facts)
    was, is_now = _by_rule(before), _by_rule(after)
    changed = [
        rule for rule in {**was, **is_now} if _seen(was.get(rule)) != _seen(is_now.get(rule))
    ]
    if not changed:
        return Comparison(before, after, ())
    if old_law.is_same_as(new_law):
        by_law, by_facts = was, is_now
    else:
        by_law = _by_rule(new_law.judge(old_facts, changed))
        by_facts = _by_rule(old_law.judge(new_facts, changed))
    found = []
    for rule in changed:
        first, last = was.get(rule), is_now.get(rule)
        law_did = _seen(by_law.get(rule)) != _seen(first)
        facts_did = _seen(by_facts.get(rule)) != _seen(first)
        cause = Cause.BOTH if law_did is facts_did else Cause.LAW if law_did else Cause.FACTS
        found.append(Difference(rule, _what(first, last), cause, first, last))
    return Comparison(before, after, tuple(found))


def _by_rule(judgement: Judgement) -> Mapping[str, Finding]:
    return {finding.rule: finding for finding in judgement.findings}


def _seen(finding: Finding | None) -> tuple[Any, ...] | None:
    """What of a finding matters to those who must act."""
    return None if finding is None else (finding.status, *_text(finding))


def _text(finding: Finding) -> tuple[Any, ...]:
    return (
        finding.article,
        finding.quote,
        finding.gate,
        finding.stage,
        finding.effect,
        finding.actors,
        finding.evidence,
        finding.deadline,
    )


def _what(before: Finding | None, after: Finding | None) -> What:
    if before is None:
        return What.NEW
    if after is None:
        return What.GONE
    return What.TEXT if before.status is after.status else What.STATUS


def _told(finding: Finding | None) -> dict[str, Any] | None:
    if finding is None:
        return None
    return {
        "status": finding.status.value,
        "gate": finding.gate.value,
        "stage": finding.stage.value,
        "article": finding.article,
        "missing": list(finding.missing),
    }
