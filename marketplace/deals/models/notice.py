"""A notice by which an open licence is taken."""

from datetime import date

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.core.db import Record
from marketplace.deals.models.deal import Deal
from marketplace.documents.models import Document
from marketplace.organisations.models import Organisation, User


class LicenceNotice(Record):
    """A firm's written notice to the patentee that it takes the open licence (专利法 art. 51).

    `under`: the mandate of a broker who gave it; `paid_on`: the bank's day of the whole published fee.
    """

    __tablename__ = "licence_notice"

    deal_id: Mapped[int] = mapped_column(ForeignKey("deal.id"), unique=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    under: Mapped[str] = mapped_column(String(20), default="")
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    paid_on: Mapped[date | None]

    deal: Mapped[Deal] = relationship(back_populates="notice")
    organisation: Mapped[Organisation] = relationship()
    user: Mapped[User] = relationship()
    document: Mapped[Document] = relationship()
