"""What is paid when: the agreed terms as lines of a schedule. Pure, in whole fen.

The price in one sum is one line. In instalments the first line is what the later ones leave of it, so
that the lines sum to the price to the fen. Milestones are lines besides the price.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from marketplace.core.money import Money
from marketplace.listings.termsheet import Pay

AFTER_EVENT = timedelta(days=15)  # to pay, from the confirmation: as the contract says
CALLED_BEFORE = timedelta(days=30)  # a payment whose latest day is so near is asked for
REMINDED_BEFORE = timedelta(days=7)
STANDARD_LATE_BPS = 5  # a day, where the terms say nothing
LEAST_FIRST_BPS = 3_000  # 企业国有资产交易监督管理办法 art. 28: thirty per cent down …
MOST_DAYS = 366  # … and the rest within a year


class What(StrEnum):
    """What a line is for."""

    WHOLE = "whole"
    FIRST = "first"
    INSTALMENT = "instalment"
    MILESTONE = "milestone"


@dataclass(frozen=True)
class Line:
    """A payment of the buyer: owed by a day, or by an event and at the latest by a day."""

    number: int
    what: What
    amount: Money
    due_on: date | None = None
    event: str = ""
    latest_on: date | None = None

    @property
    def besides(self) -> bool:
        """It is paid besides the price."""
        return self.what is What.MILESTONE


def lines(price: Money, pay: Pay, *, first_due: date | None = None) -> tuple[Line, ...]:
    """The schedule of a price on agreed terms. What comes to nothing is left out.

    `first_due` is the day by which the first payment is owed. Raises ValueError for terms that are not
    complete, or whose shares leave nothing for the first payment.
    """
    later = []
    for part in pay.instalments:
        if part.bps is None or part.due is None:
            raise ValueError("an instalment needs its share and its day")
        day = None if part.event else part.due
        amount = price.share(part.bps)
        later.append(Line(0, What.INSTALMENT, amount, day, part.event, part.due))
    first = price - total(later, price.currency)
    if first.minor < 0 or (price and not first):
        raise ValueError("the instalments leave nothing for the first payment")
    what = What.FIRST if any(line.amount for line in later) else What.WHOLE
    found = [Line(0, what, first, first_due, latest_on=first_due), *later]
    for milestone in pay.milestones:
        if milestone.amount is None:
            raise ValueError("a milestone needs its amount")
        found.append(
            Line(0, What.MILESTONE, milestone.amount, None, milestone.event, milestone.latest)
        )
    paid = [line for line in found if line.amount]
    return tuple(
        Line(number, one.what, one.amount, one.due_on, one.event, one.latest_on)
        for number, one in enumerate(paid, 1)
    )


def total(rows: Iterable[Line], currency: str) -> Money:
    """What lines of the price come to."""
    return Money(currency, sum(row.amount.minor for row in rows if not row.besides))


def due_after(reached: date, latest: date | None) -> date:
    """By when a line is owed whose event was confirmed on a day."""
    by_event = reached + AFTER_EVENT
    return by_event if latest is None else min(by_event, latest)


def late_interest(owed: Money, *, due: date | None, on: date, bps: int | None) -> Money:
    """What lateness has cost by a day, at the agreed daily rate: information, asked for by nobody."""
    days = max((on - due).days, 0) if due is not None else 0
    return owed.share((STANDARD_LATE_BPS if bps is None else bps) * days)


def state_sale_problem(pay: Pay, *, on: date) -> str | None:
    """What the rules of state-owned sales do not allow of these instalments; a code, or none.

    企业国有资产交易监督管理办法 art. 28: at least thirty per cent first, the rest secured and within a year.
    """
    if not pay.instalments:
        return None
    if 10_000 - sum(part.bps or 0 for part in pay.instalments) < LEAST_FIRST_BPS:
        return "sale.first_payment"
    if not pay.guarantee.strip():
        return "sale.guarantee"
    days = [part.due for part in pay.instalments if part.due is not None]
    return "sale.instalment_year" if max(days) > on + timedelta(days=MOST_DAYS) else None
