"""An open-licence statement from its drawing up to its withdrawal."""

from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.assets.models import Asset, Burden
from marketplace.core.lifecycle import Lifecycle, Move, Stateful
from marketplace.documents.models import Document
from marketplace.listings.terms import Terms
from marketplace.organisations.models import Organisation, User


class StatementState(StrEnum):
    """Where a statement stands."""

    DRAFT = "draft"
    FILED = "filed"
    ANNOUNCED = "announced"
    PUBLISHED = "published"
    WITHDRAWING = "withdrawing"
    WITHDRAWN = "withdrawn"
    DROPPED = "dropped"


S = StatementState
OPEN_STATEMENT = Lifecycle(
    "open_statement",
    {
        "file": Move({S.DRAFT}, S.FILED),  # checked, printed, handed in at the office
        "take_back": Move({S.FILED}, S.DRAFT),  # the office sent it back, or it was a slip
        "drop": Move({S.DRAFT, S.FILED}, S.DROPPED),
        "announce": Move({S.FILED}, S.ANNOUNCED),  # the office published it, as the owner says
        "publish": Move({S.ANNOUNCED}, S.PUBLISHED),  # and an operator has seen it
        "doubt": Move({S.ANNOUNCED}, S.FILED),  # the operator has not
        "ask_withdrawal": Move({S.PUBLISHED}, S.WITHDRAWING),  # in writing, to the office
        "end": Move({S.PUBLISHED, S.WITHDRAWING}, S.WITHDRAWN),  # the register shows it no more
    },
)
UNDER_WAY = frozenset({S.DRAFT, S.FILED, S.ANNOUNCED, S.PUBLISHED, S.WITHDRAWING})
STANDS = frozenset({S.PUBLISHED, S.WITHDRAWING})  # until the withdrawal is published (art. 50)


class OpenStatement(Stateful):
    """What the owner states of one patent: anybody may take a plain licence for this fee.

    `terms_data`: fee and term, as any licence has them. `fee_basis`: the short note on how the fee
    was worked out, which the office wants with it. `facts`: the owner's answers to what no register
    knows (the conclusion of the evaluation report, other bars), record → field → value.
    """

    __tablename__ = "open_statement"
    lifecycle = OPEN_STATEMENT

    reference: Mapped[str] = mapped_column(String(20), unique=True)  # K-00000001
    asset_id: Mapped[int] = mapped_column(ForeignKey("asset.id"), index=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    terms_data: Mapped[dict[str, Any]]
    payment_way: Mapped[str] = mapped_column(String(500), default="")
    fee_basis: Mapped[str] = mapped_column(default="")
    other: Mapped[str] = mapped_column(default="")
    contact_name: Mapped[str] = mapped_column(String(80), default="")
    contact_phone: Mapped[str] = mapped_column(String(40), default="")
    contact_email: Mapped[str] = mapped_column(String(200), default="")
    contact_address: Mapped[str] = mapped_column(String(300), default="")
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    report_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))  # 专利权评价报告
    filed_on: Mapped[date | None]
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))  # as handed in
    burden_id: Mapped[int | None] = mapped_column(ForeignKey("burden.id"), index=True)
    because: Mapped[str] = mapped_column(default="")  # of the withdrawal, or of the dropping
    withdrawal_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    withdrawal_filed_on: Mapped[date | None]
    withdrawal_number: Mapped[str] = mapped_column(String(80), default="")
    drawn_up_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    under: Mapped[str] = mapped_column(String(20), default="")  # the mandate of a broker
    state: Mapped[StatementState] = mapped_column(default=S.DRAFT, index=True)

    asset: Mapped[Asset] = relationship()
    owner: Mapped[Organisation] = relationship()
    drawn_up_by: Mapped[User] = relationship()
    burden: Mapped[Burden | None] = relationship()
    report: Mapped[Document | None] = relationship(foreign_keys=[report_id])
    document: Mapped[Document | None] = relationship(foreign_keys=[document_id])
    withdrawal: Mapped[Document | None] = relationship(foreign_keys=[withdrawal_id])

    @property
    def terms(self) -> Terms:
        """Fee and term."""
        return Terms.from_json(self.terms_data)

    @property
    def number(self) -> str:
        """Of its publication; nothing before."""
        return self.burden.register_number if self.burden else ""
