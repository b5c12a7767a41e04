"""A bidder's own position, for his eyes only; and what of a log may be shown while it grows."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from marketplace.auctions.engine.deciding import minimum_next
from marketplace.auctions.engine.rules import Format
from marketplace.auctions.engine.state import Phase, State
from marketplace.auctions.engine.timing import price_at
from marketplace.auctions.models import Auction, AuctionEvent, Participant
from marketplace.auctions.services import door
from marketplace.auctions.services.intake import micros
from marketplace.core import clock
from marketplace.core.money import Money

# What would tell how many sealed bids there are, or who has sent one.
HIDDEN = frozenset({"enveloped"})
BEFORE_OPENING = frozenset({Phase.OPEN, Phase.OPENING, Phase.SUSPENDED})


@dataclass(frozen=True)
class Position:
    """Where a bidder stands: nobody else is told his maximum."""

    code: str
    maximum: Money | None
    leads: bool
    least: Money
    bids: int
    sealed: bool  # an envelope of his is in


def position(participant: Participant | None, auction: Auction) -> Position | None:
    """The position of a bidder who was admitted."""
    if participant is None or participant.code is None:
        return None
    state = door.state_of(auction)
    mine = state.bidders.get(participant.code)
    if mine is None:
        return None
    return Position(
        code=mine.code,
        maximum=None if mine.maximum is None else Money(auction.currency, mine.maximum),
        leads=state.leader == mine.code,
        least=Money(auction.currency, minimum_next(auction.rules, state, mine.code)),
        bids=mine.bids,
        sealed=mine.code in state.envelopes,
    )


def price_now(auction: Auction) -> Money | None:
    """The price that the public sees: the bid price, or the falling price of this moment."""
    if auction.format is Format.DUTCH and auction.state is Phase.OPEN:
        state: State = door.state_of(auction)
        return Money(auction.currency, price_at(auction.rules, state, micros(clock.now())))
    return auction.price


def shown(auction: Auction, events: Sequence[AuctionEvent]) -> list[dict[str, Any]]:
    """Lines of a log as the public may see them now: the published part, less what is still hidden."""
    hidden = HIDDEN if auction.state in BEFORE_OPENING else frozenset[str]()
    found = []
    for event in events:
        if event.kind in hidden:
            continue
        said = json.loads(event.body)
        public = said["public"] if event.kind != "published" else {}
        found.append(
            {
                "seq": event.seq,
                "kind": event.kind,
                "code": event.code,
                "at": event.at,
                "public": public,
                "hash": event.hash,
            }
        )
    return found
