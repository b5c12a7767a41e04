"""How the exchange's own book follows the clients' book. Pure.

The clients' book holds money of others, and for a while also ours: the fee that a settlement took off,
until it is swept. Whatever moves on those accounts is entered once in our own book, from the accountant's
side: what the clients' book holds for us, what was earned, what of it is tax, what it cost.

Signs as everywhere in the ledger: what we own or have spent is negative, what we owe or have earned positive.
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from marketplace.core.money import Money
from marketplace.payments import fees

HELD = "own:held_by_clients_book"
IN_TRANSIT = "own:in_transit"
BANK = "own:bank"
VAT = "own:vat:output"
RECEIVABLE = "own:receivable"


class Cause(StrEnum):
    """Why our part of the clients' book moved."""

    COMMISSION = "commission"
    FORFEIT = "forfeit"
    CHARGES = "charges"
    SWEEP = "sweep"
    RECEIVABLE = "receivable"
    OTHER = "other"


ACCOUNTS = {
    Cause.COMMISSION: "own:revenue:commission",
    Cause.FORFEIT: "own:revenue:forfeits",
    Cause.CHARGES: "own:expense:bank_charges",
    Cause.SWEEP: IN_TRANSIT,
    Cause.RECEIVABLE: RECEIVABLE,
    Cause.OTHER: "own:unexplained",
}
KEYS = (  # how the keys of transfers begin
    (re.compile(r"deal:\d+:"), Cause.COMMISSION),
    (re.compile(r"hold:\d+:"), Cause.FORFEIT),
    (re.compile(r"(bank_line|card):"), Cause.CHARGES),
    (re.compile(r"sweep:"), Cause.SWEEP),
    (re.compile(r"receivable:"), Cause.RECEIVABLE),
)


@dataclass(frozen=True)
class Moved:
    """A posting on an account of ours in the clients' book."""

    key: str  # of its transfer
    amount: Money
    on: date


def cause(key: str) -> Cause:
    """Why it moved, from the key of the transfer; a reversal has the cause of what it takes back."""
    return next((why for pattern, why in KEYS if pattern.match(key)), Cause.OTHER)


def entry(moved: Moved) -> dict[str, Money]:
    """The lines of our own book for a posting; they balance.

    A commission includes VAT, by the rate of the day. What a defaulting bidder forfeits is no price of a
    service and bears none.
    """
    why, amount = cause(moved.key), moved.amount
    if why is not Cause.COMMISSION:
        return {HELD: -amount, ACCOUNTS[why]: amount}
    taxed = fees.without_tax(amount, moved.on)
    return {HELD: -amount, ACCOUNTS[why]: taxed.net, VAT: taxed.tax}


def accrual(amount: Money, on: date) -> dict[str, Money]:
    """A fee is earned that the seller still owes: what it pays later is no second earning."""
    taxed = fees.without_tax(amount, on)
    return {RECEIVABLE: -amount, ACCOUNTS[Cause.COMMISSION]: taxed.net, VAT: taxed.tax}


def arrival(amount: Money) -> dict[str, Money]:
    """A sweep has reached our own bank account."""
    return {IN_TRANSIT: amount, BANK: -amount}
