"""The only clock. Tests stop it with freeze()."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")

_stopped_at: ContextVar[datetime | None] = ContextVar("stopped_at", default=None)


def now() -> datetime:
    """The moment, in UTC."""
    return _stopped_at.get() or datetime.now(UTC)  # noqa: TID251 -- the one clock


def is_stopped() -> bool:
    """Whether somebody stopped the clock: then a database's own clock has no say either."""
    return _stopped_at.get() is not None


def today() -> date:
    """The calendar day in Guangdong, by which terms and deadlines of law are counted."""
    return now().astimezone(BEIJING).date()


@contextmanager
def freeze(moment: datetime) -> Iterator[None]:
    """Stop the clock at a moment (tests, replays, the demo seed)."""
    token = _stopped_at.set(moment)
    try:
        yield
    finally:
        _stopped_at.reset(token)


def start_of(day: date) -> datetime:
    """The first moment of a day of Beijing."""
    return datetime(day.year, day.month, day.day, tzinfo=BEIJING)
