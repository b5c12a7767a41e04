"""What an award opened, for its two sides."""

from sqlalchemy import select

from marketplace.auctions.models import Auction, Award
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
