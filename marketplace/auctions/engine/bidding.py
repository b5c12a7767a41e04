"""What bidders ask: bids, the fixed price, a falling price, envelopes; and their opening."""

from marketplace.auctions.engine import sealed
from marketplace.auctions.engine.asked import Asked, Found
from marketplace.auctions.engine.canonical import maximum_commitment
from marketplace.auctions.engine.closing import closed
from marketplace.auctions.engine.english import effect, guard, minimum_next
from marketplace.auctions.engine.rules import Format
from marketplace.auctions.engine.state import Bidder, Event, Phase, Refusal
from marketplace.auctions.engine.timing import price_at

SEALED = frozenset({Format.SEALED_FIRST, Format.SEALED_SECOND, Format.TENDER})


def bid(asked: Asked) -> Found:
    """A maximum, up to which the exchange bids for him. First refusal wins: who, when, how much."""
    rules, state = asked.rules, asked.state
    if state.phase is Phase.OPEN and rules.format is not Format.ANNOUNCED:
        return Refusal("auction.other_format", {"format": rules.format.value})
    me = _in_time(asked)
    if isinstance(me, Refusal):
        return me
    amount = asked.amount()
    if isinstance(amount, Refusal):
        return amount
    return _quote(asked, me, amount) if state.phase is Phase.OPEN else _raised(asked, me, amount)


def _raised(asked: Asked, me: Bidder, amount: int) -> Found:
    rules, state = asked.rules, asked.state
    least = minimum_next(rules, state, me.code)
    if amount < least:
        return Refusal("auction.too_low", {"least": least, "price": state.price})
    limit = guard(rules, state, me.code)
    if amount > limit and asked.argument("confirmed") is not True:
        return Refusal("auction.confirm_required", {"limit": limit, "amount": amount})
    return _placed(asked, me, amount)


def _in_time(asked: Asked) -> Bidder | Refusal:
    """Who asks, before the end; the end is exclusive (I-07)."""
    me, ends_at = asked.bidder(), asked.state.ends_at
    if isinstance(me, Bidder) and (ends_at is None or asked.at >= ends_at):
        return Refusal("auction.ended", {"ends_at": ends_at})
    return me


def _placed(asked: Asked, me: Bidder, amount: int) -> tuple[Event, ...]:
    rules, state = asked.rules, asked.state
    found = effect(rules, state, me, amount, asked.at, asked.reserve)
    salt = str(asked.argument("salt", ""))
    placed = Event(
        "bid",
        asked.at,
        me.code,
        {
            "price": found.price,
            "leader": found.leader,
            "reserve_met": found.reserve_met,
            "ends_at": found.ends_at,
            "extended": found.extended,
            "commitment": maximum_commitment(rules.auction, me.code, amount, salt),
        },
        {"maximum": amount, "salt": salt},
    )
    if _trips(asked, found.price):
        return placed, asked.event(
            "suspended", reason="price_breaker", remaining=max(found.ends_at - asked.at, 0)
        )
    return (placed,)


def _trips(asked: Asked, price: int) -> bool:
    """The first time that the price is so many times the guide, somebody looks at it."""
    guide = asked.rules.guide
    return (
        guide is not None and not asked.state.breaker_fired and price >= asked.rules.breaker * guide
    )


def _quote(asked: Asked, me: Bidder, amount: int) -> Found:
    """ANNOUNCED: what an applicant would pay; his first bid where two or more apply."""
    least = max(asked.rules.start, (me.maximum or 0) + (asked.rules.tick if me.maximum else 0))
    if amount < least:
        return Refusal("auction.too_low", {"least": least, "price": None})
    limit = 3 * asked.rules.start
    if amount > limit and asked.argument("confirmed") is not True:
        return Refusal("auction.confirm_required", {"limit": limit, "amount": amount})
    salt = str(asked.argument("salt", ""))
    quoted = Event(
        "quoted",
        asked.at,
        me.code,
        {"commitment": maximum_commitment(asked.rules.auction, me.code, amount, salt)},
        {"maximum": amount, "salt": salt},
    )
    return (quoted,)


def buy_now(asked: Asked) -> Found:
    """The fixed price: before the first bid, or with a reserve until it is met (§ 2.6)."""
    rules, state = asked.rules, asked.state
    me = _in_time(asked)
    if isinstance(me, Refusal):
        return me
    offered = rules.buy_now is not None and (
        not state.reserve_met if rules.has_reserve else state.leader is None
    )
    if not offered:
        return Refusal("auction.no_buy_now")
    return _taken(asked, "bought", me, rules.buy_now or 0)


def accept(asked: Asked) -> Found:
    """DUTCH: the price of this moment, if it is the one that the bidder saw (I-20)."""
    if asked.rules.format is not Format.DUTCH:
        return Refusal("auction.other_format", {"format": asked.rules.format.value})
    me = _in_time(asked)
    if isinstance(me, Refusal):
        return me
    price = price_at(asked.rules, asked.state, asked.at)
    if asked.argument("expected_price") != price:
        return Refusal("auction.price_moved", {"price": price})
    return _taken(asked, "accepted", me, price)


def _taken(asked: Asked, kind: str, me: Bidder, price: int) -> tuple[Event, ...]:
    taken = asked.event(kind, code=me.code, price=price)
    return taken, *closed(asked, price, me.code, reserve_met=True)


def envelope(asked: Asked) -> Found:
    """A sealed bid; a later one takes its place, all stay in the log (I-17)."""
    if asked.rules.format not in SEALED:
        return Refusal("auction.other_format", {"format": asked.rules.format.value})
    me = _in_time(asked)
    if isinstance(me, Refusal):
        return me
    commitment, terms = asked.argument("commitment"), asked.argument("terms")
    if not _is_hash(commitment) or not (terms is None or _is_hash(terms)):
        return Refusal("auction.bad_envelope")
    said = {"commitment": commitment, "ciphertext": str(asked.argument("ciphertext", ""))}
    if terms is not None:  # TENDER: the commitment to the answers
        said["terms"] = terms
    return (Event("enveloped", asked.at, me.code, said),)


def _is_hash(value: object) -> bool:
    return isinstance(value, str) and len(value) == 64 and set(value) <= set("0123456789abcdef")


def score(asked: Asked) -> Found:
    """TENDER: the evaluators' scores, frozen before any price is seen (I-38).

    `scores[code][e][c]`: thousandths of 0 to 100, of evaluator e for criterion c.
    """
    rules, state = asked.rules, asked.state
    if rules.format is not Format.TENDER:
        return Refusal("auction.other_format", {"format": rules.format.value})
    if state.scores is not None:
        return Refusal("auction.scored")
    scores = asked.argument("scores", {})
    if not sealed.are_whole(rules, state, scores):
        return Refusal("auction.bad_scores")
    found = {code: sealed.means(rows) for code, rows in sorted(scores.items())}
    return (asked.event("scored", scores={c: scores[c] for c in sorted(scores)}, means=found),)


def open_envelopes(asked: Asked) -> Found:
    """All envelopes at once; one that does not agree with its commitment is void, it alone."""
    rules, state = asked.rules, asked.state
    if rules.format is Format.TENDER and state.scores is None:
        return Refusal("auction.not_scored")
    plaintexts = asked.argument("plaintexts", ())
    good: dict[str, dict[str, object]] = {
        one["code"]: {"code": one["code"], "amount": one["amount"], "nonce": one["nonce"]}
        for one in plaintexts
        if sealed.agrees(rules, state, one)
    }
    opened = [
        sealed.Opened(
            code, int(str(one["amount"])), state.bidders[code].rank, state.bidders[code].seq or 0
        )
        for code, one in good.items()
        if not state.bidders[code].excluded
    ]
    found = sealed.result(rules, state, opened, asked.reserve)
    unsealed = asked.event(
        "unsealed",
        opened=[good[code] for code in sorted(good)],
        voided=sorted(set(state.envelopes) - set(good)),
        totals=dict(found.totals),
    )
    met = found.leader is not None
    return unsealed, *closed(asked, found.price, found.leader, reserve_met=met)
