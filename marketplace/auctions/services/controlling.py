"""What two of the exchange's people do to an auction: one proposes, another checks, then it is done.

Maker and checker are told apart by their user ids (L-12); a constraint of the table says so too. What is
done goes through the one door like any other command, so the log has it, with a cause in words.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from marketplace.auctions import policy_control as policy
from marketplace.auctions.engine.deciding import phases
from marketplace.auctions.engine.state import Command, Event
from marketplace.auctions.models import Auction, Order, OrderKind, ParticipantState
from marketplace.auctions.queries import control as queries
from marketplace.auctions.queries import guarding
from marketplace.auctions.services import door
from marketplace.auctions.services.intake import micros
from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, Refused, WrongState
from marketplace.core.lifecycle import advance
from marketplace.core.policy import SYSTEM, Actor, require
from marketplace.organisations.models import Organisation

VALID = timedelta(hours=24)
SOONEST = timedelta(hours=2)  # after the announcement (网络司法拍卖规定 art. 28)
LATEST = timedelta(days=5)
SLIP = timedelta(minutes=5)  # within which a bid's slip is to be reported
CAUSES = (
    "title_dispute",
    "court_order",
    "office_notice",
    "platform_fault",
    "integrity",
    "slip",
    "cause_gone",
    "other",
)


def propose(
    actor: Actor,
    auction: Auction,
    kind: OrderKind,
    *,
    cause: str,
    reason: str,
    arguments: Mapping[str, Any] | None = None,
) -> Order:
    """Ask a second person to do something to an auction; the same twice at a time is refused.

    `cause` is announced with the measure; `reason` is for the exchange's own record.
    """
    require(actor, policy.propose, auction)
    lock(auction)
    if not reason.strip():
        raise Invalid(
            "auction_order.reason_missing", fields={"reason": "auction_order.reason_missing"}
        )
    if cause not in CAUSES:
        raise Invalid(
            "auction_order.cause_missing", fields={"cause": "auction_order.cause_missing"}
        )
    given = dict(arguments or {}) | {"cause": cause}
    _must_be_possible(auction, kind, given, since=clock.now())
    if queries.open_order(auction, kind) is not None:
        raise Refused("auction_order.already_open")
    order = Order(
        auction=auction,
        kind=kind,
        arguments=events.plain(given),
        reason=reason.strip()[:500],
        made_by_id=actor.user,
        expires_at=clock.now() + VALID,
    )
    db.session.add(order)
    events.record(order, "auction_order.propose", by=actor, because=order.reason, what=kind)
    return order


def confirm(actor: Actor, order: Order, *, remark: str = "") -> Order:
    """Check another's proposal, and carry it out at once through the door."""
    lock(order)
    require(actor, policy.check, order)
    order.lifecycle.target(order.state, "confirm")
    if order.expires_at <= clock.now():
        raise WrongState("auction_order.too_late")
    auction = order.auction
    lock(auction)
    _must_be_possible(auction, order.kind, order.arguments, since=order.created_at)
    _decided(actor, order, "confirm", remark)
    must_be_done(door.execute(actor, auction.id, _command(order), key=f"order:{order.id}"))
    return order


def refuse(actor: Actor, order: Order, *, remark: str) -> Order:
    """Say no to another's proposal, and why."""
    lock(order)
    require(actor, policy.check, order)
    if not remark.strip():
        raise Invalid(
            "auction_order.reason_missing", fields={"remark": "auction_order.reason_missing"}
        )
    _decided(actor, order, "refuse", remark)
    return order


def lapse_due() -> int:
    """End proposals that nobody checked within a day; how many."""
    stale = queries.stale_orders()
    for order in stale:
        advance(order, "lapse", by=SYSTEM)
    return len(stale)


def identity(actor: Actor, order: Order) -> Organisation:
    """Who is behind the code that two people opened. For these two only; each look leaves a mark."""
    require(actor, policy.see_identity, order)
    if order.kind is not OrderKind.OPEN_IDENTITY or order.checked_at is None:
        raise WrongState("auction_order.see_identity")
    found = queries.organisation_behind(order.auction, order.arguments["code"])
    events.record(order, "auction_order.look", by=actor)
    return found


def must_be_done(reply: door.Reply) -> None:
    """The door's refusal, as the house says refusals: nothing of the transaction stays."""
    if reply.refusal is not None:
        raise Refused(reply.refusal, **reply.body.get("facts", {}))


def keep_out(auction: Auction, event: Event, by: Actor) -> None:
    """Reaction to an exclusion: who is behind the code takes no further part, and hears why."""
    participant = queries.participant_of(auction, event.code or "")
    if participant is not None and participant.state is not ParticipantState.EXCLUDED:
        advance(participant, "exclude", by=by, reason=str(event.public.get("reason", "")))


def _decided(actor: Actor, order: Order, action: str, remark: str) -> None:
    order.checked_by_id = actor.user
    order.checked_at = clock.now()
    order.remark = remark.strip()[:500]
    advance(order, action, by=actor, because=order.remark, what=order.kind)


def _must_be_possible(
    auction: Auction, kind: OrderKind, arguments: Mapping[str, Any], *, since: datetime
) -> None:
    if auction.state not in phases(kind.value):
        raise WrongState("auction_order.wrong_state")
    check = _CHECKS.get(kind)
    if check is not None:
        check(auction, arguments, since)


def _may_go_on(auction: Auction, arguments: Mapping[str, Any], _: datetime) -> None:
    """In the window, and the right that is sold stands again: nobody sells what is gone or sealed."""
    at = arguments.get("at")
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    now = clock.now()
    if moment is None or not now + SOONEST <= moment <= now + LATEST:
        raise Invalid("auction_order.resume_window", fields={"at": "auction_order.resume_window"})
    if guarding.bar(auction) is not None:
        raise Refused("auction_order.right_barred")


def _is_a_fresh_bid(auction: Auction, arguments: Mapping[str, Any], since: datetime) -> None:
    """Asked for within five minutes of the bid, and nobody has outbid it yet (2.5)."""
    seq = arguments.get("seq")
    bid = queries.event_at(auction, seq) if isinstance(seq, int) else None
    if bid is None or bid.kind != "bid":
        raise Invalid("auction_order.no_such_bid", fields={"seq": "auction_order.no_such_bid"})
    if since - queries.moment(bid) > SLIP or queries.rival_after(auction, bid.seq, bid.code):
        raise Refused("auction_order.void_too_late")


def _has_the_bidder(auction: Auction, arguments: Mapping[str, Any], _: datetime) -> None:
    if queries.participant_of(auction, str(arguments.get("code", ""))) is None:
        raise Invalid(
            "auction_order.no_such_bidder", fields={"code": "auction_order.no_such_bidder"}
        )


_CHECKS: Mapping[OrderKind, Callable[[Auction, Mapping[str, Any], datetime], None]] = {
    OrderKind.RESUME: _may_go_on,
    OrderKind.VOID: _is_a_fresh_bid,
    OrderKind.EXCLUDE: _has_the_bidder,
    OrderKind.OPEN_IDENTITY: _has_the_bidder,
}


def _command(order: Order) -> Command:
    """What the door is asked. The code of whom an identity was opened does not go into the log."""
    given = order.arguments
    match order.kind:
        case OrderKind.RESUME:
            at = micros(datetime.fromisoformat(given["at"]))
            return Command("resume", arguments={"at": at, "reason": given["cause"]})
        case OrderKind.VOID:
            return Command("void", arguments={"seq": given["seq"], "reason": given["cause"]})
        case OrderKind.EXCLUDE:
            return Command("exclude", arguments={"code": given["code"], "reason": given["cause"]})
        case _:
            return Command(order.kind.value, arguments={"reason": given["cause"]})
