"""How an event changes the state. No decision is taken here, and nothing can be refused."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from marketplace.auctions.engine import english
from marketplace.auctions.engine.rules import Format, Rules
from marketplace.auctions.engine.state import Bidder, Event, Phase, State
from marketplace.auctions.engine.timing import first_end

Change = Callable[[Rules, State, Event], State]


def replay(rules: Rules, events: Iterable[Event]) -> State:
    """The state that a log leads to (I-01)."""
    state = State()
    for event in events:
        state = apply(rules, state, event)
    return state


def apply(rules: Rules, state: State, event: Event) -> State:
    """The state after one event; an event of a kind that these rules do not know is an error."""
    after = _CHANGES[event.kind](rules, state, event)
    return replace(after, seq=state.seq + 1, last_at=max(state.last_at, event.at))


def _to(phase: Phase) -> Change:
    return lambda _rules, state, _event: replace(state, phase=phase)


def _published(rules: Rules, state: State, _: Event) -> State:
    return replace(state, phase=Phase.PUBLISHED, ends_at=first_end(rules))


def _admitted(_: Rules, state: State, event: Event) -> State:
    code = event.code or ""
    return replace(
        state,
        bidders={**state.bidders, code: Bidder(code, rank=int(event.public.get("rank", 0)))},
    )


def _opened(rules: Rules, state: State, event: Event) -> State:
    phase = Phase.FREE if rules.format is Format.ENGLISH else Phase.OPEN
    return replace(state, phase=phase, ends_at=event.public["ends_at"])


def _limited(_: Rules, state: State, event: Event) -> State:
    return replace(state, phase=Phase.LIMITED, ends_at=event.public["ends_at"])


def _bid(_: Rules, state: State, event: Event) -> State:
    return english.after_bid(state, event)


def _quoted(_: Rules, state: State, event: Event) -> State:
    """ANNOUNCED: a quote before it is known whether there will be bidding; nobody sees the amount."""
    me = state.bidders[event.code or ""]
    maximum = event.private.get("maximum")
    mine = replace(
        me, maximum=maximum, unlimited=maximum is None, seq=state.seq + 1, bids=me.bids + 1
    )
    return replace(state, bidders={**state.bidders, me.code: mine}, bids=state.bids + 1)


def _turned(_: Rules, state: State, event: Event) -> State:
    return replace(_priced(state, event), phase=Phase.FREE, ends_at=event.public["ends_at"])


def _prolonged(_: Rules, state: State, event: Event) -> State:
    return replace(state, ends_at=event.public["ends_at"], quoting=True)


def _taken(_: Rules, state: State, event: Event) -> State:
    """Bought at the fixed price, or at a falling one."""
    code, price = event.code or "", event.public["price"]
    mine = replace(state.bidders[code], maximum=price, unlimited=False, seq=state.seq + 1)
    return replace(
        state,
        bidders={**state.bidders, code: mine},
        price=price,
        leader=code,
        reserve_met=True,
        bids=state.bids + 1,
    )


def _enveloped(_: Rules, state: State, event: Event) -> State:
    code = event.code or ""
    return replace(
        state,
        envelopes={**state.envelopes, code: event.public["commitment"]},
        bidders={**state.bidders, code: replace(state.bidders[code], seq=state.seq + 1)},
        bids=state.bids + (code not in state.envelopes),
    )


def _scored(_: Rules, state: State, event: Event) -> State:
    return replace(state, scores={c: tuple(m) for c, m in event.public["means"].items()})


def _unsealed(_: Rules, state: State, event: Event) -> State:
    bidders = dict(state.bidders)
    for one in event.public["opened"]:
        bidders[one["code"]] = replace(bidders[one["code"]], maximum=one["amount"], bids=1)
    return replace(state, bidders=bidders, totals=dict(event.public["totals"]))


def _suspended(_: Rules, state: State, event: Event) -> State:
    public = event.public
    return replace(
        state,
        phase=Phase.SUSPENDED,
        resumes_to=state.phase,
        suspended_at=event.at,
        suspended_for=str(public.get("reason", "")),
        remaining=public.get("remaining"),
        resumes_at=None,
        breaker_fired=state.breaker_fired or public.get("reason") == "price_breaker",
    )


def _resuming(_: Rules, state: State, event: Event) -> State:
    return replace(state, resumes_at=event.public["resumes_at"])


def _resumed(_: Rules, state: State, event: Event) -> State:
    public = event.public
    return replace(
        state,
        phase=Phase(public["phase"]),
        ends_at=public["ends_at"],
        shift=public["shift"],
        resumes_to=None,
        suspended_at=None,
        suspended_for="",
        remaining=None,
        resumes_at=None,
    )


def _outage(_: Rules, state: State, event: Event) -> State:
    return replace(state, ends_at=event.public["ends_at"])


def _excluded(_: Rules, state: State, event: Event) -> State:
    """Price and leader are those of a replay without him; standings stay, he no longer counts."""
    code = event.code or ""
    return replace(
        _priced(state, event),
        bidders={**state.bidders, code: replace(state.bidders[code], excluded=True)},
        envelopes={c: e for c, e in state.envelopes.items() if c != code},
        bids=event.public["bids"],
        ends_at=event.public["ends_at"],
    )


def _voided(_: Rules, state: State, event: Event) -> State:
    code, back = event.code or "", event.private
    mine = replace(
        state.bidders[code],
        maximum=back.get("maximum"),
        unlimited=bool(
            back.get("unlimited", "maximum" not in back and event.public["stands"] is not None)
        ),
        seq=event.public["stands"],
        bids=state.bidders[code].bids - 1,
    )
    return replace(
        _priced(state, event),
        bidders={**state.bidders, code: mine},
        bids=event.public["bids"],
    )


def _priced(state: State, event: Event) -> State:
    return replace(
        state,
        price=event.public["price"],
        leader=event.public["leader"],
        reserve_met=event.public["reserve_met"],
    )


def _closed(_: Rules, state: State, event: Event) -> State:
    return replace(_priced(state, event), phase=Phase.CLOSED)


def _awaited(_: Rules, state: State, event: Event) -> State:
    return replace(
        state,
        phase=Phase.PRIORITY,
        holders=tuple(event.public["holders"]),
        holders_until=event.public["until"],
    )


def _exercised(_: Rules, state: State, event: Event) -> State:
    return replace(state, exercised=event.public["holder"])


def _waived(_: Rules, state: State, event: Event) -> State:
    return replace(
        state, holders=tuple(one for one in state.holders if one != event.public["holder"])
    )


def _awarded(_: Rules, state: State, event: Event) -> State:
    return replace(
        state,
        phase=Phase.AWARDED,
        winner=event.code,
        award_price=event.public["price"],
        candidate=None,
        candidate_price=None,
    )


def _defaulted(_: Rules, state: State, _event: Event) -> State:
    gone = (*state.defaulted, state.winner) if state.winner else state.defaulted
    return replace(state, phase=Phase.DEFAULTED, defaulted=gone, winner=None, award_price=None)


def _fell_back(_: Rules, state: State, event: Event) -> State:
    return replace(
        state, phase=Phase.FALLBACK, candidate=event.code, candidate_price=event.public["price"]
    )


def _refused_fallback(_: Rules, state: State, _event: Event) -> State:
    return replace(state, candidate=None, candidate_price=None)


def _said(_: Rules, state: State, _event: Event) -> State:
    return state


_CHANGES: dict[str, Change] = {
    "published": _published,
    "admitted": _admitted,
    "opened": _opened,
    "limited": _limited,
    "bid": _bid,
    "quoted": _quoted,
    "turned": _turned,
    "prolonged": _prolonged,
    "bought": _taken,
    "accepted": _taken,
    "enveloped": _enveloped,
    "ended": _to(Phase.OPENING),
    "scored": _scored,
    "unsealed": _unsealed,
    "suspended": _suspended,
    "resuming": _resuming,
    "resumed": _resumed,
    "outage": _outage,
    "excluded": _excluded,
    "voided": _voided,
    "closed": _closed,
    "failed": _to(Phase.FAILED),
    "withdrawn": _to(Phase.WITHDRAWN),
    "cancelled": _to(Phase.CANCELLED),
    "priority_awaited": _awaited,
    "exercised": _exercised,
    "waived": _waived,
    "awarded": _awarded,
    "defaulted": _defaulted,
    "fell_back": _fell_back,
    "fallback_refused": _refused_fallback,
    "settled": _to(Phase.SETTLED),
    "identity_opened": _said,
}
KINDS: frozenset[str] = frozenset(_CHANGES)
