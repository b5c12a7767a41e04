"""Credentials of brokers, mandates and their signatures, introductions, commissions, conflicts."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.assets.models import Asset
from marketplace.core import clock
from marketplace.core.db import Record
from marketplace.core.lifecycle import Lifecycle, Move, Stateful
from marketplace.core.money import Money
from marketplace.documents.models import Document
from marketplace.mandates.commission import FeeTable, Tier
from marketplace.organisations.models import Organisation, User
from marketplace.payments.models import Payment


class CredentialKind(StrEnum):
    """What a broker may call itself, each on a licence or filing of its own; or one of its people."""

    PATENT_AGENCY = "patent_agency"  # 专利代理机构执业许可证
    TRADEMARK_AGENCY = "trademark_agency"  # filed with the trademark office
    LICENSING = "licensing"
    INFORMATION = "information"
    APPRAISAL = "appraisal"  # filed valuers
    LEGAL = "legal"
    PRACTITIONER = "practitioner"  # a person's certificate


class CredentialState(StrEnum):
    """Where the check of a credential stands."""

    FILED = "filed"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    REVOKED = "revoked"


C = CredentialState
CREDENTIAL = Lifecycle(
    "credential",
    {
        "confirm": Move({C.FILED}, C.CONFIRMED),
        "refuse": Move({C.FILED}, C.REFUSED),
        "revoke": Move({C.CONFIRMED}, C.REVOKED),
    },
)


class Credential(Stateful):
    """A licence of a broker or the practising certificate of one of its people, with its proof."""

    __tablename__ = "broker_credential"
    __table_args__ = (UniqueConstraint("organisation_id", "kind", "number"),)
    lifecycle = CREDENTIAL

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    kind: Mapped[CredentialKind]
    name: Mapped[str] = mapped_column(String(80), default="")  # of a practitioner
    number: Mapped[str] = mapped_column(String(60))
    valid_to: Mapped[date | None]  # none: without end
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    reason: Mapped[str] = mapped_column(default="")
    state: Mapped[CredentialState] = mapped_column(default=C.FILED, index=True)

    organisation: Mapped[Organisation] = relationship()
    document: Mapped[Document] = relationship()

    @property
    def stands(self) -> bool:
        """Confirmed, and not over by the clock."""
        over = self.valid_to is not None and self.valid_to < clock.today()
        return self.state is CredentialState.CONFIRMED and not over


class Suspension(Record):
    """A broker, or one of its people, is not listed and takes no new mandates; what is open goes on.

    `trust` writes it when the authority imposes a sanction; the clock ends it.
    """

    __tablename__ = "broker_suspension"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    credential_id: Mapped[int | None] = mapped_column(ForeignKey("broker_credential.id"))
    cause: Mapped[str] = mapped_column(String(20), unique=True)  # the sanction's reference
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]  # the last day; none: without end
    lifted_at: Mapped[datetime | None]

    organisation: Mapped[Organisation] = relationship()
    credential: Mapped[Credential | None] = relationship()


class BrokerProfile(Record):
    """What a broker says of itself in the directory."""

    __tablename__ = "broker_profile"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), unique=True)
    fields: Mapped[str] = mapped_column(String(500), default="")
    regions: Mapped[str] = mapped_column(String(500), default="")
    languages: Mapped[str] = mapped_column(String(200), default="")
    fees: Mapped[str] = mapped_column(default="")
    text: Mapped[str] = mapped_column(default="")

    organisation: Mapped[Organisation] = relationship()


class Side(StrEnum):
    """Whom the broker stands by."""

    SELL = "sell"
    BUY = "buy"


class Act(StrEnum):
    """What a broker may do for the principal. Contracts the principal signs itself."""

    LIST = "list"
    ANSWER = "answer"
    NEGOTIATE = "negotiate"
    ACCEPT = "accept"  # within the limit


class Payer(StrEnum):
    """Who bears the commission."""

    SELLER = "seller"
    BUYER = "buyer"


class MandateState(StrEnum):
    """Where a mandate stands."""

    DRAFTED = "drafted"
    OFFERED = "offered"
    IN_FORCE = "in_force"
    DECLINED = "declined"
    EXPIRED = "expired"
    REVOKED = "revoked"
    COMPLETED = "completed"


S = MandateState
MANDATE = Lifecycle(
    "mandate",
    {
        "offer": Move({S.DRAFTED}, S.OFFERED),
        "decline": Move({S.DRAFTED, S.OFFERED}, S.DECLINED),
        "enter": Move({S.OFFERED}, S.IN_FORCE),  # both have signed
        "expire": Move({S.IN_FORCE}, S.EXPIRED),
        "revoke": Move({S.IN_FORCE}, S.REVOKED),  # either side at any time: 民法典 art. 933
        "complete": Move({S.IN_FORCE}, S.COMPLETED),
    },
)
ENDED = frozenset({S.EXPIRED, S.REVOKED, S.COMPLETED})


class Mandate(Stateful):
    """What a principal lets a broker do, for how long, up to where, and for which fee."""

    __tablename__ = "mandate"
    __table_args__ = (
        CheckConstraint("principal_id <> broker_id", name="two_parties"),
        Index("ix_mandate_principal_state", "principal_id", "state"),
        Index("ix_mandate_broker_state", "broker_id", "state"),
    )
    lifecycle = MANDATE

    reference: Mapped[str] = mapped_column(String(20), unique=True)  # M-00000001
    principal_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    broker_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    drafted_by_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    side: Mapped[Side]
    exclusive: Mapped[bool] = mapped_column(default=False)
    acts: Mapped[list[str]]
    kinds: Mapped[list[str]]  # of rights that a buyer looks for; none: any
    field: Mapped[str] = mapped_column(String(500), default="")  # of a buyer's search
    limit_minor: Mapped[int | None]  # floor of a seller, ceiling of a buyer
    currency: Mapped[str] = mapped_column(String(3), default="CNY")
    fee_data: Mapped[dict[str, Any]]
    payer: Mapped[Payer]
    retainer_minor: Mapped[int] = mapped_column(default=0)  # due whatever comes of it, net of VAT
    tail_days: Mapped[int] = mapped_column(default=180)
    expires_on: Mapped[date]  # the last day
    in_force_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str] = mapped_column(default="")
    # What both signed, sealed by the exchange.
    executed_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    state: Mapped[MandateState] = mapped_column(default=S.DRAFTED)

    principal: Mapped[Organisation] = relationship(foreign_keys=[principal_id])
    broker: Mapped[Organisation] = relationship(foreign_keys=[broker_id])
    document: Mapped[Document | None] = relationship(foreign_keys=[document_id])
    executed: Mapped[Document | None] = relationship(foreign_keys=[executed_id])
    items: Mapped[list["MandateAsset"]] = relationship(
        back_populates="mandate", order_by="MandateAsset.id", cascade="all, delete-orphan"
    )
    signatures: Mapped[list["MandateSignature"]] = relationship(
        back_populates="mandate", order_by="MandateSignature.id"
    )

    @property
    def is_in_force(self) -> bool:
        """Signed by both, not ended, and its last day not over: the clock decides, not the state."""
        return self.state is MandateState.IN_FORCE and clock.today() <= self.expires_on

    @property
    def limit(self) -> Money | None:
        """Down to where, or up to where, the broker may accept."""
        return None if self.limit_minor is None else Money(self.currency, self.limit_minor)

    @property
    def retainer(self) -> Money:
        """Due whatever comes of it."""
        return Money(self.currency, self.retainer_minor)

    @property
    def fee_table(self) -> FeeTable:
        """The rates."""
        return FeeTable(
            tuple(Tier(bps, upto) for bps, upto in self.fee_data["tiers"]),
            self.fee_data["minimum"],
            self.fee_data["vat_bps"],
        )

    @property
    def assets(self) -> list[Asset]:
        """The rights that a seller's mandate is for."""
        return [item.asset for item in self.items]

    @property
    def last_day(self) -> date:
        """The day it ended, or will end."""
        ended = self.ended_at
        return self.expires_on if ended is None else ended.astimezone(clock.BEIJING).date()

    @property
    def tail_until(self) -> date:
        """Up to this day a deal with somebody introduced under it earns the commission."""
        return self.last_day + timedelta(days=self.tail_days)

    def other(self, organisation_id: int) -> int:
        """The other of the two sides."""
        return self.broker_id if organisation_id == self.principal_id else self.principal_id

    def signed_by(self, organisation_id: int) -> "MandateSignature | None":
        """Its signature under the mandate as it was offered."""
        for signature in self.signatures:
            same = self.document is not None and signature.sha256 == self.document.sha256
            if same and signature.organisation_id == organisation_id:
                return signature
        return None


class MandateAsset(Record):
    """A right that a seller's mandate is for."""

    __tablename__ = "mandate_asset"
    __table_args__ = (UniqueConstraint("mandate_id", "asset_id"),)

    mandate_id: Mapped[int] = mapped_column(ForeignKey("mandate.id"))
    asset_id: Mapped[int] = mapped_column(ForeignKey("asset.id"), index=True)

    mandate: Mapped[Mandate] = relationship(back_populates="items")
    asset: Mapped[Asset] = relationship()


class MandateSignature(Record):
    """A member with the authority signed the exact file with this hash, at this moment."""

    __tablename__ = "mandate_signature"
    __table_args__ = (UniqueConstraint("mandate_id", "organisation_id", "sha256"),)

    mandate_id: Mapped[int] = mapped_column(ForeignKey("mandate.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    sha256: Mapped[str] = mapped_column(String(64))
    second_factor: Mapped[bool] = mapped_column(default=False)
    # The file with this signature in it (PAdES), the other's too where it came first.
    signed_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))

    mandate: Mapped[Mandate] = relationship(back_populates="signatures")
    organisation: Mapped[Organisation] = relationship()
    user: Mapped[User] = relationship()
    signed: Mapped[Document | None] = relationship()


class IntroductionState(StrEnum):
    """Whether an introduction is contested."""

    RECORDED = "recorded"
    OBJECTED = "objected"
    UPHELD = "upheld"
    REJECTED = "rejected"


I = IntroductionState  # noqa: E741 -- as the other tables do
INTRODUCTION = Lifecycle(
    "introduction",
    {
        "object": Move({I.RECORDED}, I.OBJECTED),
        "uphold": Move({I.OBJECTED}, I.UPHELD),
        "reject": Move({I.OBJECTED}, I.REJECTED),
    },
)


class Introduction(Stateful):
    """A broker brought a party to what its principal offers or seeks: proof against 跳单.

    It is evidence for 民法典 art. 965: who uses the broker's introduction and goes round it to
    conclude pays the commission all the same.
    """

    __tablename__ = "introduction"
    __table_args__ = (UniqueConstraint("mandate_id", "party_id", "listing_reference"),)
    lifecycle = INTRODUCTION

    mandate_id: Mapped[int] = mapped_column(ForeignKey("mandate.id"))
    party_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    listing_reference: Mapped[str] = mapped_column(String(20), index=True)
    introduced_at: Mapped[datetime]
    proof: Mapped[str]
    object_until: Mapped[datetime]
    objection: Mapped[str] = mapped_column(default="")
    decision: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")  # the broker's own, nobody else's
    state: Mapped[IntroductionState] = mapped_column(default=I.RECORDED)

    mandate: Mapped[Mandate] = relationship()
    party: Mapped[Organisation] = relationship()

    @property
    def counts(self) -> bool:
        """It earns a commission: an objection that is not decided does not undo it, it holds it."""
        return self.state is not IntroductionState.REJECTED


class CommissionState(StrEnum):
    """Where a claim to commission stands."""

    ARISEN = "arisen"
    PAID = "paid"
    VOID = "void"


K = CommissionState
COMMISSION = Lifecycle(
    "commission",
    {
        "pay": Move({K.ARISEN}, K.PAID),
        "void": Move({K.ARISEN}, K.VOID),  # the deal came to nothing, or the introduction fell
    },
)


class Commission(Stateful):
    """What a broker has earned by a deal, net and VAT, and who shares it."""

    __tablename__ = "broker_commission"
    __table_args__ = (
        UniqueConstraint("mandate_id", "deal_reference"),
        CheckConstraint("net_minor >= 0 AND vat_minor >= 0", name="not_negative"),
        CheckConstraint(
            "paid_minor >= 0 AND fallen_minor >= 0"
            " AND paid_minor + fallen_minor <= net_minor + vat_minor",
            name="ended_in_range",
        ),
    )
    lifecycle = COMMISSION

    mandate_id: Mapped[int] = mapped_column(ForeignKey("mandate.id"))
    introduction_id: Mapped[int | None] = mapped_column(ForeignKey("introduction.id"))
    deal_reference: Mapped[str] = mapped_column(String(20), index=True)
    counterparty_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    payer_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    net_minor: Mapped[int]
    vat_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    paid_minor: Mapped[int] = mapped_column(default=0)
    fallen_minor: Mapped[int] = mapped_column(default=0)  # of what was never paid of the price
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payment.id"), unique=True)
    paid_at: Mapped[datetime | None]
    state: Mapped[CommissionState] = mapped_column(default=K.ARISEN)

    mandate: Mapped[Mandate] = relationship()
    introduction: Mapped[Introduction | None] = relationship()
    counterparty: Mapped[Organisation] = relationship(foreign_keys=[counterparty_id])
    payer: Mapped[Organisation] = relationship(foreign_keys=[payer_id])
    payment: Mapped[Payment | None] = relationship()  # by the buyer, where it bears the fee
    contributions: Mapped[list["Contribution"]] = relationship(
        back_populates="commission", order_by="Contribution.id", cascade="all, delete-orphan"
    )

    @property
    def net(self) -> Money:
        """Without VAT."""
        return Money(self.currency, self.net_minor)

    @property
    def vat(self) -> Money:
        """The VAT on it."""
        return Money(self.currency, self.vat_minor)

    @property
    def gross(self) -> Money:
        """What is paid."""
        return self.net + self.vat

    @property
    def paid(self) -> Money:
        """What the broker and its co-brokers have been paid of it."""
        return Money(self.currency, self.paid_minor)

    @property
    def fallen(self) -> Money:
        """What is not owed any more: its part of a price that was waived or went back."""
        return Money(self.currency, self.fallen_minor)

    @property
    def open(self) -> Money:
        """What is still owed, or may come to be."""
        return self.gross - self.paid - self.fallen

    @property
    def account(self) -> str:
        """Where what the buyer pays for it lies in the books."""
        return f"brokerage:claim:{self.id}"

    @property
    def is_agreed(self) -> bool:
        """Every co-broker has agreed to the contributions; alone, the lead broker needs nobody."""
        return all(one.agreed_at is not None for one in self.contributions)

    @property
    def may_be_paid(self) -> bool:
        """Nothing holds it: no objection, no split that somebody has not agreed to."""
        return self.is_agreed and not self.is_held

    @property
    def is_held(self) -> bool:
        """An objection to the introduction waits for its decision."""
        about = self.introduction
        return about is not None and about.state is IntroductionState.OBJECTED


class Contribution(Record):
    """A co-broker's part in bringing a deal about, in basis points of the commission."""

    __tablename__ = "broker_contribution"
    __table_args__ = (
        UniqueConstraint("commission_id", "organisation_id"),
        CheckConstraint("bps > 0 AND bps <= 10000", name="basis_points"),
    )

    commission_id: Mapped[int] = mapped_column(ForeignKey("broker_commission.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    bps: Mapped[int]
    work: Mapped[str] = mapped_column(String(500))  # what it did
    agreed_at: Mapped[datetime | None]

    commission: Mapped[Commission] = relationship(back_populates="contributions")
    organisation: Mapped[Organisation] = relationship()


class Conflict(Record):
    """A broker close to both sides said so; each side's consent in writing (民法典 art. 168)."""

    __tablename__ = "broker_conflict"
    __table_args__ = (
        UniqueConstraint(
            "broker_id",
            "listing_reference",
            "seller_id",
            "buyer_id",
            name="uq_broker_conflict_trade",
        ),
    )

    broker_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    listing_reference: Mapped[str] = mapped_column(String(20))
    seller_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    buyer_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    statement: Mapped[str]
    seller_words: Mapped[str] = mapped_column(default="")
    seller_at: Mapped[datetime | None]
    buyer_words: Mapped[str] = mapped_column(default="")
    buyer_at: Mapped[datetime | None]

    broker: Mapped[Organisation] = relationship(foreign_keys=[broker_id])
    seller: Mapped[Organisation] = relationship(foreign_keys=[seller_id])
    buyer: Mapped[Organisation] = relationship(foreign_keys=[buyer_id])

    @property
    def is_consented(self) -> bool:
        """Both have."""
        return self.seller_at is not None and self.buyer_at is not None
