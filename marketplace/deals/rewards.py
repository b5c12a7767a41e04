"""How an owner's net income of a deal is shared with its inventors. Pure, in whole fen.

促进科技成果转化法 art. 45: where neither a rule nor an agreement says otherwise, those who made the result
and transferred it get no less than half of the net income. Information: nobody is paid by it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from marketplace.core.money import Money

FLOOR_BPS = 5_000
WHOLE = 10_000


@dataclass(frozen=True)
class Inventor:
    """Somebody who made the result, and the share of all inventors' part, in basis points."""

    name: str
    bps: int


@dataclass(frozen=True)
class Shared:
    """The net income, the inventors' part of it, and each one's."""

    income: Money
    costs: Money
    net: Money
    part: Money
    each: tuple[tuple[Inventor, Money], ...]

    @property
    def owner(self) -> Money:
        """What stays with the owner."""
        return self.net - self.part


def divide(income: Money, costs: Money, share_bps: int, inventors: Sequence[Inventor]) -> Shared:
    """Share the net income. The last inventor takes what rounding leaves: no fen is lost.

    Costs above the income leave nothing to share. The inventors' shares come to the whole, or there are
    none. Raises ValueError where they do not.
    """
    if inventors and sum(one.bps for one in inventors) != WHOLE:
        raise ValueError("the inventors' shares come to the whole")
    net = max(income - costs, Money(income.currency, 0))
    part = net.share(share_bps)
    each, given = [], 0
    for one in inventors[:-1]:
        amount = Money(income.currency, part.minor * one.bps // WHOLE)
        each.append((one, amount))
        given += amount.minor
    if inventors:
        each.append((inventors[-1], Money(income.currency, part.minor - given)))
    return Shared(income, costs, net, part, tuple(each))
