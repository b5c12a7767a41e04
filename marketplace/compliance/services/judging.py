"""Judging facts by the rules of the day, and keeping what was found."""

from collections.abc import Iterable, Mapping
from typing import Any

from marketplace.compliance.models import Judgement
from marketplace.compliance.services import standings
from marketplace.core import clock
from marketplace.core.db import Record, db
from marketplace.core.errors import Unlawful
from marketplace.rules import engine
from marketplace.rules.facts import Facts


def judge(subject: Record, *, stage: str, facts: Mapping[str, Any]) -> engine.Judgement:
    """Judge a subject's facts at a gate by today's rules; facts, findings and version are kept."""
    found = engine.judge(Facts.of(facts), clock.today(), stage=stage)
    plain = found.as_dict()
    db.session.flush()  # the subject needs its id
    db.session.add(
        Judgement(
            subject_kind=subject.__tablename__,
            subject_id=subject.id,
            stage=stage,
            catalogue_version=found.catalogue_version,
            outcome=found.outcome.value,
            facts=_plain(facts),
            findings=plain["findings"],
            unknown=plain["unknown"],
        )
    )
    return found


def must_pass(
    subject: Record, *, stage: str, facts: Mapping[str, Any] | Iterable[Mapping[str, Any]]
) -> list[engine.Judgement]:
    """The third gate of a command: no hard rule open, none undecided; else Unlawful.

    A bundle gives one fact sheet a right. `needs` of the refusal names the rules in the way,
    `missing` the facts without which a hard rule cannot be decided.
    """
    sheets = [facts] if isinstance(facts, Mapping) else list(facts)
    found = [judge(subject, stage=stage, facts=sheet) for sheet in sheets]
    standings.note(subject, [finding for one in found for finding in one.findings])
    undecided = {finding.rule for one in found for finding in one.undecided_hard}
    open_rules = {rule for one in found for rule in one.hard_open} - undecided
    if open_rules:
        raise Unlawful("rules.blocked", needs=sorted(open_rules))
    if undecided:
        missing = {path for one in found for each in one.undecided_hard for path in each.missing}
        raise Unlawful("rules.undecided", needs=sorted(undecided), missing=sorted(missing))
    return found


def _plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Fact sheets are plain values but for the set of evidence."""
    return {
        record: sorted(content) if isinstance(content, set | frozenset) else content
        for record, content in facts.items()
    }
