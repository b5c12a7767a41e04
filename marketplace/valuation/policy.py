"""Who files valuation reports, who confirms them."""

from marketplace.core.policy import Actor, Permission, is_operator, may_manage
from marketplace.valuation.models import ValuationReport


def keeps_valued_asset(actor: Actor, asset: object) -> bool:
    """The right is in your organisation's portfolio."""
    return actor.organisation_id is not None and actor.organisation_id == getattr(
        asset, "keeper_id", None
    )


def is_valuer(actor: Actor, _: object) -> bool:
    """Your organisation has been granted the capability of a valuer."""
    return "valuer" in actor.capabilities


def filed_report(actor: Actor, report: ValuationReport) -> bool:
    """Your organisation filed the report, or keeps the right."""
    return actor.organisation_id is not None and actor.organisation_id in {
        report.filed_by_id,
        report.asset.keeper_id,
    }


file_report = Permission(
    "valuation.file", ((may_manage, keeps_valued_asset), (may_manage, is_valuer))
)
revise_report = Permission("valuation.revise", ((may_manage, filed_report),))
withdraw_report = Permission("valuation.withdraw", ((may_manage, filed_report), (is_operator,)))
decide_report = Permission("valuation.decide", ((is_operator,),))
