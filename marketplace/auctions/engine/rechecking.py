"""Whether a line of a log is what the rules make of the lines before it: for verifiers.

Every rule is worked out again from the published rules and the opened maxima; what differs is said
with the number of its line.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from marketplace.auctions.engine import clockwork, english, sealed
from marketplace.auctions.engine.applying import apply
from marketplace.auctions.engine.asked import Asked
from marketplace.auctions.engine.deciding import decide
from marketplace.auctions.engine.rules import Format, Rules
from marketplace.auctions.engine.state import Command, Event, Phase, Refusal, State
from marketplace.auctions.engine.timing import drain, price_at

SEALED = frozenset({Format.SEALED_FIRST, Format.SEALED_SECOND, Format.TENDER})


class Wrong(Exception):  # noqa: N818 -- a finding, not a fault
    """A line is not what it should be: the name of the check, and the reason."""


@dataclass(frozen=True)
class _Line:
    """A line before its state, with everything that came before."""

    rules: Rules
    state: State
    event: Event
    reserve: int | None
    past: Sequence[Event]

    def insist(self, holds: bool, reason: str) -> None:  # noqa: FBT001 -- it reads as a sentence
        if not holds:
            raise Wrong("decisions", f"line {self.state.seq + 1}: {reason}")


def replayed(rules: Rules, events: Sequence[Event]) -> State:
    """The state that a log leads to, every line of a closed auction checked on the way (I-01).

    Raises Wrong at the first line that the rules do not give.
    """
    closing = next((event for event in events if event.kind == "closed"), None)
    state = State()
    for number, event in enumerate(events):
        if closing and event.kind in _CHECKS:
            line = _Line(rules, state, event, closing.public["reserve"], events[:number])
            if event.kind in _OF_BIDDERS:
                _in_time(line)
            found = _CHECKS[event.kind](line) or event
            state = apply(rules, state, found)
        else:
            state = apply(rules, state, event)
    return state


def _in_time(line: _Line) -> None:
    state, event = line.state, line.event
    me = state.bidders.get(event.code or "")
    line.insist(me is not None and not me.excluded, "nobody who was admitted")
    line.insist(state.phase in {Phase.FREE, Phase.LIMITED, Phase.OPEN}, "taken while no bids are")
    line.insist(event.at < (state.ends_at or 0), "taken after the end")
    formats, taken_in = _OF_BIDDERS[event.kind]
    fits = line.rules.format in formats and state.phase in taken_in
    line.insist(fits, "not what may be bid here")


def _bid(line: _Line) -> None:
    rules, state, event = line.rules, line.state, line.event
    me, maximum = state.bidders[event.code or ""], event.private.get("maximum")
    if maximum is not None and not (state.leader == me.code and me.unlimited):
        least = english.minimum_next(rules, state, me.code)
        line.insist(
            maximum >= least and maximum % rules.tick == 0, f"below {least}, or off the tick"
        )
    found = english.effect(rules, state, me, maximum, event.at, line.reserve)
    for name, wanted in vars(found).items():
        line.insist(event.public[name] == wanted, f"{name} is {event.public[name]}, not {wanted}")


def _begun(line: _Line) -> None:
    found = clockwork.begun(line.rules, line.state, line.event.at)
    line.insist(
        [line.event.public] == [event.public for event in found[:1]],
        "not the end that the rules give",
    )


def _of_the_clock(line: _Line) -> None:
    asked = Asked(
        line.rules,
        line.state,
        Command("clock"),
        line.event.at,
        {"reserve": line.reserve},
        lambda: line.past,
    )
    found = clockwork.tick(asked)
    line.insist(
        isinstance(found, tuple)
        and (found[0].kind, found[0].public) == (line.event.kind, line.event.public),
        "not what the rules give",
    )


def _decided(line: _Line, command: Command) -> Event:
    """What the rules answer to the command that the line stands for."""
    secrets = {"reserve": line.reserve}
    found = decide(line.rules, line.state, command, line.event.at, secrets, lambda: line.past)
    if isinstance(found, Refusal):
        raise Wrong("decisions", f"line {line.state.seq + 1}: the rules refuse it, {found.code}")
    return found[0]


def _asked_for(kind: str, **given: str) -> Callable[[_Line], Event]:
    """The line says what was asked for, and what followed from it in the very same words.

    `given`: an argument that the line says under another name.
    """

    def check(line: _Line) -> Event:
        event = line.event
        arguments = {name: event.public.get(said) for name, said in given.items()}
        asked = Command(kind, None, {"code": event.code, **event.public, **arguments})
        found = _decided(line, asked)
        line.insist(found.kind == event.kind, "not what the rules give")
        for name, wanted in found.public.items():
            said = event.public.get(name)
            line.insist(said == wanted, f"{name} is {said}, not {wanted}")
        line.insist(event.code == found.code, f"of {event.code}, not of {found.code}")
        return found

    return check


def _voided(line: _Line) -> Event:
    """What stands again follows from the lines before: nobody is believed who says what it was."""
    found = _asked_for("void")(line)
    told = line.event.private
    line.insist(not told or told == found.private, "not the maximum that stands again")
    return replace(line.event, private=found.private)


def _published(line: _Line) -> None:
    line.insist(not line.past, "published a second time")


def _failed(line: _Line) -> None:
    """Nothing sold: after the close only where there was no bid, or none up to the reserve."""
    state, reason = line.state, line.event.public.get("reason")
    _decided(line, Command("fail", None, {"reason": reason}))
    why = None if state.leader and state.reserve_met else "reserve" if state.leader else "no_bid"
    if state.phase is Phase.CLOSED and (why or reason in {"reserve", "no_bid"}):
        line.insist(reason == why, f"failed for {reason}, not for {why}")


def _insist_on(line: _Line, price: int | None, leader: str | None) -> None:
    said = line.event.public["price"], line.event.public["leader"]
    line.insist(said == (price, leader), f"{said[1]} at {said[0]}, not {leader} at {price}")


def _accepted(line: _Line) -> None:
    price = price_at(line.rules, line.state, line.event.at)
    line.insist(line.event.public["price"] == price, "not the price of that moment")


def _bought(line: _Line) -> None:
    line.insist(line.event.public["price"] == line.rules.buy_now, "not the fixed price")
    _decided(line, Command("buy_now", line.event.code))


def _quoted(line: _Line) -> None:
    rules, mine = line.rules, line.state.bidders[line.event.code or ""]
    quote, before = line.event.private.get("maximum"), mine.maximum
    if quote is not None and not mine.unlimited:
        least = max(rules.start, (before or 0) + (rules.tick if before else 0))
        good = quote >= least and quote % rules.tick == 0
        line.insist(good, f"below {least}, or off the tick")


def _nothing_more(_: _Line) -> None:
    """In time, and by somebody admitted: all that can be said of it before the end."""


def _scored(line: _Line) -> None:
    scores = line.event.public["scores"]
    line.insist(line.state.scores is None, "scored a second time")
    whole = sealed.are_whole(line.rules, line.state, scores)
    line.insist(whole, "not every score of every evaluator")
    means = {code: sealed.means(rows) for code, rows in scores.items()}
    line.insist(line.event.public["means"] == means, "not the means of the scores")


def _opened_all(line: _Line) -> None:
    """Every envelope is opened or void; of a tender the totals follow from prices and scores (I-38)."""
    rules, state, public = line.rules, line.state, line.event.public
    if rules.format is Format.TENDER:
        line.insist(state.scores is not None, "prices opened before the scores")
    found = _result(line, public["opened"])
    codes = [one["code"] for one in public["opened"]]
    voided = sorted(set(state.envelopes) - set(codes))
    line.insist(len(codes) == len(set(codes)), "an envelope opened twice")
    line.insist(public["voided"] == voided, "not the envelopes that are left")
    line.insist(public["totals"] == dict(found.totals), "not the totals of prices and scores")


def _closed(line: _Line) -> None:
    rules, state = line.rules, line.state
    if rules.format in SEALED:
        price, leader = _unsealed(line)
    elif rules.format is Format.ANNOUNCED and state.phase is Phase.OPEN:
        price, leader = _best_quote(state)
    else:
        price, leader = state.price, state.leader
    _insist_on(line, price, leader)
    if line.past[-1].kind not in {"bought", "accepted", "unsealed", "ended"}:
        line.insist(
            state.phase in {Phase.LIMITED, Phase.OPEN}, "closed while nothing is to be closed"
        )
        due = (state.ends_at or 0) + drain(rules)
        line.insist(line.event.at >= due, "closed before the end")


def _best_quote(state: State) -> tuple[int | None, str | None]:
    quotes = [b for b in state.bidders.values() if b.maximum is not None and not b.excluded]
    if not quotes:
        return None, None
    best = max(quotes, key=lambda b: (b.maximum or 0, -(b.seq or 0)))
    return best.maximum, best.code


def _unsealed(line: _Line) -> tuple[int | None, str | None]:
    unsealed = next((event for event in line.past if event.kind == "unsealed"), None)
    if unsealed is None:
        line.insist(not line.state.envelopes, "closed with the envelopes unopened")
        return None, None
    found = _result(line, unsealed.public["opened"])
    return found.price, found.leader


def _result(line: _Line, plaintexts: Sequence[Mapping[str, Any]]) -> sealed.Result:
    opened = []
    for one in plaintexts:
        agrees = sealed.agrees(line.rules, line.state, one)
        line.insist(agrees, f"the envelope of {one['code']} holds something else")
        me = line.state.bidders[one["code"]]
        if not me.excluded:
            opened.append(sealed.Opened(me.code, one["amount"], me.rank, me.seq or 0))
    return sealed.result(line.rules, line.state, opened, line.reserve)


def _awarded(line: _Line) -> None:
    event, offered = line.event, line.state.phase is Phase.FALLBACK
    found = _decided(line, Command("accept_fallback", event.code) if offered else Command("award"))
    line.insist(
        (event.code, event.public["price"]) == (found.code, found.public["price"]),
        "awarded to somebody else, or at another price",
    )


_RISING = frozenset({Format.ENGLISH, Format.ANNOUNCED})
_BIDDING = frozenset({Phase.FREE, Phase.LIMITED})
_OPEN = frozenset({Phase.OPEN})
_OF_BIDDERS: dict[str, tuple[frozenset[Format], frozenset[Phase]]] = {
    "bid": (_RISING, _BIDDING),
    "bought": (_RISING, _BIDDING),
    "quoted": (frozenset({Format.ANNOUNCED}), _OPEN),
    "accepted": (frozenset({Format.DUTCH}), _OPEN),
    "enveloped": (SEALED, _OPEN),
}
_CHECKS: dict[str, Callable[[_Line], Event | None]] = {
    "published": _published,
    "admitted": _asked_for("admit"),
    "opened": _begun,
    "limited": _begun,
    "ended": _of_the_clock,
    "resuming": _asked_for("resume", at="resumes_at"),
    "resumed": _of_the_clock,
    "turned": _of_the_clock,
    "prolonged": _of_the_clock,
    "bid": _bid,
    "quoted": _quoted,
    "enveloped": _nothing_more,
    "bought": _bought,
    "accepted": _accepted,
    "excluded": _asked_for("exclude"),
    "voided": _voided,
    "suspended": _asked_for("suspend"),
    "outage": _asked_for("outage"),
    "priority_awaited": _asked_for("await_priority"),
    "exercised": _asked_for("exercise"),
    "waived": _asked_for("waive"),
    "scored": _scored,
    "unsealed": _opened_all,
    "closed": _closed,
    "failed": _failed,
    "awarded": _awarded,
    "defaulted": _asked_for("default"),
    "fell_back": _asked_for("fall_back"),
    "fallback_refused": _asked_for("refuse_fallback"),
    "settled": _asked_for("settle"),
    "withdrawn": _asked_for("withdraw"),
    "cancelled": _asked_for("cancel"),
    "identity_opened": _asked_for("open_identity"),
}
