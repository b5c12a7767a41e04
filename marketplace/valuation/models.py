"""Valuation reports on record (article 18)."""

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, backref, mapped_column, relationship

from marketplace.assets.models import Asset
from marketplace.core import clock
from marketplace.core.lifecycle import Lifecycle, Move, Stateful
from marketplace.core.money import Money
from marketplace.documents.models import Document
from marketplace.organisations.models import Organisation


class ReportState(StrEnum):
    """Where a report stands."""

    FILED = "filed"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


VALUATION_REPORT = Lifecycle(
    "valuation",
    {
        "confirm": Move({ReportState.FILED}, ReportState.CONFIRMED),
        "refuse": Move({ReportState.FILED}, ReportState.REFUSED),
        "revise": Move({ReportState.FILED}, ReportState.FILED),
        "withdraw": Move({ReportState.FILED, ReportState.CONFIRMED}, ReportState.WITHDRAWN),
    },
)


class ValuationReport(Stateful):
    """A report of a valuation firm, signed by two appraisers (资产评估法 arts 8, 26-27)."""

    __tablename__ = "valuation_report"
    __table_args__ = (CheckConstraint("value_minor > 0", name="value_positive"),)
    lifecycle = VALUATION_REPORT

    asset_id: Mapped[int] = mapped_column(ForeignKey("asset.id"), index=True)
    firm_name: Mapped[str] = mapped_column(String(200))
    firm_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    filed_by_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    number: Mapped[str] = mapped_column(String(80))
    signer_one: Mapped[str] = mapped_column(String(80))
    signer_two: Mapped[str] = mapped_column(String(80))
    base_date: Mapped[date]
    valid_until: Mapped[date]  # as a rule one year from the base date
    purpose: Mapped[str] = mapped_column(String(40))  # transfer, licence, equity, pledge, other
    method: Mapped[str] = mapped_column(String(40), default="")  # income, market, cost, combined
    single_method_reason: Mapped[str] = mapped_column(String(500), default="")  # art. 26
    filing: Mapped[str] = mapped_column(String(10), default="")  # filed, approved: of state assets
    filing_number: Mapped[str] = mapped_column(String(80), default="")
    value_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3), default="CNY")
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    reason: Mapped[str] = mapped_column(default="")
    state: Mapped[ReportState] = mapped_column(default=ReportState.FILED)

    asset: Mapped[Asset] = relationship(backref=backref("valuation_reports", passive_deletes="all"))
    firm: Mapped[Organisation | None] = relationship(foreign_keys=[firm_id])
    document: Mapped[Document] = relationship()

    @property
    def value(self) -> Money:
        """The appraised value."""
        return Money(self.currency, self.value_minor)

    @property
    def is_valid(self) -> bool:
        """Confirmed by an operator and not past its last day."""
        return (
            self.state is ReportState.CONFIRMED
            and self.base_date <= clock.today() <= self.valid_until
        )
