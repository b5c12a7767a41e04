"""An auction, its log, who takes part, what was answered, who was awarded."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.auctions.engine.rules import Format, Rules
from marketplace.auctions.engine.state import Phase
from marketplace.core import clock
from marketplace.core.db import Record
from marketplace.core.lifecycle import Lifecycle, Move, Stateful
from marketplace.core.money import Money
from marketplace.deals.models import Deal
from marketplace.listings.models import Listing
from marketplace.organisations.models import Organisation, User

P = Phase
AUCTION = Lifecycle(
    "auction",
    {
        "submit": Move({P.DRAFT}, P.SUBMITTED),
        "return": Move({P.SUBMITTED}, P.DRAFT),
        "publish": Move({P.SUBMITTED}, P.PUBLISHED),
        "withdraw": Move({P.DRAFT, P.SUBMITTED, P.PUBLISHED}, P.WITHDRAWN),
        "open_free": Move({P.PUBLISHED}, P.FREE),
        "open": Move({P.PUBLISHED}, P.OPEN),
        "limit": Move({P.FREE}, P.LIMITED),
        "turn": Move({P.OPEN}, P.FREE),
        "end": Move({P.OPEN}, P.OPENING),
        "close": Move({P.FREE, P.LIMITED, P.OPEN, P.OPENING}, P.CLOSED),
        "suspend": Move({P.PUBLISHED, P.FREE, P.LIMITED, P.OPEN, P.OPENING, P.CLOSED}, P.SUSPENDED),
        "resume_published": Move({P.SUSPENDED}, P.PUBLISHED),
        "resume_free": Move({P.SUSPENDED}, P.FREE),
        "resume_limited": Move({P.SUSPENDED}, P.LIMITED),
        "resume_open": Move({P.SUSPENDED}, P.OPEN),
        "resume_opening": Move({P.SUSPENDED}, P.OPENING),
        "resume_closed": Move({P.SUSPENDED}, P.CLOSED),
        "cancel": Move({P.SUSPENDED}, P.CANCELLED),
        "fail": Move({P.CLOSED, P.DEFAULTED, P.FALLBACK}, P.FAILED),
        "await_priority": Move({P.CLOSED}, P.PRIORITY),
        "award": Move({P.CLOSED, P.PRIORITY}, P.AWARDED),
        "default": Move({P.AWARDED}, P.DEFAULTED),
        "fall_back": Move({P.DEFAULTED}, P.FALLBACK),
        "award_runner_up": Move({P.FALLBACK}, P.AWARDED),
        "settle": Move({P.AWARDED}, P.SETTLED),
    },
)


class Auction(Stateful):
    """A listing's price being formed. Changed through `services.door` only.

    The columns from `seq` on are a projection of the log, for lists and pages; `sealed_state` is the
    whole state, maxima included, under the exchange's key.
    """

    __tablename__ = "auction"
    __table_args__ = (
        CheckConstraint("seq >= 0", name="seq_not_negative"),
        CheckConstraint("price_minor IS NULL OR price_minor > 0", name="price_positive"),
        Index("ix_auction_due", "due_at"),
    )
    lifecycle = AUCTION

    reference: Mapped[str] = mapped_column(String(20), unique=True)  # J-00000001
    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id"), index=True)
    seller_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    submitted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("auction.id"), index=True)
    format: Mapped[Format]
    currency: Mapped[str] = mapped_column(String(3), default="CNY")
    rules_data: Mapped[dict[str, Any]]  # of a draft: what is known so far; frozen at publication
    rules_hash: Mapped[str] = mapped_column(String(64), default="")
    sealed_secrets: Mapped[bytes | None] = mapped_column(
        LargeBinary
    )  # reserve, salts, key of codes
    state: Mapped[Phase] = mapped_column(default=Phase.DRAFT, index=True)

    seq: Mapped[int] = mapped_column(default=0)
    head: Mapped[str] = mapped_column(String(64), default="")  # hash of the last event
    sealed_state: Mapped[bytes | None] = mapped_column(LargeBinary)
    last_intake_at: Mapped[datetime | None]
    price_minor: Mapped[int | None]
    leader_code: Mapped[str | None] = mapped_column(String(8))
    reserve_met: Mapped[bool] = mapped_column(default=False)
    bid_count: Mapped[int] = mapped_column(default=0)
    opens_at: Mapped[datetime | None] = mapped_column(index=True)
    ends_at: Mapped[datetime | None]  # the effective end
    due_at: Mapped[datetime | None]  # when the clock next has something to do here (drain included)
    published_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    listing: Mapped[Listing] = relationship()
    seller: Mapped[Organisation] = relationship()
    parent: Mapped["Auction | None"] = relationship(remote_side="Auction.id")

    @property
    def rules(self) -> Rules:
        """What was published; of a draft an error, where something is still missing."""
        return Rules.from_json(self.rules_data)

    @property
    def price(self) -> Money | None:
        """The price now; none: no bid, or amounts are sealed."""
        return None if self.price_minor is None else Money(self.currency, self.price_minor)


class AuctionEvent(Record):
    """One line of an auction's log, in ink: no update, no deletion, by trigger too."""

    __tablename__ = "auction_event"
    __table_args__ = (UniqueConstraint("auction_id", "seq"),)

    auction_id: Mapped[int] = mapped_column(ForeignKey("auction.id"))
    seq: Mapped[int]
    kind: Mapped[str] = mapped_column(String(40))
    code: Mapped[str | None] = mapped_column(String(8))
    at: Mapped[int]  # intake, microseconds
    body: Mapped[str] = mapped_column(Text)  # canonical JSON (RFC 8785): what is hashed
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    sealed: Mapped[bytes | None] = mapped_column(
        LargeBinary
    )  # private part, under the exchange's key


class ParticipantState(StrEnum):
    """How far an organisation has come in an auction."""

    APPLIED = "applied"
    QUALIFIED = "qualified"  # identity, NDA, conflicts declared, rules accepted; deposit to come
    ACTIVE = "active"  # deposit held, or none asked: may bid
    REFUSED = "refused"
    LEFT = "left"  # took the application back before any bid
    EXCLUDED = "excluded"


A = ParticipantState
PARTICIPANT = Lifecycle(
    "participant",
    {
        "qualify": Move({A.APPLIED}, A.QUALIFIED),
        "refuse": Move({A.APPLIED}, A.REFUSED),
        "admit": Move({A.QUALIFIED}, A.ACTIVE),
        "leave": Move({A.APPLIED, A.QUALIFIED, A.ACTIVE}, A.LEFT),
        "exclude": Move({A.APPLIED, A.QUALIFIED, A.ACTIVE}, A.EXCLUDED),
    },
)


class Participant(Stateful):
    """An organisation in an auction, and its pseudonym there. Nobody joins the two before the close."""

    __tablename__ = "participant"
    __table_args__ = (
        UniqueConstraint("auction_id", "organisation_id"),
        UniqueConstraint("auction_id", "code"),
    )
    lifecycle = PARTICIPANT

    auction_id: Mapped[int] = mapped_column(ForeignKey("auction.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))  # who applied
    code: Mapped[str | None] = mapped_column(String(8))  # five of base32, once admitted
    rank: Mapped[int] = mapped_column(default=0)  # of a priority right; 0: none
    ground: Mapped[str] = mapped_column(String(40), default="")  # which one
    backup: Mapped[bool] = mapped_column(default=False)  # ready to take over if the winner defaults
    rules_hash: Mapped[str] = mapped_column(String(64), default="")  # what was accepted
    declarations: Mapped[dict[str, Any]] = mapped_column(default=dict)
    qualified_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    state: Mapped[ParticipantState] = mapped_column(default=ParticipantState.APPLIED)

    auction: Mapped[Auction] = relationship()
    organisation: Mapped[Organisation] = relationship()
    user: Mapped[User | None] = relationship(foreign_keys=[user_id])


class Answer(Record):
    """What a request was answered, kept by its key: the same again gets the same answer."""

    __tablename__ = "auction_answer"
    __table_args__ = (
        UniqueConstraint("auction_id", "user_id", "key"),
        Index("ix_auction_answer_last", "participant_id", "id"),  # a bidder's last answers
    )

    auction_id: Mapped[int] = mapped_column(ForeignKey("auction.id"))
    user_id: Mapped[int]  # 0: the system
    key: Mapped[str] = mapped_column(String(64))
    fingerprint: Mapped[str] = mapped_column(String(64))  # SHA-256 of the canonical request
    status: Mapped[int]
    receipt: Mapped[str] = mapped_column(Text)  # signed, canonical JSON
    participant_id: Mapped[int | None] = mapped_column(ForeignKey("participant.id"))


class Award(Record):
    """Who bought, at what price. One stands at a time; another only after the first defaulted."""

    __tablename__ = "award"
    __table_args__ = (
        UniqueConstraint("auction_id", "ordinal"),
        Index(
            "uq_award_standing",
            "auction_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        CheckConstraint("price_minor > 0", name="price_positive"),
        CheckConstraint("ordinal IN (1, 2)", name="ordinal"),
    )

    auction_id: Mapped[int] = mapped_column(ForeignKey("auction.id"))
    ordinal: Mapped[int] = mapped_column(default=1)  # 1: by the closing, 2: the runner-up
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"))
    event_seq: Mapped[int]
    price_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    deal_id: Mapped[int | None] = mapped_column(ForeignKey("deal.id"), unique=True)
    awarded_at: Mapped[datetime] = mapped_column(default=clock.now)
    ended_at: Mapped[datetime | None]  # defaulted

    auction: Mapped[Auction] = relationship()
    participant: Mapped[Participant] = relationship()
    deal: Mapped[Deal | None] = relationship()
