"""Payment orders for the bank: payouts put together in one file, made by one person, released by another."""

from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.core.lifecycle import Lifecycle, Move, Stateful
from marketplace.core.money import Money
from marketplace.payments.models.payment import Payout


class PayoutBatchState(StrEnum):
    """Whether the bank may have the file."""

    DRAFTED = "drafted"
    RELEASED = "released"
    WITHDRAWN = "withdrawn"


B = PayoutBatchState
PAYOUT_BATCH = Lifecycle(
    "payout_batch",
    {
        "release": Move({B.DRAFTED}, B.RELEASED),
        "withdraw": Move({B.DRAFTED, B.RELEASED}, B.WITHDRAWN),
    },
)


class PayoutBatch(Stateful):
    """The payouts of one currency that go to the bank in one file.

    A payout is in one batch at a time; withdrawing a batch sets free what the bank has not sent.
    """

    __tablename__ = "payout_batch"
    lifecycle = PAYOUT_BATCH

    reference: Mapped[str] = mapped_column(String(20), unique=True)
    currency: Mapped[str] = mapped_column(String(3))
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    released_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    sha256: Mapped[str] = mapped_column(String(64), default="")  # of what was released
    state: Mapped[PayoutBatchState] = mapped_column(default=PayoutBatchState.DRAFTED)

    payouts: Mapped[list[Payout]] = relationship(order_by="Payout.id")

    @property
    def total(self) -> Money:
        """What the file orders in all."""
        return Money(self.currency, sum(one.amount_minor for one in self.payouts))
