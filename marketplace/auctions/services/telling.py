"""What bidders are told of, each alone: nobody learns who the others are."""

from sqlalchemy import select

from marketplace.auctions.models import Auction, Participant, ParticipantState
from marketplace.core import events
from marketplace.core.db import db
from marketplace.core.policy import SYSTEM


def tell_bidders(auction: Auction, kind: str, *, but: frozenset[int] = frozenset()) -> None:
    """An event of its own for each admitted bidder, but some."""
    for one in db.session.scalars(
        select(Participant)
        .where(
            Participant.auction_id == auction.id,
            Participant.state == ParticipantState.ACTIVE,
            Participant.id.not_in(but),
        )
        .order_by(Participant.id)
    ):
        events.record(one, kind, by=SYSTEM)
