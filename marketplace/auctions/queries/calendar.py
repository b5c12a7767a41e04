"""Auctions in the order of their dates."""

from typing import Any

from sqlalchemy import Select, UnaryExpression, func, select
from sqlalchemy.orm import joinedload

from marketplace.auctions.engine.state import OVER, RUNNING, Phase
from marketplace.auctions.models import Auction, Participant
from marketplace.auctions.queries.choosing import EVERYTHING, Wanted, narrowed
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


def auctions(stage: str, wanted: Wanted = EVERYTHING, *, sort: str = "") -> Select[tuple[Auction]]:
    """Published auctions of a stage, those that end (or begin) next first."""
    query = (
        select(Auction)
        .join(Auction.listing)
        .join(Auction.seller)
        .options(joinedload(Auction.listing), joinedload(Auction.seller))
        .where(
            Auction.published_at.is_not(None),
            Auction.state.in_(STAGES[stage]),
            *wanted.conditions(),
        )
    )
    usual = {"now": "ends", "coming": "opens"}.get(stage)
    order = SORTS.get(sort) if sort in SORTS else SORTS[usual] if usual else None
    if order is None:
        order = Auction.closed_at.desc().nulls_last()
    return query.order_by(order, Auction.id.desc())


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


def of_seller(actor: Actor, wanted: Wanted = EVERYTHING) -> Select[tuple[Auction]]:
    """The reader's own auctions as a seller, newest first."""
    own = (
        select(Auction)
        .options(joinedload(Auction.listing))
        .where(Auction.seller_id == actor.organisation_id)
        .order_by(Auction.id.desc())
    )
    return narrowed(own, wanted)


def of_bidder(actor: Actor, wanted: Wanted = EVERYTHING) -> Select[tuple[Participant]]:
    """Where the reader's organisation takes part, newest first; found by its code there, too."""
    own = (
        select(Participant)
        .join(Participant.auction)
        .options(joinedload(Participant.auction).joinedload(Auction.listing))
        .where(Participant.organisation_id == actor.organisation_id)
        .order_by(Participant.id.desc())
    )
    return narrowed(own, wanted, Participant.code == wanted.text.upper())


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
