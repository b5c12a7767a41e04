"""Figures of the auctions that are over: by format, and by kind of right."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from sqlalchemy import func, select

from marketplace.assets.models import Asset, AssetKind
from marketplace.auctions.engine.rules import Format
from marketplace.auctions.models import Auction, Participant
from marketplace.auctions.queries.calendar import ENDED, SOLD, start_of
from marketplace.core.db import db
from marketplace.listings.models import ListingAsset


@dataclass(frozen=True)
class Figures:
    """What came of some auctions."""

    of: Format | AssetKind
    number: int
    sold: int
    bidders: int  # median of those admitted
    premium_bps: int | None  # median of price over start, in basis points; none: nothing sold


@dataclass(frozen=True)
class Results:
    """Of every format and every kind of which there was an auction."""

    by_format: Sequence[Figures]
    by_kind: Sequence[Figures]  # a bundle counts for each kind of right in it


_Row = tuple[Auction, int]


def results() -> Results:
    """All that are over, from the records alone."""
    rows = _over()
    kinds = _kinds([auction.listing_id for auction, _ in rows])
    by_kind = (
        _figures(kind, [r for r in rows if kind in kinds.get(r[0].listing_id, ())])
        for kind in AssetKind
    )
    by_format = (_figures(each, [r for r in rows if r[0].format is each]) for each in Format)
    return Results([f for f in by_format if f.number], [f for f in by_kind if f.number])


def _over() -> list[_Row]:
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
    )
    return [(auction, number) for auction, number in rows]


def _kinds(listings: Iterable[int]) -> dict[int, set[AssetKind]]:
    found: dict[int, set[AssetKind]] = {}
    rows = db.session.execute(
        select(ListingAsset.listing_id, Asset.kind)
        .join(Asset, Asset.id == ListingAsset.asset_id)
        .where(ListingAsset.listing_id.in_(set(listings)))
    )
    for listing_id, kind in rows:
        found.setdefault(listing_id, set()).add(kind)
    return found


def _figures(of: Format | AssetKind, mine: Sequence[_Row]) -> Figures:
    sold = [auction for auction, _ in mine if auction.state in SOLD and auction.price_minor]
    over = [
        (a.price_minor - start_of(a).minor) * 10_000 // start_of(a).minor
        for a in sold
        if a.price_minor
    ]
    return Figures(
        of,
        len(mine),
        len(sold),
        int(median(number for _, number in mine)) if mine else 0,
        int(median(over)) if over else None,
    )
