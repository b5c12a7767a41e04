"""Rights on record: numbers, owners, persons, classes, title, burdens, imports."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.assets.bundle import Act, BurdenKind, Grant, Priority
from marketplace.assets.scopes import Scope, fields_of, scope
from marketplace.core import clock
from marketplace.core.db import Record
from marketplace.core.lifecycle import Lifecycle, Move, Stateful
from marketplace.core.money import Money
from marketplace.documents.models import Document
from marketplace.organisations.models import Organisation, User


class AssetKind(StrEnum):
    """Which right it is (asset.kind of the fact model; works are 'copyright')."""

    INVENTION = "invention"
    UTILITY_MODEL = "utility_model"
    DESIGN = "design"
    PATENT_APPLICATION = "patent_application"
    TRADEMARK = "trademark"
    COLLECTIVE_MARK = "collective_mark"
    CERTIFICATION_MARK = "certification_mark"
    COPYRIGHT = "copyright"
    SOFTWARE = "software"
    PLANT_VARIETY = "plant_variety"
    IC_LAYOUT = "ic_layout"
    KNOW_HOW = "trade_secret"
    DATA_RIGHT = "data_right"  # 数据知识产权: registered by provinces, no statute yet
    GI = "gi_product"
    DEFENCE_PATENT = "defence_patent"


PATENTS = frozenset(
    {AssetKind.INVENTION, AssetKind.UTILITY_MODEL, AssetKind.DESIGN, AssetKind.PATENT_APPLICATION}
)
MARKS = frozenset({AssetKind.TRADEMARK, AssetKind.COLLECTIVE_MARK, AssetKind.CERTIFICATION_MARK})
NEVER_DEALT_IN = frozenset({AssetKind.GI, AssetKind.DEFENCE_PATENT})
"""On record, but neither transferred, licensed, contributed nor pledged here: an indication is managed
for a region and not owned for sale; a defence patent may not be published."""


class LegalStatus(StrEnum):
    """How the right stands at its office (asset.status of the fact model)."""

    IN_FORCE = "in_force"
    PENDING = "pending"
    ANNUITY_GRACE = "annuity_grace"
    RENEWAL_GRACE = "renewal_grace"
    LAPSED = "lapsed"
    EXPIRED = "expired"
    INVALIDATED = "invalidated"
    CANCELLED = "cancelled"


class FeeReduction(StrEnum):
    """As what every owner may have the office's fees reduced, as the keeper declares it."""

    NONE = "none"
    INDIVIDUAL = "individual"  # a month's income below 5,000 yuan
    ENTERPRISE = "enterprise"  # taxable income below a million last year
    INSTITUTION = "institution"  # public institution, social organisation, non-profit research body


class Asset(Record):
    """One right, one register number; kept by one organisation for its owners."""

    __tablename__ = "asset"

    reference: Mapped[str] = mapped_column(String(20), unique=True)  # A-00000001
    keeper_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    kind: Mapped[AssetKind]
    jurisdiction: Mapped[str] = mapped_column(String(4), default="CN")
    title: Mapped[str] = mapped_column(String(500))
    title_en: Mapped[str] = mapped_column(String(500), default="")
    abstract: Mapped[str] = mapped_column(default="")
    abstract_en: Mapped[str] = mapped_column(default="")
    status: Mapped[LegalStatus] = mapped_column(default=LegalStatus.PENDING)
    application_number: Mapped[str | None] = mapped_column(String(40))  # canonical
    patent_number: Mapped[str | None] = mapped_column(String(40))
    registration_number: Mapped[str | None] = mapped_column(String(60))
    filing_date: Mapped[date | None]
    priority_date: Mapped[date | None]
    publication_date: Mapped[date | None]
    grant_date: Mapped[date | None]  # grant, or registration
    creation_date: Mapped[date | None]  # completion of a work or layout
    first_publication_date: Mapped[date | None]  # of a layout: first commercial use
    author_death_date: Mapped[date | None]
    owned_by_person: Mapped[bool] = mapped_column(default=False)  # copyright term runs by life
    renewals: Mapped[int] = mapped_column(default=0)  # of a mark, ten years each
    compensation_days: Mapped[int] = mapped_column(default=0)  # granted on an invention's term
    woody: Mapped[bool] = mapped_column(default=False)  # a woody plant or vine has a longer term
    last_day: Mapped[date | None]  # computed by terms.last_day, or as the register says
    fee_paid_through: Mapped[int | None]  # patent year, as the owner declares it
    fee_reduction: Mapped[FeeReduction] = mapped_column(default=FeeReduction.NONE)
    industry: Mapped[str] = mapped_column(String(5), default="")  # GB/T 4754-2017
    province: Mapped[str] = mapped_column(String(40), default="")
    city: Mapped[str] = mapped_column(String(40), default="")
    goods: Mapped[str] = mapped_column(default="")  # goods and services of a mark
    family: Mapped[str] = mapped_column(String(60), default="")
    work_kind: Mapped[str] = mapped_column(String(60), default="")  # kind of work, software version
    source: Mapped[str] = mapped_column(String(200), default="")  # where the facts came from
    checked_on: Mapped[date | None] = mapped_column(index=True)  # last held against the register
    fee_due_on: Mapped[date | None] = mapped_column(index=True)  # of the next annual fee
    stated: Mapped[dict[str, Any]] = mapped_column(default=dict)  # by its owner: services.state

    keeper: Mapped[Organisation] = relationship()
    owners: Mapped[list["AssetOwner"]] = relationship(
        back_populates="asset", order_by="AssetOwner.position", cascade="all, delete-orphan"
    )
    persons: Mapped[list["AssetPerson"]] = relationship(
        back_populates="asset", order_by="AssetPerson.position", cascade="all, delete-orphan"
    )
    numbers: Mapped[list["AssetNumber"]] = relationship(
        back_populates="asset", order_by="AssetNumber.id", cascade="all, delete-orphan"
    )
    classes: Mapped[list["AssetClass"]] = relationship(
        back_populates="asset", order_by="AssetClass.id", cascade="all, delete-orphan"
    )
    pledges: Mapped[list["Pledge"]] = relationship(
        back_populates="asset", order_by="Pledge.id", passive_deletes="all"
    )
    licences: Mapped[list["Licence"]] = relationship(
        back_populates="asset", order_by="Licence.id", passive_deletes="all"
    )
    burdens: Mapped[list["Burden"]] = relationship(
        back_populates="asset", order_by="Burden.id", passive_deletes="all"
    )
    consents: Mapped[list["Consent"]] = relationship(
        back_populates="asset", order_by="Consent.id", passive_deletes="all"
    )
    verifications: Mapped[list["TitleVerification"]] = relationship(
        back_populates="asset", order_by="TitleVerification.id", passive_deletes="all"
    )

    @property
    def standing_pledges(self) -> list["Pledge"]:
        """Registered and not released, the first in rank first."""
        standing = (p for p in self.pledges if p.state is PledgeState.REGISTERED)
        return sorted(standing, key=lambda p: (p.rank or len(self.pledges), p.registered_on, p.id))

    @property
    def is_pledged(self) -> bool:
        """A registered pledge stands on it."""
        return bool(self.standing_pledges)

    @property
    def title_verification(self) -> "TitleVerification | None":
        """The last one an operator confirmed."""
        done = [v for v in self.verifications if v.state is VerificationState.CONFIRMED]
        return done[-1] if done else None

    @property
    def number(self) -> str:
        """The number by which people call it."""
        return (
            self.patent_number
            or self.registration_number
            or self.application_number
            or next((n.number for n in self.numbers if n.scheme == "published"), "")
            or next((n.number for n in self.numbers if n.scheme != "content"), "")
        )


class AssetOwner(Record):
    """A registered owner and its share; the organisation where it is with us."""

    __tablename__ = "asset_owner"
    __table_args__ = (
        CheckConstraint(
            "share_bps IS NULL OR (share_bps > 0 AND share_bps <= 10000)", name="share_in_range"
        ),
    )

    asset_id: Mapped[int] = mapped_column(ForeignKey("asset.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    name: Mapped[str] = mapped_column(String(300))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    share_bps: Mapped[int | None]  # basis points; none: shares not agreed

    asset: Mapped[Asset] = relationship(back_populates="owners")


class AssetPerson(Record):
    """An inventor, designer, author or breeder."""

    __tablename__ = "asset_person"

    asset_id: Mapped[int] = mapped_column(ForeignKey("asset.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    name: Mapped[str] = mapped_column(String(200))

    asset: Mapped[Asset] = relationship(back_populates="persons")


class AssetNumber(Record):
    """A number of the right in some series. The same right twice in one portfolio cannot be."""

    __tablename__ = "asset_number"
    __table_args__ = (
        UniqueConstraint("keeper_id", "scheme", "number"),
        Index("ix_asset_number_number", "number"),
    )

    asset_id: Mapped[int] = mapped_column(ForeignKey("asset.id"), index=True)
    keeper_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    scheme: Mapped[str] = mapped_column(
        String(30)
    )  # application, publication, patent, registration …
    number: Mapped[str] = mapped_column(String(60))  # canonical

    asset: Mapped[Asset] = relationship(back_populates="numbers")


class AssetClass(Record):
    """A symbol of a classification: ipc, cpc, locarno, nice."""

    __tablename__ = "asset_class"
    __table_args__ = (UniqueConstraint("asset_id", "scheme", "symbol"),)

    asset_id: Mapped[int] = mapped_column(ForeignKey("asset.id"))
    scheme: Mapped[str] = mapped_column(String(10))
    symbol: Mapped[str] = mapped_column(String(30), index=True)

    asset: Mapped[Asset] = relationship(back_populates="classes")


class VerificationState(StrEnum):
    """Where a title verification stands."""

    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    OUTDATED = "outdated"


TITLE_VERIFICATION = Lifecycle(
    "title",
    {
        "confirm": Move({VerificationState.REQUESTED}, VerificationState.CONFIRMED),
        "refuse": Move({VerificationState.REQUESTED}, VerificationState.REFUSED),
        "withdraw": Move({VerificationState.REQUESTED}, VerificationState.WITHDRAWN),
        "outdate": Move({VerificationState.CONFIRMED}, VerificationState.OUTDATED),
    },
)


class TitleVerification(Stateful):
    """An operator's check of the title against a register extract of a day."""

    __tablename__ = "title_verification"
    lifecycle = TITLE_VERIFICATION

    asset_id: Mapped[int] = mapped_column(ForeignKey("asset.id"), index=True)
    extract_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    extract_date: Mapped[date]
    requested_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")
    state: Mapped[VerificationState] = mapped_column(default=VerificationState.REQUESTED)

    asset: Mapped[Asset] = relationship(back_populates="verifications")
    extract: Mapped[Document] = relationship()

    @property
    def age_days(self) -> int:
        """Days since the extract; the badge fades after 90 and is grey after 180."""
        return (clock.today() - self.extract_date).days


class PledgeState(StrEnum):
    """Where a pledge stands."""

    DECLARED = "declared"
    REGISTERED = "registered"
    RELEASED = "released"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


PLEDGE = Lifecycle(
    "pledge",
    {
        "register": Move({PledgeState.DECLARED}, PledgeState.REGISTERED),
        "refuse": Move({PledgeState.DECLARED}, PledgeState.REFUSED),
        "revise": Move({PledgeState.DECLARED}, PledgeState.DECLARED),
        "withdraw": Move({PledgeState.DECLARED}, PledgeState.WITHDRAWN),
        "declare_release": Move({PledgeState.REGISTERED}, PledgeState.REGISTERED),
        "refuse_release": Move({PledgeState.REGISTERED}, PledgeState.REGISTERED),
        "release": Move({PledgeState.REGISTERED}, PledgeState.RELEASED),
    },
)


class Pledge(Stateful):
    """A pledge on a right: the pledge-financing flag of articles 19 and 26."""

    __tablename__ = "pledge"
    lifecycle = PLEDGE

    asset_id: Mapped[int] = mapped_column(ForeignKey("asset.id"), index=True)
    lender_name: Mapped[str] = mapped_column(String(200))
    lender_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    register_number: Mapped[str] = mapped_column(String(60))
    registered_on: Mapped[date]
    amount_minor: Mapped[int | None]
    currency: Mapped[str] = mapped_column(String(3), default="CNY")
    due_on: Mapped[date | None]
    rank: Mapped[int | None]  # as agreed; else by the day of registration
    evidence_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    released_on: Mapped[date | None]
    release_evidence_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    state: Mapped[PledgeState] = mapped_column(default=PledgeState.DECLARED)

    asset: Mapped[Asset] = relationship(back_populates="pledges")
    lender: Mapped[Organisation | None] = relationship()
    evidence: Mapped[Document | None] = relationship(foreign_keys=[evidence_id])
    release_evidence: Mapped[Document | None] = relationship(foreign_keys=[release_evidence_id])

    @property
    def release_is_declared(self) -> bool:
        """The keeper says that it was struck from the register; an operator has to confirm it."""
        return self.state is PledgeState.REGISTERED and self.released_on is not None

    @property
    def amount(self) -> Money | None:
        """The secured claim."""
        return None if self.amount_minor is None else Money(self.currency, self.amount_minor)


class LicenceState(StrEnum):
    """Where a licence stands."""

    DECLARED = "declared"
    REGISTERED = "registered"
    ENDED = "ended"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


L = LicenceState
LICENCE = Lifecycle(
    "licence",
    {
        "register": Move({L.DECLARED}, L.REGISTERED),
        "refuse": Move({L.DECLARED}, L.REFUSED),
        "withdraw": Move({L.DECLARED}, L.WITHDRAWN),
        "declare_end": Move({L.REGISTERED}, L.REGISTERED),
        "refuse_end": Move({L.REGISTERED}, L.REGISTERED),
        "end": Move({L.REGISTERED}, L.ENDED),
    },
)


class Licence(Stateful):
    """A licence on a right, written by a deal or declared by the keeper.

    `territory` holds tokens of assets.scopes, `field` codes of industries or free text; a licence
    that is declared counts like one that is confirmed, for its own grantor says that it stands.
    """

    __tablename__ = "licence"
    lifecycle = LICENCE

    asset_id: Mapped[int] = mapped_column(ForeignKey("asset.id"), index=True)
    deal_reference: Mapped[str] = mapped_column(String(20), default="")
    licensee_name: Mapped[str] = mapped_column(String(200))
    licensee_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    grant: Mapped[str] = mapped_column(String(20))  # exclusive, sole, non_exclusive
    territory: Mapped[str] = mapped_column(String(200), default="CN")
    field: Mapped[str] = mapped_column(String(300), default="")
    sublicence: Mapped[bool] = mapped_column(default=False)
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    recordal_number: Mapped[str] = mapped_column(String(60), default="")
    evidence_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    ended_on: Mapped[date | None]  # before its time
    end_evidence_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    state: Mapped[LicenceState] = mapped_column(default=LicenceState.DECLARED, index=True)

    asset: Mapped[Asset] = relationship(back_populates="licences")
    licensee: Mapped[Organisation | None] = relationship()
    evidence: Mapped[Document | None] = relationship(foreign_keys=[evidence_id])
    end_evidence: Mapped[Document | None] = relationship(foreign_keys=[end_evidence_id])

    @property
    def end_is_declared(self) -> bool:
        """The keeper says that it ended; an operator has to confirm it."""
        return self.state is LicenceState.REGISTERED and self.ended_on is not None

    @property
    def scope(self) -> Scope:
        """Where, in what, how long."""
        return scope(
            self.starts_on,
            self.ends_on,
            territory=(t for t in self.territory.split(",") if t),
            fields=fields_of(self.field),
        )


class BurdenState(StrEnum):
    """Where a burden stands."""

    DECLARED = "declared"
    CONFIRMED = "confirmed"
    LIFTED = "lifted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


B = BurdenState
BURDEN = Lifecycle(
    "burden",
    {
        "confirm": Move({B.DECLARED}, B.CONFIRMED),
        "refuse": Move({B.DECLARED}, B.REFUSED),
        "withdraw": Move({B.DECLARED}, B.WITHDRAWN),
        "declare_lift": Move({B.CONFIRMED}, B.CONFIRMED),
        "refuse_lift": Move({B.CONFIRMED}, B.CONFIRMED),
        "lift": Move({B.CONFIRMED}, B.LIFTED),
    },
)


class Burden(Stateful):
    """What else rests on a right: a freeze, a dispute, an open licence, a priority right."""

    __tablename__ = "burden"
    lifecycle = BURDEN

    asset_id: Mapped[int] = mapped_column(ForeignKey("asset.id"), index=True)
    kind: Mapped[BurdenKind]  # neither a licence nor a pledge: they have tables of their own
    holder_name: Mapped[str] = mapped_column(String(200), default="")  # court, claimant, holder
    holder_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    register_number: Mapped[str] = mapped_column(String(80), default="")  # or of the case
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    suspended: Mapped[bool] = mapped_column(default=False)  # of a dispute
    priority: Mapped[Priority | None]  # of a right of first refusal
    deeds: Mapped[list[str]] = mapped_column(default=list)  # of a co-owners' agreement
    note: Mapped[str] = mapped_column(String(500), default="")
    evidence_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    lifted_on: Mapped[date | None]
    lift_evidence_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    state: Mapped[BurdenState] = mapped_column(default=BurdenState.DECLARED, index=True)

    asset: Mapped[Asset] = relationship(back_populates="burdens")
    holder: Mapped[Organisation | None] = relationship()
    evidence: Mapped[Document | None] = relationship(foreign_keys=[evidence_id])
    lift_evidence: Mapped[Document | None] = relationship(foreign_keys=[lift_evidence_id])

    @property
    def lift_is_declared(self) -> bool:
        """The keeper says that it is over; an operator has to confirm it."""
        return self.state is BurdenState.CONFIRMED and self.lifted_on is not None


class ConsentState(StrEnum):
    """Where a consent stands."""

    ASKED = "asked"
    FILED = "filed"  # given on paper, which an operator has yet to look at
    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


C = ConsentState
CONSENT = Lifecycle(
    "consent",
    {
        "give": Move({C.ASKED}, C.GIVEN),
        "refuse": Move({C.ASKED}, C.REFUSED),
        "file": Move({C.ASKED}, C.FILED),
        "confirm": Move({C.FILED}, C.GIVEN),
        "return": Move({C.FILED}, C.ASKED),
        "take_back": Move({C.ASKED, C.FILED}, C.WITHDRAWN),
        "revoke": Move({C.GIVEN}, C.WITHDRAWN),
    },
)


class Consent(Stateful):
    """Somebody is asked to agree to something done with a right, and answers.

    It is bound to the act, the scope and the day that were asked about.
    """

    __tablename__ = "consent"
    lifecycle = CONSENT

    asset_id: Mapped[int] = mapped_column(ForeignKey("asset.id"), index=True)
    party_name: Mapped[str] = mapped_column(String(200))
    party_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    code: Mapped[str] = mapped_column(String(40))  # the bundle's reason: coowner, pledgee …
    burden: Mapped[str] = mapped_column(String(40), default="")  # pledge:12
    act: Mapped[Act]
    grant: Mapped[Grant | None]
    territory: Mapped[str] = mapped_column(String(200), default="")  # none: anywhere
    field: Mapped[str] = mapped_column(String(300), default="")
    sublicence: Mapped[bool] = mapped_column(default=False)
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    to_name: Mapped[str] = mapped_column(String(200), default="")  # none: anybody
    to_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    until: Mapped[date | None]  # the deal is signed by then
    message: Mapped[str] = mapped_column(String(1000), default="")
    answer: Mapped[str] = mapped_column(String(1000), default="")
    evidence_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    answered_at: Mapped[datetime | None]
    state: Mapped[ConsentState] = mapped_column(default=ConsentState.ASKED, index=True)

    asset: Mapped[Asset] = relationship(back_populates="consents")
    party: Mapped[Organisation | None] = relationship(foreign_keys=[party_id])
    evidence: Mapped[Document | None] = relationship()

    @property
    def scope(self) -> Scope | None:
        """The widest licence it agrees to; none: any."""
        if not self.territory or self.starts_on is None:
            return None
        return scope(
            self.starts_on,
            self.ends_on,
            territory=self.territory.split(","),
            fields=fields_of(self.field),
        )


class FeePaymentState(StrEnum):
    """Whether what the keeper said was paid still counts."""

    RECORDED = "recorded"
    UNDONE = "undone"


FEE_PAYMENT = Lifecycle("fee", {"undo": Move({FeePaymentState.RECORDED}, FeePaymentState.UNDONE)})


class FeePayment(Stateful):
    """A fee that keeps a right alive, paid to its office, as the keeper's receipt shows."""

    __tablename__ = "fee_payment"
    lifecycle = FEE_PAYMENT

    asset_id: Mapped[int] = mapped_column(ForeignKey("asset.id"), index=True)
    what: Mapped[str] = mapped_column(String(20))  # annuity, renewal
    number: Mapped[int]  # the patent year, the how-many-eth renewal
    paid_on: Mapped[date]
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3), default="CNY")
    receipt_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    before: Mapped[int | None]  # what the record said until then: undoing restores it
    state: Mapped[FeePaymentState] = mapped_column(default=FeePaymentState.RECORDED)

    asset: Mapped[Asset] = relationship()
    receipt: Mapped[Document] = relationship()
    recorded_by: Mapped[User | None] = relationship()

    @property
    def amount(self) -> Money:
        """What was paid in all."""
        return Money(self.currency, self.amount_minor)


class ImportState(StrEnum):
    """Where an import stands."""

    UPLOADED = "uploaded"
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


IMPORT = Lifecycle(
    "import",
    {
        "start": Move({ImportState.UPLOADED}, ImportState.QUEUED),
        "run": Move({ImportState.QUEUED, ImportState.RUNNING}, ImportState.RUNNING),
        "finish": Move({ImportState.RUNNING}, ImportState.DONE),
        "fail": Move(
            {ImportState.UPLOADED, ImportState.QUEUED, ImportState.RUNNING}, ImportState.FAILED
        ),
        "cancel": Move(
            {ImportState.UPLOADED, ImportState.QUEUED, ImportState.RUNNING}, ImportState.CANCELLED
        ),
    },
)


class ImportBatch(Stateful):
    """A file of rights on its way into a portfolio."""

    __tablename__ = "import_batch"
    lifecycle = IMPORT

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    format: Mapped[str] = mapped_column(String(40), default="")
    mapping: Mapped[dict[str, Any]] = mapped_column(default=dict)
    rows: Mapped[int] = mapped_column(default=0)
    seen: Mapped[int] = mapped_column(default=0)  # progress
    created: Mapped[int] = mapped_column(default=0)
    merged: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    rejected: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None]
    failure: Mapped[str] = mapped_column(String(80), default="")  # a refusal code
    failure_facts: Mapped[dict[str, Any]] = mapped_column(default=dict)  # what fills its words
    notes: Mapped[list[Any]] = mapped_column(default=list)  # of the whole file: code and facts
    state: Mapped[ImportState] = mapped_column(default=ImportState.UPLOADED)

    document: Mapped[Document] = relationship()
    user: Mapped[User | None] = relationship()
    organisation: Mapped[Organisation] = relationship()


class ImportLine(Record):
    """What became of a row."""

    __tablename__ = "import_line"
    __table_args__ = (Index("ix_import_line_batch_row", "batch_id", "row"),)

    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batch.id"))
    row: Mapped[int]
    outcome: Mapped[str] = mapped_column(String(12))  # created, merged, unchanged, rejected
    code: Mapped[str] = mapped_column(String(80), default="")
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    notes: Mapped[list[Any]] = mapped_column(default=list)  # on a row that was taken
    text: Mapped[str] = mapped_column(
        String(500), default=""
    )  # the row, shortened, to recognise it
    asset_id: Mapped[int | None] = mapped_column(ForeignKey("asset.id"))

    asset: Mapped[Asset | None] = relationship()

    @property
    def reference(self) -> str:
        """The right it became."""
        return self.asset.reference if self.asset else ""


class ImportMapping(Record):
    """How an organisation's headers were understood last time."""

    __tablename__ = "import_mapping"
    __table_args__ = (UniqueConstraint("organisation_id", "signature"),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    signature: Mapped[str] = mapped_column(String(64))
    mapping: Mapped[dict[str, Any]]


class EventSource(StrEnum):
    """Who says that something happened to a right."""

    KEEPER = "keeper"
    OPERATOR = "operator"
    IMPORT = "import"
    DEAL = "deal"
    REGISTER = "register"


class LegalEventState(StrEnum):
    """How far what is said to have happened has been checked."""

    RECORDED = "recorded"  # follows from the record of the right, nobody looked at it by itself
    DECLARED = "declared"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


_L = LegalEventState
LEGAL_EVENT = Lifecycle(
    "legal_event",
    {
        "declare": Move({_L.RECORDED}, _L.DECLARED),
        "confirm": Move({_L.RECORDED, _L.DECLARED}, _L.CONFIRMED),
        "refuse": Move({_L.RECORDED, _L.DECLARED}, _L.REFUSED),
        "withdraw": Move({_L.RECORDED, _L.DECLARED}, _L.WITHDRAWN),
    },
)


class LegalEvent(Stateful):
    """Something that happened to a right; what it is told as stays, whatever is made of it."""

    __tablename__ = "legal_event"
    __table_args__ = (
        UniqueConstraint("asset_id", "natural_key"),
        Index("ix_legal_event_state", "state", "id"),
    )
    lifecycle = LEGAL_EVENT

    asset_id: Mapped[int] = mapped_column(ForeignKey("asset.id"))
    code: Mapped[str] = mapped_column(String(40))  # of legal_status.codes
    happened_on: Mapped[date]
    published_on: Mapped[date | None]
    office: Mapped[str] = mapped_column(String(8), default="")
    givers: Mapped[list[str]] = mapped_column(default=list)  # as the source spells them
    takers: Mapped[list[str]] = mapped_column(default=list)
    number: Mapped[str] = mapped_column(String(80), default="")  # of the licence, pledge, case, fee
    text: Mapped[str] = mapped_column(default="")
    source: Mapped[EventSource]
    source_reference: Mapped[str] = mapped_column(String(200), default="")
    evidence_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    declared_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")
    natural_key: Mapped[str] = mapped_column(String(64))  # the same happening is kept once
    state: Mapped[LegalEventState] = mapped_column(default=LegalEventState.RECORDED)

    asset: Mapped[Asset] = relationship()
    evidence: Mapped[Document | None] = relationship()


class AssetReminder(Record):
    """The keeper was reminded of a day that many days before it; once."""

    __tablename__ = "asset_reminder"
    __table_args__ = (UniqueConstraint("asset_id", "matter", "due_on", "days"),)

    asset_id: Mapped[int] = mapped_column(ForeignKey("asset.id"))
    matter: Mapped[str] = mapped_column(String(10))  # fee, term
    due_on: Mapped[date]
    days: Mapped[int]  # 90, 30 or 0


class CertificateState(StrEnum):
    """Where a free-to-deal certificate stands."""

    ISSUED = "issued"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"


FREE_TO_DEAL = Lifecycle(
    "free_to_deal",
    {
        "supersede": Move({CertificateState.ISSUED}, CertificateState.SUPERSEDED),
        "revoke": Move(
            {CertificateState.ISSUED, CertificateState.SUPERSEDED}, CertificateState.REVOKED
        ),
    },
)


class FreeToDealCertificate(Stateful):
    """What could be done with a right on a day, as the registers showed it; anyone verifies it.

    The content is a file kept by its hash; the paper is printed from it. Neither ever changes.
    """

    __tablename__ = "free_to_deal"
    lifecycle = FREE_TO_DEAL

    code: Mapped[str] = mapped_column(String(20), unique=True)  # by which it is verified
    asset_id: Mapped[int] = mapped_column(ForeignKey("asset.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(  # the keeper when it was issued
        ForeignKey("organisation.id"), index=True
    )
    issued_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    as_of: Mapped[date]
    wish: Mapped[dict[str, Any] | None]  # the one thing asked about, if it was one
    verdict: Mapped[str] = mapped_column(String(20), default="")  # on that wish
    sha256: Mapped[str] = mapped_column(String(64), default="")  # of the content
    content_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    paper_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    superseded_by_id: Mapped[int | None] = mapped_column(ForeignKey("free_to_deal.id"))
    decided_at: Mapped[datetime | None]  # revoked, superseded
    reason: Mapped[str] = mapped_column(String(500), default="")
    state: Mapped[CertificateState] = mapped_column(default=CertificateState.ISSUED, index=True)

    asset: Mapped[Asset] = relationship()
    organisation: Mapped[Organisation] = relationship()
    issued_by: Mapped[User | None] = relationship()
    content: Mapped[Document | None] = relationship(foreign_keys=[content_id])
    paper: Mapped[Document | None] = relationship(foreign_keys=[paper_id])
    superseded_by: Mapped["FreeToDealCertificate | None"] = relationship(
        remote_side="FreeToDealCertificate.id"
    )
