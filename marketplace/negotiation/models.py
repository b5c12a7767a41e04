"""Questions and offers between a seller and one who may buy."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.core.db import Record
from marketplace.core.lifecycle import Lifecycle, Move, Stateful
from marketplace.core.money import Money
from marketplace.deals.models import Deal
from marketplace.documents.models import Document
from marketplace.listings.models import Listing
from marketplace.listings.terms import DealKind, Terms
from marketplace.negotiation.positions import Position
from marketplace.organisations.models import Organisation, User


class EnquiryState(StrEnum):
    """Where an enquiry stands."""

    OPEN = "open"
    CLOSED = "closed"


ENQUIRY = Lifecycle(
    "enquiry",
    {
        "close": Move({EnquiryState.OPEN}, EnquiryState.CLOSED),
        "reopen": Move({EnquiryState.CLOSED}, EnquiryState.OPEN),
    },
)


class Enquiry(Stateful):
    """A thread between an organisation and the seller about a listing."""

    __tablename__ = "enquiry"
    __table_args__ = (UniqueConstraint("listing_id", "asker_id"),)
    lifecycle = ENQUIRY

    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id"))
    asker_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    state: Mapped[EnquiryState] = mapped_column(default=EnquiryState.OPEN)

    listing: Mapped[Listing] = relationship()
    asker: Mapped[Organisation] = relationship()
    messages: Mapped[list["EnquiryMessage"]] = relationship(
        back_populates="enquiry", order_by="EnquiryMessage.id"
    )


class EnquiryMessage(Record):
    """One message of a thread."""

    __tablename__ = "enquiry_message"

    enquiry_id: Mapped[int] = mapped_column(ForeignKey("enquiry.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    text: Mapped[str]
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    key: Mapped[str | None] = mapped_column(String(64), unique=True)  # of the form: sent once
    under: Mapped[str] = mapped_column(String(20), default="")  # the mandate of a broker who wrote

    enquiry: Mapped[Enquiry] = relationship(back_populates="messages")
    organisation: Mapped[Organisation] = relationship()
    user: Mapped[User] = relationship()
    document: Mapped[Document | None] = relationship()


class OfferState(StrEnum):
    """Where an offer stands."""

    SENT = "sent"  # the seller is to answer
    COUNTERED = "countered"  # the buyer is to answer
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    LAPSED = "lapsed"


S = OfferState
OPEN = frozenset({S.SENT, S.COUNTERED})
OFFER = Lifecycle(
    "offer",
    {
        "counter": Move({S.SENT}, S.COUNTERED),
        "counter_back": Move({S.COUNTERED}, S.SENT),
        "accept": Move(OPEN, S.ACCEPTED),
        "decline": Move(OPEN, S.DECLINED),
        "withdraw": Move(OPEN, S.WITHDRAWN),
        "expire": Move(OPEN, S.EXPIRED),
        "lapse": Move(OPEN, S.LAPSED),
    },
)


class Offer(Stateful):
    """An offer on a listing and every version of its terms."""

    __tablename__ = "offer"
    __table_args__ = (Index("ix_offer_listing_state", "listing_id", "state"),)
    lifecycle = OFFER

    reference: Mapped[str] = mapped_column(String(20), unique=True)  # O-00000001
    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id"))
    buyer_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    expires_at: Mapped[datetime]
    deal_id: Mapped[int | None] = mapped_column(ForeignKey("deal.id"))
    key: Mapped[str | None] = mapped_column(String(64), unique=True)  # of the form: sent once
    state: Mapped[OfferState] = mapped_column(default=OfferState.SENT)

    listing: Mapped[Listing] = relationship()
    buyer: Mapped[Organisation] = relationship()
    deal: Mapped[Deal | None] = relationship()
    versions: Mapped[list["OfferVersion"]] = relationship(
        back_populates="offer", order_by="OfferVersion.number"
    )

    @property
    def terms(self) -> Terms:
        """The terms on the table."""
        return self.versions[-1].terms

    @property
    def awaits(self) -> int | None:
        """The organisation that is to answer; none once it is over."""
        if self.state is OfferState.SENT:
            return self.listing.seller_id
        return self.buyer_id if self.state is OfferState.COUNTERED else None

    @property
    def version(self) -> int:
        """The number of the version on the table."""
        return self.versions[-1].number


class OfferVersion(Record):
    """The terms as one side last put them."""

    __tablename__ = "offer_version"
    __table_args__ = (UniqueConstraint("offer_id", "number"),)

    offer_id: Mapped[int] = mapped_column(ForeignKey("offer.id"))
    number: Mapped[int]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    terms_data: Mapped[dict[str, Any]]
    message: Mapped[str] = mapped_column(default="")
    under: Mapped[str] = mapped_column(String(20), default="")  # the mandate of a broker who acted

    offer: Mapped[Offer] = relationship(back_populates="versions")
    organisation: Mapped[Organisation] = relationship()
    user: Mapped[User] = relationship()
    attachments: Mapped[list["OfferAttachment"]] = relationship(
        back_populates="version", order_by="OfferAttachment.id"
    )

    @property
    def terms(self) -> Terms:
        """The terms of this version."""
        return Terms.from_json(self.terms_data)

    @property
    def papers(self) -> list[Document]:
        """The files that belong to these terms: annexes of the contract, once they are accepted."""
        return [one.document for one in self.attachments]


class OfferAttachment(Record):
    """A file that belongs to the terms of a version."""

    __tablename__ = "offer_attachment"
    __table_args__ = (UniqueConstraint("version_id", "document_id"),)

    version_id: Mapped[int] = mapped_column(ForeignKey("offer_version.id"))
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), index=True)

    version: Mapped[OfferVersion] = relationship(back_populates="attachments")
    document: Mapped[Document] = relationship()


class OfferNote(Record):
    """What one side wrote down about an offer for its own people only."""

    __tablename__ = "offer_note"

    offer_id: Mapped[int] = mapped_column(ForeignKey("offer.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    text: Mapped[str]
    key: Mapped[str | None] = mapped_column(String(64), unique=True)  # of the form: written once

    offer: Mapped[Offer] = relationship()
    user: Mapped[User] = relationship()


class TermSheet(Record):
    """Terms that an organisation keeps to begin its offers and listings with; only it sees them."""

    __tablename__ = "term_sheet"
    __table_args__ = (UniqueConstraint("organisation_id", "name"),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    name: Mapped[str] = mapped_column(String(120))
    terms_data: Mapped[dict[str, Any]]
    note: Mapped[str] = mapped_column(default="")  # for colleagues: when to use it
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    changed_at: Mapped[datetime]
    put_away_at: Mapped[datetime | None]  # offered no more, and may be brought back

    changed_by: Mapped[User] = relationship()

    @property
    def terms(self) -> Terms:
        """What is kept; it may leave things open."""
        return Terms.from_json(self.terms_data)


class Needs(StrEnum):
    """What an organisation wants for an acceptance above an amount."""

    OWNER = "owner"
    TWO = "two"


class AcceptanceRule(Record):
    """An organisation's own rule on who accepts and who offers what."""

    __tablename__ = "acceptance_rule"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), unique=True)
    above_minor: Mapped[int | None]
    currency: Mapped[str] = mapped_column(String(3), default="CNY")
    needs: Mapped[Needs]
    keep_clauses: Mapped[bool] = mapped_column(default=False)  # else they only warn
    owners_offer: Mapped[bool] = mapped_column(default=False)  # managers ask an owner first

    @property
    def above(self) -> Money | None:
        """Amounts above it need more than one manager; none: no amount does."""
        return None if self.above_minor is None else Money(self.currency, self.above_minor)


class ApprovalState(StrEnum):
    """Where a request to a colleague stands."""

    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"


APPROVAL = Lifecycle(
    "approval",
    {
        "approve": Move({ApprovalState.ASKED}, ApprovalState.APPROVED),
        "refuse": Move({ApprovalState.ASKED}, ApprovalState.REFUSED),
    },
)


class Approval(Stateful):
    """A person's request that a colleague agrees to accepting a version, or to answering it.

    Turn 0 asks to accept it; the others ask to send these terms in answer.
    """

    __tablename__ = "offer_approval"
    __table_args__ = (UniqueConstraint("offer_id", "organisation_id", "version", "turn"),)
    lifecycle = APPROVAL

    offer_id: Mapped[int] = mapped_column(ForeignKey("offer.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    version: Mapped[int]
    turn: Mapped[int] = mapped_column(default=0)
    terms_data: Mapped[dict[str, Any] | None]
    message: Mapped[str] = mapped_column(default="")  # to the other side, with the terms
    valid_days: Mapped[int | None]
    files: Mapped[list[Any] | None] = mapped_column(JSON)  # numbers of documents, of turn 1 and up
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    because: Mapped[str] = mapped_column(default="")
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(default="")
    state: Mapped[ApprovalState] = mapped_column(default=ApprovalState.ASKED)

    offer: Mapped[Offer] = relationship()
    asked_by: Mapped[User] = relationship(foreign_keys=[asked_by_id])
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id])

    @property
    def terms(self) -> Terms | None:
        """The terms to be sent; none where the version is to be accepted."""
        return None if self.terms_data is None else Terms.from_json(self.terms_data)


class ClauseSide(StrEnum):
    """As which side the organisation holds to a clause."""

    SELL = "sell"
    BUY = "buy"


class ClauseState(StrEnum):
    """Whether it counts."""

    KEPT = "kept"
    RETIRED = "retired"


CLAUSE = Lifecycle(
    "clause",
    {
        "retire": Move({ClauseState.KEPT}, ClauseState.RETIRED),
        "reinstate": Move({ClauseState.RETIRED}, ClauseState.KEPT),
    },
)


class ClauseChange(StrEnum):
    """What a version of a clause did."""

    BEGIN = "begin"
    EDIT = "edit"
    ADD = "add"
    MOVE = "move"
    DROP = "drop"
    RETIRE = "retire"
    REINSTATE = "reinstate"


class Clause(Stateful):
    """A standard clause: an organisation's position about one term, with its fall-backs; its alone."""

    __tablename__ = "clause"
    __table_args__ = (UniqueConstraint("organisation_id", "kind", "side", "term"),)
    lifecycle = CLAUSE

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    kind: Mapped[DealKind]
    side: Mapped[ClauseSide]
    term: Mapped[str] = mapped_column(String(40))
    state: Mapped[ClauseState] = mapped_column(default=ClauseState.KEPT)

    versions: Mapped[list["ClauseVersion"]] = relationship(
        back_populates="clause", order_by="ClauseVersion.number"
    )

    @property
    def version(self) -> int:
        """The number of the version in force."""
        return self.versions[-1].number

    @property
    def position(self) -> Position:
        """What it says now."""
        return self.versions[-1].position


class ClauseVersion(Record):
    """A clause as somebody left it."""

    __tablename__ = "clause_version"
    __table_args__ = (UniqueConstraint("clause_id", "number"),)

    clause_id: Mapped[int] = mapped_column(ForeignKey("clause.id"))
    number: Mapped[int]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    change: Mapped[ClauseChange]
    data: Mapped[dict[str, Any]]

    clause: Mapped[Clause] = relationship(back_populates="versions")
    user: Mapped[User] = relationship()

    @property
    def position(self) -> Position:
        """What this version says."""
        return Position.from_json(self.clause.kind, self.clause.term, self.data)


class StandingState(StrEnum):
    """Whether it may still be taken."""

    STANDING = "standing"
    ENDED = "ended"


STANDING_OFFER = Lifecycle(
    "standing_offer",
    {"end": Move({StandingState.STANDING}, StandingState.ENDED)},
)


class StandingOffer(Stateful):
    """The owner's offer to everyone: a plain licence on these terms, taken without negotiation.

    `declaration`: numbers of the published open-licence statements (专利法第50条), where all rights
    of the listing are under one.
    """

    __tablename__ = "standing_offer"
    lifecycle = STANDING_OFFER

    reference: Mapped[str] = mapped_column(String(20), unique=True)  # X-00000001
    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id"), index=True)
    terms_data: Mapped[dict[str, Any]]
    declaration: Mapped[str] = mapped_column(String(500), default="")
    stated_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    ended_at: Mapped[datetime | None]
    state: Mapped[StandingState] = mapped_column(default=StandingState.STANDING)

    listing: Mapped[Listing] = relationship()
    stated_by: Mapped[User] = relationship()

    @property
    def terms(self) -> Terms:
        """The terms as the owner stated them."""
        return Terms.from_json(self.terms_data)
