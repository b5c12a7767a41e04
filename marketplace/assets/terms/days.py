"""Counting years and months as the offices do; what is left of a term."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta


def add_years(day: date, years: int) -> date:
    """The corresponding day; the last of the month where there is none (细则 art. 5)."""
    return add_months(day, 12 * years)


def add_months(day: date, months: int) -> date:
    """The corresponding day months later; the last of the month where there is none."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def day_before(day: date) -> date:
    """The last day of what ends where the given day begins."""
    return day - timedelta(days=1)


def expiry_event(last_day: date) -> date:
    """The day that the register dates the expiry: the day after the last day."""
    return last_day + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Remaining:
    """What is left of a term: whole years and months, and the days in all. Today counts."""

    days: int
    years: int
    months: int

    @property
    def over(self) -> bool:
        """Whether the last day has passed."""
        return self.days == 0


def remaining(last: date, today: date) -> Remaining:
    """What is left of a term on a day, the day and the last day included; zero once it has passed."""
    days = max((last - today).days + 1, 0)
    whole = 0
    while days and add_months(today, whole + 1) <= expiry_event(last):
        whole += 1
    return Remaining(days, whole // 12, whole % 12)
