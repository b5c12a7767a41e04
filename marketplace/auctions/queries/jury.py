"""The jury of a tender: for the exchange that names it, and for each juror alone."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from marketplace.auctions import policy_tender as policy
from marketplace.auctions.engine.rules import Format
from marketplace.auctions.engine.state import Phase
from marketplace.auctions.models import Auction, Award, Envelope, Juror, JurorState, Participant
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.policy import Actor, require
from marketplace.organisations.models import (
    Capability,
    CapabilityGrant,
    GrantState,
    Membership,
    User,
)

ABLE = (Capability.OPERATOR, Capability.VALUER)


def tenders(actor: Actor) -> Sequence[Auction]:
    """Published tenders, those that end first first."""
    require(actor, policy.watch)
    return db.session.scalars(
        select(Auction)
        .options(joinedload(Auction.listing))
        .where(Auction.format == Format.TENDER, Auction.published_at.is_not(None))
        .order_by(Auction.closed_at.is_not(None), Auction.ends_at, Auction.id)
        .limit(200)
    ).all()


def to_convene(until: datetime, phases: Iterable[Phase]) -> Sequence[Auction]:
    """Tenders in these phases that have ended, or end by then. For services only."""
    return db.session.scalars(
        select(Auction)
        .where(
            Auction.format == Format.TENDER,
            Auction.state.in_(sorted(phases)),
            Auction.ends_at <= until,
        )
        .order_by(Auction.id)
    ).all()


def mine(actor: Actor) -> Sequence[Juror]:
    """Where the reader is a juror, what is still to be done first."""
    return db.session.scalars(
        select(Juror)
        .options(joinedload(Juror.auction).joinedload(Auction.listing))
        .where(Juror.user_id == actor.user, Juror.organisation_id == actor.organisation_id)
        .order_by(Juror.state.in_((JurorState.GIVEN, JurorState.OUT)), Juror.id.desc())
        .limit(200)
    ).all()


def juror(actor: Actor, juror_id: int) -> Juror:
    """One, for the juror alone; others find nothing."""
    found = db.session.get(Juror, juror_id)
    if found is None or not policy.see.allows(actor, found):
        raise NotFound("auction_juror")
    return found


def named(actor: Actor, auction: Auction, juror_id: int) -> Juror:
    """One of an auction, for the exchange."""
    require(actor, policy.watch)
    found = db.session.get(Juror, juror_id)
    if found is None or found.auction_id != auction.id:
        raise NotFound("auction_juror")
    return found


def of_auction(auction: Auction) -> Sequence[Juror]:
    """All who were named, in that order: what became of them, never their points."""
    return db.session.scalars(
        select(Juror)
        .options(joinedload(Juror.user), joinedload(Juror.organisation))
        .where(Juror.auction_id == auction.id)
        .order_by(Juror.id)
    ).all()


def sitting(auction: Auction) -> list[Juror]:
    """Those who are not out."""
    return [one for one in of_auction(auction) if one.state is not JurorState.OUT]


def progress(auctions: Sequence[Auction]) -> Mapping[int, tuple[int, int]]:
    """Auction → how many sit on its jury, and how many of them have given their points."""
    rows = db.session.execute(
        select(Juror.auction_id, Juror.state).where(
            Juror.auction_id.in_([one.id for one in auctions]), Juror.state != JurorState.OUT
        )
    )
    found: dict[int, tuple[int, int]] = {one.id: (0, 0) for one in auctions}
    for auction_id, state in rows:
        sit, given = found[auction_id]
        found[auction_id] = (sit + 1, given + (state is JurorState.GIVEN))
    return found


def candidates(actor: Actor, auction: Auction) -> list[Membership]:
    """People of the exchange and of valuers who have not been named, and have no tie to a party."""
    require(actor, policy.watch)
    taken = select(Juror.user_id).where(Juror.auction_id == auction.id)
    able = select(CapabilityGrant.organisation_id).where(
        CapabilityGrant.capability.in_(ABLE), CapabilityGrant.state == GrantState.GRANTED
    )
    rows = (
        select(Membership)
        .join(Membership.user)
        .options(joinedload(Membership.user), joinedload(Membership.organisation))
        .where(
            Membership.organisation_id.in_(able),
            Membership.user_id.not_in(taken),
            Membership.user_id.not_in(_people_of_parties(auction)),
            User.closed_at.is_(None),
        )
        .order_by(Membership.organisation_id, Membership.id)
        .limit(500)
    )
    return list(db.session.scalars(rows))


def has_tie(auction: Auction, user_id: int) -> bool:
    """A person of the seller, or of somebody who applied, is no juror."""
    found = _people_of_parties(auction).where(Membership.user_id == user_id)
    return db.session.scalar(found.limit(1)) is not None


def _people_of_parties(auction: Auction) -> Select[tuple[int]]:
    parties = select(Participant.organisation_id).where(Participant.auction_id == auction.id)
    return select(Membership.user_id).where(
        (Membership.organisation_id == auction.seller_id) | Membership.organisation_id.in_(parties)
    )


def envelope_of(auction: Auction, code: str | None) -> Envelope | None:
    """The envelope of a bidder that counts. For services only."""
    return db.session.scalar(
        select(Envelope)
        .join(Participant, Participant.id == Envelope.participant_id)
        .where(Envelope.auction_id == auction.id, Envelope.active, Participant.code == code)
    )


def award(actor: Actor, auction: Auction) -> Award:
    """The award that stands, for seller, winner, exchange and authority; others find nothing."""
    found = db.session.scalar(
        select(Award).where(Award.auction_id == auction.id, Award.ended_at.is_(None))
    )
    if (
        found is None
        or auction.format is not Format.TENDER
        or not policy.read_winning.allows(actor, found)
    ):
        raise NotFound("auction")
    return found
