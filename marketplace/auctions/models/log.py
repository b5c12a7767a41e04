"""The log of all auctions: a tree that only grows, and what the exchange signed of it (RFC 6962)."""

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Record


class LogLeaf(Record):
    """A line of an auction in the log of all: which one, and where."""

    __tablename__ = "log_leaf"
    __table_args__ = (
        UniqueConstraint("auction_id", "seq"),
        ForeignKeyConstraint(
            ["auction_id", "seq"], ["auction_event.auction_id", "auction_event.seq"]
        ),
    )

    place: Mapped[int] = mapped_column(unique=True)  # 0, 1, 2 … without a gap
    auction_id: Mapped[int]
    seq: Mapped[int]


class LogNode(Record):
    """The hash of a whole subtree: the 2**level leaves from place * 2**level on (level 0: a leaf)."""

    __tablename__ = "log_node"
    __table_args__ = (UniqueConstraint("level", "place"),)

    level: Mapped[int]
    place: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))


class LogCheckpoint(Record):
    """What the exchange signed: the root of the first `size` leaves. It cannot take that back."""

    __tablename__ = "log_checkpoint"
    __table_args__ = (CheckConstraint("size > 0", name="size_positive"),)

    size: Mapped[int] = mapped_column(unique=True)
    root: Mapped[str] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(Text)  # a signed note (C2SP): origin, size, root, signature
