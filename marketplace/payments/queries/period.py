"""An organisation's statement of a period: what stood at its beginning, what moved, what stands at its end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from marketplace.core.money import Money
from marketplace.core.policy import Actor
from marketplace.payments.queries.own import Movement, movements


@dataclass(frozen=True)
class Moved:
    """A movement, and the balance after it: all that we received less all that we paid in."""

    movement: Movement
    balance: Money


@dataclass(frozen=True)
class PeriodStatement:
    """Opening, lines and closing, in one currency; what we got counts up, what we paid in counts down."""

    currency: str
    since: date
    until: date
    opening: Money
    lines: tuple[Moved, ...]

    @property
    def closing(self) -> Money:
        """What stands at the end."""
        return self.lines[-1].balance if self.lines else self.opening

    def sum_of(self, *, paid: bool) -> Money:
        """Everything that went in, or that came out, in the period."""
        moved = [x.movement.amount.minor for x in self.lines if x.movement.paid is paid]
        return Money(self.currency, sum(moved))


def period(actor: Actor, *, since: date, until: date) -> list[PeriodStatement]:
    """Of the actor's own organisation, a currency at a time; both days included."""
    every = sorted(movements(actor, until=until), key=lambda one: (one.on, one.number))
    currencies = sorted({one.amount.currency for one in every}) or ["CNY"]
    return [_of(every, currency, since, until) for currency in currencies]


def _of(every: Sequence[Movement], currency: str, since: date, until: date) -> PeriodStatement:
    balance = 0
    lines: list[Moved] = []
    opening = 0
    for one in every:
        if one.amount.currency != currency:
            continue
        balance += -one.amount.minor if one.paid else one.amount.minor
        if one.on < since:
            opening = balance
        else:
            lines.append(Moved(one, Money(currency, balance)))
    return PeriodStatement(currency, since, until, Money(currency, opening), tuple(lines))
