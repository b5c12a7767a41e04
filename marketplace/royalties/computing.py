"""What a reported base comes to under the terms of a licence. Pure, in whole minor units.

Rates are marginal over the base of a contract year, and rounded once over the year so far: the
quarters of a year always sum to what the year as a whole would have cost, to the fen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from marketplace.core.money import Money

STANDARD_LATE_BPS = 5  # a day: 万分之五, as the contract says where nothing else is agreed
FULL = 10_000


@dataclass(frozen=True)
class Step:
    """From this yearly base upwards, this rate in basis points."""

    above: int  # minor units
    bps: int


@dataclass(frozen=True)
class Rates:
    """What the terms say of money: steps from nothing upwards, a minimum and caps."""

    currency: str
    steps: Sequence[Step]
    minimum: int | None = None  # a contract year
    cap_year: int | None = None
    cap_total: int | None = None


@dataclass(frozen=True)
class Before:
    """What went before, in minor units: the base and the royalty of this contract year, all royalty."""

    base: int = 0
    royalty: int = 0
    total: int = 0


@dataclass(frozen=True)
class Worked:
    """A period's royalty and how it came about: what runs, the top-up to the minimum, the cap's cut."""

    running: Money
    top_up: Money
    cut: Money

    @property
    def royalty(self) -> Money:
        """What is owed for the period."""
        return self.running + self.top_up - self.cut


def running(rates: Rates, base: int) -> int:
    """The royalty on a year's base, without minimum and cap, rounded half up once."""
    exact = Decimal(0)
    for place, step in enumerate(rates.steps):
        end = rates.steps[place + 1].above if place + 1 < len(rates.steps) else base
        part = min(base, end) - step.above
        if part > 0:
            exact += Decimal(part) * step.bps / FULL
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))


def work_out(rates: Rates, base: int, before: Before, *, year_share: tuple[int, int]) -> Worked:
    """The royalty of a period whose base is reported.

    `year_share`: days of the contract year that the minimum counts for, and days of a whole one, where
    the period closes the year; (0, 1) where it does not. A base below nothing counts as nothing.
    """
    base = max(base, 0)
    runs = running(rates, before.base + base) - running(rates, before.base)
    days, whole = year_share
    least = (rates.minimum or 0) * days // whole
    top_up = max(0, least - before.royalty - runs) if days else 0
    owed = runs + top_up
    room = owed
    if rates.cap_year is not None:
        room = min(room, max(0, rates.cap_year - before.royalty))
    if rates.cap_total is not None:
        room = min(room, max(0, rates.cap_total - before.total))
    return Worked(
        Money(rates.currency, runs),
        Money(rates.currency, top_up),
        Money(rates.currency, owed - room),
    )


def late_interest(owed: Money, *, days: int, bps: int | None) -> Money:
    """What lateness costs: a daily rate on what was owed, rounded half up; nothing for days below one."""
    return owed.share((STANDARD_LATE_BPS if bps is None else bps) * max(days, 0))
