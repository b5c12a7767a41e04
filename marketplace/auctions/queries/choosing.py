"""Which auctions a reader of the calendar wants to see."""

from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

from sqlalchemy import BigInteger, ColumnElement, Select, cast, func, or_, select

from marketplace.assets.models import Asset, AssetKind
from marketplace.auctions.engine.rules import Format
from marketplace.auctions.engine.state import Phase
from marketplace.auctions.models import Auction
from marketplace.core.db import db
from marketplace.listings.models import Listing, ListingAsset
from marketplace.organisations.models import Organisation

Row = TypeVar("Row", bound=tuple[Any, ...])
START = cast(Auction.rules_data["start"].as_string(), BigInteger)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is asked for; nothing: everything. Prices in minor units, the start where nobody bid."""

    text: str = ""
    how: Format | None = None
    kind: AssetKind | None = None
    state: Phase | None = None
    city: str = ""  # of the seller
    least: int | None = None
    most: int | None = None

    @property
    def is_everything(self) -> bool:
        """Whether nothing narrows it."""
        return all(getattr(self, field.name) in {None, ""} for field in fields(self))

    def conditions(self) -> list[ColumnElement[bool]]:
        """For a selection of auctions with their listings and sellers joined."""
        price = func.coalesce(Auction.price_minor, START)
        asked: list[tuple[object, ColumnElement[bool]]] = [
            (self.text, about(self.text)),
            (self.how, Auction.format == self.how),
            (self.kind, _of_kind(self.kind)),
            (self.state, Auction.state == self.state),
            (self.city, Organisation.city == self.city),
        ]
        found = [condition for value, condition in asked if value]
        if self.least is not None:
            found.append(price >= self.least)
        if self.most is not None:
            found.append(price <= self.most)
        return found


EVERYTHING = Wanted()


def narrowed(query: Select[Row], wanted: Wanted, *also: ColumnElement[bool]) -> Select[Row]:
    """A selection of auctions, or of what belongs to them, joined and narrowed; text may be found in `also`."""
    query = query.join(Auction.listing).join(Organisation, Organisation.id == Auction.seller_id)
    conditions = replace(wanted, text="").conditions()
    if wanted.text:
        conditions.append(or_(about(wanted.text), *also))
    return query.where(*conditions)


def about(text: str) -> ColumnElement[bool]:
    """A reference in full, or a part of the title."""
    return or_(
        Auction.reference == text.upper(),
        Listing.reference == text.upper(),
        Listing.title.contains(text, autoescape=True),
        Listing.title_en.icontains(text, autoescape=True),
    )


def _of_kind(kind: AssetKind | None) -> ColumnElement[bool]:
    return (
        select(ListingAsset.id)
        .join(Asset, Asset.id == ListingAsset.asset_id)
        .where(ListingAsset.listing_id == Auction.listing_id, Asset.kind == kind)
        .exists()
    )


def cities() -> list[str]:
    """Where the sellers of published auctions are."""
    found = (
        select(Organisation.city)
        .join(Auction, Auction.seller_id == Organisation.id)
        .where(Auction.published_at.is_not(None), Organisation.city != "")
        .distinct()
    )
    return sorted(db.session.scalars(found))


def kinds() -> list[AssetKind]:
    """Which kinds of rights are, or were, in published auctions."""
    found = set(
        db.session.scalars(
            select(Asset.kind)
            .join(ListingAsset, ListingAsset.asset_id == Asset.id)
            .join(Auction, Auction.listing_id == ListingAsset.listing_id)
            .where(Auction.published_at.is_not(None))
            .distinct()
        )
    )
    return [kind for kind in AssetKind if kind in found]
