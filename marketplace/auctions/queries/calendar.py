"""Auctions in the order of their dates, and figures of those that are over."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from sqlalchemy import ColumnElement, Select, UnaryExpression, func, or_, select
from sqlalchemy.orm import joinedload

from marketplace.auctions.engine.rules import Format
from marketplace.auctions.engine.state import OVER, RUNNING, Phase
from marketplace.auctions.models import Auction, Participant
from marketplace.core.db import db
from marketplace.core.money import Money
from marketplace.core.policy import Actor
from marketplace.listings.models import Listing, ListingState, PriceMode

ENDED = frozenset(Phase) - RUNNING - {Phase.DRAFT, Phase.SUBMITTED, Phase.PUBLISHED}
STAGES = {
    "now": sorted(RUNNING),
    "coming": [Phase.PUBLISHED],
    "over": sorted(ENDED),
}
SOLD = frozenset({Phase.AWARDED, Phase.SETTLED, Phase.PRIORITY, Phase.CLOSED})
SORTS: dict[str, UnaryExpression[Any]] = {
    "ends": Auction.ends_at.asc(),
    "opens": Auction.opens_at.asc(),
    "-price": Auction.price_minor.desc().nulls_last(),
    "-bids": Auction.bid_count.desc(),
}


def auctions(
    stage: str, *, how: Format | None = None, text: str = "", sort: str = ""
) -> Select[tuple[Auction]]:
    """Published auctions of a stage, those that end (or begin) next first."""
    query = (
        select(Auction)
        .join(Auction.listing)
        .options(joinedload(Auction.listing), joinedload(Auction.seller))
        .where(Auction.published_at.is_not(None), Auction.state.in_(STAGES[stage]))
    )
    if how is not None:
        query = query.where(Auction.format == how)
    if text:
        query = query.where(_about(text))
    usual = {"now": "ends", "coming": "opens"}.get(stage)
    order = SORTS.get(sort) if sort in SORTS else SORTS[usual] if usual else None
    if order is None:
        order = Auction.closed_at.desc().nulls_last()
    return query.order_by(order, Auction.id.desc())


def _about(text: str) -> ColumnElement[bool]:
    return or_(
        Auction.reference == text.upper(),
        Listing.reference == text.upper(),
        Listing.title.contains(text, autoescape=True),
        Listing.title_en.icontains(text, autoescape=True),
    )


def counts() -> dict[str, int]:
    """How many stand in each stage."""
    rows = db.session.execute(
        select(Auction.state, func.count(Auction.id))
        .where(Auction.published_at.is_not(None))
        .group_by(Auction.state)
    )
    by_state = {Phase(state): number for state, number in rows}
    return {name: sum(by_state.get(Phase(s), 0) for s in states) for name, states in STAGES.items()}


def start_of(auction: Auction) -> Money:
    """The start, as published."""
    return Money(auction.currency, int(auction.rules_data["start"]))


def of_seller(actor: Actor) -> Select[tuple[Auction]]:
    """The reader's own auctions as a seller, newest first."""
    return (
        select(Auction)
        .options(joinedload(Auction.listing))
        .where(Auction.seller_id == actor.organisation_id)
        .order_by(Auction.id.desc())
    )


def of_bidder(actor: Actor) -> Select[tuple[Participant]]:
    """Where the reader's organisation takes part, newest first."""
    return (
        select(Participant)
        .options(joinedload(Participant.auction).joinedload(Auction.listing))
        .where(Participant.organisation_id == actor.organisation_id)
        .order_by(Participant.id.desc())
    )


@dataclass(frozen=True)
class Figures:
    """What came of the auctions of one format."""

    format: Format
    number: int
    sold: int
    bidders: int  # median of those admitted
    premium_bps: int | None  # median of price over start, in basis points; none: nothing sold


def figures() -> Sequence[Figures]:
    """Results a format, of all that are over."""
    admitted = (
        select(Participant.auction_id, func.count(Participant.id).label("number"))
        .where(Participant.code.is_not(None))
        .group_by(Participant.auction_id)
        .subquery()
    )
    rows = db.session.execute(
        select(Auction, func.coalesce(admitted.c.number, 0))
        .outerjoin(admitted, admitted.c.auction_id == Auction.id)
        .where(Auction.published_at.is_not(None), Auction.state.in_(sorted(ENDED)))
    ).all()
    found = []
    for each in Format:
        mine = [(auction, number) for auction, number in rows if auction.format is each]
        if not mine:
            continue
        sold = [auction for auction, _ in mine if auction.state in SOLD and auction.price_minor]
        over = [
            (a.price_minor - start_of(a).minor) * 10_000 // start_of(a).minor
            for a in sold
            if a.price_minor
        ]
        found.append(
            Figures(
                each,
                len(mine),
                len(sold),
                int(median(number for _, number in mine)),
                int(median(over)) if over else None,
            )
        )
    return found


def plannable(actor: Actor) -> list[Listing]:
    """The reader's own listings that could have an auction now."""
    taken = select(Auction.listing_id).where(Auction.state.not_in(sorted(OVER)))
    return list(
        db.session.scalars(
            select(Listing)
            .where(
                Listing.seller_id == actor.organisation_id,
                Listing.state == ListingState.PUBLISHED,
                Listing.price_mode == PriceMode.AUCTION,
                Listing.id.not_in(taken),
            )
            .order_by(Listing.id.desc())
            .limit(50)
        )
    )
