"""Working days of mainland China: weekends, holidays, and the weekends worked in their stead.

The State Council publishes the calendar of a year late in the year before. A year that the
calendar (package chinesecalendar) lacks is refused, never guessed: `calendar.unpublished`.
Pure: a day in, a day out.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count

import chinese_calendar

from marketplace.core.errors import Refused

_DAY = timedelta(days=1)


class Unpublished(Refused):
    """The calendar of that year is not out yet; `facts` has the year."""

    def __init__(self, year: int) -> None:
        super().__init__("calendar.unpublished", year=year)
        self.year = year


def is_working(day: date) -> bool:
    """Whether it is worked on that day."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        raise Unpublished(day.year) from None


def next_working(day: date) -> date:
    """The day itself where it is worked, otherwise the first worked day after it.

    So a period ends whose last day is a holiday: 民法典 art. 203.
    """
    return next(one for one in _from(day, _DAY) if is_working(one))


def add(day: date, days: int) -> date:
    """The last day of a period of so many working days.

    The day on which it begins does not count (民法典 art. 201), worked or not; of a period of none
    the end is the first worked day.
    """
    if days < 0:
        raise ValueError("count backwards with subtract")
    return _step(day, days, _DAY) if days else next_working(day)


def subtract(day: date, days: int) -> date:
    """The worked day that lies so many working days before a day; of none, the last one by then."""
    if days < 0:
        raise ValueError("count forwards with add")
    return _step(day, days, -_DAY) if days else next(d for d in _from(day, -_DAY) if is_working(d))


def between(start: date, end: date) -> int:
    """How many working days run after the first day until the other, that one counted.

    Negative where the other comes first.
    """
    if end < start:
        return -between(end, start)
    return sum(is_working(start + _DAY * n) for n in range(1, (end - start).days + 1))


def _from(day: date, step: timedelta) -> Iterator[date]:
    return (day + step * n for n in count())


def _step(day: date, days: int, step: timedelta) -> date:
    left = days
    while left:
        day += step
        left -= is_working(day)
    return day
