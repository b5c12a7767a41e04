"""Staff keep out of deals in which they have a stake."""

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.errors import Refused
from marketplace.core.policy import Actor
from marketplace.deals.models import Deal
from marketplace.organisations.models import Membership


def must_be_impartial(by: Actor, deal: Deal) -> None:
    """Who belongs to a party does not decide for the exchange about its deal (`deal.conflict`)."""
    if not by.is_operator or by.user_id is None:
        return
    stake = select(Membership.id).where(
        Membership.user_id == by.user_id,
        Membership.organisation_id.in_([deal.seller_id, deal.buyer_id]),
    )
    if db.session.scalar(stake.limit(1)) is not None:
        raise Refused("deal.conflict")
