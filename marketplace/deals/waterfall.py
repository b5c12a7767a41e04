"""Who gets what of a price, in which order, to the fen. Pure.

While a pledge stands, its holder comes before everybody, the exchange's commission included: the
proceeds of a pledged right go to the pledgee, early, or are deposited (民法典 art. 444). What may
not go to a pledgee yet is deposited (提存, art. 570 to 574): its claim is not due, disputed or
unknown, or it has no account with us. Then come the withheld taxes, the commission, what of it an
earlier release left owing, and the brokers; the seller gets the rest. The parts sum to the price (invariant L-07).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from marketplace.core.money import Money


class Part(StrEnum):
    """What a line is for."""

    LENDER = "lender"
    DEPOSIT = "deposit"  # for a pledgee who cannot be paid yet
    TAX = "tax"
    PLATFORM = "platform"
    ARREARS = "arrears"  # commission that an earlier release was short of, set off (art. 568)
    BROKER = "broker"
    SELLER = "seller"


class Held(StrEnum):
    """Why a pledgee's money is deposited and not sent."""

    UNKNOWN_SUM = "unknown_sum"
    DISPUTED = "disputed"
    NOT_DUE = "not_due"
    NO_ACCOUNT = "no_account"


@dataclass(frozen=True)
class Claim:
    """What a pledge secures; `pledge` names it, `lender` is the organisation where it is one of ours.

    `amount` is the sum on `as_of`, None where nobody stated it; `per_day` runs after that day.
    """

    pledge: int
    lender: int | None
    amount: Money | None
    as_of: date | None = None
    per_day: Money | None = None
    due_on: date | None = None
    disputed: bool = False
    paid: Money | None = None  # out of earlier instalments, deposits included

    def on(self, day: date) -> Money | None:
        """The claim on a day, less what was paid; None: unknown. Never below nothing."""
        if self.amount is None:
            return None
        owed = self.amount
        if self.per_day is not None and self.as_of is not None and day > self.as_of:
            owed += Money(owed.currency, self.per_day.minor * (day - self.as_of).days)
        if self.paid is not None:
            owed -= self.paid
        return max(owed, Money(owed.currency, 0))

    def held(self, day: date) -> Held | None:
        """Why it is deposited and not paid; None: it is paid."""
        if self.disputed:
            return Held.DISPUTED
        if self.amount is None:
            return Held.UNKNOWN_SUM
        if self.due_on is not None and self.due_on > day:
            return Held.NOT_DUE
        return Held.NO_ACCOUNT if self.lender is None else None


@dataclass(frozen=True)
class Tax:
    """A tax that the buyer is bound to withhold; `name` is a word of ours for it."""

    name: str
    amount: Money


class Share(NamedTuple):
    """A broker's part; `claim` names the claim to commission that it belongs to."""

    payee: int
    amount: Money
    claim: int | None = None


@dataclass(frozen=True)
class Line:
    """One part of the price."""

    part: Part
    amount: Money
    payee: int | None = None  # the organisation; none: the exchange, a tax office, a deposit
    pledge: int | None = None
    tax: str = ""
    held: Held | None = None
    claim: int | None = None  # a broker's


@dataclass(frozen=True)
class Split:
    """The lines, which sum to the price, and what the price did not reach for.

    `commission_owed` and `brokers_owed` are claims on the seller from here on; `taxes_short` the
    buyer still owes the tax office.
    """

    lines: tuple[Line, ...]
    commission_owed: Money
    brokers_owed: tuple[tuple[int, Money], ...]
    taxes_short: Money

    @property
    def total(self) -> Money:
        """The price again."""
        currency = self.commission_owed.currency
        return Money(currency, sum(line.amount.minor for line in self.lines))

    def of(self, part: Part) -> Money:
        """What the lines of one kind come to."""
        currency = self.commission_owed.currency
        return Money(currency, sum(x.amount.minor for x in self.lines if x.part is part))


class _Rest:
    """What is left of the price while one after the other takes from it."""

    def __init__(self, price: Money) -> None:
        self.left = price

    def take(self, wanted: Money) -> Money:
        """As much of it as there is."""
        part = min(self.left, wanted)
        self.left -= part
        return part


def split(
    price: Money,
    *,
    on: date,
    seller: int,
    commission: Money,
    claims: Iterable[Claim] = (),
    taxes: Iterable[Tax] = (),
    arrears: Money | None = None,
    brokers: Sequence[Share] = (),
) -> Split:
    """Divide a price, or an instalment, on a day. Claims in the order of their rank.

    `arrears`: commission that the seller owes from earlier releases. What is not reached stays owed.
    A claim in another currency than the price counts as unknown: it takes what is left, deposited.
    Raises ValueError where an amount is below nothing.
    """
    taxes = tuple(taxes)
    arrears = arrears or Money(price.currency, 0)
    wanted = [
        price,
        commission,
        arrears,
        *(tax.amount for tax in taxes),
        *(one.amount for one in brokers),
    ]
    if any(one.minor < 0 for one in wanted):
        raise ValueError("a part of a price is not below nothing")
    rest = _Rest(price)
    lines = [_to_pledgee(claim, rest, on) for claim in claims]
    short = Money(price.currency, 0)
    for tax in taxes:
        part = rest.take(tax.amount)
        lines.append(Line(Part.TAX, part, tax=tax.name))
        short += tax.amount - part
    kept = rest.take(commission)
    lines.append(Line(Part.PLATFORM, kept))
    lines.append(Line(Part.ARREARS, rest.take(arrears)))
    owed_to_brokers = []
    for one in brokers:
        part = rest.take(one.amount)
        lines.append(Line(Part.BROKER, part, payee=one.payee, claim=one.claim))
        owed_to_brokers.append((one.payee, one.amount - part))
    lines.append(Line(Part.SELLER, rest.left, payee=seller))
    return Split(
        tuple(line for line in lines if line.amount),
        commission - kept,
        tuple((broker, owed) for broker, owed in owed_to_brokers if owed),
        short,
    )


def _to_pledgee(claim: Claim, rest: _Rest, day: date) -> Line:
    owed = claim.on(day)
    held = claim.held(day)
    if owed is None or owed.currency != rest.left.currency:
        held, owed = held or Held.UNKNOWN_SUM, rest.left
    part = rest.take(owed)
    if held is None:
        return Line(Part.LENDER, part, payee=claim.lender, pledge=claim.pledge)
    return Line(Part.DEPOSIT, part, payee=claim.lender, pledge=claim.pledge, held=held)


def due_by_now(whole: Money, *, released: Money, price: Money) -> Money:
    """So much of a charge on the whole price falls on what has been released, rounded down.

    With the last instalment it is the whole charge: no fen is lost between the parts.
    """
    if released >= price:
        return whole
    return Money(whole.currency, whole.minor * released.minor // price.minor)
