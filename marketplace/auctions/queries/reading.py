"""Auctions for readers: everybody from publication on, the seller and the staff before it."""

from sqlalchemy import ColumnElement, Select, func, or_, select, true
from sqlalchemy.orm import aliased, joinedload

from marketplace.auctions.engine.rules import Format
from marketplace.auctions.engine.state import RUNNING, Phase
from marketplace.auctions.models import Auction, AuctionEvent, Participant
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.policy import Actor
from marketplace.listings.models import Listing

SEALED = frozenset({Format.SEALED_FIRST, Format.SEALED_SECOND, Format.TENDER})
UNOPENED = (Phase.PUBLISHED, Phase.OPEN, Phase.OPENING, Phase.SUSPENDED)
NOT_PUBLIC = (Phase.DRAFT, Phase.SUBMITTED)


def _visible(actor: Actor) -> ColumnElement[bool]:
    if actor.is_operator or actor.is_regulator:
        return true()
    public = Auction.published_at.is_not(None)
    if actor.organisation_id is None:
        return public
    return or_(public, Auction.seller_id == actor.organisation_id)


def visible_to(actor: Actor) -> Select[tuple[Auction]]:
    """What a reader may see, to be narrowed and put in order."""
    return select(Auction).where(_visible(actor))


def get(actor: Actor, reference: str) -> Auction:
    """One auction with its listing; a draft of others is not there."""
    found = db.session.scalar(
        visible_to(actor)
        .options(joinedload(Auction.listing).joinedload(Listing.seller))
        .where(Auction.reference == reference.strip().upper()[:20])
    )
    if found is None:
        raise NotFound("auction")
    return found


def of_listing(actor: Actor, listing: Listing) -> Auction | None:
    """The latest auction of a listing that the reader may see."""
    return db.session.scalar(
        visible_to(actor)
        .where(Auction.listing_id == listing.id)
        .order_by(Auction.id.desc())
        .limit(1)
    )


def public(*, running: bool = False) -> Select[tuple[Auction]]:
    """Every published auction, those that end first first."""
    found = select(Auction).where(Auction.published_at.is_not(None))
    if running:
        found = found.where(Auction.state.in_(sorted(RUNNING)))
    return found.order_by(Auction.ends_at, Auction.id).options(joinedload(Auction.listing))


def told_by_now() -> ColumnElement[bool]:
    """Of sealed bids nobody is told before the opening, not even that there are any (I-18).

    While they are taken no line is told at all: a gap in the numbers would count what lies between.
    """
    unopened = select(Auction.id).where(
        Auction.id == AuctionEvent.auction_id,
        Auction.format.in_(SEALED),
        Auction.state.in_(UNOPENED),
    )
    earlier = aliased(AuctionEvent)
    began = (
        select(earlier.seq)
        .where(earlier.auction_id == AuctionEvent.auction_id, earlier.kind == "opened")
        .order_by(earlier.seq)
        .limit(1)
        .scalar_subquery()
    )
    return or_(~unopened.exists(), AuctionEvent.seq <= func.coalesce(began, AuctionEvent.seq))


def events_after(auction_id: int, seq: int = 0, limit: int = 1000) -> list[AuctionEvent]:
    """The log behind a number, in order; what is in `sealed` is not for readers."""
    return list(
        db.session.scalars(
            select(AuctionEvent)
            .where(AuctionEvent.auction_id == auction_id, AuctionEvent.seq > seq, told_by_now())
            .order_by(AuctionEvent.seq)
            .limit(limit)
        )
    )


def participation(actor: Actor, auction: Auction) -> Participant | None:
    """The reader's own organisation in an auction; that of others is nobody's business."""
    if actor.organisation_id is None:
        return None
    return db.session.scalar(
        select(Participant).where(
            Participant.auction_id == auction.id,
            Participant.organisation_id == actor.organisation_id,
        )
    )
