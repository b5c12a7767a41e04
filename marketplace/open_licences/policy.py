"""Who states an open licence, and who reads the statement."""

from marketplace.assets.models import Asset
from marketplace.assets.policy import is_asset_holder
from marketplace.core.policy import Actor, Permission, is_operator, is_regulator, may_manage
from marketplace.open_licences.models import OpenStatement


def owns_right(actor: Actor, subject: Asset | OpenStatement) -> bool:
    """The right is in your own organisation's portfolio."""
    return actor.under is None and actor.organisation_id == _asset(subject).keeper_id


def holds_mandate_for_right(actor: Actor, subject: Asset | OpenStatement) -> bool:
    """You hold the seller's mandate in force that lets you list this right."""
    under, asset = actor.under, _asset(subject)
    return (
        under is not None
        and under.side == "sell"
        and "list" in under.acts
        and under.principal_id == asset.keeper_id
        and asset.id in under.assets
    )


def mandating_principal_is_holder(actor: Actor, _: object) -> bool:
    """The owner whom you act for has the capability of a right holder."""
    return actor.under is not None and "holder" in actor.under.capabilities


def _asset(subject: Asset | OpenStatement) -> Asset:
    return subject if isinstance(subject, Asset) else subject.asset


state = Permission(
    "open_statement.state",
    (
        (owns_right, may_manage, is_asset_holder),
        (holds_mandate_for_right, mandating_principal_is_holder, may_manage),
    ),
)
"""Draw it up, file it, enter its publication, withdraw it."""
state_any = Permission("open_statement.state_any", ((may_manage, is_asset_holder),))
"""Begin one for a patent of one's own."""
see = Permission(
    "open_statement.see",
    ((owns_right,), (holds_mandate_for_right,), (is_operator,), (is_regulator,)),
)
