"""A deal on agreed terms: checklist, contract, signatures, escrow, recordal, release."""

from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.assets.models import Asset
from marketplace.compliance.models import Paper
from marketplace.core.db import Record
from marketplace.core.lifecycle import Lifecycle, Move, Stateful
from marketplace.core.money import Money
from marketplace.documents.models import Document
from marketplace.ledger import queries as ledger
from marketplace.listings.models import Listing
from marketplace.listings.terms import DealKind, Terms
from marketplace.organisations.models import Organisation, User

if TYPE_CHECKING:
    from marketplace.deals.models.instalment import DealRelease, Instalment
    from marketplace.deals.models.notice import LicenceNotice
    from marketplace.deals.models.settlement import (
        DepositPayment,
        PayoffLetter,
        Receivable,
        Repayment,
        RewardPlan,
        WithheldTax,
    )


class DealState(StrEnum):
    """Where a deal stands."""

    CHECKLIST = "checklist"
    SIGNING = "signing"
    PAYMENT = "payment"
    RECORDAL = "recordal"
    SETTLEMENT = "settlement"
    CLOSED = "closed"
    CANCELLED = "cancelled"


S = DealState
DEAL = Lifecycle(
    "deal",
    {
        "clear": Move({S.CHECKLIST}, S.SIGNING),  # the rules let it pass; the contract is drawn up
        "reopen": Move({S.SIGNING}, S.CHECKLIST),  # something changed: the draft is void
        "notify": Move({S.CHECKLIST}, S.PAYMENT),  # an open licence: by notice, no signatures
        "notify_without_payment": Move({S.CHECKLIST}, S.RECORDAL),  # and no fee at the beginning
        "sign": Move({S.SIGNING}, S.PAYMENT),  # both have signed
        "sign_without_payment": Move({S.SIGNING}, S.RECORDAL),  # nothing to pay into escrow
        "fund": Move({S.PAYMENT}, S.RECORDAL),  # the books show the whole price
        "record": Move({S.RECORDAL}, S.SETTLEMENT),  # the office's answer is confirmed
        "close": Move({S.SETTLEMENT}, S.CLOSED),  # the seller is paid
        "cancel": Move({S.CHECKLIST, S.SIGNING}, S.CANCELLED),
        "rescind": Move({S.PAYMENT, S.RECORDAL}, S.CANCELLED),  # after signing: by both, or decided
        "undo": Move({S.SETTLEMENT}, S.CANCELLED),  # a dispute is decided: all of it goes back
    },
)
OPEN = frozenset({S.CHECKLIST, S.SIGNING, S.PAYMENT, S.RECORDAL, S.SETTLEMENT})


class Deal(Stateful):
    """Two parties, agreed terms, and the way to their fulfilment."""

    __tablename__ = "deal"
    __table_args__ = (CheckConstraint("price_minor >= 0", name="price_not_negative"),)
    lifecycle = DEAL

    reference: Mapped[str] = mapped_column(String(20), unique=True)  # D-00000001
    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id"), index=True)
    seller_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    buyer_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    terms_data: Mapped[dict[str, Any]]
    price_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3), default="CNY")
    commission_minor: Mapped[int] = mapped_column(default=0)  # by the table of the day it opened
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)  # answers, record → field → value
    statement: Mapped[str] = mapped_column(String(500), default="")  # open-licence statements' no.
    bilingual: Mapped[bool] = mapped_column(default=False)
    annexes: Mapped[list[Any]] = mapped_column(default=list)  # document, name, sha256 of each
    contract_data: Mapped[dict[str, Any]] = mapped_column(default=dict)  # what the draft says
    due_at: Mapped[datetime | None]  # deadline of the step it stands at
    contract_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    certificate_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    verification_code: Mapped[str | None] = mapped_column(String(20), unique=True)  # certificate's
    cancel_requested_by_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    cancel_reason: Mapped[str] = mapped_column(default="")
    cancel_opposition: Mapped[str] = mapped_column(default="")  # why the other party objects
    signed_at: Mapped[datetime | None]  # it binds from then on: both signed, or notice and payment
    judged_on: Mapped[date | None]  # its tasks were brought up to the judgement; none: to be done
    registered_at: Mapped[datetime | None]  # our records of the rights were changed by it
    closed_at: Mapped[datetime | None]
    state: Mapped[DealState] = mapped_column(default=DealState.CHECKLIST, index=True)

    listing: Mapped[Listing] = relationship()
    seller: Mapped[Organisation] = relationship(foreign_keys=[seller_id])
    buyer: Mapped[Organisation] = relationship(foreign_keys=[buyer_id])
    contract: Mapped[Document | None] = relationship(foreign_keys=[contract_id])
    certificate: Mapped[Document | None] = relationship(foreign_keys=[certificate_id])
    items: Mapped[list["DealAsset"]] = relationship(back_populates="deal", order_by="DealAsset.id")
    evidence: Mapped[list["Evidence"]] = relationship(back_populates="deal", order_by="Evidence.id")
    recordals: Mapped[list["Recordal"]] = relationship(
        back_populates="deal", order_by="Recordal.id"
    )
    signatures: Mapped[list["Signature"]] = relationship(
        back_populates="deal", order_by="Signature.id"
    )
    instalments: Mapped[list["Instalment"]] = relationship(
        back_populates="deal", order_by="Instalment.number"
    )
    releases: Mapped[list["DealRelease"]] = relationship(
        back_populates="deal", order_by="DealRelease.id"
    )
    withheld_taxes: Mapped[list["WithheldTax"]] = relationship(
        back_populates="deal", order_by="WithheldTax.id"
    )
    deposit_payments: Mapped[list["DepositPayment"]] = relationship(
        back_populates="deal", order_by="DepositPayment.id"
    )
    payoff_letters: Mapped[list["PayoffLetter"]] = relationship(
        back_populates="deal", order_by="PayoffLetter.id"
    )
    repayments: Mapped[list["Repayment"]] = relationship(
        back_populates="deal", order_by="Repayment.id"
    )
    receivables: Mapped[list["Receivable"]] = relationship(
        back_populates="deal", order_by="Receivable.id"
    )
    reward_plan: Mapped["RewardPlan | None"] = relationship(back_populates="deal")
    notice: Mapped["LicenceNotice | None"] = relationship(back_populates="deal")

    @property
    def by_notice(self) -> bool:
        """An open licence: notice and payment make it, not two signatures (专利法 art. 51)."""
        return bool(self.statement)

    @property
    def terms(self) -> Terms:
        """What was agreed."""
        return Terms.from_json(self.terms_data)

    @property
    def price(self) -> Money:
        """What goes through escrow."""
        return Money(self.currency, self.price_minor)

    @property
    def goes_through_escrow(self) -> bool:
        """A contribution is paid in shares, and a price of nothing not at all."""
        return bool(self.price) and self.terms.kind is not DealKind.EQUITY

    @property
    def assets(self) -> list[Asset]:
        """What it is about."""
        return [item.asset for item in self.items]

    @property
    def escrow_account(self) -> str:
        """Its account in the books."""
        return f"escrow:deal:{self.id}"

    @property
    def in_escrow(self) -> Money:
        """What the books hold for it now. The books decide, not a flag."""
        return ledger.balance(self.escrow_account, self.currency)

    @property
    def parts(self) -> "list[Instalment]":
        """The lines of the price, where it is paid in instalments; none: in one sum."""
        return [line for line in self.instalments if not line.besides]

    @property
    def down_payment(self) -> Money:
        """What has to be in escrow before the recordal: the price, or its first instalment."""
        return self.parts[0].amount if self.parts else self.price

    @property
    def is_funded(self) -> bool:
        """What has to be in escrow before the recordal is there."""
        if self.parts:
            return self.parts[0].received >= self.parts[0].amount
        besides = sum(line.held.minor for line in self.instalments)
        return self.in_escrow.minor - besides >= self.price_minor

    @property
    def commission(self) -> Money:
        """What the exchange keeps of the price, VAT included; borne by the seller."""
        return Money(self.currency, self.commission_minor)

    @property
    def commission_bps(self) -> int:
        """The commission as a rate on the whole price, in basis points, to the nearest."""
        return round(Fraction(self.commission_minor * 10_000, self.price_minor or 1))

    def signed_by(self, organisation_id: int) -> "Signature | None":
        """Its signature under the contract as it now stands."""
        for signature in self.signatures:
            if (
                self.contract is not None
                and signature.organisation_id == organisation_id
                and signature.contract_sha256 == self.contract.sha256
            ):
                return signature
        return None


class DealAsset(Record):
    """A right in a deal, as it was in the listing when the offer was accepted."""

    __tablename__ = "deal_asset"
    __table_args__ = (UniqueConstraint("deal_id", "asset_id"),)

    deal_id: Mapped[int] = mapped_column(ForeignKey("deal.id"))
    asset_id: Mapped[int] = mapped_column(ForeignKey("asset.id"), index=True)

    deal: Mapped[Deal] = relationship(back_populates="items")
    asset: Mapped[Asset] = relationship()


class Evidence(Paper):
    """A paper in a deal."""

    __tablename__ = "evidence"
    __table_args__ = (Index("ix_evidence_deal", "deal_id", "name"),)

    deal_id: Mapped[int] = mapped_column(ForeignKey("deal.id"))
    recordal_id: Mapped[int | None] = mapped_column(
        ForeignKey("recordal.id"), index=True
    )  # of one right only; none: of every right of the deal that it names

    deal: Mapped[Deal] = relationship(back_populates="evidence")


class Signature(Record):
    """An authorised member signed the exact file with this hash, at this moment."""

    __tablename__ = "signature"
    __table_args__ = (UniqueConstraint("deal_id", "organisation_id", "contract_sha256"),)

    deal_id: Mapped[int] = mapped_column(ForeignKey("deal.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    contract_sha256: Mapped[str] = mapped_column(String(64))
    second_factor: Mapped[bool] = mapped_column(default=False)
    signed_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))  # with this signature

    deal: Mapped[Deal] = relationship(back_populates="signatures")
    signed: Mapped[Document | None] = relationship()
    organisation: Mapped[Organisation] = relationship()
    user: Mapped[User] = relationship()


class DisputeState(StrEnum):
    """Where a dispute about a deal's money stands."""

    RAISED = "raised"
    ANSWERED = "answered"
    PROPOSED = "proposed"
    DECIDED = "decided"
    WITHDRAWN = "withdrawn"


D = DisputeState
DISPUTE = Lifecycle(
    "dispute",
    {
        "answer": Move({D.RAISED}, D.ANSWERED),
        "propose": Move({D.RAISED, D.ANSWERED}, D.PROPOSED),  # one person of the staff
        "return": Move({D.PROPOSED}, D.ANSWERED),  # the second does not agree
        "decide": Move({D.PROPOSED}, D.DECIDED),  # the second agrees
        "withdraw": Move({D.RAISED, D.ANSWERED, D.PROPOSED}, D.WITHDRAWN),
    },
)
OPEN_DISPUTES = frozenset({D.RAISED, D.ANSWERED, D.PROPOSED})


class Outcome(StrEnum):
    """What becomes of the money in escrow."""

    RELEASE = "release"  # the deal goes on
    REFUND = "refund"  # all of it back to the buyer
    SPLIT = "split"  # divided by fault


class Basis(StrEnum):
    """What a decision rests on."""

    MEDIATION = "mediation"  # the parties agreed
    EXCHANGE = "exchange"
    COURT = "court"
    ARBITRATION = "arbitration"


class Dispute(Stateful):
    """A party's complaint that freezes the money of one deal, and of no other, until it ends."""

    __tablename__ = "dispute"
    __table_args__ = (CheckConstraint("refund_minor >= 0", name="refund_not_negative"),)
    lifecycle = DISPUTE

    deal_id: Mapped[int] = mapped_column(ForeignKey("deal.id"), index=True)
    raised_by_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    because: Mapped[str] = mapped_column(String(2000))
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    answer: Mapped[str] = mapped_column(String(2000), default="")
    answer_document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    outcome: Mapped[Outcome | None]
    refund_minor: Mapped[int] = mapped_column(default=0)  # to the buyer, of what was in escrow
    basis: Mapped[Basis | None]
    basis_number: Mapped[str] = mapped_column(String(120), default="")  # of the judgment or award
    basis_document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    decision: Mapped[str] = mapped_column(String(2000), default="")
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    ended_at: Mapped[datetime | None]
    state: Mapped[DisputeState] = mapped_column(default=DisputeState.RAISED, index=True)

    deal: Mapped[Deal] = relationship()
    raised_by: Mapped[Organisation] = relationship()
    document: Mapped[Document | None] = relationship(foreign_keys=[document_id])
    answer_document: Mapped[Document | None] = relationship(foreign_keys=[answer_document_id])
    basis_document: Mapped[Document | None] = relationship(foreign_keys=[basis_document_id])

    @property
    def is_open(self) -> bool:
        """The money stands still."""
        return self.state in OPEN_DISPUTES

    @property
    def refund(self) -> Money:
        """What the buyer gets back by the decision."""
        return Money(self.deal.currency, self.refund_minor)


class PaperState(StrEnum):
    """Where the signing of a contract on paper stands."""

    ASKED = "asked"
    FILED = "filed"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"


P = PaperState


class PaperSigning(Stateful):
    """The contract is printed, signed by hand and filed as a scan, which the exchange checks."""

    __tablename__ = "paper_signing"
    lifecycle = Lifecycle(
        "paper_signing",
        {
            "file_scan": Move({P.ASKED, P.FILED}, P.FILED),  # one scan with all, or one a party
            "send_back": Move({P.FILED}, P.ASKED),  # something is wrong with the scans
            "accept": Move({P.FILED}, P.ACCEPTED),  # checked: the contract is signed
            "withdraw": Move({P.ASKED, P.FILED}, P.WITHDRAWN),  # back to signing on the platform
        },
    )

    deal_id: Mapped[int] = mapped_column(ForeignKey("deal.id"), index=True)
    contract_sha256: Mapped[str] = mapped_column(String(64))
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    reason: Mapped[str] = mapped_column(default="")
    seller_scan_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    buyer_scan_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    checked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    note: Mapped[str] = mapped_column(default="")
    state: Mapped[PaperState] = mapped_column(default=PaperState.ASKED, index=True)

    deal: Mapped[Deal] = relationship()
    asked_by: Mapped[Organisation] = relationship()
    seller_scan: Mapped[Document | None] = relationship(foreign_keys=[seller_scan_id])
    buyer_scan: Mapped[Document | None] = relationship(foreign_keys=[buyer_scan_id])


class RecordalState(StrEnum):
    """Where an entry in a register stands."""

    TO_FILE = "to_file"
    FILED = "filed"
    SUPPLEMENT_ASKED = "supplement_asked"
    CURED = "cured"
    RECORDED = "recorded"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    NOT_NEEDED = "not_needed"


R = RecordalState
AT_THE_OFFICE = frozenset({R.FILED, R.SUPPLEMENT_ASKED, R.CURED})
RECORDAL = Lifecycle(
    "recordal",
    {
        "file": Move({R.TO_FILE, R.REFUSED, R.WITHDRAWN}, R.FILED),  # again after a refusal
        "ask": Move({R.FILED, R.CURED}, R.SUPPLEMENT_ASKED),  # the office wants more
        "cure": Move({R.SUPPLEMENT_ASKED}, R.CURED),
        "record": Move({R.TO_FILE, *AT_THE_OFFICE}, R.RECORDED),  # proven by confirmed evidence
        "refuse": Move(AT_THE_OFFICE, R.REFUSED),
        "withdraw": Move(AT_THE_OFFICE, R.WITHDRAWN),
        "dispense": Move({R.TO_FILE, R.REFUSED, R.WITHDRAWN}, R.NOT_NEEDED),
        "resume": Move({R.NOT_NEEDED}, R.TO_FILE),
    },
)


class Recordal(Stateful):
    """One entry of one right in one register (or of the contract as a whole), and its way there.

    `procedure` is a row of the table of procedures. Days are days in Beijing.
    """

    __tablename__ = "recordal"
    __table_args__ = (
        UniqueConstraint("deal_id", "procedure", "asset_id"),
        Index(
            "uq_recordal_of_contract",
            "deal_id",
            "procedure",
            unique=True,
            sqlite_where=text("asset_id IS NULL"),
            postgresql_where=text("asset_id IS NULL"),
        ),
        Index("ix_recordal_due", "state", "due_on"),
        CheckConstraint("fee_minor >= 0", name="fee_not_negative"),
    )
    lifecycle = RECORDAL

    reference: Mapped[str] = mapped_column(String(20), unique=True)  # R-00000001
    deal_id: Mapped[int] = mapped_column(ForeignKey("deal.id"))
    asset_id: Mapped[int | None] = mapped_column(ForeignKey("asset.id"), index=True)
    procedure: Mapped[str] = mapped_column(String(60), index=True)
    required: Mapped[bool]  # the price is released only after it
    side: Mapped[str] = mapped_column(String(10))  # who files it: seller, buyer
    due_on: Mapped[date | None]  # by when it has to be filed
    filed_on: Mapped[date | None]
    office_number: Mapped[str] = mapped_column(String(80), default="")  # of the application
    supplement_due: Mapped[date | None]
    recorded_on: Mapped[date | None]
    reason: Mapped[str] = mapped_column(default="")  # of a refusal, a withdrawal, a dispensation
    fee_minor: Mapped[int | None]  # what the office was paid
    fee_paid_on: Mapped[date | None]
    receipt_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))  # the office's latest
    told: Mapped[int | None]  # of how many days left its people were told last; -1: late
    state: Mapped[RecordalState] = mapped_column(default=RecordalState.TO_FILE, index=True)

    deal: Mapped[Deal] = relationship(back_populates="recordals")
    asset: Mapped[Asset | None] = relationship()
    receipt: Mapped[Document | None] = relationship(foreign_keys=[receipt_id])
    notice: Mapped[Document | None] = relationship(foreign_keys=[notice_id])

    @property
    def next_day(self) -> date | None:
        """The day that somebody has to keep now; none while the office has it, or it is over."""
        if self.state is RecordalState.SUPPLEMENT_ASKED:
            return self.supplement_due
        waits = {RecordalState.TO_FILE, RecordalState.WITHDRAWN, RecordalState.REFUSED}
        return self.due_on if self.state in waits else None

    @property
    def fee(self) -> Money | None:
        """What the office was paid."""
        return None if self.fee_minor is None else Money("CNY", self.fee_minor)
