"""What a judgement still asks of people: facts for the intake form, evidence for the checklist."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from marketplace.rules.engine import Finding, Judgement, Status, settle
from marketplace.rules.facts import FIELDS, Facts, Field
from marketplace.rules.library import Catalogue, Gate, Stage, load
from marketplace.rules.sources import asked_first

SETTLED = frozenset({Status.SATISFIED, Status.WAIVED, Status.INFO})
BEFORE_SIGNING = frozenset({Stage.LISTING, Stage.OFFER, Stage.SIGNING, Stage.CONTINUOUS})
SETTINGS = frozenset({"plat", "ctx"})  # the exchange knows these itself


@dataclass(frozen=True)
class Question:
    """A fact that only people know: who answers it, and which rules hang on it."""

    field: Field
    value: Any
    side: str  # who answers; empty: either party
    required: bool
    rules: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """The fact asked for, record.name."""
        return self.field.path

    @property
    def is_open(self) -> bool:
        """Nobody has answered it."""
        return self.value is None


@dataclass
class Lack:
    """A fact that rules lack: by which, and whether it must be known at the signing."""

    rules: list[str] = field(default_factory=list)
    required: bool = False


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


def lacking(judgements: Iterable[Judgement]) -> dict[str, Lack]:
    """The facts that are missing, by path, but for those that follow another question.

    At the signing it is settled what applies, of all stages, and whether what had to be met by then
    is met; what is met later may still lack a fact.
    """
    found: dict[str, Lack] = {}
    for finding in (finding for one in judgements for finding in one.unknown):
        required = finding.applies is None or finding.stage in BEFORE_SIGNING
        for path in finding.missing:
            lack = found.setdefault(path, Lack())
            lack.required |= required
            if finding.rule not in lack.rules:
                lack.rules.append(finding.rule)
    return {path: found[path] for path in FIELDS if path in asked_first(found)}


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
    return [one for path, one in FIELDS.items() if path in wanted and one.record not in SETTINGS]
