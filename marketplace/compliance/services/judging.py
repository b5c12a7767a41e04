"""Judging facts by the rules of the day, and keeping what was found."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from datetime import date
from typing import Any

from sqlalchemy.exc import IntegrityError

from marketplace.compliance import worklist
from marketplace.compliance.models import CatalogueVersion, Judgement
from marketplace.compliance.queries import known_version
from marketplace.compliance.services import standings
from marketplace.core import clock
from marketplace.core.db import Record, db
from marketplace.core.errors import Unlawful
from marketplace.rules import engine, library
from marketplace.rules.facts import Facts


def judge(
    subject: Record,
    *,
    stage: str,
    facts: Mapping[str, Any],
    part: str = "",
    waived: Collection[str] = (),
) -> engine.Judgement:
    """Judge a subject's facts at a gate by today's rules; facts, findings and law are kept.

    `part` names the right (its reference) where a subject has several. A rule that was `waived`
    is kept as waived, not as met.
    """
    today = clock.today()
    found = engine.judge(Facts.of(facts), today, stage=stage).with_waivers(waived)
    plain = found.as_dict()
    db.session.flush()  # the subject needs its id
    _keep_law()
    db.session.add(
        Judgement(
            subject_kind=subject.__tablename__,
            subject_id=subject.id,
            part=part,
            judged_on=today,
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
    subject: Record,
    *,
    stage: str,
    facts: Mapping[str, Any] | Iterable[Mapping[str, Any]],
    parts: Iterable[str] = (),
) -> list[engine.Judgement]:
    """The third gate of a command: no hard rule open, none undecided; else Unlawful.

    A bundle gives one fact sheet a right, and the rights' references as `parts`. `needs` of the
    refusal names the rules in the way, `missing` the facts that a hard rule is undecided without.
    """
    sheets = [facts] if isinstance(facts, Mapping) else list(facts)
    named = [*parts] or [""] * len(sheets)
    waived = worklist.waived_rules(subject)
    found = [
        judge(subject, stage=stage, facts=sheet, part=part, waived=waived)
        for sheet, part in zip(sheets, named, strict=True)
    ]
    standings.note(subject, [finding for one in found for finding in one.findings])
    undecided = {finding.rule for one in found for finding in one.undecided_hard}
    open_rules = {rule for one in found for rule in one.hard_open} - undecided
    if open_rules:
        raise Unlawful("rules.blocked", needs=sorted(open_rules))
    if undecided:
        missing = {path for one in found for each in one.undecided_hard for path in each.missing}
        raise Unlawful("rules.undecided", needs=sorted(undecided), missing=sorted(missing))
    return found


def _keep_law() -> None:
    """Keep the rules in use whole, the first time that something is judged by them."""
    law = library.load()
    if known_version(law.version):
        return
    with suppress(IntegrityError), db.session.begin_nested():  # another may keep it just now
        db.session.add(
            CatalogueVersion(
                version=law.version,
                edition=date.fromisoformat(law.version.partition("+")[0]),
                rules=len(law.rules),
                content=law.content,
                sha256=hashlib.sha256(law.content.encode()).hexdigest(),
            )
        )


def _plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Fact sheets are plain values but for the set of evidence."""
    return {
        record: sorted(content) if isinstance(content, set | frozenset) else content
        for record, content in facts.items()
    }
