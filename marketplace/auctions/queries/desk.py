"""What waits for the exchange's staff."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from marketplace.auctions import policy
from marketplace.auctions.engine.state import Phase
from marketplace.auctions.models import (
    Auction,
    Hold,
    HoldState,
    Participant,
    ParticipantState,
)
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.policy import Actor, require


def submitted(actor: Actor) -> Sequence[Auction]:
    """Auctions to review."""
    require(actor, policy.operate)
    return db.session.scalars(
        select(Auction)
        .options(joinedload(Auction.listing), joinedload(Auction.seller))
        .where(Auction.state == Phase.SUBMITTED)
        .order_by(Auction.id)
    ).all()


def applications(actor: Actor) -> Sequence[Participant]:
    """Applications to decide."""
    require(actor, policy.operate)
    return db.session.scalars(
        select(Participant)
        .options(joinedload(Participant.auction), joinedload(Participant.organisation))
        .where(Participant.state == ParticipantState.APPLIED)
        .order_by(Participant.id)
    ).all()


def deposits(actor: Actor) -> Sequence[Hold]:
    """Deposits that are expected, held too long, or proposed for forfeit."""
    require(actor, policy.operate)
    return db.session.scalars(
        select(Hold)
        .options(joinedload(Hold.auction), joinedload(Hold.payment))
        .where(Hold.state.in_((HoldState.PENDING, HoldState.HELD)))
        .order_by(Hold.release_due_at.is_(None), Hold.id)
        .limit(500)
    ).all()


def awards(actor: Actor) -> Sequence[Auction]:
    """Auctions with a standing award."""
    require(actor, policy.operate)
    return db.session.scalars(
        select(Auction)
        .options(joinedload(Auction.listing))
        .where(Auction.state == Phase.AWARDED)
        .order_by(Auction.id)
    ).all()


def participant(actor: Actor, participant_id: int) -> Participant:
    """One application."""
    require(actor, policy.operate)
    found = db.session.get(Participant, participant_id)
    if found is None:
        raise NotFound("auction")
    return found


def hold(actor: Actor, hold_id: int) -> Hold:
    """One deposit."""
    require(actor, policy.operate)
    found = db.session.get(Hold, hold_id)
    if found is None:
        raise NotFound("auction")
    return found
