"""The periods of a licence's royalties, and the days allowed. Pure.

As the contract says: a statement within 30 days of the end of each calendar quarter, payment within
15 days after it. Where a contract year ends inside a quarter, the quarter has two periods, so that
minimum, cap and yearly rates have a year of their own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

REPORT_DAYS = 30
PAY_DAYS = 15
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """Both days included; `year` counts contract years from one."""

    number: int
    begins: date
    ends: date
    year: int
    closes_year: bool
    year_days: tuple[
        int, int
    ]  # of the contract year: days that the licence runs in it, all its days

    @property
    def report_by(self) -> date:
        """The last day for the statement."""
        return self.ends + timedelta(days=REPORT_DAYS)

    @property
    def year_share(self) -> tuple[int, int]:
        """For the minimum: the share of the year where the period closes it."""
        return self.year_days if self.closes_year else (0, 1)


def pay_by(period_ends: date, reported: date) -> date:
    """A late statement does not put payment off."""
    latest = period_ends + timedelta(days=REPORT_DAYS)
    return min(reported, latest) + timedelta(days=PAY_DAYS)


def anniversary(start: date, years: int) -> date:
    """The same day some years later; 29 February becomes 1 March where there is none."""
    try:
        return start.replace(year=start.year + years)
    except ValueError:
        return date(start.year + years, 3, 1)


def quarter_end(day: date) -> date:
    """The last day of the calendar quarter."""
    month = (day.month - 1) // 3 * 3 + 4
    return date(day.year + month // 13, (month - 1) % 12 + 1, 1) - DAY


def periods(start: date, last: date | None) -> Iterator[Period]:
    """Every period from the first day on, without end where the licence has none."""
    number, begins = 0, start
    while last is None or begins <= last:
        number += 1
        year = begins.year - start.year + (begins >= anniversary(start, begins.year - start.year))
        opened, closed = anniversary(start, year - 1), anniversary(start, year) - DAY
        stops = closed if last is None else min(closed, last)
        ends = min(quarter_end(begins), stops)
        shares = ((stops - opened).days + 1, (closed - opened).days + 1)
        yield Period(number, begins, ends, year, ends == stops, shares)
        begins = ends + DAY
