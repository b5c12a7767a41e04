"""What is offered, how far it has come, and who watches it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.assets.models import Asset
from marketplace.compliance.models import Paper
from marketplace.core import clock
from marketplace.core.db import Record
from marketplace.core.lifecycle import Lifecycle, Move, Stateful
from marketplace.core.money import Money
from marketplace.listings.terms import Terms
from marketplace.organisations.models import Organisation, User


class ListingState(StrEnum):
    """Where a listing stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    REFUSED = "refused"
    PUBLISHED = "published"
    SUSPENDED = "suspended"
    RESERVED = "reserved"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


S = ListingState
LISTING = Lifecycle(
    "listing",
    {
        "submit": Move({S.DRAFT, S.RETURNED}, S.SUBMITTED),
        "take_back": Move({S.SUBMITTED}, S.DRAFT),
        "return": Move({S.SUBMITTED}, S.RETURNED),
        "refuse": Move({S.SUBMITTED}, S.REFUSED),
        "publish": Move({S.SUBMITTED}, S.PUBLISHED),
        "suspend": Move({S.PUBLISHED}, S.SUSPENDED),
        "resume": Move({S.SUSPENDED}, S.PUBLISHED),
        "reserve": Move({S.PUBLISHED}, S.RESERVED),
        "release": Move({S.RESERVED}, S.PUBLISHED),
        "close": Move({S.RESERVED, S.PUBLISHED}, S.CLOSED),
        "withdraw": Move({S.DRAFT, S.RETURNED, S.SUBMITTED, S.PUBLISHED, S.SUSPENDED}, S.WITHDRAWN),
        "expire": Move({S.PUBLISHED, S.SUSPENDED}, S.EXPIRED),
        "relist": Move({S.EXPIRED, S.WITHDRAWN}, S.DRAFT),
    },
)
PUBLIC = frozenset({S.PUBLISHED, S.SUSPENDED, S.RESERVED, S.CLOSED})  # has a public page
OPEN = frozenset({S.PUBLISHED})  # takes offers


class PriceMode(StrEnum):
    """How the price is formed."""

    POSTED = "posted"
    NEGOTIATED = "negotiated"
    AUCTION = "auction"  # formed by bidding (marketplace.auctions); takes no offers


class Listing(Stateful):
    """One right or a bundle, offered for transfer, licence or contribution."""

    __tablename__ = "listing"
    lifecycle = LISTING

    reference: Mapped[str] = mapped_column(String(20), unique=True)  # L-00000001
    seller_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    title: Mapped[str] = mapped_column(String(500))
    title_en: Mapped[str] = mapped_column(String(500), default="")
    summary: Mapped[str] = mapped_column(default="")
    summary_en: Mapped[str] = mapped_column(default="")
    price_mode: Mapped[PriceMode] = mapped_column(default=PriceMode.NEGOTIATED)
    terms_data: Mapped[dict[str, Any]]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)  # owner's answers for the rules
    submitted_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    reconfirm_by: Mapped[datetime | None]  # 90 days; then it expires
    closed_at: Mapped[datetime | None]
    drafted_under: Mapped[str] = mapped_column(String(20), default="")  # a broker's mandate
    bound_by: Mapped[str | None] = mapped_column(String(20))  # the auction that is under way
    state: Mapped[ListingState] = mapped_column(default=ListingState.DRAFT, index=True)

    seller: Mapped[Organisation] = relationship()
    items: Mapped[list["ListingAsset"]] = relationship(
        back_populates="listing", order_by="ListingAsset.position", cascade="all, delete-orphan"
    )
    evidence: Mapped[list["ListingEvidence"]] = relationship(
        back_populates="listing", order_by="ListingEvidence.id"
    )

    @property
    def terms(self) -> Terms:
        """What the owner offers."""
        return Terms.from_json(self.terms_data)

    @property
    def price(self) -> Money | None:
        """The posted price, or the owner's indication; none: to be negotiated."""
        return self.terms.price

    @property
    def assets(self) -> list[Asset]:
        """What is in it."""
        return [item.asset for item in self.items]

    @property
    def is_bundle(self) -> bool:
        """More than one right at one price."""
        return len(self.items) > 1

    @property
    def takes_offers(self) -> bool:
        """Published, and confirmed by its owner within the time."""
        if self.price_mode is PriceMode.AUCTION:
            return False
        return self.state in OPEN and (self.reconfirm_by is None or self.reconfirm_by > clock.now())


class ListingAsset(Record):
    """A right in a listing."""

    __tablename__ = "listing_asset"
    __table_args__ = (UniqueConstraint("listing_id", "asset_id"),)

    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id"))
    asset_id: Mapped[int] = mapped_column(ForeignKey("asset.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)

    listing: Mapped[Listing] = relationship(back_populates="items")
    asset: Mapped[Asset] = relationship()


class ListingEvidence(Paper):
    """A paper filed with a listing; a deal that comes of it takes it over."""

    __tablename__ = "listing_evidence"
    __table_args__ = (Index("ix_listing_evidence_listing", "listing_id", "name"),)

    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id"))

    listing: Mapped[Listing] = relationship(back_populates="evidence")


class Watch(Record):
    """A person keeps an eye on a listing."""

    __tablename__ = "watch"
    __table_args__ = (UniqueConstraint("user_id", "listing_id"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id"), index=True)

    listing: Mapped[Listing] = relationship()
    user: Mapped[User] = relationship()


class SavedSearch(Record):
    """A search to run again, and to be told of what is new in it."""

    __tablename__ = "saved_search"
    __table_args__ = (UniqueConstraint("user_id", "query"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    name: Mapped[str] = mapped_column(String(120))
    query: Mapped[str] = mapped_column(String(1000))  # the query string of /search, normalised
    alerts: Mapped[bool] = mapped_column(default=True)
    checked_at: Mapped[datetime] = mapped_column(default=clock.now)

    user: Mapped[User] = relationship()
