"""Numbers that people read out: A-00000001 for an asset, L- a listing, O- an offer, D- a deal.

J- is an auction (网络竞价), DR- a data room.
"""

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Record, db


class Series(Record):
    """The last number given in a series."""

    __tablename__ = "series"

    letter: Mapped[str] = mapped_column(String(2), unique=True)
    last: Mapped[int] = mapped_column(default=0)


def next_reference(letter: str) -> str:
    """The next reference of a series; its row is locked, so no number is given twice."""
    series = db.session.scalar(select(Series).where(Series.letter == letter).with_for_update())
    if series is None:
        series = Series(letter=letter, last=0)
        db.session.add(series)
    series.last += 1
    db.session.flush()
    return f"{letter}-{series.last:08d}"
