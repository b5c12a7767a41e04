"""What waits for the exchange's staff."""

from sqlalchemy import Select, select
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
from marketplace.auctions.queries.choosing import EVERYTHING, Wanted, narrowed
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.policy import Actor, require
from marketplace.organisations.models import Organisation


def submitted(actor: Actor, wanted: Wanted = EVERYTHING) -> Select[tuple[Auction]]:
    """Auctions to review, the oldest first."""
    require(actor, policy.operate)
    rows = (
        select(Auction)
        .options(joinedload(Auction.listing), joinedload(Auction.seller))
        .where(Auction.state == Phase.SUBMITTED)
        .order_by(Auction.id)
    )
    return narrowed(rows, wanted, Organisation.name.contains(wanted.text, autoescape=True))


def applications(actor: Actor, wanted: Wanted = EVERYTHING) -> Select[tuple[Participant]]:
    """Applications to decide, the oldest first; found by the applicant's name, too."""
    require(actor, policy.operate)
    rows = (
        select(Participant)
        .join(Participant.auction)
        .options(joinedload(Participant.auction), joinedload(Participant.organisation))
        .where(Participant.state == ParticipantState.APPLIED)
        .order_by(Participant.id)
    )
    named = Participant.organisation.has(Organisation.name.contains(wanted.text, autoescape=True))
    return narrowed(rows, wanted, named)


def deposits(actor: Actor, wanted: Wanted = EVERYTHING) -> Select[tuple[Hold]]:
    """Deposits expected or held, those to be decided first; found by the payment's reference, too."""
    require(actor, policy.operate)
    rows = (
        select(Hold)
        .join(Hold.auction)
        .options(joinedload(Hold.auction), joinedload(Hold.payment))
        .where(Hold.state.in_((HoldState.PENDING, HoldState.HELD)))
        .order_by(
            Hold.forfeit_proposed_at.is_(None),
            Hold.alarmed_at.is_(None),
            Hold.release_due_at.is_(None),
            Hold.id,
        )
    )
    return narrowed(rows, wanted, Hold.payment.has(reference=wanted.text.upper()))


def awards(actor: Actor, wanted: Wanted = EVERYTHING) -> Select[tuple[Auction]]:
    """Auctions with a standing award."""
    require(actor, policy.operate)
    rows = (
        select(Auction)
        .options(joinedload(Auction.listing))
        .where(Auction.state == Phase.AWARDED)
        .order_by(Auction.id)
    )
    return narrowed(rows, wanted)


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
