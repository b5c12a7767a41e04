"""What a broker earns of a price, and how co-brokers divide it. Pure.

A tier's rate applies to the part of the price within the tier, as tax brackets do. The commission
is net of VAT; the VAT is reckoned on it and stands apart. A split by basis points is exact: what
rounding down leaves goes fen by fen to the largest remainders, then to the first named.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from marketplace.core.money import Money

WHOLE = 10_000  # basis points


@dataclass(frozen=True)
class Tier:
    """A rate in basis points on the part of a price up to `upto`, in minor units; none: all above."""

    bps: int
    upto: int | None = None


@dataclass(frozen=True)
class FeeTable:
    """The fee of a mandate: tiers in rising order, and the least it comes to. Rates in basis points."""

    tiers: tuple[Tier, ...]
    minimum: int = 0  # minor units, net of VAT
    vat_bps: int = 600


@dataclass(frozen=True)
class Fee:
    """A commission, net, and the VAT on it."""

    net: Money
    vat: Money

    @property
    def gross(self) -> Money:
        """What is paid."""
        return self.net + self.vat


def wrong(table: FeeTable) -> str:
    """The code of what is wrong with a fee table; empty: nothing is."""
    if not table.tiers:
        return "mandate.fee_missing"
    if any(not 0 <= tier.bps <= WHOLE for tier in table.tiers) or not 0 <= table.vat_bps <= WHOLE:
        return "mandate.fee_rate"
    ends = [tier.upto for tier in table.tiers]
    if ends[-1] is not None or any(end is None for end in ends[:-1]):
        return "mandate.fee_tiers"
    rising = [end for end in ends if end is not None]
    if rising != sorted(set(rising)) or any(end <= 0 for end in rising):
        return "mandate.fee_tiers"
    return "mandate.fee_rate" if table.minimum < 0 else ""


def fee(price: Money, table: FeeTable) -> Fee:
    """The commission on a price of at least nothing. Raises ValueError for a price below."""
    if price.minor < 0:
        raise ValueError("a price is not below nothing")
    hundredths, begin = 0, 0  # fen times basis points, so that it is rounded once
    for tier in table.tiers:
        end = price.minor if tier.upto is None else min(price.minor, tier.upto)
        hundredths += max(0, end - begin) * tier.bps
        begin = max(begin, end)
    net = Money(price.currency, max(_rounded(hundredths), table.minimum) if price else 0)
    return Fee(net, net.share(table.vat_bps))


def _rounded(hundredths: int) -> int:
    """Half up, to the minor unit."""
    return (hundredths + WHOLE // 2) // WHOLE


def split(amount: Money, contributions: Sequence[tuple[int, int]]) -> Mapping[int, Money]:
    """An amount by contributions (organisation, basis points), which make up the whole.

    Raises ValueError where they do not, or name somebody twice.
    """
    parts = [bps for _, bps in contributions]
    if sum(parts) != WHOLE or any(part < 0 for part in parts):
        raise ValueError("contributions make up the whole")
    if len({who for who, _ in contributions}) != len(contributions):
        raise ValueError("everybody contributes once")
    floors = [amount.minor * part // WHOLE for part in parts]
    rests = [amount.minor * part % WHOLE for part in parts]
    left = amount.minor - sum(floors)
    order = sorted(range(len(parts)), key=lambda place: (-rests[place], place))
    for place in order[:left]:
        floors[place] += 1
    return {
        who: Money(amount.currency, floor)
        for (who, _), floor in zip(contributions, floors, strict=True)
    }
