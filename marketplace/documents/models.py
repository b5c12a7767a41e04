"""Files by content, and who may read them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.core.db import Record
from marketplace.core.ink import in_ink
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


class SigningCertificate(Record):
    """A certificate of the exchange's own chain with its key, encrypted at rest.

    A root, an issuer, a seal and a time stamp are the exchange's; the others are persons'.
    """

    __tablename__ = "signing_certificate"
    __table_args__ = (Index("ix_signing_certificate_person", "user_id", "organisation_id"),)

    role: Mapped[str] = mapped_column(String(10), index=True)  # documents.signing.chain has them
    serial: Mapped[str] = mapped_column(String(40), unique=True)
    sha256: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(300))
    certificate: Mapped[str]  # PEM
    locked_key: Mapped[str]  # PEM under SIGNING_SECRET
    above_id: Mapped[int | None] = mapped_column(ForeignKey("signing_certificate.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    expires_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]  # signs no more
    revoked_at: Mapped[datetime | None]  # what it signs is not trusted from here on

    above: Mapped["SigningCertificate | None"] = relationship(remote_side="SigningCertificate.id")


class SigningEvidence(Record):
    """That somebody signed a file: who, for whom, by what authority, how known, when, from where."""

    __tablename__ = "signing_evidence"
    __table_args__ = (Index("ix_signing_evidence_subject", "subject_kind", "subject_id"),)

    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int]
    place: Mapped[str] = mapped_column(String(20))  # seller, buyer, principal …
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))  # none: signed on paper
    signer: Mapped[str] = mapped_column(String(80))
    on_behalf_of: Mapped[str] = mapped_column(String(200))
    authority: Mapped[str] = mapped_column(String(40))  # the role in the organisation
    method: Mapped[str] = mapped_column(String(12))  # electronic, paper
    password: Mapped[bool]  # entered again for this signature
    second_factor: Mapped[bool]
    ip: Mapped[str] = mapped_column(String(45), default="")
    user_agent: Mapped[str] = mapped_column(String(300), default="")
    document_sha256: Mapped[str] = mapped_column(String(64), index=True)  # what was seen
    signed_sha256: Mapped[str] = mapped_column(String(64), index=True)  # with this signature
    certificate_serial: Mapped[str] = mapped_column(String(40), default="")
    certificate_sha256: Mapped[str] = mapped_column(String(64), default="")


in_ink(SigningEvidence)
