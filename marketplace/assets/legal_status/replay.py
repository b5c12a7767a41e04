"""How a right stands by what happened to it: the same whatever order the events came in.

Nothing is dropped: an event that cannot have happened as told is named among the contradictions,
and changes nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from marketplace.assets.legal_status.codes import Code, Group, group_of
from marketplace.assets.legal_status.happenings import Happening
from marketplace.assets.legal_status.steps import Life, take


@dataclass(frozen=True)
class Calendar:
    """What the calendar says of a right; none where it says nothing."""

    last_day: date | None = None
    grace_ends: date | None = None  # after the last day, of a mark
    fee_due: date | None = None
    fee_grace_ends: date | None = None


@dataclass(frozen=True)
class Contradiction:
    """An event that does not fit what is known, and why."""

    code: str
    event: Happening


@dataclass(frozen=True)
class Expected:
    """What should happen next, and by when."""

    code: Code
    by: date | None


@dataclass(frozen=True)
class Status:
    """How a right stands on a day. `state` is empty where no event decides it."""

    state: str
    why: Happening | None  # none: the calendar, or nothing, decided
    since: date | None
    expected: Expected | None
    contradictions: tuple[Contradiction, ...]
    attacked: tuple[Happening, ...] = ()  # oppositions and invalidations not decided
    pledges: tuple[Happening, ...] = ()
    licences: tuple[Happening, ...] = ()
    freezes: tuple[Happening, ...] = ()
    open_licence: Happening | None = None
    counted: tuple[Happening, ...] = ()  # the events that fit, in their order


def replay(
    events: Iterable[Happening], kind: str, on: date, calendar: Calendar | None = None
) -> Status:
    """The status on a day, from the events up to that day and the calendar."""
    life = Life(group_of(kind))
    contradictions, counted = [], []
    for event in sorted((e for e in events if e.on <= on), key=lambda e: e.order):
        complaint = take(life, event)
        if complaint:
            contradictions.append(Contradiction(complaint, event))
        else:
            counted.append(event)
    calendar = calendar or Calendar()
    state, why, since = _by_the_calendar(life, calendar, on)
    return Status(
        state=state,
        why=why,
        since=since,
        expected=_expected(life, state, calendar, on),
        contradictions=tuple(contradictions),
        attacked=(
            *life.open(Code.OPPOSED).values(),
            *life.open(Code.INVALIDATION_FILED).values(),
        ),
        pledges=tuple(life.open(Code.PLEDGED).values()),
        licences=tuple(life.open(Code.LICENSED).values()),
        freezes=tuple(life.open(Code.FROZEN).values()),
        open_licence=life.open_licence,
        counted=tuple(counted),
    )


def _by_the_calendar(
    life: Life, calendar: Calendar, on: date
) -> tuple[str, Happening | None, date | None]:
    """What no event said but the calendar does: the term is over, a fee or renewal is late."""
    told = (life.state, life.why, life.why.on if life.why else None)
    if life.state not in {"in_force", "pending"}:
        return told
    if calendar.last_day and calendar.last_day < on:
        late = calendar.grace_ends is not None and on <= calendar.grace_ends
        state = "renewal_grace" if late else "expired"
        return state, None, calendar.last_day + timedelta(days=1)
    if life.state == "in_force" and calendar.fee_due and calendar.fee_due < on:
        return "annuity_grace", None, calendar.fee_due + timedelta(days=1)
    return told


_PUBLISHED_WITHIN_DAYS = 548  # eighteen months from filing


def _expected(life: Life, state: str, calendar: Calendar, on: date) -> Expected | None:  # noqa: PLR0911 -- one line a state
    if state == "pending":
        if life.group is Group.PATENT and life.filed and not life.published:
            return Expected(Code.PUBLISHED, life.filed.on + timedelta(days=_PUBLISHED_WITHIN_DAYS))
        return Expected(Code.GRANTED, None)
    if state == "renewal_grace":
        return Expected(Code.RENEWED, calendar.grace_ends)
    if state == "annuity_grace":
        return Expected(Code.FEE_PAID, calendar.fee_grace_ends)
    if state == "lapsed":
        return Expected(Code.RESTORED, None)
    if state != "in_force":
        return None
    if calendar.fee_due and calendar.fee_due >= on:
        return Expected(Code.FEE_PAID, calendar.fee_due)
    if calendar.last_day:
        code = Code.RENEWED if life.group is Group.MARK else Code.EXPIRED
        return Expected(code, calendar.last_day)
    return None
