"""What the clock does: open, begin the limited period, end, close, go on after a suspension."""

from dataclasses import replace

from marketplace.auctions.engine import english
from marketplace.auctions.engine.asked import Asked, Found
from marketplace.auctions.engine.bidding import SEALED
from marketplace.auctions.engine.closing import closed, failed
from marketplace.auctions.engine.rules import Format, Rules
from marketplace.auctions.engine.state import Event, Phase, Refusal, State
from marketplace.auctions.engine.timing import DAY, cycle, drain, first_end

NOTHING = Refusal("auction.nothing_due")


def tick(asked: Asked) -> Found:
    """The next thing that is due; nothing is `auction.nothing_due`, so closing n times is closing once."""
    rules, state, at = asked.rules, asked.state, asked.at
    if found := begun(rules, state, at):
        return found[:1]
    match state.phase:
        case Phase.LIMITED | Phase.OPEN if (
            state.ends_at is not None and at >= state.ends_at + drain(rules)
        ):
            return _ended(asked)
        case Phase.SUSPENDED if state.resumes_at is not None and at >= state.resumes_at:
            return (_resumed(asked),)
        case Phase.CLOSED if not state.sold:  # who led at the close has been excluded since
            return (failed(asked, state.leader),)
    return NOTHING


def begun(rules: Rules, state: State, at: int) -> tuple[Event, ...]:
    """Beginnings that are due: they take nothing from anybody, so a bid brings them about as well."""
    found: list[Event] = []
    if state.phase is Phase.PUBLISHED and at >= rules.opens_at:
        # An announcement that stood still beyond its day of opening runs its full length after that.
        ends_at = first_end(rules) + state.shift
        found.append(Event("opened", at, None, {"ends_at": ends_at}))
        phase = Phase.FREE if rules.format is Format.ENGLISH else Phase.OPEN
        state = replace(state, phase=phase, ends_at=ends_at)
    if state.phase is Phase.FREE and at >= (state.ends_at or 0):
        # At least one full cycle, even if nobody bid and the clock comes late (I-11).
        ends_at = max(rules.ends_at, at + cycle(rules))
        found.append(Event("limited", at, None, {"ends_at": ends_at}))
    return tuple(found)


def _ended(asked: Asked) -> Found:
    rules, state = asked.rules, asked.state
    if rules.format in SEALED:
        ended = asked.event("ended", envelopes=len(state.envelopes))
        if state.envelopes:
            return (ended,)
        return ended, *closed(asked, None, None, reserve_met=False)
    if rules.format is Format.ANNOUNCED and state.phase is Phase.OPEN:
        return _announced(asked)
    return closed(asked, state.price, state.leader, reserve_met=state.reserve_met)


def _announced(asked: Asked) -> Found:
    """挂牌征集: nobody → failed; one → his quote, asked for a day longer; two → bidding."""
    state = asked.state
    able = [one for one in state.bidders.values() if not one.excluded]
    quoted = sorted((b for b in able if b.maximum is not None), key=lambda b: b.seq or 0)
    if len(able) > 1 and not state.quoting:
        return (_turned(asked),)
    if quoted:
        best = max(quoted, key=lambda b: (b.maximum or 0, -(b.seq or 0)))
        met = asked.reserve is None or (best.maximum or 0) >= asked.reserve
        return closed(asked, best.maximum, best.code, reserve_met=met)
    if able and not state.quoting:
        return (asked.event("prolonged", ends_at=asked.at + DAY),)
    return closed(asked, None, None, reserve_met=False)


def _turned(asked: Asked) -> Event:
    """The quotes are the first bids, in their order."""
    rules, state = asked.rules, asked.state
    run = replace(state, price=None, leader=None)
    quotes = [b for b in state.bidders.values() if b.seq is not None and not b.excluded]
    for one in sorted(quotes, key=lambda b: b.seq or 0):
        found = english.effect(rules, run, one, one.maximum, asked.at, asked.reserve)
        run = replace(run, price=found.price, leader=found.leader, reserve_met=found.reserve_met)
    return asked.event(
        "turned",
        price=run.price,
        leader=run.leader,
        reserve_met=run.reserve_met,
        ends_at=max(rules.free_ends_at or 0, asked.at + cycle(rules)),
    )


def _resumed(asked: Asked) -> Event:
    """断点续拍: leader, price and seq stand; a full cycle in the limited period, else what remained."""
    rules, state = asked.rules, asked.state
    phase = state.resumes_to or Phase.OPEN
    left = state.remaining or 0
    if phase is Phase.LIMITED:
        left = max(left, cycle(rules))
    held = phase in {Phase.FREE, Phase.LIMITED, Phase.OPEN}
    stopped_at = state.suspended_at or asked.at
    if phase is Phase.PUBLISHED:  # only from its opening on would time have run
        stopped_at = max(stopped_at, rules.opens_at)
    return asked.event(
        "resumed",
        phase=phase.value,
        ends_at=max(asked.at + left, state.ends_at or 0) if held else state.ends_at,
        shift=state.shift + max(asked.at - stopped_at, 0),
    )
