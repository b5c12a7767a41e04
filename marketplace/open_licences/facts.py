"""A statement before the rules and the registers: what stands in its way, what is still unknown."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marketplace.assets import bundle
from marketplace.assets.bundle import Act, Answer, Party, Wish
from marketplace.assets.models import Asset
from marketplace.assets.queries import registers
from marketplace.compliance import exchange
from marketplace.core import clock
from marketplace.deals.bundles import PROVES
from marketplace.listings import facts as known
from marketplace.listings.facts import Sheet
from marketplace.listings.terms import DealKind, Grant, Terms
from marketplace.open_licences.models import OpenStatement
from marketplace.rules import demands, engine
from marketplace.rules.demands import Question
from marketplace.rules.engine import Finding, Judgement, Status
from marketplace.rules.facts import FIELDS, Facts
from marketplace.rules.library import Gate, Stage
from marketplace.rules.sources import ORIGINS, Side

STAGE = Stage.LISTING.value


@dataclass(frozen=True)
class Outlook:
    """Whether a statement can be filed today, and if not why."""

    findings: tuple[Finding, ...]  # of the rules that must be met, the open ones first
    answer: Answer  # of the registers
    questions: tuple[Question, ...]

    @property
    def in_the_way(self) -> list[Finding]:
        """Rules that are not met, or undecided for want of a fact."""
        return [f for f in self.findings if f.status in {Status.OPEN, Status.UNKNOWN}]

    @property
    def open_questions(self) -> list[Question]:
        """What the owner has yet to answer."""
        return [q for q in self.questions if q.is_open]

    @property
    def is_clear(self) -> bool:
        """Nothing stands in the way, and nobody has still to agree."""
        return not (self.in_the_way or self.answer.obstacles or self.answer.missing)


def plain(terms: Terms) -> Terms:
    """As an open licence has it: a plain licence for the mainland, fee and term, nothing else."""
    return Terms(
        kind=DealKind.LICENCE,
        grant=Grant.NON_EXCLUSIVE,
        price=terms.price,
        months=terms.months,
        royalty_bps=terms.royalty_bps,
        royalty_base=terms.royalty_base,
        minimum_royalty=terms.minimum_royalty,
    )


def of(statement: OpenStatement) -> Outlook:
    """Look at a statement, without keeping the judgement."""
    judged = engine.judge(Facts.of(sheet(statement)), clock.today(), stage=STAGE)
    hard = [f for f in judged.findings if f.gate is Gate.HARD and f.status is not Status.INFO]
    hard.sort(key=lambda f: f.status not in {Status.OPEN, Status.UNKNOWN})
    return Outlook(tuple(hard), _answer(statement.asset), tuple(_questions(statement, judged)))


def must_answer(statement: OpenStatement) -> Answer:
    """What the registers leave of an open licence."""
    return _answer(statement.asset)


def sheet(statement: OpenStatement) -> Sheet:
    """What the rules are told: the right, its owner, the fee, the papers that are there."""
    asset = statement.asset
    right = registers.right_of(asset)
    facts: Sheet = {
        "asset": known.of_right(asset, right),
        "tech": known.of_technology(asset),
        "owner": known.of_owner(statement.owner),
        "cp": {"region": "CN"},  # nobody yet; who takes it from abroad is judged in that deal
        "deal": known.of_terms(statement.terms)
        | known.of_open_licence(statement.terms)
        | {"method": "listing", "taken": False, "by_inheritance": False, "by_judgment": False}
        | {"broker": False},  # whoever acts for the owner here was checked as a broker before
        "docs": sorted(_papers(statement, _answer(asset))),
        **exchange.facts(holders=len(asset.owners)),
    }
    facts = known.merged(facts, known.of_statements(asset))
    return known.merged(facts, statement.facts or {})


def _papers(statement: OpenStatement, answer: Answer) -> set[str]:
    """The statement itself and its note, the report where there is one, consents that were given."""
    found = set(exchange.evidence()) | {"open_licence_declaration"}
    if statement.fee_basis.strip():
        found.add("fee_basis_note")
    if statement.report_id is not None:
        found.add("patent_evaluation_report")
    if statement.asset.title_verification:
        found |= {"title_document", "patent_register_copy"}
    for code, name in PROVES.items():
        asked = [reason for reason in answer.consents if reason.code == code]
        if asked and all(reason.given for reason in asked):
            found.add(name)
    return found


def _answer(asset: Asset) -> Answer:
    to = Party(asset.keeper.name, asset.keeper_id)
    return bundle.can(registers.right_of(asset), Wish(Act.OPEN_LICENCE, to=to), clock.today())


def _questions(statement: OpenStatement, judged: Judgement) -> list[Question]:
    """What only the owner knows of what a hard rule lacks, and what it has answered here."""
    lacking = {f.path for f in demands.facts_missing(judged)}
    given = _given(statement.facts or {})
    return [
        Question(one, None if path in lacking else given.get(path), "seller", required=True)
        for path, one in FIELDS.items()
        if (path in lacking or path in given)
        and ORIGINS[path].side is Side.SELLER
        and ORIGINS[path].is_asked
    ]


def _given(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {
        f"{record}.{name}": value
        for record, content in facts.items()
        for name, value in content.items()
    }
