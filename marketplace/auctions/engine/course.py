"""The course of the price over time, from what is public: for drawing, in steps as it happened."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from marketplace.auctions.engine.rules import SECOND, Rules

Step = tuple[int, int | None]  # from this moment on, this price; none: no price stands any more
MOVES = frozenset({"bid", "turned", "excluded", "voided", "bought", "accepted"})


def rising(lines: Iterable[Mapping[str, Any]], until: int) -> list[Step]:
    """Where bids move the price: the moments at which it changed, the first bid first."""
    found: list[Step] = []
    for line in lines:
        if line["kind"] not in MOVES or "price" not in line["public"] or line["at"] > until:
            continue
        price = line["public"]["price"]
        if price != (found[-1][1] if found else None):
            found.append((line["at"], price))
    return found


def falling(
    rules: Rules, lines: Sequence[Mapping[str, Any]], until: int, most: int = 240
) -> list[Step]:
    """Where the clock moves it: down by a step an interval to the floor, and not while suspended.

    Of a long course every second, third … step is left out, so that no more than `most` remain.
    """
    interval = (rules.interval or 60) * SECOND
    floor = rules.start if rules.floor is None else rules.floor
    decrement = rules.decrement or 0
    taken = next((line for line in lines if line["kind"] == "accepted"), None)
    until = min(until, taken["at"]) if taken else until
    found: list[Step] = [(rules.opens_at, rules.start)]
    for begins, ends, shift in _running(rules, lines, until):
        number = max((begins - rules.opens_at - shift) // interval, 0) + 1
        while found[-1][1] != floor and decrement:
            at = rules.opens_at + shift + number * interval
            if at > ends:
                break
            found.append((at, max(floor, rules.start - number * decrement)))
            number += 1
    stride = -(-len(found) // most)
    kept = found[::stride]
    return kept if kept[-1] == found[-1] else [*kept, found[-1]]


def _running(
    rules: Rules, lines: Sequence[Mapping[str, Any]], until: int
) -> list[tuple[int, int, int]]:
    """When the price fell: from, to, and by how long it had stood still before."""
    found, begins, shift = [], rules.opens_at, 0
    running = True
    for line in lines:
        if line["kind"] == "suspended" and running and line["at"] <= until:
            found.append((begins, line["at"], shift))
            running = False
        elif line["kind"] == "resumed" and line["at"] <= until:
            begins, shift, running = line["at"], line["public"]["shift"], True
    return [*found, (begins, until, shift)] if running else found
