"""The open licences on offer: published, listed on their terms, there for anybody to take by notice."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, cast, func, or_, select
from sqlalchemy.orm import contains_eager, selectinload

from marketplace.assets.models import Asset, AssetKind, AssetNumber
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.listings.models import OPEN, Listing, ListingAsset
from marketplace.negotiation.models import StandingOffer, StandingState

FEES = ("once", "running")
SORTS: Mapping[str, Any] = {"stated": StandingOffer.id, "title": Listing.title}


def open_licences(
    *,
    text: str = "",
    kind: str = "",
    industry: str = "",
    fee: str = "",
    at_most: int | None = None,
    sort: str = "-stated",
) -> Select[tuple[StandingOffer]]:
    """What anybody may see and take: the fee paid once or running, at most so many fen at first."""
    found = _on_offer().where(*_about(text, kind, industry))
    running = StandingOffer.terms_data["royalty_bps"].as_integer().is_not(None)
    if fee in FEES:
        found = found.where(running if fee == "running" else ~running)
    if at_most is not None:
        price = cast(StandingOffer.terms_data["price"]["minor"].as_integer(), Integer)
        found = found.where(price <= at_most)
    column = SORTS.get(sort.removeprefix("-"), StandingOffer.id)
    order = column.desc() if sort.startswith("-") else column.asc()
    return found.order_by(order, StandingOffer.id.desc()).options(
        contains_eager(StandingOffer.listing).joinedload(Listing.seller),
        contains_eager(StandingOffer.listing)
        .selectinload(Listing.items)
        .joinedload(ListingAsset.asset)
        .options(selectinload(Asset.owners), selectinload(Asset.classes)),
    )


def industries_on_offer() -> list[str]:
    """The industries of the rights on offer, for a filter."""
    listed = _on_offer().with_only_columns(StandingOffer.listing_id)
    rows = (
        select(Asset.industry)
        .join(ListingAsset, ListingAsset.asset_id == Asset.id)
        .where(ListingAsset.listing_id.in_(listed), Asset.industry != "")
        .group_by(Asset.industry)
        .order_by(func.count().desc(), Asset.industry)
    )
    return [code for code in db.session.scalars(rows) if code]


def _on_offer() -> Select[tuple[StandingOffer]]:
    fresh = or_(Listing.reconfirm_by.is_(None), Listing.reconfirm_by > clock.now())
    return (
        select(StandingOffer)
        .join(StandingOffer.listing)
        .where(
            StandingOffer.state == StandingState.STANDING,
            StandingOffer.declaration != "",
            Listing.state.in_(OPEN),
            fresh,
        )
    )


def _about(text: str, kind: str, industry: str) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if kind in set(AssetKind):
        wanted.append(_asset(Asset.kind == AssetKind(kind)))
    if industry:
        wanted.append(_asset(Asset.industry == industry))
    if text:
        compact = "".join(c for c in text.upper() if c.isalnum() or c == ".") or text
        numbered = Asset.numbers.any(AssetNumber.number.contains(compact, autoescape=True))
        wanted.append(
            or_(
                Listing.title.icontains(text, autoescape=True),
                Listing.title_en.icontains(text, autoescape=True),
                Listing.reference == text.upper(),
                StandingOffer.declaration.icontains(text, autoescape=True),
                _asset(numbered),
            )
        )
    return wanted


def _asset(test: Any) -> ColumnElement[bool]:
    return Listing.items.any(ListingAsset.asset.has(test))
