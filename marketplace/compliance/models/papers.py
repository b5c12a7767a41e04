"""The papers that settle a rule."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from marketplace.core import clock
from marketplace.core.lifecycle import Lifecycle, Move, Stateful
from marketplace.documents.models import Document
from marketplace.organisations.models import Organisation, User


class EvidenceState(StrEnum):
    """Where a piece of evidence stands."""

    FILED = "filed"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"


E = EvidenceState
EVIDENCE = Lifecycle(
    "evidence",
    {
        "confirm": Move({E.FILED}, E.CONFIRMED),
        "refuse": Move({E.FILED}, E.REFUSED),
        "withdraw": Move({E.FILED}, E.WITHDRAWN),
        "replace": Move({E.FILED, E.CONFIRMED, E.REFUSED}, E.REPLACED),  # by a newer paper
    },
)


class Paper(Stateful):
    """A named document that settles a rule: who issued it, when, until when, who checked it."""

    __abstract__ = True
    lifecycle = EVIDENCE

    name: Mapped[str] = mapped_column(String(60))  # evidence name of the rule catalogue
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    issuer: Mapped[str] = mapped_column(String(200))
    issued_on: Mapped[date]
    number: Mapped[str] = mapped_column(String(80), default="")
    valid_until: Mapped[date | None]
    filed_by_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")
    taken_from: Mapped[str] = mapped_column(
        String(40), default=""
    )  # evidence:12: filed there first
    state: Mapped[EvidenceState] = mapped_column(default=EvidenceState.FILED)

    @declared_attr
    def replaces_id(cls) -> Mapped[int | None]:  # noqa: N805
        """The older paper for which this one was filed."""
        return mapped_column(ForeignKey(f"{cls.__tablename__}.id"))

    @declared_attr
    def document(cls) -> Mapped[Document]:  # noqa: N805
        """The file itself, by its hash."""
        return relationship(Document)

    @declared_attr
    def filed_by(cls) -> Mapped[Organisation | None]:  # noqa: N805
        """Whose paper it is."""
        return relationship(Organisation)

    @declared_attr
    def decided_by(cls) -> Mapped[User | None]:  # noqa: N805
        """Who looked at it for the exchange."""
        return relationship(User)

    @property
    def has_run_out(self) -> bool:
        """It was good until a day that is past."""
        return self.valid_until is not None and self.valid_until < clock.today()

    @property
    def counts(self) -> bool:
        """The exchange saw it, and it is still good."""
        return self.state is EvidenceState.CONFIRMED and not self.has_run_out
