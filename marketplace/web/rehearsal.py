"""A rehearsal: the real engine with invented bidders, so that a seller sees his rules at work."""

import random
from dataclasses import dataclass, replace

from marketplace.auctions.engine.deciding import decide_all, minimum_next
from marketplace.auctions.engine.rules import Rules
from marketplace.auctions.engine.state import Command, Event, State
from marketplace.auctions.engine.timing import MINUTE, drain
from marketplace.auctions.models import Auction
from marketplace.core.money import Money


@dataclass(frozen=True)
class Rehearsal:
    """What happened to the invented bidders."""

    price: Money | None
    leader: str | None
    bids: int
    extensions: int
    path: list[tuple[str, Money]]


def run(auction: Auction, bidders: int) -> Rehearsal:
    """One run; the same auction and number give the same run. No reserve: it is the seller's secret."""
    rules = replace(auction.rules, has_reserve=False, reserve_commitment=None, guide=None)
    chance = random.Random(f"{auction.reference}:{bidders}")  # noqa: S311 -- a rehearsal, not a lot
    codes = [f"R{n:02d}" for n in range(1, bidders + 1)]
    worth = {code: rules.start * chance.randint(80, 260) // 100 for code in codes}
    commands = [(0, Command("publish"))]
    commands += [(1, Command("admit", None, {"code": code})) for code in codes]
    state, _ = decide_all(rules, State(), commands, {"reserve": None})
    state, more = _bid(rules, state, worth, chance)
    path = [
        (event.code or "", Money(auction.currency, event.public["price"]))
        for event in more
        if event.kind == "bid"
    ]
    price = None if state.price is None else Money(auction.currency, state.price)
    return Rehearsal(price, state.leader, state.bids, state.extensions, path[-40:])


def _bid(
    rules: Rules, state: State, worth: dict[str, int], chance: random.Random
) -> tuple[State, list[Event]]:
    """Each bids by small steps up to what it is worth to him, half of them late."""
    at = rules.opens_at
    found: list[Event] = []
    for _ in range(400):
        rivals = [
            c for c in worth if c != state.leader and minimum_next(rules, state, c) <= worth[c]
        ]
        late = at >= (rules.free_ends_at or rules.ends_at)
        if not rivals:
            break
        code = chance.choice(rivals)
        least = minimum_next(rules, state, code)
        amount = min(worth[code], least + chance.randint(0, 3) * (least // 50))
        amount -= amount % rules.tick
        at += chance.randint(5, 90) * MINUTE // (30 if late else 1)
        command = Command("bid", code, {"amount": amount, "salt": "", "confirmed": True})
        state, more = _go_on(rules, state, [(at, Command("clock")), (at, command)])
        found += more
    end = (state.ends_at or at) + drain(rules)
    for moment in (end, end + 24 * 60 * MINUTE):
        state, more = _go_on(rules, state, [(moment, Command("clock"))])
        found += more
    return state, found


def _go_on(
    rules: Rules, state: State, commands: list[tuple[int, Command]]
) -> tuple[State, list[Event]]:
    """From a state on."""
    return decide_all(rules, state, commands, {"reserve": None})
