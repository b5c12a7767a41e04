"""Files by content, and who may read them."""

from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.core.db import Record
from marketplace.organisations.models import Organisation, User


class Visibility(StrEnum):
    """Who may read a document: all, or its organisation and the named readers."""

    PUBLIC = "public"
    READERS = "readers"


class Document(Record):
    """A named file; its content is stored once, under its SHA-256."""

    __tablename__ = "document"
    __table_args__ = (Index("ix_document_subject", "subject_kind", "subject_id"),)

    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int]
    media_type: Mapped[str] = mapped_column(String(100))
    filename: Mapped[str] = mapped_column(String(200))
    purpose: Mapped[str] = mapped_column(String(60))  # title_extract, valuation_report, contract …
    subject_kind: Mapped[str] = mapped_column(String(40), default="")
    subject_id: Mapped[int | None]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    uploaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    visibility: Mapped[Visibility] = mapped_column(default=Visibility.READERS)

    organisation: Mapped[Organisation | None] = relationship()
    uploaded_by: Mapped[User | None] = relationship()
    readers: Mapped[list["DocumentReader"]] = relationship(back_populates="document")


class DocumentReader(Record):
    """An organisation that may read a document besides its own."""

    __tablename__ = "document_reader"
    __table_args__ = (UniqueConstraint("document_id", "organisation_id"),)

    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)

    document: Mapped[Document] = relationship(back_populates="readers")
