"""What a judgement still asks of people: facts for the intake form, evidence for the checklist."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from marketplace.rules.engine import Finding, Judgement, Status, settle
from marketplace.rules.facts import FIELDS, Facts, Field
from marketplace.rules.library import Catalogue, Gate, load

SETTLED = frozenset({Status.SATISFIED, Status.WAIVED, Status.INFO})
SETTINGS = frozenset({"plat", "ctx"})  # the exchange knows these itself


@dataclass(frozen=True)
class Demand:
    """Evidence to be filed: one document, or any one of several."""

    evidence: tuple[str, ...]
    rules: tuple[str, ...]
    actors: tuple[str, ...]
    blocking: bool


def facts_needed(
    deal_kind: str,
    asset_kind: str,
    on: date,
    known: Mapping[str, Any] | None = None,
    catalogue: Catalogue | None = None,
) -> list[Field]:
    """The facts whose absence could leave a hard rule undecided, in the order of the model.

    `known` are further facts by path (`{"owner.kind": "university"}`); the more is known, the less
    is asked. Settings of the exchange are left out.
    """
    given = {"deal.kind": deal_kind, "asset.kind": asset_kind, **(known or {})}
    facts = Facts.of({}).updated(given)
    catalogue = catalogue or load()
    rules = catalogue.in_force(on)
    situation, _ = settle(facts, rules, catalogue)
    paths: set[str] = set()
    for rule in (one for one in rules if one.gate is Gate.HARD):
        applies = rule.when.decide(situation)
        if applies.holds is not False:
            paths |= applies.missing | (rule.ok.decide(situation).missing if rule.ok else set())
    return _fields(paths)


def facts_missing(judgement: Judgement) -> list[Field]:
    """The facts that keep hard rules undecided in this judgement: to be asked before signing."""
    return _fields(path for one in judgement.undecided_hard for path in one.missing)


def evidence_wanted(judgement: Judgement) -> list[Demand]:
    """The documents that open rules and duties still lack; each is asked for once."""
    asked: dict[tuple[str, ...], list[Finding]] = {}
    for finding in judgement.findings:
        if finding.status in SETTLED or not finding.applies:
            continue
        lacking = finding.lacking_evidence
        for evidence in [lacking] if finding.any_evidence else [(name,) for name in lacking]:
            if evidence:
                asked.setdefault(evidence, []).append(finding)
    return [
        Demand(
            evidence=evidence,
            rules=tuple(one.rule for one in findings),
            actors=tuple(dict.fromkeys(actor for one in findings for actor in one.actors)),
            blocking=any(one.gate is Gate.HARD for one in findings),
        )
        for evidence, findings in asked.items()
    ]


def _fields(paths: Iterable[str]) -> list[Field]:
    wanted = set(paths)
    return [
        field for path, field in FIELDS.items() if path in wanted and field.record not in SETTINGS
    ]
