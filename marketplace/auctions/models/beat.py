"""The pulse of the auctions' clock: by its pauses an outage is known."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Record


class Beat(Record):
    """When a clock last gave a sign of life; one row a name."""

    __tablename__ = "auction_beat"

    name: Mapped[str] = mapped_column(String(20), unique=True)
    beat_at: Mapped[datetime]
