"""Grades worked out for a day from what is kept: complaints, sanctions, credentials, ratings, cases."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.policy import Actor
from marketplace.deals.models import Deal, DealState
from marketplace.mandates.models import Credential, CredentialKind, CredentialState
from marketplace.organisations.models import Organisation
from marketplace.trust import grading
from marketplace.trust.grading import Grade, Item
from marketplace.trust.models import (
    CRITERIA,
    CaseKind,
    CaseState,
    Complaint,
    ComplaintState,
    GradeCase,
    Outcome,
    Rating,
    Sanction,
    SanctionState,
)
from marketplace.trust.tables import tables


@dataclass(frozen=True)
class Entry:
    """An item of a grade with what stands behind it."""

    item: Item
    source: Complaint | Sanction | Credential
    article: str
    counts: bool  # today
    points: int
    expires_on: date
    repairable_from: date | None
    entered_by: frozenset[int] = frozenset()  # people who decided or entered it

    @property
    def key(self) -> str:
        """What names it."""
        return self.item.key


@dataclass(frozen=True)
class Graded:
    """A broker's grade on a day, with everything that is on record about it."""

    grade: Grade
    entries: tuple[Entry, ...] = ()
    praised: tuple[date, ...] = field(default=())

    def entry(self, key: str) -> Entry:
        """The item of this key, or NotFound."""
        found = next((each for each in self.entries if each.key == key), None)
        if found is None:
            raise NotFound("grade.item")
        return found


ARTICLES = {
    "complaint": "《广东省知识产权战略纲要》第25条",
    "credential": "《广东省知识产权战略纲要》第25条；专利代理条例第9条",
}


def grades(broker_ids: Collection[int], day: date | None = None) -> dict[int, Graded]:
    """The grade of each on a day, today unless said otherwise."""
    on = day or clock.today()
    items = _items(broker_ids)
    praised = _praised(broker_ids)
    found = {}
    for number in broker_ids:
        rows = items.get(number, [])
        days = tuple(sorted(praised.get(number, ())))
        grade = grading.grade(tables(), [item for item, *_ in rows], days, on)
        entries = (_entry(row, on) for row in rows)
        found[number] = Graded(
            grade, tuple(sorted(entries, key=lambda e: (e.item.on, e.key), reverse=True)), days
        )
    return found


def graded(broker_id: int) -> Graded:
    """One broker's grade today."""
    return grades([broker_id])[broker_id]


def practitioner_grades(people: Sequence[Credential], day: date | None = None) -> dict[int, Graded]:
    """The grade of each person, by credential, from the items that name the person; ratings do not count.

    A person is known by the number of the practising certificate and keeps what is on record when
    changing houses (专利代理信用评价管理办法（试行） grades agencies and agents alike).
    """
    on = day or clock.today()
    mine: dict[str, list[_Row]] = {one.number: [] for one in people}
    for rows in _items(_houses_of(mine)).values():
        for row in rows:
            named = row[1] if isinstance(row[1], Credential) else row[1].credential
            if named is not None and named.kind is CredentialKind.PRACTITIONER:
                mine.get(named.number, []).append(row)
    return {one.id: _person(mine[one.number], on) for one in people}


def _person(rows: list["_Row"], on: date) -> Graded:
    grade = grading.grade(tables(), [item for item, *_ in rows], (), on)
    return Graded(grade, tuple(_entry(row, on) for row in rows))


def _houses_of(numbers: Collection[str]) -> set[int]:
    """Where people with these certificates practise or have practised."""
    if not numbers:
        return set()
    rows = select(Credential.organisation_id).where(
        Credential.kind == CredentialKind.PRACTITIONER, Credential.number.in_(numbers)
    )
    return set(db.session.scalars(rows))


_Row = tuple[Item, Complaint | Sanction | Credential, str, frozenset[int]]


def _entry(row: _Row, on: date) -> Entry:
    item, source, article, people = row
    cost = grading.cost_of(tables(), item)
    return Entry(
        item=item,
        source=source,
        article=article,
        counts=grading.counts(tables(), item, on),
        points=cost.points,
        expires_on=grading.expires_on(tables(), item),
        repairable_from=grading.repairable_from(tables(), item),
        entered_by=people,
    )


def _items(broker_ids: Collection[int]) -> dict[int, list[_Row]]:
    lifted = _lifted(broker_ids)
    found: dict[int, list[_Row]] = defaultdict(list)

    def keep(broker_id: int, key: str, code: str, on: date, rest: tuple[object, ...]) -> None:
        ended = lifted.get((broker_id, key))
        since = None if ended is None else max(on, ended)
        found[broker_id].append((Item(key, code, on, since), *rest))  # type: ignore[arg-type]  # the rest of a row

    for complaint in _final_complaints(broker_ids):
        people = frozenset(
            one for one in (complaint.decided_by_id, complaint.reviewed_by_id) if one is not None
        )
        rest = (complaint, ARTICLES["complaint"], people)
        on = complaint.final_on or clock.today()
        if complaint.outcome in {Outcome.FOUNDED, Outcome.PARTLY} and complaint.gravity:
            code = f"complaint_{complaint.gravity.value}"
            keep(complaint.broker_id, f"complaint:{complaint.id}:founded", code, on, rest)
        if complaint.was_late:
            keep(complaint.broker_id, f"complaint:{complaint.id}:late", "unanswered", on, rest)
    for sanction in _imposed(broker_ids):
        keep(
            sanction.broker_id,
            f"sanction:{sanction.id}",
            f"sanction_{sanction.kind.value}",
            sanction.starts_on,
            (sanction, sanction.article, frozenset({sanction.entered_by_id})),
        )
    for credential in _lapsed(broker_ids):
        on = (credential.valid_to or clock.today()) + timedelta(days=1)
        rest2 = (credential, ARTICLES["credential"], frozenset[int]())
        key = f"credential:{credential.id}"
        keep(credential.organisation_id, key, "credential_lapsed", on, rest2)
    return found


def _final_complaints(broker_ids: Iterable[int]) -> list[Complaint]:
    rows = (
        select(Complaint)
        .where(Complaint.broker_id.in_(list(broker_ids)), Complaint.state == ComplaintState.FINAL)
        .options(joinedload(Complaint.credential))
    )
    return list(db.session.scalars(rows.order_by(Complaint.id)))


def _imposed(broker_ids: Iterable[int]) -> list[Sanction]:
    rows = (
        select(Sanction)
        .where(Sanction.broker_id.in_(list(broker_ids)), Sanction.state == SanctionState.IMPOSED)
        .options(joinedload(Sanction.credential), joinedload(Sanction.authority))
    )
    return list(db.session.scalars(rows.order_by(Sanction.id)))


def _lapsed(broker_ids: Iterable[int]) -> list[Credential]:
    """Confirmed ones that ran out and have no successor of the same kind and person: what is cured is gone."""
    rows = list(
        db.session.scalars(
            select(Credential)
            .where(
                Credential.organisation_id.in_(list(broker_ids)),
                Credential.state == CredentialState.CONFIRMED,
            )
            .order_by(Credential.id)
        )
    )
    held = {(row.organisation_id, row.kind, row.name) for row in rows if row.stands}
    return [
        row
        for row in rows
        if not row.stands and (row.organisation_id, row.kind, row.name) not in held
    ]


def _lifted(broker_ids: Iterable[int]) -> dict[tuple[int, str], date]:
    """Items that were lifted, with the day from which they count no more; an objection undoes them whole."""
    rows = db.session.scalars(
        select(GradeCase).where(
            GradeCase.broker_id.in_(list(broker_ids)), GradeCase.state == CaseState.GRANTED
        )
    )
    found: dict[tuple[int, str], date] = {}
    for case in rows:
        whole = case.kind is CaseKind.OBJECTION
        day = date.min if whole or case.decided_on is None else case.decided_on
        key = (case.broker_id, case.item)
        found[key] = min(day, found.get(key, day))
    return found


def _praised(broker_ids: Iterable[int]) -> dict[int, list[date]]:
    """The days of closed deals whose ratings of the broker are good on average."""
    total = sum((getattr(Rating, name) for name in CRITERIA[1:]), getattr(Rating, CRITERIA[0]))
    rows = db.session.execute(
        select(Rating.broker_id, Deal.closed_at, func.sum(total), func.count(Rating.id))
        .join(Rating.deal)
        .where(Rating.broker_id.in_(list(broker_ids)), Deal.state == DealState.CLOSED)
        .group_by(Rating.broker_id, Deal.id, Deal.closed_at)
    )
    found: dict[int, list[date]] = defaultdict(list)
    for number, closed_at, points, count in rows:
        day = closed_at.astimezone(clock.BEIJING).date()
        if points >= grading.table_on(tables(), day).praise.quarters * count:
            found[number].append(day)
    return found


# ---- objections and repair -------------------------------------------------------------------


def cases(actor: Actor, *, state: str = "", kind: str = "") -> Select[tuple[GradeCase]]:
    """One's own; all of them for the exchange and the authority, what waits first."""
    found = select(GradeCase).options(joinedload(GradeCase.broker), joinedload(GradeCase.document))
    if not (actor.is_operator or actor.is_regulator):
        found = found.where(GradeCase.broker_id == actor.organisation_id)
    if state in set(CaseState):
        found = found.where(GradeCase.state == state)
    if kind in set(CaseKind):
        found = found.where(GradeCase.kind == kind)
    waits = GradeCase.state.in_([CaseState.FILED, CaseState.PROPOSED]).desc()
    return found.order_by(waits, GradeCase.id.desc())


def case(actor: Actor, reference: str) -> GradeCase:
    """One of them, or NotFound."""
    found = db.session.scalar(cases(actor).where(GradeCase.reference == reference))
    if found is None:
        raise NotFound("grade_case.unknown")
    return found


def cases_of(broker_id: int) -> list[GradeCase]:
    """Everything that a broker asked for, the newest first."""
    rows = select(GradeCase).where(GradeCase.broker_id == broker_id)
    return list(db.session.scalars(rows.order_by(GradeCase.id.desc())))


def open_case(broker_id: int, item: str) -> GradeCase | None:
    """What waits about an item: one thing at a time."""
    return db.session.scalar(
        select(GradeCase).where(
            GradeCase.broker_id == broker_id,
            GradeCase.item == item,
            GradeCase.state.in_([CaseState.FILED, CaseState.PROPOSED]),
        )
    )


def rejected_objection(broker_id: int, item: str) -> GradeCase | None:
    """An objection to the item that failed: it is made once."""
    return db.session.scalar(
        select(GradeCase).where(
            GradeCase.broker_id == broker_id,
            GradeCase.item == item,
            GradeCase.kind == CaseKind.OBJECTION,
            GradeCase.state == CaseState.REJECTED,
        )
    )


def broker(organisation_id: int) -> Organisation:
    """The organisation whose grade it is."""
    return db.session.get_one(Organisation, organisation_id)
