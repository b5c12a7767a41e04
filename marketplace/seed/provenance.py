"""What the demonstration's owners say of their rights and deals: nothing to hide, and all answered.

Research bodies own up to results of employees' work; whatever else is asked is answered with no.
"""

from typing import Any

from marketplace.assets import services as assets
from marketplace.assets.models import PATENTS, Asset, AssetKind
from marketplace.core.policy import Actor
from marketplace.organisations.models import OrganisationKind

RESEARCH = frozenset({OrganisationKind.UNIVERSITY, OrganisationKind.PUBLIC_INSTITUTION})
TECHNOLOGY = PATENTS | {
    AssetKind.SOFTWARE,
    AssetKind.PLANT_VARIETY,
    AssetKind.IC_LAYOUT,
    AssetKind.KNOW_HOW,
}

_ALWAYS = (
    "frozen", "ownership_dispute", "ownership_dispute_suspended", "state_secret",
    "major_own_ip",
)  # fmt: skip
_TECHNICAL = (
    "invalidation_pending", "service_work_suspected", "fiscal_funded", "mainly_fiscal_funded",
    "gov_rd_project", "gov_invested_major_project", "key_core_technology", "major_property",
)  # fmt: skip
_OF_MARKS = ("similar_marks_left_out", "transfer_confusion_risk", "major_property")
_OF_WORKS = ("includes_moral_rights", "service_work_suspected", "major_property")

ANSWERS: dict[str, Any] = {
    "owner.event": "none",
    "deal.notice_days": 15,
    "deal.context": "none",
    "deal.company_form": "llc",
    "deal.pay_in_months": 12,
    "deal.clause_flags": [],
    "deal.earnest_money": 0,
    "deal.inventor_reward_pct": 60,
    "cp.beneficial_owner_known": True,
    "tech.catalogue": "free",
    "asset.origin": "own",
    "asset.unused_years": 0,
}
"""Answers that are not a plain no."""


def state(by: Actor, asset: Asset) -> None:
    """The owner's statements about a right, made once when it is put up."""
    names: tuple[str, ...] = _ALWAYS
    if asset.kind in TECHNOLOGY:
        names += _TECHNICAL
    elif asset.kind is AssetKind.COPYRIGHT:
        names += _OF_WORKS
    else:
        names += _OF_MARKS
    if asset.kind is AssetKind.SOFTWARE:
        names += ("includes_moral_rights",)
    if asset.kind is AssetKind.PLANT_VARIETY:
        names += ("essentially_derived",)
    told: dict[str, Any] = dict.fromkeys((f"asset.{name}" for name in names), False)
    told["asset.origin"] = "own"
    if asset.kind is AssetKind.TRADEMARK:
        told["asset.unused_years"] = 0
    if asset.kind in TECHNOLOGY:
        research = asset.keeper.kind in RESEARCH
        told |= {"asset.is_st_result": research, "asset.service_work": research}
        told |= {"tech.catalogue": "free", "tech.dual_use": False}
    assets.state(by, asset, told)
