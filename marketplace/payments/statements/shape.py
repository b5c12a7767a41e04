"""One shape for every statement: balances, entries, and what is odd about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any

from babel.numbers import get_currency_precision

from marketplace.core.errors import Invalid

LARGEST = Decimal(10) ** 15  # more than that is a slip of the file, not money


@cache
def exponent(currency: str) -> int:
    """Decimal places of a currency (ISO 4217, by way of CLDR)."""
    return get_currency_precision(currency)


def minor_units(amount: Decimal, currency: str) -> int:
    """Major units to minor ones, exactly; finer or huger than money is an error (ValueError)."""
    minor = amount.scaleb(exponent(currency))
    if abs(amount) >= LARGEST or minor != minor.to_integral_value():
        raise ValueError(f"no amount of {currency}: {amount}")
    return int(minor)


def in_major_units(minor: int, currency: str) -> str:
    """Minor units as a decimal string, exactly."""
    return f"{Decimal(minor).scaleb(-exponent(currency)):f}"


def amount_in(text: str) -> Decimal:
    """A number as banks write it: ¥, thousands marks and blanks do not matter. ValueError else."""
    plain = "".join(sign for sign in text if sign not in ",，¥￥ \t\u00a0\u3000")
    try:
        figure = Decimal(plain)
    except InvalidOperation:
        raise ValueError(f"no amount: {text.strip()!r}") from None
    if not figure.is_finite():
        raise ValueError(f"no amount: {text.strip()!r}")
    return figure


def unreadable(code: str, **facts: Any) -> Invalid:
    """A file refused as a whole: nothing of it is booked."""
    return Invalid(code, fields={"statement": code}, **facts)


@dataclass(frozen=True)
class Entry:
    """One movement: credited is above zero, debited below; `minor` in minor units."""

    booked_on: date
    minor: int
    currency: str
    reference: str = ""  # the bank's own number of it
    counterparty: str = ""
    counterparty_account: str = ""
    text: str = ""  # what the payer wrote, and what the bank added
    value_on: date | None = None
    balance: int | None = None  # the account's after it, where the bank says so
    counts: bool = True  # False: pending, closed, or a movement inside the payer's own pockets

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON, amounts as decimal strings."""
        return {
            "date": self.booked_on.isoformat(),
            "value_date": self.value_on.isoformat() if self.value_on else None,
            "amount": in_major_units(self.minor, self.currency),
            "currency": self.currency,
            "reference": self.reference or None,
            "counterparty": self.counterparty or None,
            "counterparty_account": self.counterparty_account or None,
            "text": self.text or None,
            "balance": None
            if self.balance is None
            else in_major_units(self.balance, self.currency),
            "counts": self.counts,
        }


@dataclass(frozen=True)
class Remark:
    """What is odd about a statement: a code with words (enums `statement_remark.*`), its facts."""

    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Statement:
    """An account over some days. Balances are None where the bank does not tell them."""

    format: str
    account: str
    currency: str
    entries: tuple[Entry, ...]
    number: str = ""
    opening: int | None = None
    closing: int | None = None
    chain_holds: bool | None = None  # each entry's own balance follows from the one before
    remarks: tuple[Remark, ...] = ()

    @property
    def net(self) -> int:
        """The sum of what counts, in minor units."""
        return sum(entry.minor for entry in self.entries if entry.counts)

    @property
    def balances(self) -> bool | None:
        """Opening and entries make closing, entry by entry where possible. None: cannot be told."""
        if self.chain_holds is False:
            return False
        if self.opening is None or self.closing is None:
            return None
        return self.opening + self.net == self.closing

    @property
    def all_remarks(self) -> tuple[Remark, ...]:
        """With the want of balance, if it is one, in front."""
        if self.balances is not False:
            return self.remarks
        if self.chain_holds is False:
            return (Remark("statement.out_of_order"), *self.remarks)
        gap = (self.closing or 0) - (self.opening or 0) - self.net
        shown = in_major_units(gap, self.currency)
        return (Remark("statement.unbalanced", {"gap": shown}), *self.remarks)

    @property
    def days(self) -> tuple[date, date] | None:
        """The first and the last day on which something moved."""
        booked = [entry.booked_on for entry in self.entries]
        return (min(booked), max(booked)) if booked else None

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON, amounts as decimal strings."""

        def shown(minor: int | None) -> str | None:
            return None if minor is None else in_major_units(minor, self.currency)

        return {
            "format": self.format,
            "account": self.account,
            "number": self.number or None,
            "currency": self.currency,
            "opening": shown(self.opening),
            "closing": shown(self.closing),
            "transactions": [entry.as_dict() for entry in self.entries],
            "net": shown(self.net),
            "balances": self.balances,
            "remarks": [{"code": one.code, **one.facts} for one in self.all_remarks],
        }


def squeezed(*parts: str | None) -> str:
    """Texts in one line, blanks made single, nothing said twice in a row."""
    said: list[str] = []
    for part in parts:
        plain = " ".join((part or "").split()).strip("-/ ")
        if plain and (not said or plain != said[-1]):
            said.append(plain)
    return " ".join(said)
