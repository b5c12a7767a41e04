"""Rising bids with a maximum each (proxy), and a soft close."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from marketplace.auctions.engine.increments import increment
from marketplace.auctions.engine.rules import Rules
from marketplace.auctions.engine.state import Bidder, Event, Phase, State
from marketplace.auctions.engine.timing import cycle

_OFFERS = frozenset({"quoted", "bid", "bought"})


@dataclass(frozen=True)
class Effect:
    """What a bid makes of price, leader, reserve and end."""

    price: int
    leader: str
    reserve_met: bool
    ends_at: int
    extended: bool


def outranks(one: Bidder, other: Bidder) -> bool:
    """A better right of first refusal: equals the price and leads."""
    return one.rank > 0 and (other.rank == 0 or one.rank < other.rank)


def minimum_next(rules: Rules, state: State, code: str | None) -> int:
    """The least that a bidder may bid now, in minor units (I-13)."""
    leader = state.bidders.get(state.leader or "")
    if state.price is None or leader is None:
        return rules.start
    if code == leader.code:
        return (leader.maximum or state.price) + rules.tick
    me = state.bidders.get(code or "")
    if me is not None and outranks(me, leader):
        return state.price
    return state.price + increment(state.price, rules, state.extensions)


def guard(rules: Rules, state: State, code: str | None) -> int:
    """The most that is taken without the bidder's typing it again: a slip of a digit costs millions."""
    base = state.price if state.price is not None else rules.start
    if code == state.leader and code is not None:
        base = state.bidders[code].maximum or base
    return base + max(base // 5, 20 * increment(base, rules, state.extensions))


def effect(
    rules: Rules, state: State, me: Bidder, maximum: int | None, at: int, reserve: int | None
) -> Effect:
    """What a bid does (the formula of the published rules). `maximum` none: without limit.

    The price is the second-highest maximum and a step, never above the highest, never falling; equal
    maxima go to the better right of first refusal, then to the earlier. The leader's own raise moves
    nothing. In the limited period a bid that moves price or leader leaves a full cycle.
    """
    rival = state.bidders.get(state.leader or "")
    before = state.price
    leader, top = me.code, maximum
    if rival is None or before is None:
        price = rules.start
    elif rival.code == me.code:
        price = _repriced(rules, state, me, maximum) if rules.raise_reprices else before
    else:
        held = None if rival.unlimited else rival.maximum
        price, wins = _contest(rules, state, me, maximum, rival, held)
        if not wins:
            leader, top = rival.code, held
        price = max(price, before)
    if reserve is not None and price < reserve and (top is None or top >= reserve):
        price = reserve
    moved = price != before or leader != state.leader
    ends_at = state.ends_at or 0
    extended = state.phase is Phase.LIMITED and moved and at + cycle(rules) > ends_at
    return Effect(
        price=price,
        leader=leader,
        reserve_met=reserve is None or price >= reserve,
        ends_at=at + cycle(rules) if extended else ends_at,
        extended=extended,
    )


def _repriced(rules: Rules, state: State, me: Bidder, maximum: int | None) -> int:
    """Where a leader's raise counts as a bid: a step over the second, never above his maximum."""
    before = state.price or rules.start
    others = [
        b.maximum for b in state.bidders.values() if b.maximum is not None and b.code != me.code
    ]
    if not others:
        return before
    above = max(others) + increment(max(others), rules, state.extensions)
    return max(before, above if maximum is None else min(maximum, above))


def _contest(
    rules: Rules, state: State, me: Bidder, mine: int | None, rival: Bidder, held: int | None
) -> tuple[int, bool]:
    """Price, and whether the newcomer leads. None is a maximum without limit."""
    if held is not None and (mine is None or mine > held or (mine == held and outranks(me, rival))):
        step = 0 if outranks(me, rival) else increment(held, rules, state.extensions)
        return (held + step if mine is None else min(mine, held + step)), True
    if mine is None:
        raise ValueError("two maxima without limit do not compare")
    step = 0
    if mine != held and not outranks(rival, me):
        step = increment(mine, rules, state.extensions)
    return (mine + step if held is None else min(held, mine + step)), False


def after_bid(state: State, event: Event) -> State:
    """The state with a bid taken in; price, leader and end are the event's."""
    code = event.code or ""
    me = state.bidders[code]
    maximum = event.private.get("maximum")
    mine = replace(
        me, maximum=maximum, unlimited=maximum is None, seq=state.seq + 1, bids=me.bids + 1
    )
    public = event.public
    return replace(
        state,
        bidders={**state.bidders, code: mine},
        price=public.get("price"),
        leader=public.get("leader"),
        reserve_met=bool(public.get("reserve_met")),
        ends_at=public.get("ends_at"),
        extensions=state.extensions + bool(public.get("extended")),
        bids=state.bids + 1,
    )


def without(
    rules: Rules,
    state: State,
    log: Sequence[Event],
    reserve: int | None,
    *,
    code: str = "",
    seq: int = 0,
) -> tuple[State, int | None]:
    """Everything again without one bidder, or without one bid: state of the standings, and price.

    Steps are those of their moment. Bids that were good at a higher price are good at a lower one.
    Quotes before the bidding, and a purchase at the fixed price, stand like bids.
    """
    kept = replace(
        state,
        price=None,
        leader=None,
        reserve_met=False,
        bidders={
            c: replace(
                b, maximum=None, unlimited=False, seq=None, bids=0, excluded=b.excluded or c == code
            )
            for c, b in state.bidders.items()
        },
    )
    extensions = 0
    gone = {b.code for b in kept.bidders.values() if b.excluded}
    voided = {event.public["seq"] for event in log if event.kind == "voided"} | {seq}
    for number, event in _as_they_took_effect(log):
        if event.code not in gone and number not in voided:
            kept = _again(rules, replace(kept, extensions=extensions), event, number, reserve)
        extensions += bool(event.public.get("extended"))
    bids = sum(
        event.kind in _OFFERS and event.code not in gone and number not in voided
        for number, event in enumerate(log, start=1)
    )
    return (
        replace(kept, extensions=state.extensions, ends_at=state.ends_at, seq=state.seq, bids=bids),
        kept.price,
    )


def _as_they_took_effect(log: Sequence[Event]) -> Iterator[tuple[int, Event]]:
    """Bids in their order; of quotes the last of each, when the bidding began."""
    quotes: dict[str | None, tuple[int, Event]] = {}
    for number, event in enumerate(log, start=1):
        if event.kind == "quoted":
            quotes.pop(event.code, None)  # a later quote takes a later place
            quotes[event.code] = number, event
        elif event.kind == "turned":
            yield from quotes.values()
        elif event.kind in _OFFERS:
            yield number, event


def _again(rules: Rules, state: State, event: Event, seq: int, reserve: int | None) -> State:
    me = state.bidders[event.code or ""]
    if event.kind == "bought":
        price = event.public["price"]
        mine = replace(me, maximum=price, unlimited=False, seq=seq)
        return replace(
            state,
            bidders={**state.bidders, me.code: mine},
            price=price,
            leader=me.code,
            reserve_met=True,
        )
    maximum = event.private.get("maximum")
    found = effect(rules, state, me, maximum, event.at, reserve)
    mine = replace(me, maximum=maximum, unlimited=maximum is None, seq=seq, bids=me.bids + 1)
    return replace(
        state,
        bidders={**state.bidders, me.code: mine},
        price=found.price,
        leader=found.leader,
        reserve_met=found.reserve_met,
    )
