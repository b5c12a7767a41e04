"""One bid in an envelope: first price, second price, and tenders scored by weights."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from marketplace.auctions.engine.canonical import bid_commitment
from marketplace.auctions.engine.rules import LARGEST, Format, Rules
from marketplace.auctions.engine.state import State

FULL = 100_000  # a score of 100, in thousandths
MANY = 5  # evaluators from which the highest and the lowest score are left out


@dataclass(frozen=True)
class Opened:
    """An envelope whose content agrees with what was said of it."""

    code: str
    amount: int
    rank: int
    seq: int


@dataclass(frozen=True)
class Result:
    """Who leads, at what price; none: nobody reached the floor."""

    leader: str | None
    price: int | None
    totals: Mapping[str, int]


def agrees(rules: Rules, state: State, plain: Mapping[str, object]) -> bool:
    """The content is a bid of the bidder who sent the envelope, and the one that he committed to."""
    code, amount, nonce = plain.get("code"), plain.get("amount"), plain.get("nonce")
    if not isinstance(code, str) or type(amount) is not int or not isinstance(nonce, str):
        return False
    if not 0 < amount <= LARGEST or amount % rules.tick:
        return False
    try:
        return state.envelopes.get(code) == bid_commitment(rules.auction, code, amount, nonce)
    except ValueError:
        return False


def result(rules: Rules, state: State, opened: Sequence[Opened], reserve: int | None) -> Result:
    """The best bid; ties go to the better right of first refusal, then to the earlier envelope."""
    least = max(rules.start, reserve or 0)
    good = [one for one in opened if one.amount >= least]
    if not good:
        return Result(None, None, {})
    if rules.format is Format.TENDER:
        return _tender(rules, state, good)
    ordered = sorted(good, key=_best_first)
    best = ordered[0]
    if rules.format is Format.SEALED_FIRST:
        return Result(best.code, best.amount, {})
    second = ordered[1].amount if len(ordered) > 1 else 0
    return Result(best.code, max(least, second), {})


def _best_first(one: Opened) -> tuple[int, int, int]:
    return (-one.amount, one.rank or 10**6, one.seq)


def are_whole(rules: Rules, state: State, scores: object) -> bool:
    """Every evaluator has scored every envelope by every criterion, within bounds."""
    return (
        isinstance(scores, Mapping)
        and set(scores) == set(state.envelopes)
        and all(_is_sheet(rules, rows) for rows in scores.values())
    )


def _is_sheet(rules: Rules, rows: object) -> bool:
    return (
        isinstance(rows, list | tuple)
        and len(rows) == (rules.evaluators or 3)
        and all(
            isinstance(row, list | tuple)
            and len(row) == len(rules.criteria)
            and all(type(n) is int and 0 <= n <= FULL for n in row)
            for row in rows
        )
    )


def price_score(amount: int, best: int) -> int:
    """Of a price against the best one: its share of 100, in thousandths, rounded down."""
    return FULL * amount // best


def means(scores: Sequence[Sequence[int]]) -> list[int]:
    """Of each criterion the mean over the evaluators, rounded down to a thousandth.

    `scores[e][c]` in thousandths of 0 to 100; from five evaluators on without highest and lowest.
    """
    found = []
    for column in zip(*scores, strict=True):
        kept = sorted(column)[1:-1] if len(column) >= MANY else list(column)
        found.append(sum(kept) // len(kept))
    return found


def _tender(rules: Rules, state: State, good: Sequence[Opened]) -> Result:
    scores = state.scores or {}
    best = max(one.amount for one in good)
    totals = {
        one.code: (rules.price_weight or 0) * price_score(one.amount, best)
        + sum(c.weight * mean for c, mean in zip(rules.criteria, scores[one.code], strict=True))
        for one in good
        if one.code in scores
    }
    scored = [one for one in good if one.code in totals]
    if not scored:
        return Result(None, None, {})
    winner = min(scored, key=lambda one: (-totals[one.code], -one.amount, one.seq))
    return Result(winner.code, winner.amount, totals)
