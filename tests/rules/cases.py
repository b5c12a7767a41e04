"""A plain deal that nothing blocks, and changes to it by path."""

from datetime import date
from typing import Any

from marketplace.rules.engine import Judgement, judge
from marketplace.rules.facts import Facts

DAY = date(2026, 11, 22)

PLAIN = Facts.of(
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
