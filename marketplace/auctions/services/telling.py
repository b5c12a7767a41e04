"""What bidders are told of, each alone: nobody learns who the others are."""

from sqlalchemy import select

from marketplace.auctions.engine.state import Event
from marketplace.auctions.models import Auction, Participant, ParticipantState
from marketplace.core import events
from marketplace.core.db import db
from marketplace.core.policy import SYSTEM, Actor

ADMITTED = frozenset({ParticipantState.ACTIVE})
WAITING = frozenset(
    {ParticipantState.APPLIED, ParticipantState.QUALIFIED, ParticipantState.ACTIVE}
)  # with those who have yet to be admitted


def on_suspended(auction: Auction, _event: Event, _by: Actor) -> None:
    """It stands still; why and since when is announced on its page."""
    tell_bidders(auction, "participant.suspended", of=WAITING)


def on_resuming(auction: Auction, _event: Event, _by: Actor) -> None:
    """It goes on, at a moment that its page says."""
    tell_bidders(auction, "participant.resuming", of=WAITING)


def on_cancelled(auction: Auction, _event: Event, _by: Actor) -> None:
    """Nothing comes of it, and deposits go back."""
    tell_bidders(auction, "participant.cancelled", of=WAITING)


def tell_bidders(
    auction: Auction,
    kind: str,
    *,
    but: frozenset[int] = frozenset(),
    of: frozenset[ParticipantState] = ADMITTED,
) -> None:
    """An event of its own for each admitted bidder (or of other states), but some."""
    for one in db.session.scalars(
        select(Participant)
        .where(
            Participant.auction_id == auction.id,
            Participant.state.in_(of),
            Participant.id.not_in(but),
        )
        .order_by(Participant.id)
    ):
        events.record(one, kind, by=SYSTEM)
