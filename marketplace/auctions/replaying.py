"""Other houses' auctions through our engine: logs of maxima in, price and leader out.

A log is one JSON object a line, `{id, open_bid, bids: [[when, bidder, maximum]], reserve?}`; `when` is a
number of days or a timestamp, amounts are decimals of at most two places. The price rule is the
engine's own; increments may be another house's.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from marketplace.auctions.engine.applying import apply
from marketplace.auctions.engine.deciding import decide
from marketplace.auctions.engine.outcome import outcome
from marketplace.auctions.engine.rules import LADDER, SECOND, Format, Ladder, Rules
from marketplace.auctions.engine.state import Command, Refusal, State

DAY = 86_400 * SECOND
LONG = 10_000 * DAY
CENTS = Decimal(100)


def ladder_of(rows: Iterable[Mapping[str, Any]]) -> Ladder:
    """A house's increments, `[{below, increment}]` upwards, as the engine takes them."""
    found, least = [], 0
    for row in rows:
        found.append((least, minor(row["increment"])))
        if row["below"] is not None:
            least = minor(row["below"])
    if not found or any(step <= 0 for _, step in found):
        raise ValueError("increments: at least one, each above zero")
    return tuple(found)


def minor(text: object) -> int:
    """Minor units of a decimal of at most two places."""
    amount = Decimal(str(text)) * CENTS
    if amount != amount.to_integral_value():
        raise ValueError(f"{text}: more than two decimal places")
    return int(amount)


def replay_lines(lines: Iterable[str], ladder: Ladder = LADDER) -> Iterator[dict[str, Any]]:
    """One answer a line: `{id, sold, price, leader, bids}`; amounts as decimal text."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield replay(json.loads(line), ladder)
        except (ValueError, KeyError, TypeError, ArithmeticError) as error:
            raise ValueError(f"line {number}: {error}") from error


def replay(log: Mapping[str, Any], ladder: Ladder = LADDER) -> dict[str, Any]:
    """One auction through the engine."""
    reserve = minor(log["reserve"]) if log.get("reserve") is not None else None
    rules = Rules(
        auction=str(log["id"]),
        format=Format.ENGLISH,
        tick=1,
        start=minor(log["open_bid"]),
        ladder=ladder,
        raise_reprices=True,
        has_reserve=reserve is not None,
        opens_at=0,
        free_ends_at=LONG,
        ends_at=LONG + DAY,
    )
    bids = [(moment(when), str(bidder), minor(most)) for when, bidder, most in log["bids"]]
    bids.sort(key=lambda bid: bid[0])
    begin = min((at for at, _, _ in bids), default=0)
    commands = [(0, Command("publish"))]
    commands += [
        (0, Command("admit", None, {"code": b})) for b in dict.fromkeys(b for _, b, _ in bids)
    ]
    commands += [
        (at - begin + 1, Command("bid", bidder, {"amount": most, "salt": "", "confirmed": True}))
        for at, bidder, most in bids
    ]
    commands += [(LONG, Command("clock")), (LONG + 2 * DAY, Command("clock"))]
    state = State()
    for at, command in commands:
        found = decide(rules, state, command, at, {"reserve": reserve})
        for event in () if isinstance(found, Refusal) else found:
            state = apply(rules, state, event)
    result = outcome(rules, state)
    return {
        "id": log["id"],
        "sold": result.sold,
        "price": None if state.price is None else decimal(state.price),
        "leader": state.leader,
        "bids": state.bids,
    }


def decimal(amount: int) -> str:
    """Minor units as decimal text."""
    return f"{amount // 100}.{amount % 100:02d}"


def moment(when: object) -> int:
    """Microseconds of a number of days, or of a timestamp."""
    try:
        return int(Decimal(str(when)) * DAY)
    except ArithmeticError:
        pass
    found = datetime.fromisoformat(str(when))
    return int(Decimal(repr(found.timestamp())) * SECOND)
