"""What the exchange is and does, as facts for the rules: from its settings and its own procedure.

Each line is true of this site; a line that ceases to be so is a bug here. What depends on a deal
(how many hold the right, whether an individual takes part) is added where the deal is known.
"""

from datetime import date
from typing import Any

from marketplace.core import clock, settings

Sheet = dict[str, Any]

SETTINGS = {
    "ctx.seed18_foreign_scope": "SEED18_FOREIGN_SCOPE",
    "ctx.notice_days": "NOTICE_DAYS",
    "ctx.reward_floor_pct": "REWARD_FLOOR_PCT",
    "deal.priority_holders": "COOWNER_PREEMPTION",
    "plat.retention_years": "RETENTION_YEARS",
    "plat.retention_years_valuation": "RETENTION_YEARS",
    "plat.sends_personal_info_abroad": "PERSONAL_INFO_ABROAD",
    "plat.rule_change_planned": "RULE_CHANGE_ON",
    "plat.rule_change_notice_days": "RULE_CHANGE_ANNOUNCED_ON",
}
"""The facts that a setting decides, and which one: what sources dispute is the operator's choice."""

_SCOPE = {"any": "all", "soe": "state_only"}  # the setting's words → the fact model's

_PROCEDURE: Sheet = {
    "is_trading_platform": True,
    "publishes_listings": True,  # the public search and the pages of listings
    "lists_intermediaries": True,  # brokers and valuers have public pages with their capability
    "rating_on": True,  # brokers are rated and graded by rules published at /brokers/grading-rules
    "shows_steps_and_allows_correction": True,  # contracts are read, sent back, and only then signed
    "privacy_notice": True,  # /help/privacy, accepted at sign-up
    "processes_personal_info": True,
    "legal_basis_recorded": True,  # the same notice names it for each purpose
    "continuous_matching": False,  # no order book: a listing, an offer, an answer
    "fractional_units": False,  # rights pass whole
    "guarantees_loans": False,
    "market_making": False,  # the exchange never deals for itself
    "paid_ranking": False,  # the order of results cannot be bought
    "ad_label": False,  # there are no advertisements to label
    "standardised_contracts": False,  # each contract is of one right and its own terms
}


def facts(*, individuals: bool = False, holders: int = 0) -> Sheet:
    """The records `plat` and `ctx`, of a deal that so many hold the right of.

    With individuals sensitive information is processed: an account at a bank, an identity card
    (个人信息保护法 art. 28).
    """
    now = settings.current()
    plat = _PROCEDURE | {
        "holders_per_right": holders,
        "retention_years": now.retention_years,
        "retention_years_valuation": now.retention_years,
        "processes_sensitive_info": individuals,
        "sends_personal_info_abroad": now.personal_info_abroad,
        **_rule_change(now.rule_change_on, now.rule_change_announced_on),
    }
    ctx = {
        "seed18_foreign_scope": _SCOPE[now.seed18_foreign_scope],
        "notice_days": now.notice_days,
        "reward_floor_pct": now.reward_floor_pct,
    }
    return {"plat": plat, "ctx": ctx}


def evidence() -> frozenset[str]:
    """What the exchange itself has on file for every deal."""
    return frozenset({"pia_report"} if settings.current().pia_report else ())


def _rule_change(on: str, announced_on: str) -> Sheet:
    """A change of the trading rules that is still to come, and how long before it was announced."""
    planned = bool(on) and date.fromisoformat(on) > clock.today()
    days = 0
    if planned and announced_on:
        days = max((date.fromisoformat(on) - date.fromisoformat(announced_on)).days, 0)
    return {"rule_change_planned": planned, "rule_change_notice_days": days}
