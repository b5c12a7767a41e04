"""Who follows an auction, and which ones a reader does."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Select, case, select, union
from sqlalchemy.orm import joinedload

from marketplace.auctions.engine.state import RUNNING, Phase
from marketplace.auctions.models import (
    Auction,
    AuctionLetter,
    AuctionWatch,
    Participant,
    ParticipantState,
)
from marketplace.auctions.queries.reading import visible_to
from marketplace.core.db import db
from marketplace.core.policy import Actor
from marketplace.organisations.models import Membership, Role, User

TAKES_PART = (ParticipantState.APPLIED, ParticipantState.QUALIFIED, ParticipantState.ACTIVE)
BIDS = (Role.OWNER, Role.MANAGER)  # who may bid for a firm


def watched(actor: Actor) -> Select[tuple[Auction]]:
    """What the reader watches: those under way first, then those to come, then those over."""
    stage = case(
        (Auction.state.in_(sorted(RUNNING)), 0), (Auction.state == Phase.PUBLISHED, 1), else_=2
    )
    return (
        visible_to(actor)
        .join(AuctionWatch, AuctionWatch.auction_id == Auction.id)
        .options(joinedload(Auction.listing), joinedload(Auction.seller))
        .where(AuctionWatch.user_id == actor.user)
        .order_by(stage, case((stage == 1, Auction.opens_at), else_=Auction.ends_at), Auction.id)
    )


def watched_ids(actor: Actor, auctions: Iterable[Auction]) -> set[int]:
    """Which of these the reader watches."""
    if actor.user_id is None:
        return set()
    return set(
        db.session.scalars(
            select(AuctionWatch.auction_id).where(
                AuctionWatch.user_id == actor.user_id,
                AuctionWatch.auction_id.in_([one.id for one in auctions]),
            )
        )
    )


def taken_part_in(actor: Actor, auctions: Iterable[Auction]) -> set[int]:
    """In which of these the reader's organisation takes part."""
    if actor.organisation_id is None:
        return set()
    return set(
        db.session.scalars(
            select(Participant.auction_id).where(
                Participant.organisation_id == actor.organisation_id,
                Participant.state.in_(TAKES_PART),
                Participant.auction_id.in_([one.id for one in auctions]),
            )
        )
    )


def to_remind(auction_id: int, kind: str, since: datetime, limit: int) -> list[int]:
    """People who had begun to follow an auction by a moment and have no letter of that kind yet.

    A bidder's people follow it as those who watch it do.
    """
    watching = select(AuctionWatch.user_id).where(
        AuctionWatch.auction_id == auction_id, AuctionWatch.created_at <= since
    )
    bidding = (
        select(Membership.user_id)
        .join(Participant, Participant.organisation_id == Membership.organisation_id)
        .where(
            Participant.auction_id == auction_id,
            Participant.state.in_(TAKES_PART),
            Participant.created_at <= since,
            Membership.role.in_(BIDS),
        )
    )
    written = select(AuctionLetter.user_id).where(
        AuctionLetter.auction_id == auction_id, AuctionLetter.kind == kind
    )
    return list(
        db.session.scalars(
            select(User.id)
            .where(
                User.id.in_(union(watching, bidding)),
                User.id.not_in(written),
                User.closed_at.is_(None),
                User.confirmed_at.is_not(None),
            )
            .order_by(User.id)
            .limit(limit)
        )
    )


def people_of(participant: Participant) -> list[int]:
    """Who bids for a firm."""
    return list(
        db.session.scalars(
            select(Membership.user_id)
            .join(Membership.user)
            .where(
                Membership.organisation_id == participant.organisation_id,
                Membership.role.in_(BIDS),
                User.closed_at.is_(None),
                User.confirmed_at.is_not(None),
            )
            .order_by(Membership.user_id)
        )
    )
