"""What goes on around a settlement: taxes withheld, deposits, payoff letters, debts, rewards."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.assets.models import Pledge
from marketplace.core.db import Record
from marketplace.core.lifecycle import Lifecycle, Move, Stateful
from marketplace.core.money import Money
from marketplace.deals.models.deal import Deal
from marketplace.documents.models import Document
from marketplace.organisations.models import Organisation
from marketplace.payments.models import Payment, Payout


class TaxName(StrEnum):
    """A tax that the law has the buyer withhold from a price."""

    INCOME = "corporate_income"  # of a non-resident: 企业所得税法 art. 3, 37
    PERSONAL = "personal_income"  # 个人所得税法 art. 9
    VAT = "value_added"  # 增值税法 art. 15: of a seller from abroad
    SURCHARGES = "surcharges"


class TaxState(StrEnum):
    """Where a withheld tax stands."""

    INSTRUCTED = "instructed"
    WITHHELD = "withheld"
    ORDERED = "ordered"
    PAID = "paid"
    WITHDRAWN = "withdrawn"


T = TaxState
WITHHELD_TAX = Lifecycle(
    "withheld_tax",
    {
        "withhold": Move({T.INSTRUCTED}, T.WITHHELD),  # a release took it off the price
        "order": Move({T.WITHHELD}, T.ORDERED),
        "pay": Move({T.ORDERED}, T.PAID),  # the bank sent it
        "withdraw": Move({T.INSTRUCTED}, T.WITHDRAWN),
    },
)


class WithheldTax(Stateful):
    """A tax that the buyer has us take off the price and pay to the tax office."""

    __tablename__ = "withheld_tax"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint(
            "withheld_minor >= 0 AND withheld_minor <= amount_minor", name="withheld_in_range"
        ),
    )
    lifecycle = WITHHELD_TAX

    deal_id: Mapped[int] = mapped_column(ForeignKey("deal.id"), index=True)
    name: Mapped[TaxName]
    amount_minor: Mapped[int]
    withheld_minor: Mapped[int] = mapped_column(default=0)
    currency: Mapped[str] = mapped_column(String(3), default="CNY")
    basis: Mapped[str] = mapped_column(String(300))
    instructed_by_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    form_number: Mapped[str] = mapped_column(String(80), default="")  # of the tax return
    payout_id: Mapped[int | None] = mapped_column(ForeignKey("payout.id"), unique=True)
    receipt_number: Mapped[str] = mapped_column(String(80), default="")  # 完税凭证
    receipt_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    state: Mapped[TaxState] = mapped_column(default=T.INSTRUCTED, index=True)

    deal: Mapped[Deal] = relationship(back_populates="withheld_taxes")
    payout: Mapped[Payout | None] = relationship()
    receipt: Mapped[Document | None] = relationship()

    @property
    def amount(self) -> Money:
        """What the buyer instructed."""
        return Money(self.currency, self.amount_minor)

    @property
    def withheld(self) -> Money:
        """What the price left for it."""
        return Money(self.currency, self.withheld_minor)


class DepositPayment(Record):
    """Money that was deposited for a pledgee (提存), paid to it or on to the seller."""

    __tablename__ = "deposit_payment"
    __table_args__ = (CheckConstraint("amount_minor > 0", name="amount_positive"),)

    deal_id: Mapped[int] = mapped_column(ForeignKey("deal.id"), index=True)
    pledge_id: Mapped[int] = mapped_column(ForeignKey("pledge.id"))
    payee_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    key: Mapped[str] = mapped_column(String(120), unique=True)
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3), default="CNY")
    because: Mapped[str] = mapped_column(String(2000))
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    ordered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    deal: Mapped[Deal] = relationship(back_populates="deposit_payments")
    pledge: Mapped[Pledge] = relationship()
    payee: Mapped[Organisation] = relationship()
    document: Mapped[Document] = relationship()

    @property
    def amount(self) -> Money:
        """What left the deposit."""
        return Money(self.currency, self.amount_minor)


class PayoffLetter(Record):
    """A lender says for what sum it lets its pledge go: on a day, and how much a day after it."""

    __tablename__ = "payoff_letter"
    __table_args__ = (
        CheckConstraint("amount_minor >= 0 AND per_day_minor >= 0", name="not_negative"),
    )

    deal_id: Mapped[int] = mapped_column(ForeignKey("deal.id"), index=True)
    pledge_id: Mapped[int] = mapped_column(ForeignKey("pledge.id"), index=True)
    lender_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    amount_minor: Mapped[int]
    per_day_minor: Mapped[int] = mapped_column(default=0)
    currency: Mapped[str] = mapped_column(String(3), default="CNY")
    as_of: Mapped[date]
    valid_until: Mapped[date]
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    withdrawn_at: Mapped[datetime | None]

    deal: Mapped[Deal] = relationship(back_populates="payoff_letters")
    pledge: Mapped[Pledge] = relationship()
    document: Mapped[Document] = relationship()

    @property
    def amount(self) -> Money:
        """The sum on its day."""
        return Money(self.currency, self.amount_minor)

    @property
    def per_day(self) -> Money:
        """What each later day adds."""
        return Money(self.currency, self.per_day_minor)

    def holds_on(self, day: date) -> bool:
        """It was not withdrawn and has not run out."""
        return self.withdrawn_at is None and self.valid_until >= day


class RepaymentState(StrEnum):
    """Where a repayment by the seller stands."""

    PROPOSED = "proposed"
    ASKED = "asked"
    REFUNDED = "refunded"
    WITHDRAWN = "withdrawn"


R = RepaymentState
REPAYMENT = Lifecycle(
    "repayment",
    {
        "ask": Move({R.PROPOSED}, R.ASKED),  # the second person agrees
        "refund": Move({R.ASKED}, R.REFUNDED),  # it came in, and goes to the buyer
        "withdraw": Move({R.PROPOSED, R.ASKED}, R.WITHDRAWN),
    },
)


class Repayment(Stateful):
    """After a release the contract fell: the seller pays back, and only that goes to the buyer."""

    __tablename__ = "repayment"
    __table_args__ = (CheckConstraint("amount_minor > 0", name="amount_positive"),)
    lifecycle = REPAYMENT

    deal_id: Mapped[int] = mapped_column(ForeignKey("deal.id"), index=True)
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3), default="CNY")
    because: Mapped[str] = mapped_column(String(2000))
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payment.id"), unique=True)
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    state: Mapped[RepaymentState] = mapped_column(default=R.PROPOSED, index=True)

    deal: Mapped[Deal] = relationship(back_populates="repayments")
    document: Mapped[Document] = relationship()
    payment: Mapped[Payment | None] = relationship()

    @property
    def amount(self) -> Money:
        """What the seller owes."""
        return Money(self.currency, self.amount_minor)

    @property
    def account(self) -> str:
        """Where it lies in the books until it goes to the buyer."""
        return f"repay:deal:{self.deal_id}"


class ReceivableState(StrEnum):
    """Where a fee that a price did not reach for stands."""

    OPEN = "open"
    PAID = "paid"


RECEIVABLE = Lifecycle("receivable", {"pay": Move({ReceivableState.OPEN}, ReceivableState.PAID)})


class Receivable(Stateful):
    """Commission that a pledgee's claim left nothing for: the seller owes it to the exchange."""

    __tablename__ = "receivable"
    __table_args__ = (CheckConstraint("amount_minor > 0", name="amount_positive"),)
    lifecycle = RECEIVABLE

    deal_id: Mapped[int] = mapped_column(ForeignKey("deal.id"), index=True)
    debtor_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)  # of the release that was short
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3), default="CNY")
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payment.id"), unique=True)
    state: Mapped[ReceivableState] = mapped_column(default=ReceivableState.OPEN, index=True)

    deal: Mapped[Deal] = relationship(back_populates="receivables")
    debtor: Mapped[Organisation] = relationship()
    payment: Mapped[Payment | None] = relationship()

    @property
    def amount(self) -> Money:
        """What is owed, VAT included."""
        return Money(self.currency, self.amount_minor)

    @property
    def account(self) -> str:
        """Where what comes in lies among the clients' accounts, for a moment."""
        return f"fee_in:deal:{self.deal_id}"


class RewardPlan(Record):
    """How the owner shares a deal's net income with its inventors: information, no payout."""

    __tablename__ = "reward_plan"
    __table_args__ = (
        CheckConstraint("costs_minor >= 0", name="costs_not_negative"),
        CheckConstraint("share_bps >= 0 AND share_bps <= 10000", name="share_in_range"),
    )

    deal_id: Mapped[int] = mapped_column(ForeignKey("deal.id"), unique=True)
    costs_minor: Mapped[int] = mapped_column(default=0)
    currency: Mapped[str] = mapped_column(String(3), default="CNY")
    share_bps: Mapped[int]  # of the net income, for all inventors together
    inventors_data: Mapped[list[Any]] = mapped_column(default=list)  # name, share in basis points
    announced_from: Mapped[date | None]
    announced_until: Mapped[date | None]

    deal: Mapped[Deal] = relationship(back_populates="reward_plan")

    @property
    def costs(self) -> Money:
        """What came off the income."""
        return Money(self.currency, self.costs_minor)
