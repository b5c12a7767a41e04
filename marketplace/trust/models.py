"""Ratings of brokers, complaints about them, sanctions of the authority, objections and repair."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.core import clock
from marketplace.core.db import Record
from marketplace.core.lifecycle import Lifecycle, Move, Stateful
from marketplace.deals.models import Deal
from marketplace.documents.models import Document
from marketplace.mandates.models import Credential
from marketplace.organisations.models import Organisation

CRITERIA = ("expertise", "diligence", "disclosure", "fees")
LOWEST, HIGHEST = 1, 5


class RatingState(StrEnum):
    """Whether the words of a rating are shown; its scores always are."""

    PUBLISHED = "published"
    QUESTIONED = "questioned"
    HIDDEN = "hidden"


R = RatingState
RATING = Lifecycle(
    "rating",
    {
        "propose_hiding": Move({R.PUBLISHED}, R.QUESTIONED),
        "leave": Move({R.QUESTIONED}, R.PUBLISHED),
        "hide": Move({R.QUESTIONED}, R.HIDDEN),
        "show": Move({R.HIDDEN}, R.PUBLISHED),
    },
)


class RaterSide(StrEnum):
    """How the rater stood to the broker in the deal."""

    PRINCIPAL = "principal"
    COUNTERPARTY = "counterparty"


class Rating(Stateful):
    """What a party of a fulfilled deal thinks of a broker in it; never deleted (电子商务法 art. 39)."""

    __tablename__ = "broker_rating"
    __table_args__ = (
        UniqueConstraint("deal_id", "broker_id", "rater_id"),
        CheckConstraint(
            "expertise BETWEEN 1 AND 5 AND diligence BETWEEN 1 AND 5 "
            "AND disclosure BETWEEN 1 AND 5 AND fees BETWEEN 1 AND 5",
            name="one_to_five",
        ),
    )
    lifecycle = RATING

    deal_id: Mapped[int] = mapped_column(ForeignKey("deal.id"))
    broker_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    rater_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    side: Mapped[RaterSide]
    expertise: Mapped[int]
    diligence: Mapped[int]
    disclosure: Mapped[int]
    fees: Mapped[int]
    comment: Mapped[str] = mapped_column(default="")
    fixed_at: Mapped[datetime]  # from here on it is not changed any more
    answer: Mapped[str] = mapped_column(default="")
    answered_at: Mapped[datetime | None]
    hiding_reason: Mapped[str] = mapped_column(default="")
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    hidden_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    state: Mapped[RatingState] = mapped_column(default=R.PUBLISHED, index=True)

    deal: Mapped[Deal] = relationship()
    broker: Mapped[Organisation] = relationship(foreign_keys=[broker_id])
    rater: Mapped[Organisation] = relationship(foreign_keys=[rater_id])

    @property
    def is_fixed(self) -> bool:
        """The window for changes is over, or the broker has answered what was written."""
        return clock.now() >= self.fixed_at or self.answered_at is not None

    @property
    def total(self) -> int:
        """The sum of its scores."""
        return self.expertise + self.diligence + self.disclosure + self.fees


class ComplaintKind(StrEnum):
    """What a broker is said to have done."""

    CONCEALED_INTEREST = "concealed_interest"
    FALSE_INFORMATION = "false_information"
    LEAK = "leak"
    OVERCHARGING = "overcharging"
    NO_REPLY = "no_reply"
    UNLICENSED = "unlicensed"
    OTHER = "other"


class Outcome(StrEnum):
    """What a complaint comes to."""

    FOUNDED = "founded"
    PARTLY = "partly"
    UNFOUNDED = "unfounded"


class Gravity(StrEnum):
    """How grave a founded complaint is: what the grade loses by it."""

    MINOR = "minor"
    ORDINARY = "ordinary"
    GRAVE = "grave"


class ComplaintState(StrEnum):
    """Where a complaint stands."""

    FILED = "filed"
    REFUSED = "refused"
    ACCEPTED = "awaiting"  # the broker's answer
    ANSWERED = "answered"
    DECIDED = "decided"
    OBJECTED = "objected"
    FINAL = "final"
    WITHDRAWN = "withdrawn"


C = ComplaintState
COMPLAINT = Lifecycle(
    "complaint",
    {
        "accept": Move({C.FILED}, C.ACCEPTED),
        "refuse": Move({C.FILED}, C.REFUSED),
        "answer": Move({C.ACCEPTED}, C.ANSWERED),
        "decide": Move({C.ACCEPTED, C.ANSWERED}, C.DECIDED),
        "object": Move({C.DECIDED}, C.OBJECTED),
        "review": Move({C.OBJECTED}, C.FINAL),
        "close": Move({C.DECIDED}, C.FINAL),
        "withdraw": Move({C.FILED, C.ACCEPTED, C.ANSWERED}, C.WITHDRAWN),
    },
)
OPEN_COMPLAINTS = frozenset({C.FILED, C.ACCEPTED, C.ANSWERED, C.DECIDED, C.OBJECTED})


class Complaint(Stateful):
    """Somebody who dealt with a broker says that it did wrong; the broker owes an answer."""

    __tablename__ = "complaint"
    __table_args__ = (
        CheckConstraint("complainant_id <> broker_id", name="two_parties"),
        Index("ix_complaint_broker_state", "broker_id", "state"),
    )
    lifecycle = COMPLAINT

    reference: Mapped[str] = mapped_column(String(20), unique=True)  # C-00000001
    complainant_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    broker_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    credential_id: Mapped[int | None] = mapped_column(ForeignKey("broker_credential.id"))
    kind: Mapped[ComplaintKind]
    about: Mapped[str] = mapped_column(String(20), default="")  # the dealing, by its reference
    text: Mapped[str]
    filed_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    answer_by: Mapped[date | None]
    reminded_on: Mapped[date | None]
    overdue_on: Mapped[date | None]
    answer: Mapped[str] = mapped_column(default="")
    answered_on: Mapped[date | None]
    outcome: Mapped[Outcome | None]
    gravity: Mapped[Gravity | None]
    decision: Mapped[str] = mapped_column(default="")
    measures: Mapped[str] = mapped_column(default="")
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_on: Mapped[date | None]
    object_by: Mapped[date | None]
    objected_by_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    objection: Mapped[str] = mapped_column(default="")
    review: Mapped[str] = mapped_column(default="")
    reviewed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    final_on: Mapped[date | None]
    state: Mapped[ComplaintState] = mapped_column(default=C.FILED, index=True)

    complainant: Mapped[Organisation] = relationship(foreign_keys=[complainant_id])
    broker: Mapped[Organisation] = relationship(foreign_keys=[broker_id])
    credential: Mapped[Credential | None] = relationship()
    statements: Mapped[list["ComplaintStatement"]] = relationship(
        back_populates="complaint", order_by="ComplaintStatement.id"
    )
    papers: Mapped[list["ComplaintPaper"]] = relationship(
        back_populates="complaint", order_by="ComplaintPaper.id"
    )

    @property
    def is_over_time(self) -> bool:
        """The day of the answer is past and there is none; the clock decides, not a flag."""
        late = self.answer_by is not None and self.answer_by < clock.today()
        return late and self.answered_on is None

    @property
    def was_late(self) -> bool:
        """The answer came after its day, or never."""
        if self.answer_by is None:
            return False
        return self.answered_on is None or self.answered_on > self.answer_by


class ComplaintStatement(Record):
    """What a side or the exchange said in a complaint; both sides read it."""

    __tablename__ = "complaint_statement"

    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    text: Mapped[str]

    complaint: Mapped[Complaint] = relationship(back_populates="statements")
    organisation: Mapped[Organisation] = relationship()


class ComplaintPaper(Record):
    """A file that a side put down as evidence."""

    __tablename__ = "complaint_paper"
    __table_args__ = (UniqueConstraint("complaint_id", "document_id"),)

    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))

    complaint: Mapped[Complaint] = relationship(back_populates="papers")
    organisation: Mapped[Organisation] = relationship()
    document: Mapped[Document] = relationship()


class SanctionKind(StrEnum):
    """What the authority does about a broker or one of its practitioners."""

    WARNING = "warning"  # 警告
    CRITICISM = "criticism"  # 通报批评
    SUSPENSION = "suspension"  # not listed, no new mandates, for a term
    REVOCATION = "revocation"  # the same without end


BARRING = frozenset({SanctionKind.SUSPENSION, SanctionKind.REVOCATION})


class SanctionState(StrEnum):
    """Whether the authority has taken a sanction back."""

    IMPOSED = "imposed"
    REVOKED = "lifted"


SANCTION = Lifecycle("sanction", {"revoke": Move({SanctionState.IMPOSED}, SanctionState.REVOKED)})


class Sanction(Stateful):
    """A measure of the authority against a broker, or one of its people, with its article."""

    __tablename__ = "sanction"
    __table_args__ = (
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="ends_after_start"),
    )
    lifecycle = SANCTION

    reference: Mapped[str] = mapped_column(String(20), unique=True)  # S-00000001
    broker_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    credential_id: Mapped[int | None] = mapped_column(ForeignKey("broker_credential.id"))
    kind: Mapped[SanctionKind]
    article: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str]
    number: Mapped[str] = mapped_column(String(80))  # of the decision
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]  # the last day
    authority_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    entered_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    revoked_on: Mapped[date | None]
    revoke_reason: Mapped[str] = mapped_column(default="")
    state: Mapped[SanctionState] = mapped_column(default=SanctionState.IMPOSED, index=True)

    broker: Mapped[Organisation] = relationship(foreign_keys=[broker_id])
    authority: Mapped[Organisation] = relationship(foreign_keys=[authority_id])
    credential: Mapped[Credential | None] = relationship()

    @property
    def is_running(self) -> bool:
        """Not taken back, begun, and not over by the clock."""
        today = clock.today()
        over = self.ends_on is not None and self.ends_on < today
        return self.state is SanctionState.IMPOSED and self.starts_on <= today and not over


class CaseKind(StrEnum):
    """What a broker asks for about an item of its grade."""

    OBJECTION = "objection"  # it is wrong
    REPAIR = "repair"  # 信用修复: the fault is cured


class CaseState(StrEnum):
    """Where it stands."""

    FILED = "filed"
    PROPOSED = "proposed"
    GRANTED = "granted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


K = CaseState
CASE = Lifecycle(
    "grade_case",
    {
        "propose": Move({K.FILED}, K.PROPOSED),
        "return": Move({K.PROPOSED}, K.FILED),
        "grant": Move({K.PROPOSED}, K.GRANTED),
        "reject": Move({K.PROPOSED}, K.REJECTED),
        "withdraw": Move({K.FILED}, K.WITHDRAWN),
    },
)


class GradeCase(Stateful):
    """A broker's objection to an item of its grade, or its application to have it lifted."""

    __tablename__ = "grade_case"
    __table_args__ = (Index("ix_grade_case_broker_item", "broker_id", "item"),)
    lifecycle = CASE

    reference: Mapped[str] = mapped_column(String(20), unique=True)  # G-00000001
    broker_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    kind: Mapped[CaseKind]
    item: Mapped[str] = mapped_column(String(60))  # its key, as complaint:7:founded
    text: Mapped[str]
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    filed_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    to_grant: Mapped[bool | None]  # as proposed
    because: Mapped[str] = mapped_column(default="")
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_on: Mapped[date | None]
    state: Mapped[CaseState] = mapped_column(default=K.FILED, index=True)

    broker: Mapped[Organisation] = relationship()
    document: Mapped[Document | None] = relationship()
