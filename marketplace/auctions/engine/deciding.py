"""What is answered to a command: events, or a refusal. Nothing else is looked at than what is given."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from marketplace.auctions.engine import aftermath, bidding, clockwork, control, english
from marketplace.auctions.engine.applying import apply
from marketplace.auctions.engine.asked import NO_LOG, Asked, Found, Log
from marketplace.auctions.engine.rules import Rules
from marketplace.auctions.engine.state import Command, Event, Phase, Refusal, State

P = Phase
_BEFORE_AWARD = frozenset(
    {P.PUBLISHED, P.FREE, P.LIMITED, P.OPEN, P.OPENING, P.SUSPENDED, P.CLOSED}
)
_TABLE: dict[str, tuple[frozenset[Phase], Callable[[Asked], Found]]] = {
    "publish": (frozenset({P.DRAFT, P.SUBMITTED}), control.publish),
    "admit": (frozenset({P.PUBLISHED, P.FREE, P.LIMITED, P.OPEN}), control.admit),
    "bid": (frozenset({P.FREE, P.LIMITED, P.OPEN}), bidding.bid),
    "buy_now": (frozenset({P.FREE, P.LIMITED}), bidding.buy_now),
    "accept": (frozenset({P.OPEN}), bidding.accept),
    "envelope": (frozenset({P.OPEN}), bidding.envelope),
    "score": (frozenset({P.OPENING}), bidding.score),
    "open_envelopes": (frozenset({P.OPENING}), bidding.open_envelopes),
    "clock": (frozenset(P), clockwork.tick),
    "suspend": (
        frozenset({P.PUBLISHED, P.FREE, P.LIMITED, P.OPEN, P.OPENING, P.CLOSED}),
        control.suspend,
    ),
    "resume": (frozenset({P.SUSPENDED}), control.resume),
    "cancel": (frozenset({P.SUSPENDED}), control.cancel),
    "withdraw": (frozenset({P.PUBLISHED}), control.withdraw),
    "exclude": (_BEFORE_AWARD, control.exclude),
    "void": (frozenset({P.FREE, P.LIMITED}), control.void),
    "outage": (frozenset({P.FREE, P.LIMITED, P.OPEN}), control.outage),
    "open_identity": (_BEFORE_AWARD, control.open_identity),
    "await_priority": (frozenset({P.CLOSED}), aftermath.await_priority),
    "exercise": (frozenset({P.PRIORITY}), aftermath.exercise),
    "waive": (frozenset({P.PRIORITY}), aftermath.waive),
    "award": (frozenset({P.CLOSED, P.PRIORITY}), aftermath.award),
    "default": (frozenset({P.AWARDED}), aftermath.default),
    "fall_back": (frozenset({P.DEFAULTED}), aftermath.fall_back),
    "accept_fallback": (frozenset({P.FALLBACK}), aftermath.accept_fallback),
    "refuse_fallback": (frozenset({P.FALLBACK}), aftermath.refuse_fallback),
    "fail": (frozenset({P.CLOSED, P.DEFAULTED, P.FALLBACK}), aftermath.fail),
    "settle": (frozenset({P.AWARDED}), aftermath.settle),
}
KINDS: frozenset[str] = frozenset(_TABLE)
_OF_BIDDERS = frozenset({"bid", "buy_now", "accept", "envelope"})


def phases(kind: str) -> frozenset[Phase]:
    """Where a command is possible at all; everywhere else it is `auction.bad_state` (I-29)."""
    return _TABLE[kind][0]


def decide(
    rules: Rules,
    state: State,
    command: Command,
    at: int,
    secrets: Mapping[str, Any],
    log: Log = NO_LOG,
) -> tuple[Event, ...] | Refusal:
    """Answer a command that came in at a moment (microseconds).

    `secrets`: the reserve (`reserve`, none where there is none) and its `reserve_salt`. `log` gives
    the events so far, private parts too; it is asked for only where one bidder or bid is taken out.
    What the clock owes by then, and nobody could still contest (an opening, the limited period),
    comes first.
    """
    at = max(at, state.last_at)
    due: tuple[Event, ...] = ()
    if command.kind in _OF_BIDDERS:
        due = clockwork.begun(rules, state, at)
        for event in due:
            state = apply(rules, state, event)
    asked = Asked(rules, state, command, at, secrets, log)
    sources, answer = _TABLE[command.kind]
    if state.phase not in sources:
        return _not_now(asked)
    found = answer(asked)
    return found if isinstance(found, Refusal) else (*due, *found)


def _not_now(asked: Asked) -> Refusal:
    if asked.command.kind in _OF_BIDDERS:
        if asked.state.phase is Phase.SUSPENDED:
            return Refusal("auction.suspended", {"reason": asked.state.suspended_for})
        if asked.state.phase in {Phase.DRAFT, Phase.SUBMITTED, Phase.PUBLISHED}:
            return Refusal("auction.not_open", {"opens_at": asked.rules.opens_at})
        return Refusal("auction.over")
    return Refusal(
        "auction.bad_state", {"kind": asked.command.kind, "phase": asked.state.phase.value}
    )


def minimum_next(rules: Rules, state: State, code: str | None) -> int:
    """The least that a bidder may bid now, in minor units."""
    return english.minimum_next(rules, state, code)


def decide_all(
    rules: Rules, state: State, commands: Sequence[tuple[int, Command]], secrets: Mapping[str, Any]
) -> tuple[State, list[Event]]:
    """A run of commands for rehearsals: the last state and all events; refusals change nothing."""
    events: list[Event] = []
    for at, command in commands:
        found = decide(rules, state, command, at, secrets, lambda: events)
        if isinstance(found, Refusal):
            continue
        for event in found:
            state = apply(rules, state, event)
            events.append(event)
    return state, events
