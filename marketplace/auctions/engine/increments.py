"""By how much a bid has to exceed the price."""

from bisect import bisect_right
from collections.abc import Sequence

from marketplace.auctions.engine.rules import Rules

# Fen: below 10,000 yuan 100 yuan, below 50,000 500 yuan … (our own ladder, published with the rules).
LADDER: tuple[tuple[int, int], ...] = (
    (0, 100_00),
    (10_000_00, 500_00),
    (50_000_00, 2_000_00),
    (200_000_00, 5_000_00),
    (1_000_000_00, 20_000_00),
    (5_000_000_00, 50_000_00),
    (20_000_000_00, 200_000_00),
)
_FROM = [least for least, _ in LADDER]


def rung(price: int, ladder: Sequence[tuple[int, int]] = LADDER) -> int:
    """The step of a ladder at a price; both in minor units."""
    bounds = _FROM if ladder is LADDER else [least for least, _ in ladder]
    return ladder[max(bisect_right(bounds, price) - 1, 0)][1]


def increment(price: int, rules: Rules, extensions: int = 0) -> int:
    """The step at a price: fixed, or the ladder's; doubled after every so many extensions.

    The doubling is what ends an auction without a hard deadline, which would bring sniping back.
    """
    step = rules.step if rules.step is not None else rung(price)
    return int(step << min(extensions // rules.step_doubles_after, 40))
