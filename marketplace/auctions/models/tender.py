"""The jury of a weighted tender (评审): who gives points, and what became of it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.auctions.models.auction import Auction
from marketplace.core.lifecycle import Lifecycle, Move, Stateful
from marketplace.organisations.models import Organisation, User


class JurorState(StrEnum):
    """How far a juror has come."""

    NAMED = "named"
    READY = "ready"  # declared that there is no conflict of interest
    GIVEN = "given"  # the points are in, and do not change
    OUT = "out"  # a conflict, or dismissed: another one is named


S = JurorState
JUROR = Lifecycle(
    "auction_juror",
    {
        "declare": Move({S.NAMED}, S.READY),
        "recuse": Move({S.NAMED, S.READY}, S.OUT),
        "dismiss": Move({S.NAMED, S.READY}, S.OUT),
        "give": Move({S.READY}, S.GIVEN),
    },
)


class Juror(Stateful):
    """A person who gives points in one tender. Nobody reads the points before all have given theirs."""

    __tablename__ = "auction_juror"
    __table_args__ = (UniqueConstraint("auction_id", "user_id"),)
    lifecycle = JUROR

    auction_id: Mapped[int] = mapped_column(ForeignKey("auction.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    named_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    declared_at: Mapped[datetime | None]
    statement: Mapped[str] = mapped_column(String(500), default="")  # of a conflict
    points: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed; none once all are published
    given_at: Mapped[datetime | None]
    state: Mapped[JurorState] = mapped_column(default=JurorState.NAMED, index=True)

    auction: Mapped[Auction] = relationship()
    user: Mapped[User] = relationship(foreign_keys=[user_id])
    organisation: Mapped[Organisation] = relationship()
