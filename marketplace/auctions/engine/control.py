"""What seller and staff ask: publication, admission, suspension, exclusion, a void bid, an outage."""

from marketplace.auctions.engine import english, sealed
from marketplace.auctions.engine.asked import Asked, Found
from marketplace.auctions.engine.bidding import SEALED
from marketplace.auctions.engine.canonical import rules_hash
from marketplace.auctions.engine.rules import Format
from marketplace.auctions.engine.state import Event, Phase, Refusal
from marketplace.auctions.engine.timing import DAY, HOUR, MINUTE, cycle

REVIEW = 10 * MINUTE  # after the price breaker
ANNOUNCED_BEFORE = 2 * HOUR  # 最高人民法院 网络司法拍卖规定 art. 28 as the model
LONGEST = 5 * DAY
SLIP = 5 * MINUTE  # in which a typing slip may be taken back


def publish(asked: Asked) -> Found:
    """The rules are bound; their hash and the reserve's commitment stand in the first event."""
    if asked.rules.has_reserve != (asked.reserve is not None):
        return Refusal("auction.reserve_missing")
    return (
        asked.event("published", rules=asked.rules.to_json(), rules_hash=rules_hash(asked.rules)),
    )


def admit(asked: Asked) -> Found:
    """A bidder gets his pseudonym."""
    code = asked.argument("code") or asked.command.code
    if not isinstance(code, str) or not code:
        return Refusal("auction.bad_code")
    if code in asked.state.bidders:
        return Refusal("auction.admitted")
    return (asked.event("admitted", code=code, rank=int(asked.argument("rank", 0))),)


def suspend(asked: Asked) -> Found:
    """Remaining time is frozen (I-34)."""
    ends_at = asked.state.ends_at
    remaining = None if ends_at is None else max(ends_at - asked.at, 0)
    reason = str(asked.argument("reason", ""))
    return (asked.event("suspended", reason=reason, remaining=remaining),)


def resume(asked: Asked) -> Found:
    """Announce when it goes on: two hours ahead at least, five days at most; ten minutes after a breaker."""
    state, at = asked.state, asked.at
    when = asked.argument("at")
    earliest = at + ANNOUNCED_BEFORE
    if state.suspended_for == "price_breaker":
        earliest = max((state.suspended_at or at) + REVIEW, at)
    if type(when) is not int or not earliest <= when <= at + LONGEST:
        return Refusal("auction.bad_resumption", {"earliest": earliest, "latest": at + LONGEST})
    return (asked.event("resuming", resumes_at=when),)


def cancel(asked: Asked) -> Found:
    """Ended without a result."""
    return (asked.event("cancelled", reason=str(asked.argument("reason", ""))),)


def withdraw(asked: Asked) -> Found:
    """The seller takes it back before it opens (拍卖法 art. 29 as the model)."""
    if asked.at >= asked.rules.opens_at:
        return Refusal("auction.opened")
    return (asked.event("withdrawn", reason=str(asked.argument("reason", ""))),)


def exclude(asked: Asked) -> Found:
    """A bidder no longer counts: everything as if he had not bid, by replay (F-19)."""
    code, state = asked.argument("code"), asked.state
    me = state.bidders.get(code or "")
    if me is None:
        return Refusal("auction.not_admitted")
    if me.excluded:
        return Refusal("auction.excluded")
    reason = str(asked.argument("reason", ""))
    if asked.rules.format not in {Format.ENGLISH, Format.ANNOUNCED} or me.bids == 0:
        return _out(asked, me.code, reason)
    if asked.state.phase is Phase.OPEN:  # quotes: no price yet
        return _out(asked, me.code, reason)
    kept, price = english.without(asked.rules, state, asked.log(), asked.reserve, code=me.code)
    moved = (price, kept.leader) != (state.price, state.leader)
    ends_at = state.ends_at
    if moved and state.phase is Phase.LIMITED:
        ends_at = max(ends_at or 0, asked.at + cycle(asked.rules))
    return (
        asked.event(
            "excluded",
            code=me.code,
            reason=reason,
            price=price,
            leader=kept.leader,
            reserve_met=kept.reserve_met,
            ends_at=ends_at,
            bids=kept.bids,
        ),
    )


def _out(asked: Asked, code: str, reason: str) -> tuple[Event, ...]:
    state, me = asked.state, asked.state.bidders[code]
    leads = state.leader == code
    price, leader = (None, None) if leads else (state.price, state.leader)
    if leads and asked.rules.format in SEALED:  # opened: the best of the others is known
        others = [
            sealed.Opened(b.code, b.maximum, b.rank, b.seq or 0)
            for b in state.bidders.values()
            if b.maximum is not None and not b.excluded and b.code != code
        ]
        found = sealed.result(asked.rules, state, others, asked.reserve)
        price, leader = found.price, found.leader
    return (
        asked.event(
            "excluded",
            code=code,
            reason=reason,
            price=price,
            leader=leader,
            reserve_met=state.reserve_met and leader is not None,
            ends_at=state.ends_at,
            bids=max(state.bids - max(me.bids, me.seq is not None), 0),
        ),
    )


def void(asked: Asked) -> Found:
    """An obvious slip, within five minutes and before anybody bid after it: as if it had not been."""
    state, seq = asked.state, asked.argument("seq")
    log = asked.log()
    if type(seq) is not int or not 1 <= seq <= len(log) or log[seq - 1].kind != "bid":
        return Refusal("auction.no_such_bid")
    slip = log[seq - 1]
    if any(event.kind == "bid" for event in log[seq:]) or asked.at > slip.at + SLIP:
        return Refusal("auction.too_late_to_void")
    kept, price = english.without(asked.rules, state, log, asked.reserve, seq=seq)
    mine = kept.bidders[slip.code or ""]
    return (
        Event(
            "voided",
            asked.at,
            slip.code,
            {
                "seq": seq,
                "reason": str(asked.argument("reason", "")),
                "price": price,
                "leader": kept.leader,
                "reserve_met": kept.reserve_met,
                "bids": kept.bids,
                "stands": mine.seq,
            },
            {"maximum": mine.maximum, "unlimited": mine.unlimited},
        ),
    )


def outage(asked: Asked) -> Found:
    """We could not be reached: the limited period gets a full cycle, envelopes the outage and a day."""
    state, rules = asked.state, asked.rules
    since, until = asked.argument("since"), asked.argument("until")
    if type(since) is not int or type(until) is not int or since >= until:
        return Refusal("auction.bad_outage")
    ends_at = state.ends_at or 0
    if state.phase is Phase.LIMITED:
        touched = until > ends_at - cycle(rules)
        after = max(ends_at, until) + cycle(rules) if touched else ends_at
    elif state.phase is Phase.OPEN and rules.format is not Format.DUTCH:
        after = ends_at + (until - since) + DAY if since < ends_at <= until + DAY else ends_at
    else:
        after = ends_at
    if after == ends_at:
        return Refusal("auction.nothing_due")
    return (asked.event("outage", since=since, until=until, ends_at=after),)


def open_identity(asked: Asked) -> Found:
    """Break-glass: two people have looked at who is who. The log says so, without a name."""
    return (asked.event("identity_opened", reason=str(asked.argument("reason", ""))),)
