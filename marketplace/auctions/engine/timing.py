"""When things happen. Every reader of an end uses `State.ends_at`; nobody works it out again."""

from marketplace.auctions.engine.rules import SECOND, Format, Rules
from marketplace.auctions.engine.state import Phase, State

MILLISECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def drain(rules: Rules) -> int:
    """Microseconds that a closer waits after an end, so that timely bids have got their lock."""
    return rules.drain_ms * MILLISECOND


def cycle(rules: Rules) -> int:
    """Microseconds that a moving bid leaves to the others."""
    return rules.cycle * SECOND


def price_at(rules: Rules, state: State, at: int) -> int:
    """DUTCH: the price at a moment; never below the floor, never rising (I-20)."""
    passed = max(at - rules.opens_at - state.shift, 0)
    falls = passed // (_interval(rules) * SECOND)
    return max(_floor(rules), rules.start - falls * (rules.decrement or 0))


def dutch_end(rules: Rules, shift: int = 0) -> int:
    """The floor is reached, and held for one interval."""
    decrement = rules.decrement or 1
    falls = -(-(rules.start - _floor(rules)) // decrement)
    return rules.opens_at + shift + (falls + 1) * _interval(rules) * SECOND


def _floor(rules: Rules) -> int:
    return rules.floor if rules.floor is not None else rules.start


def _interval(rules: Rules) -> int:
    return rules.interval or 60


def first_end(rules: Rules) -> int:
    """The end of the first period, as published."""
    if rules.format is Format.ENGLISH and rules.free_ends_at is not None:
        return rules.free_ends_at
    if rules.format is Format.DUTCH:
        return dutch_end(rules)
    return rules.ends_at


def next_due(rules: Rules, state: State) -> int | None:
    """When the clock next has something to do; drains included. None: nothing."""
    match state.phase:
        case Phase.PUBLISHED:
            return rules.opens_at
        case Phase.FREE:
            return state.ends_at
        case Phase.LIMITED | Phase.OPEN:
            return None if state.ends_at is None else state.ends_at + drain(rules)
        case Phase.SUSPENDED:
            return state.resumes_at
        case Phase.CLOSED if not state.sold:
            return state.last_at
    return None
