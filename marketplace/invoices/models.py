"""A request for an invoice, what became of it, and the fees that it is for."""

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.core.db import Record
from marketplace.core.lifecycle import Lifecycle, Move, Stateful
from marketplace.core.money import Money
from marketplace.documents.models import Document
from marketplace.ledger.models import Posting
from marketplace.organisations.models import Organisation, User


class InvoiceKind(StrEnum):
    """Which invoice of the tax office: only the special one lets the buyer deduct the tax."""

    ORDINARY = "ordinary"  # 普通发票
    SPECIAL = "special"  # 增值税专用发票


class InvoiceState(StrEnum):
    """Where a request stands."""

    REQUESTED = "requested"
    ISSUED = "issued"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    REVERSED = "reversed"  # by a red invoice


S = InvoiceState
INVOICE = Lifecycle(
    "invoice",
    {
        "issue": Move({S.REQUESTED}, S.ISSUED),
        "decline": Move({S.REQUESTED}, S.DECLINED),
        "withdraw": Move({S.REQUESTED}, S.WITHDRAWN),
        "reverse": Move({S.ISSUED}, S.REVERSED),
    },
)


class Invoice(Stateful):
    """One invoice: who it is made out to, for how much, and the tax office's number once issued."""

    __tablename__ = "invoice"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("tax_minor >= 0 AND tax_minor < amount_minor", name="tax_in_range"),
    )
    lifecycle = INVOICE

    reference: Mapped[str] = mapped_column(String(20), unique=True)  # I-00000001
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    requested_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    kind: Mapped[InvoiceKind]
    title: Mapped[str] = mapped_column(String(200))  # 抬头
    tax_number: Mapped[str] = mapped_column(String(20), default="")  # 纳税人识别号
    address: Mapped[str] = mapped_column(String(200), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    bank_name: Mapped[str] = mapped_column(String(120), default="")
    bank_account: Mapped[str] = mapped_column(String(60), default="")
    note: Mapped[str] = mapped_column(String(300), default="")  # printed in 备注
    amount_minor: Mapped[int]  # tax included
    tax_minor: Mapped[int]
    tax_rate: Mapped[int]  # basis points
    currency: Mapped[str] = mapped_column(String(3), default="CNY")
    number: Mapped[str | None] = mapped_column(String(20), unique=True)
    issued_on: Mapped[date | None]
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    red_number: Mapped[str | None] = mapped_column(String(20), unique=True)
    red_on: Mapped[date | None]
    red_document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    because: Mapped[str] = mapped_column(String(300), default="")  # declined or reversed
    state: Mapped[InvoiceState] = mapped_column(default=S.REQUESTED, index=True)

    organisation: Mapped[Organisation] = relationship()
    requested_by: Mapped[User] = relationship()
    document: Mapped[Document | None] = relationship(foreign_keys=[document_id])
    red_document: Mapped[Document | None] = relationship(foreign_keys=[red_document_id])
    fees: Mapped[list["InvoiceFee"]] = relationship(
        back_populates="invoice", order_by="InvoiceFee.id"
    )

    @property
    def amount(self) -> Money:
        """What it is for, tax included."""
        return Money(self.currency, self.amount_minor)

    @property
    def tax(self) -> Money:
        """The tax in it."""
        return Money(self.currency, self.tax_minor)


class InvoiceFee(Record):
    """A fee on an invoice. While the invoice stands, no other is for the same fee."""

    __tablename__ = "invoice_fee"
    __table_args__ = (
        Index(
            "uq_invoice_fee_standing",
            "posting_id",
            unique=True,
            sqlite_where=text("stands"),
            postgresql_where=text("stands"),
        ),
    )

    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"), index=True)
    posting_id: Mapped[int] = mapped_column(ForeignKey("posting.id"))
    stands: Mapped[bool] = mapped_column(default=True)

    invoice: Mapped[Invoice] = relationship(back_populates="fees")
    posting: Mapped[Posting] = relationship()
