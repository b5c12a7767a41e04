"""The result of a tender: prices, points, totals and places, read off the log for everybody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marketplace.auctions.engine.rules import Format
from marketplace.auctions.engine.sealed import price_score
from marketplace.auctions.models import Auction
from marketplace.auctions.services import door


@dataclass(frozen=True)
class Ranked:
    """A bidder's line; thousandths of a point. Who reached no total has no place."""

    code: str
    place: int | None
    amount: int | None  # none: the envelope was void
    price_points: int | None
    means: Sequence[int]
    points: Sequence[Sequence[int]]  # of each juror, by criterion
    total: int | None  # weights in basis points times thousandths


def ranking(auction: Auction) -> list[Ranked]:
    """Every bidder, the best first; nobody before the prices are opened."""
    if auction.format is not Format.TENDER:
        return []
    said: dict[str, Mapping[str, Any]] = {
        event.kind: event.public
        for event in door.log_of(auction.id)
        if event.kind in {"scored", "unsealed"}
    }
    if set(said) != {"scored", "unsealed"}:
        return []
    bidders, totals = door.state_of(auction).bidders, said["unsealed"]["totals"]
    amounts = {one["code"]: one["amount"] for one in said["unsealed"]["opened"]}
    best = max((amounts[code] for code in totals), default=0)
    order = sorted(totals, key=lambda c: (-totals[c], -amounts[c], bidders[c].seq or 0))
    rest = sorted(set(said["scored"]["means"]) - set(order))
    return [
        Ranked(
            code=code,
            place=place if code in totals else None,
            amount=amounts.get(code),
            price_points=price_score(amounts[code], best) if code in totals else None,
            means=said["scored"]["means"][code],
            points=said["scored"]["scores"][code],
            total=totals.get(code),
        )
        for place, code in enumerate([*order, *rest], start=1)
    ]
