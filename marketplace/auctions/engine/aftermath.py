"""After the close: rights of first refusal, award, default, the runner-up, the end."""

from marketplace.auctions.engine.asked import Asked, Found
from marketplace.auctions.engine.outcome import runner_up
from marketplace.auctions.engine.state import Event, Phase, Refusal
from marketplace.auctions.engine.timing import DAY

LEAST_DAYS = 15  # 最高人民法院 民法典物权编解释（一） art. 11, unless agreed otherwise


def await_priority(asked: Asked) -> Found:
    """The holders have been told the full terms; they have their days (I-36)."""
    holders, until = asked.argument("holders", ()), asked.argument("until")
    if not asked.state.reserve_met or asked.state.leader is None:
        return Refusal("auction.not_sold")
    least = asked.at + max(asked.rules.priority_days, 0) * DAY
    if not holders or type(until) is not int or until < least:
        return Refusal("auction.bad_window", {"least": least})
    return (asked.event("priority_awaited", holders=list(holders), until=until),)


def exercise(asked: Asked) -> Found:
    """A holder takes it at the same price and terms; the first who does."""
    holder = asked.argument("holder")
    if refusal := _not_holder(asked, holder):
        return refusal
    return (asked.event("exercised", code=holder, holder=holder, price=asked.state.price),)


def waive(asked: Asked) -> Found:
    """A holder lets it go."""
    holder = asked.argument("holder")
    if refusal := _not_holder(asked, holder):
        return refusal
    return (asked.event("waived", holder=holder),)


def _not_holder(asked: Asked, holder: object) -> Refusal | None:
    state = asked.state
    if holder not in state.holders:
        return Refusal("auction.no_priority")
    if state.exercised is not None:
        return Refusal("auction.exercised")
    if state.holders_until is not None and asked.at >= state.holders_until:
        return Refusal("auction.window_over", {"until": state.holders_until})
    return None


def award(asked: Asked) -> Found:
    """To the holder who exercised, else to the leader once the days are over or all have waived."""
    state = asked.state
    if state.leader is None or state.price is None or not state.reserve_met:
        return Refusal("auction.not_sold")
    if state.phase is Phase.PRIORITY and state.exercised is None and state.holders:
        until = state.holders_until or 0
        if asked.at < until:
            return Refusal("auction.window_open", {"until": until})
    winner = state.exercised or state.leader
    return (_awarded(asked, winner, state.price),)


def _awarded(asked: Asked, winner: str, price: int) -> Event:
    return asked.event("awarded", code=winner, price=price)


def default(asked: Asked) -> Found:
    """The buyer has not signed or paid."""
    reason = str(asked.argument("reason", ""))
    return (asked.event("defaulted", code=asked.state.winner, reason=reason),)


def fall_back(asked: Asked) -> Found:
    """The runner-up is asked, at his own highest bid; not below the reserve (I-37)."""
    state = asked.state
    found = runner_up(state, "")
    if found is None or found[1] < (asked.reserve or 0):
        return Refusal("auction.no_runner_up")
    code, price = found
    return (asked.event("fell_back", code=code, price=price),)


def accept_fallback(asked: Asked) -> Found:
    """He takes it; nobody else can say so for him."""
    state = asked.state
    if asked.command.code != state.candidate or state.candidate is None:
        return Refusal("auction.not_runner_up")
    return (_awarded(asked, state.candidate, state.candidate_price or 0),)


def refuse_fallback(asked: Asked) -> Found:
    """He lets it go, or has not answered in time; then nothing is sold."""
    code = asked.command.code
    if code is not None and code != asked.state.candidate:
        return Refusal("auction.not_runner_up")
    return (
        asked.event("fallback_refused", code=asked.state.candidate),
        asked.event("failed", reason="default"),
    )


def fail(asked: Asked) -> Found:
    """Nothing comes of it."""
    return (asked.event("failed", reason=str(asked.argument("reason", ""))),)


def settle(asked: Asked) -> Found:
    """The deal is done."""
    return (asked.event("settled"),)
