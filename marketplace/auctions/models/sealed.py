"""Sealed bids: envelopes, and the shares of the key that opens them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.auctions.models.auction import Auction, Participant
from marketplace.core.db import Record
from marketplace.organisations.models import Organisation


class Envelope(Record):
    """A bid that only the opening key can read. A later one takes an earlier one's place."""

    __tablename__ = "auction_envelope"
    __table_args__ = (
        UniqueConstraint("auction_id", "seq"),
        Index(
            "uq_auction_envelope_active",
            "auction_id",
            "participant_id",
            unique=True,
            sqlite_where=sql("active"),
            postgresql_where=sql("active"),
        ),
    )

    auction_id: Mapped[int] = mapped_column(ForeignKey("auction.id"))
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)
    commitment: Mapped[str] = mapped_column(String(64))
    seq: Mapped[int]  # of its event
    active: Mapped[bool] = mapped_column(default=True)
    failed: Mapped[bool] = mapped_column(default=False)  # could not be opened, or did not match
    # of a tender: the answers under the opening key, and, once opened, under the exchange's own
    terms: Mapped[bytes | None] = mapped_column(LargeBinary)
    terms_commitment: Mapped[str] = mapped_column(String(64), default="")
    terms_opened: Mapped[bytes | None] = mapped_column(LargeBinary)

    auction: Mapped[Auction] = relationship()
    participant: Mapped[Participant] = relationship()


class ShareHolder(StrEnum):
    """Who keeps a part of the opening key; any two of the three open."""

    EXCHANGE = "exchange"
    SELLER = "seller"
    AUTHORITY = "authority"


class KeyShare(Record):
    """One of three parts of an auction's opening key. Once fetched, only its digest stays here."""

    __tablename__ = "auction_key_share"
    __table_args__ = (
        UniqueConstraint("auction_id", "number"),
        UniqueConstraint("auction_id", "kind"),
        CheckConstraint("number IN (1, 2, 3)", name="number"),
    )

    auction_id: Mapped[int] = mapped_column(ForeignKey("auction.id"))
    number: Mapped[int]
    kind: Mapped[ShareHolder]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64))
    kept: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed; none once it was fetched
    fetched_at: Mapped[datetime | None]
    fetched_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    handed_in: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed, until the opening
    handed_in_at: Mapped[datetime | None]
    handed_in_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    auction: Mapped[Auction] = relationship()
    organisation: Mapped[Organisation | None] = relationship()
