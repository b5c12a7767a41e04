"""What came of it: read off the state after the close."""

from dataclasses import dataclass

from marketplace.auctions.engine.rules import Rules
from marketplace.auctions.engine.state import Bidder, Phase, State

_BEFORE = frozenset(
    {Phase.DRAFT, Phase.SUBMITTED, Phase.PUBLISHED, Phase.FREE, Phase.LIMITED, Phase.OPEN}
)


@dataclass(frozen=True)
class Outcome:
    """Sold or not, to whom, at what price, and who comes next at his own highest bid."""

    sold: bool
    winner: str | None = None
    price: int | None = None
    runner_up: str | None = None
    runner_up_price: int | None = None
    reason: str = ""


def outcome(_rules: Rules, state: State) -> Outcome:
    """The result; before the close an auction has none (`reason` running)."""
    if state.phase in _BEFORE or state.phase in {Phase.OPENING, Phase.SUSPENDED}:
        return Outcome(sold=False, reason="running")
    if state.phase in {Phase.WITHDRAWN, Phase.CANCELLED}:
        return Outcome(sold=False, reason=state.phase.value)
    winner = state.winner or state.exercised or state.leader
    price = state.award_price if state.award_price is not None else state.price
    if winner is None or price is None:
        return Outcome(sold=False, reason="no_bid")
    if not state.reserve_met:
        return Outcome(sold=False, reason="reserve")
    second = runner_up(state, winner)
    code, amount = second or (None, None)
    sold = state.phase is not Phase.FAILED
    return Outcome(sold, winner, price, code, amount, "" if sold else "default")


def runner_up(state: State, winner: str) -> tuple[str, int] | None:
    """The next best bidder who stands, and his own highest bid (I-37); of a tender, by the totals.

    Who led at the close, and was passed over for a holder of a right of first refusal, comes first, at the
    price that stood: how much further he would have gone stays closed.
    """
    out = {winner, *state.defaulted}
    rest = [
        b
        for b in state.bidders.values()
        if (b.maximum is not None or b.unlimited) and not b.excluded and b.code not in out
    ]
    if state.totals:  # below the least price nobody has a total, and nobody is asked
        rest = [b for b in rest if b.code in state.totals]
    if not rest:
        return None
    led = state.leader
    best = min(rest, key=lambda b: (b.code != led, -state.totals.get(b.code, 0), *_by_price(b)))
    return best.code, (state.price if best.code == led else best.maximum) or 0


def _by_price(one: Bidder) -> tuple[int, int, int]:
    return -(one.maximum or 0), one.rank or 10**6, one.seq or 0
