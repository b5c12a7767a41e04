"""A plain deal that nothing blocks, and changes to it by path."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from marketplace.rules import library
from marketplace.rules.engine import Judgement, judge, settle
from marketplace.rules.facts import FIELDS, PRESUMED, Facts
from marketplace.rules.library import Catalogue, Rule

DAY = date(2026, 11, 22)

_SILENT = {"flag": False, "count": 0, "number": 0, "day": "2041-09-05", "text": "", "choices": []}
_NOTABLE = {
    "asset.application_type": "invention",
    "asset.origin": "own",
    "val.value": 800_000,
    "val.methods": 2,
    "val.signers": 2,
    "val.firm_seal": True,
    "deal.venue": "platform",
    "deal.payment": "lump_sum",
    "deal.proceeds_routing": "seller",
    "deal.escrow_holder": "bank",
    "deal.company_form": "llc",
    "deal.context": "none",
    "deal.via_bank": True,
    "deal.esign_method_agreed": True,
    "deal.round": 1,
    "broker.service": "brokerage",
    "asset.days_to_expiry": 5000,
    "plat.publishes_listings": True,
    "plat.retention_years": 30,
    "plat.retention_years_valuation": 30,
    "cp.beneficial_owner_known": True,
}


def _nothing_to_hide() -> dict[str, Any]:
    """Every fact that may be asked for, answered with no, nought, or what is usual."""
    spoken = {path: _SILENT.get(field.kind) for path, field in FIELDS.items()}
    spoken |= _NOTABLE
    # an auction that has not been held has no hammer price, and what the law presumes stays unsaid
    return {p: v for p, v in spoken.items() if p != "deal.hammer_price" and p not in PRESUMED}


_GIVEN = Facts.of(
    {
        "plat": {"is_trading_platform": True},
        "asset": {
            "kind": "invention",
            "status": "in_force",
            "pledged": False,
            "frozen": False,
            "ownership_dispute_suspended": False,
            "invalidation_pending": False,
            "co_owned": False,
            "exclusive_licensed": False,
            "sole_licensed": False,
            "has_licences": False,
            "service_work": False,
            "service_work_suspected": False,
            "is_st_result": False,
            "fiscal_funded": False,
            "major_property": False,
            "includes_moral_rights": False,
            "similar_marks_left_out": False,
        },
        "owner": {
            "kind": "enterprise",
            "region": "CN",
            "event": "none",
            "state_owned": False,
            "state_established": False,
            "identity_verified": True,
            "inventor_reward_rule": True,
        },
        "cp": {"kind": "enterprise", "region": "CN", "identity_verified": True},
        "deal": {
            "kind": "transfer",
            "method": "negotiated",
            "price": 800_000,
            "written": True,
            "rights_enumerated": True,
            "territory": "中国",
            "contract_states_patent_particulars": True,
            "open_objection": False,
        },
        "tech": {"catalogue": "free"},
        "docs": ["title_document"],
    }
)

PLAIN = Facts.of({}).updated(_nothing_to_hide() | dict(_GIVEN.values)).having(*_GIVEN.docs)

UNIVERSITY = {
    "owner.kind": "university",
    "owner.state_established": True,
    "owner.state_owned": True,
    "asset.is_st_result": True,
    "asset.service_work": True,
}
VALUED = {
    "val.signers": 2,
    "val.firm_seal": True,
    "val.base_date_age_days": 100,
    "val.filed": True,
    "val.value": 800_000,
}


def judged(changes: dict[str, Any] | None = None, *evidence: str, on: date = DAY) -> Judgement:
    """The judgement of the plain deal with changes."""
    return judge(PLAIN.updated(changes or {}).having(*evidence), on)


# ---- one rule at a time: every_rule.yaml --------------------------------------------------------

WHOLE = library.load()


@dataclass(frozen=True)
class Case:
    """Facts, and how one rule should stand on them: `no`, `applies`, `met`; with its grounds."""

    rule: str
    expected: tuple[str, tuple[str, ...]]
    facts: Facts

    def verdict(self, rule: Rule, catalogue: Catalogue = WHOLE) -> tuple[str, tuple[str, ...]]:
        """How the rule stands: undecided is neither."""
        asked = [rule, *(catalogue.by_id[other] for p in rule.predicates for _, other in p.helpers)]
        situation, grounds = settle(self.facts, asked, catalogue)
        held = tuple(name for name, verdict in grounds.get(rule.id, {}).items() if verdict.holds)
        applies = rule.when.decide(situation).holds
        if applies is not True:
            return ("no" if applies is False else "undecided"), held
        met = rule.ok.decide(situation).holds if rule.ok else False
        return {True: "met", False: "applies", None: "undecided"}[met], held


@cache
def every_case() -> dict[str, list[Case]]:
    """The worked cases of each rule."""
    told = yaml.safe_load(Path(__file__).with_name("every_rule.yaml").read_text(encoding="utf-8"))
    return {rule: [_case(rule, one) for one in cases] for rule, cases in told.items()}


def _case(rule: str, told: dict[str, Any]) -> Case:
    (expected, given), *more = told.items()
    grounds = tuple(dict(more).get("grounds", ()))
    paths = {path: value for path, value in given.items() if path != "docs"}
    facts = Facts.of({}).updated(paths).having(*given.get("docs", ()))
    return Case(rule, (expected, grounds), facts)
