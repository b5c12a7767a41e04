"""The exchange's fees, from the published and dated table beside this file. Pure.

Each part of a price is charged at its own rate, so that a price one fen higher never leaves the seller
less: what the seller keeps grows with the price (the property that the tests hold it to).
"""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Any

from marketplace.core import tables
from marketplace.core.money import EXPONENTS, Money

FILE = Path(__file__).with_name("fees.yaml")


@dataclass(frozen=True)
class Tier:
    """A part of the price and its rate in basis points; `up_to` in major units, none: the rest."""

    rate: int
    up_to: int | None = None


@dataclass(frozen=True)
class Tariff:
    """The commission as published on a day."""

    since: date
    tiers: tuple[Tier, ...]

    def parts(self, price: Money) -> list[tuple[Tier, Money]]:
        """What of the price falls into each tier, lowest first; empty tiers are left out."""
        found, below = [], 0
        for tier in self.tiers:
            end = price.minor
            if tier.up_to is not None:
                end = min(end, tier.up_to * 10 ** EXPONENTS[price.currency])
            if end > below:
                found.append((tier, Money(price.currency, end - below)))
                below = end
        return found

    def commission(self, price: Money) -> Money:
        """The fee of a price, VAT included; rounded once, half up, to the minor unit."""
        exact = sum(
            (Decimal(part.minor) * tier.rate / 10_000 for tier, part in self.parts(price)),
            start=Decimal(0),
        )
        return Money(price.currency, int(exact.quantize(Decimal(1), ROUND_HALF_UP)))


@dataclass(frozen=True)
class Taxed:
    """An amount that includes VAT, taken apart: the parts are the whole."""

    net: Money
    tax: Money
    rate: int


def tariff(on: date) -> Tariff:
    """The commission table in force on a day; the first one for days before all of them."""
    return Tariff(**_entry("commission", on))


def tariffs() -> list[Tariff]:
    """Every table that was ever published, oldest first."""
    return [Tariff(**one) for one in _tables()["commission"]]


def without_tax(gross: Money, on: date) -> Taxed:
    """Net and VAT of an amount that includes it, by the rate of the day (增值税法 art. 10).

    Tax is rounded half up to the minor unit, the same way for an amount taken back.
    """
    rate = int(_entry("value_added_tax", on)["rate"])
    exact = Decimal(gross.minor) * rate / (10_000 + rate)
    tax = Money(gross.currency, int(exact.quantize(Decimal(1), ROUND_HALF_UP)))
    return Taxed(gross - tax, tax, rate)


def _entry(name: str, on: date) -> dict[str, Any]:
    entries = _tables()[name]
    begun = [one for one in entries if one["since"] <= on]
    return begun[-1] if begun else entries[0]


@cache
def _tables() -> dict[str, list[dict[str, Any]]]:
    read: dict[str, list[dict[str, Any]]] = tables.read(FILE)
    for entry in read["commission"]:
        entry["tiers"] = tuple(Tier(**one) for one in entry["tiers"])
    return {name: sorted(entries, key=lambda one: one["since"]) for name, entries in read.items()}
