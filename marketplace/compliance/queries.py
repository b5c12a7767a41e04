"""Reading what compliance keeps: judgements, notices on the board, filings, standings of rules."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, and_, case, false, func, or_, select, true
from sqlalchemy.orm import defer, joinedload, selectinload

from marketplace.compliance.models import (
    CatalogueVersion,
    Filing,
    FilingState,
    Judgement,
    Notice,
    NoticeKind,
    NoticeState,
    Objection,
    ObjectionState,
    Standing,
)
from marketplace.compliance.models.filings import WAITING
from marketplace.compliance.models.notices import PUBLIC, UNDECIDED
from marketplace.compliance.policy import oversee, oversees
from marketplace.core import clock
from marketplace.core.db import Record, db
from marketplace.core.errors import NotFound
from marketplace.core.events import Event
from marketplace.core.policy import SYSTEM, Actor, require
from marketplace.organisations.models import (
    Capability,
    CapabilityGrant,
    GrantState,
    Organisation,
    Region,
)
from marketplace.rules import library
from marketplace.rules.library import Catalogue


def of(subject: Record) -> Sequence[Judgement]:
    """All judgements of a record, newest first."""
    return db.session.scalars(
        select(Judgement)
        .where(Judgement.subject_kind == subject.__tablename__, Judgement.subject_id == subject.id)
        .order_by(Judgement.id.desc())
    ).all()


def last(subject: Record) -> dict[str, Judgement]:
    """The last judgement of each part (right) of a record, by the part's reference."""
    return latest(subject.__tablename__, [subject.id]).get(subject.id, {})


def latest(kind: str, ids: Iterable[int]) -> dict[int, dict[str, Judgement]]:
    """The last judgement of each part of many records of a kind: record → part → judgement."""
    newest = (
        select(func.max(Judgement.id))
        .where(Judgement.subject_kind == kind, Judgement.subject_id.in_(list(ids)))
        .group_by(Judgement.subject_id, Judgement.part)
    )
    found: dict[int, dict[str, Judgement]] = {}
    for one in db.session.scalars(
        select(Judgement).where(Judgement.id.in_(newest)).order_by(Judgement.id)
    ):
        found.setdefault(one.subject_id, {})[one.part] = one
    return found


def known_version(version: str) -> bool:
    """Whether the rules of a version are kept."""
    found = db.session.scalar(
        select(CatalogueVersion.id).where(CatalogueVersion.version == version)
    )
    return found is not None


def versions() -> Sequence[CatalogueVersion]:
    """The versions that something was judged by, newest first; without their content."""
    return db.session.scalars(
        select(CatalogueVersion)
        .options(defer(CatalogueVersion.content))
        .order_by(CatalogueVersion.id.desc())
    ).all()


def law(version: str) -> Catalogue | None:
    """The rules of a version as they were, to repeat an old judgement; None where not kept."""
    if version == library.load().version:
        return library.load()
    content = db.session.scalar(
        select(CatalogueVersion.content).where(CatalogueVersion.version == version)
    )
    return _restored(content) if content else None


@lru_cache(maxsize=16)
def _restored(content: str) -> Catalogue:
    return library.restored(content)


def standing_for(kind: str, rule: str, ids: Iterable[int]) -> dict[int, Standing]:
    """How a rule stands for some records; for callers that may see them."""
    rows = db.session.scalars(
        select(Standing).where(
            Standing.subject_kind == kind, Standing.rule == rule, Standing.subject_id.in_(list(ids))
        )
    )
    return {one.subject_id: one for one in rows}


# ---- notices -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wanted:
    """How the board is narrowed; an empty field narrows nothing."""

    search: str = ""
    kind: str = ""
    state: str = ""
    region: str = ""
    city: str = ""
    right: str = ""

    def __bool__(self) -> bool:
        return any((self.search, self.kind, self.state, self.region, self.city, self.right))


def board(wanted: Wanted) -> Select[tuple[Notice]]:
    """What the public reads: every notice that was published, the newest first."""
    query = select(Notice).where(Notice.state.in_(PUBLIC))
    for column, value, known in (
        (Notice.kind, wanted.kind, NoticeKind),
        (Notice.state, wanted.state, NoticeState),
        (Notice.region, wanted.region, Region),
    ):
        if value in {one.value for one in known}:
            query = query.where(column == known(value))
    if wanted.city:
        query = query.where(Notice.city == wanted.city)
    if wanted.right:
        query = query.where(Notice.right_kinds.contains(f",{wanted.right},", autoescape=True))
    if wanted.search:
        query = query.join(Notice.organisation).where(_mentions(wanted.search))
    return query.options(joinedload(Notice.organisation)).order_by(
        Notice.published_at.desc(), Notice.id.desc()
    )


def _mentions(text: str) -> Any:
    return or_(
        Notice.reference == text.upper(),
        Notice.title.icontains(text, autoescape=True),
        Notice.title_en.icontains(text, autoescape=True),
        Organisation.name.icontains(text, autoescape=True),
        Organisation.name_en.icontains(text, autoescape=True),
    )


def cities() -> list[str]:
    """The cities of published notices, for the filter."""
    rows = select(Notice.city).where(Notice.state.in_(PUBLIC), Notice.city != "").distinct()
    return sorted(db.session.scalars(rows))


def notice(actor: Actor, reference: str) -> Notice:
    """One notice: public once published; a draft is its publisher's and the overseers'."""
    found = db.session.scalar(
        select(Notice)
        .where(Notice.reference == reference)
        .options(joinedload(Notice.organisation), selectinload(Notice.objections))
    )
    if found is None or not _may_see(actor, found):
        raise NotFound("notice.unknown")
    return found


def _may_see(actor: Actor, found: Notice) -> bool:
    own = actor.organisation_id is not None and actor.organisation_id == found.organisation_id
    return found.is_public or own or actor is SYSTEM or oversees(actor)


def corrected_by(found: Notice) -> Notice | None:
    """The published notice that corrects this one."""
    return db.session.scalar(
        select(Notice)
        .where(Notice.corrects_id == found.id, Notice.state.in_(PUBLIC))
        .order_by(Notice.id.desc())
        .limit(1)
    )


def notices_about(*subjects: Record) -> Sequence[Notice]:
    """The notices about records, the newest first; for callers that may see those."""
    wanted: dict[str, list[int]] = {}
    for one in subjects:
        if one.id is not None:
            wanted.setdefault(one.__tablename__, []).append(one.id)
    return notices_of(wanted)


def notices_of(wanted: Mapping[str, Iterable[int]]) -> Sequence[Notice]:
    """The same by kind of record and numbers."""
    conditions = [
        and_(Notice.subject_kind == kind, Notice.subject_id.in_(list(numbers)))
        for kind, numbers in wanted.items()
    ]
    return db.session.scalars(
        select(Notice)
        .where(or_(false(), *conditions))
        .options(selectinload(Notice.objections))
        .order_by(Notice.id.desc())
    ).all()


def objection(actor: Actor, objection_id: int) -> Objection:
    """One objection: for whoever raised it, the publisher, and the overseers."""
    found = db.session.get(Objection, objection_id)
    if found is None or not _concerns(actor, found):
        raise NotFound("objection.unknown")
    return found


def _concerns(actor: Actor, found: Objection) -> bool:
    publisher = actor.organisation_id == found.notice.organisation_id
    own = actor.user_id is not None and actor.user_id == found.user_id
    return own or (actor.organisation_id is not None and publisher) or oversees(actor)


def objections(actor: Actor, *, state: str = "", search: str = "") -> Select[tuple[Objection]]:
    """All objections, for those who oversee; the most urgent first."""
    require(actor, oversee)
    query = (
        select(Objection)
        .join(Objection.notice)
        .where(Objection.state != ObjectionState.UNCONFIRMED)
        .options(joinedload(Objection.notice).joinedload(Notice.organisation))
        .order_by(
            case((Objection.state.in_(UNDECIDED), 0), else_=1), Objection.due_at, Objection.id
        )
    )
    if state in {one.value for one in ObjectionState}:
        query = query.where(Objection.state == ObjectionState(state))
    if search:
        query = query.where(
            or_(Notice.reference == search.upper(), Notice.title.icontains(search, autoescape=True))
        )
    return query


# ---- filings -------------------------------------------------------------------------------------


def filings_visible_to(actor: Actor) -> Select[tuple[Filing]]:
    """One's own; the authority's desk sees all that were submitted, the exchange too."""
    if actor is SYSTEM:
        return select(Filing).where(true())
    own = Filing.organisation_id == actor.organisation_id
    if oversees(actor):
        return select(Filing).where(or_(Filing.submitted_at.is_not(None), own))
    return select(Filing).where(own if actor.organisation_id is not None else false())


def filing(actor: Actor, reference: str) -> Filing:
    """One filing; another firm's is not there."""
    found = db.session.scalar(
        filings_visible_to(actor)
        .where(Filing.reference == reference)
        .options(joinedload(Filing.organisation), selectinload(Filing.messages))
    )
    if found is None:
        raise NotFound("filing.unknown")
    return found


@dataclass(frozen=True)
class FilingsWanted:
    """How the desk's list is narrowed."""

    search: str = ""
    kind: str = ""
    state: str = ""  # a FilingState, "waiting" or "overdue"


def filings(actor: Actor, wanted: FilingsWanted) -> Select[tuple[Filing]]:
    """The list of the desk, or of one's own filings: what is due first on top."""
    query = filings_visible_to(actor).options(joinedload(Filing.organisation))
    if wanted.state == "overdue":
        query = query.where(Filing.state.in_(WAITING), Filing.due_on < clock.today())
    elif wanted.state == "waiting":
        query = query.where(Filing.state.in_(WAITING))
    elif wanted.state in {one.value for one in FilingState}:
        query = query.where(Filing.state == FilingState(wanted.state))
    if wanted.kind:
        query = query.where(Filing.kind == wanted.kind)
    if wanted.search:
        query = query.join(Filing.organisation).where(
            or_(
                Filing.reference == wanted.search.upper(),
                Filing.title.icontains(wanted.search, autoescape=True),
                Organisation.name.icontains(wanted.search, autoescape=True),
            )
        )
    return query.order_by(
        case((Filing.state.in_(WAITING), 0), else_=1),
        Filing.due_on.asc().nulls_last(),
        Filing.id.desc(),
    )


def filings_about(subject: Record) -> Sequence[Filing]:
    """The filings of a record, the newest first; for callers that may see it."""
    return db.session.scalars(
        select(Filing)
        .where(Filing.subject_kind == subject.__tablename__, Filing.subject_id == subject.id)
        .order_by(Filing.id.desc())
    ).all()


def history(*subjects: Record) -> Sequence[Event]:
    """What happened to records, the newest first; for callers that may see them."""
    conditions = [
        and_(Event.subject_kind == one.__tablename__, Event.subject_id == one.id)
        for one in subjects
    ]
    return db.session.scalars(
        select(Event).where(or_(*conditions)).order_by(Event.created_at.desc(), Event.id.desc())
    ).all()


def desk_figures(actor: Actor) -> dict[str, int]:
    """What waits at the desk: filings, those overdue, objections to be decided."""
    require(actor, oversee)
    waiting = Filing.state.in_(WAITING)
    return {
        "submitted": _count(Filing.id, Filing.state == FilingState.SUBMITTED),
        "waiting": _count(Filing.id, waiting),
        "overdue": _count(Filing.id, waiting, Filing.due_on < clock.today()),
        "objections": _count(Objection.id, Objection.state.in_(UNDECIDED)),
        "late_objections": _count(
            Objection.id, Objection.state.in_(UNDECIDED), Objection.due_at < clock.now()
        ),
        "running": _count(Notice.id, Notice.state.in_({NoticeState.PUBLISHED, NoticeState.HELD})),
    }


def _count(column: Any, *conditions: Any) -> int:
    return db.session.scalar(select(func.count(column)).where(*conditions)) or 0


# ---- the register of findings ----------------------------------------------------------------------


@dataclass(frozen=True)
class RuleFigures:
    """How often a rule stands how."""

    rule: str
    counts: dict[str, int]
    longest_open: datetime | None  # since when the oldest open one waits

    @property
    def total(self) -> int:
        """For how many it bears."""
        return sum(self.counts.values())


def register(actor: Actor) -> list[RuleFigures]:
    """Every rule that bears on anything: how often open, satisfied, undecided; the worst first."""
    require(actor, oversee)
    rows = db.session.execute(
        select(Standing.rule, Standing.status, func.count(Standing.id), func.min(Standing.since))
        .where(Standing.subject_kind == "deal")
        .group_by(Standing.rule, Standing.status)
    )
    counts: dict[str, dict[str, int]] = {}
    waiting: dict[str, datetime] = {}
    for rule, status, number, since in rows:
        counts.setdefault(rule, {})[status] = number
        if status == "open":
            waiting[rule] = since
    found = [RuleFigures(rule, known, waiting.get(rule)) for rule, known in counts.items()]
    worst = ("open", "unknown", "duty")
    return sorted(found, key=lambda one: (*(-one.counts.get(s, 0) for s in worst), one.rule))


def standings(
    actor: Actor, rule: str, *, status: str = "", subject_ids: Iterable[int] | None = None
) -> Select[tuple[Standing]]:
    """For which deals a rule stands how."""
    require(actor, oversee)
    query = select(Standing).where(Standing.rule == rule, Standing.subject_kind == "deal")
    if status:
        query = query.where(Standing.status == status)
    if subject_ids is not None:
        query = query.where(Standing.subject_id.in_(list(subject_ids)))
    return query.order_by(Standing.since, Standing.id)


# ---- intermediaries --------------------------------------------------------------------------------

INTERMEDIARIES = (
    Capability.BROKER,
    Capability.VALUER,
    Capability.LENDER,
    Capability.GUARANTOR,
)


def intermediaries(
    actor: Actor, *, capability: str = "", search: str = ""
) -> Select[tuple[CapabilityGrant]]:
    """Who brokers, values, lends and guarantees here, with what each was granted."""
    require(actor, oversee)
    query = (
        select(CapabilityGrant)
        .join(CapabilityGrant.organisation)
        .where(
            CapabilityGrant.capability.in_(INTERMEDIARIES),
            CapabilityGrant.state.in_({GrantState.GRANTED, GrantState.REVOKED}),
        )
        .options(joinedload(CapabilityGrant.organisation))
        .order_by(Organisation.name, CapabilityGrant.id)
    )
    if capability in {one.value for one in INTERMEDIARIES}:
        query = query.where(CapabilityGrant.capability == Capability(capability))
    if search:
        query = query.where(
            or_(
                Organisation.name.icontains(search, autoescape=True),
                Organisation.name_en.icontains(search, autoescape=True),
                Organisation.uscc == search.upper(),
            )
        )
    return query
