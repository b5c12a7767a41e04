"""What a broker's grade comes to on a day, from the items kept about it. Pure.

Every fault costs the points of the table that was in force on its day, for as long as that table says; praise
makes good what faults cost and never lifts anybody above the start. The order of items does not count.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Letter(StrEnum):
    """The grades, the best first."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


@dataclass(frozen=True)
class Cost:
    """What a kind of fault costs, how many months it counts, and after how many it may be repaired."""

    points: int
    life: int
    repair: int | None  # none: it is not repaired


@dataclass(frozen=True)
class Praise:
    """What a well rated deal brings: points each, at most so many, counted so many months."""

    each: int
    most: int
    months: int
    quarters: int  # a rating counts as good from this sum of its four scores on


@dataclass(frozen=True)
class Table:
    """The points in force from a day on."""

    since: date
    start: int
    least: Mapping[Letter, int]  # of points, for each grade
    costs: Mapping[str, Cost]
    praise: Praise


@dataclass(frozen=True)
class Item:
    """A fault on record: its kind, its day, and the day from which it counts no more, if any."""

    key: str
    code: str
    on: date
    lifted_on: date | None = None


@dataclass(frozen=True)
class Grade:
    """The points and the letter, and what they are made of."""

    points: int
    letter: Letter
    lost: int
    gained: int


def months_after(day: date, months: int) -> date:
    """The same day so many months later; the month's last day where there is no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for number in range(day.day, 27, -1):
        try:
            return date(year, month + 1, number)
        except ValueError:
            continue
    return date(year, month + 1, min(day.day, 28))


def table_on(tables: Sequence[Table], day: date) -> Table:
    """The table in force on a day; before the first one, the first."""
    begun = [one for one in tables if one.since <= day]
    return max(begun or [min(tables, key=lambda one: one.since)], key=lambda one: one.since)


def cost_of(tables: Sequence[Table], item: Item) -> Cost:
    """What an item costs, by the table of its own day."""
    return table_on(tables, item.on).costs[item.code]


def expires_on(tables: Sequence[Table], item: Item) -> date:
    """The first day on which it does not count any more by itself."""
    return months_after(item.on, cost_of(tables, item).life)


def repairable_from(tables: Sequence[Table], item: Item) -> date | None:
    """The first day on which repair may be applied for; None: never."""
    months = cost_of(tables, item).repair
    return None if months is None else months_after(item.on, months)


def counts(tables: Sequence[Table], item: Item, day: date) -> bool:
    """Whether an item costs anything on a day."""
    lifted = item.lifted_on is not None and item.lifted_on <= day
    return item.on <= day < expires_on(tables, item) and not lifted


def letter_of(table: Table, points: int) -> Letter:
    """The grade of so many points."""
    return next((one for one in Letter if points >= table.least[one]), Letter.D)


def grade(
    tables: Sequence[Table], items: Iterable[Item], praised: Iterable[date], day: date
) -> Grade:
    """The grade on a day. `praised`: the days of the well rated deals."""
    table = table_on(tables, day)
    lost = sum(cost_of(tables, item).points for item in items if counts(tables, item, day))
    good = sum(1 for on in praised if on <= day < months_after(on, table.praise.months))
    gained = min(good * table.praise.each, table.praise.most)
    points = max(0, min(table.start, table.start - lost + gained))
    return Grade(points, letter_of(table, points), lost, gained)
