"""What an award opened, for its two sides."""

from sqlalchemy import select

from marketplace.auctions.models import Auction, Award, Hold, HoldResolution, Resolution
from marketplace.core.db import db
from marketplace.core.policy import Actor
from marketplace.deals.models import Deal


def deal_of(actor: Actor, auction: Auction) -> Deal | None:
    """The deal of the award that stands, for seller and winner; others are not told of it."""
    award = db.session.scalar(
        select(Award).where(Award.auction_id == auction.id, Award.ended_at.is_(None))
    )
    if award is None or actor.organisation_id is None:
        return None
    sides = {auction.seller_id, award.participant.organisation_id}
    return award.deal if actor.organisation_id in sides else None


def forfeited(actor: Actor, auction: Auction) -> list[Hold]:
    """Deposits that were lost: all of them for the seller and the exchange, a bidder's own for him."""
    found = db.session.scalars(
        select(Hold)
        .join(HoldResolution)
        .where(Hold.auction_id == auction.id, HoldResolution.kind == Resolution.FORFEITED)
        .order_by(Hold.id)
    ).all()
    if actor.is_operator or (actor.organisation_id or 0) == auction.seller_id:
        return list(found)
    return [h for h in found if h.participant.organisation_id == actor.organisation_id]
