"""A person's own: which auctions are watched."""

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from marketplace.auctions import policy
from marketplace.auctions.models import Auction, AuctionWatch
from marketplace.core.db import db
from marketplace.core.policy import Actor, require


def watch(actor: Actor, auction: Auction) -> None:
    """Keep an eye on an auction; twice is once."""
    require(actor, policy.watch, auction)
    try:
        with db.session.begin_nested():
            db.session.add(AuctionWatch(user_id=actor.user, auction_id=auction.id))
    except IntegrityError:
        return  # watched already


def unwatch(actor: Actor, auction: Auction) -> None:
    """No longer."""
    require(actor, policy.watch, auction)
    db.session.execute(
        delete(AuctionWatch).where(
            AuctionWatch.user_id == actor.user, AuctionWatch.auction_id == auction.id
        )
    )
