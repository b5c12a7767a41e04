"""After the close: the holders of a right of first refusal are told, and answer.

Each is told the full terms and has at least fifteen days from the delivery to take it at the same price
(最高人民法院关于适用民法典物权编的解释（一） art. 10 to 12); the deposit follows within 48 hours. Nobody is
awarded before (I-36).
"""

import hashlib
import json
from datetime import date, datetime, timedelta

from marketplace.auctions import policy_priority as policy
from marketplace.auctions.engine.rules import PriorityMode
from marketplace.auctions.engine.state import RUNNING, Command, Event, Phase
from marketplace.auctions.models import (
    Auction,
    Participant,
    ParticipantState,
    PriorityHolder,
    PriorityState,
)
from marketplace.auctions.queries import priority as queries
from marketplace.auctions.services import deposits, door
from marketplace.auctions.services.intake import micros
from marketplace.core import clock, events
from marketplace.core.clock import BEIJING, start_of
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, Refused, WrongState
from marketplace.core.lifecycle import advance
from marketplace.core.policy import SYSTEM, Actor, require

LEAST_DAYS = 15
DEPOSIT_HOURS = 48


# ---- after the close -----------------------------------------------------------------------------


def after_close(auction: Auction, event: Event, _by: Actor) -> None:
    """Reaction to the close: tell the holders the full terms, and wait for them."""
    holders = queries.of_auction(auction, queries.OPEN)
    sold = bool(event.public.get("reserve_met"))
    inside = auction.rules.priority is PriorityMode.INSIDE
    buyer = _winner(auction, event.public.get("leader"))
    for one in holders:
        if not sold or inside or (buyer and one.holder_id == buyer.organisation_id):
            advance(one, "spend", by=SYSTEM)
        else:
            _notify(auction, one)
    _begin_the_days(auction)


def _winner(auction: Auction, code: str | None) -> Participant | None:
    if code is None:
        return None
    return db.session.query(Participant).filter_by(auction_id=auction.id, code=code).one_or_none()


def _notify(auction: Auction, holder: PriorityHolder) -> None:
    rules = auction.rules
    said = {
        "auction": auction.reference,
        "title": auction.listing.title,
        "currency": auction.currency,
        "price_minor": auction.price_minor,
        "deposit_minor": rules.deposit,
        "deposit_hours": DEPOSIT_HOURS,
        "days": max(rules.priority_days, LEAST_DAYS),
        "terms": events.plain(auction.listing.terms.to_json()),
        "terms_hash": rules.terms_hash,
    }
    holder.notice = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    holder.notice_hash = hashlib.sha256(holder.notice.encode()).hexdigest()
    holder.notified_at = clock.now()
    if holder.holder_id is not None:  # it has entered the holder's own mailbox (民法典 art. 137)
        holder.delivered_at = clock.now()
    advance(holder, "notify", by=SYSTEM, sha256=holder.notice_hash)


def deliver(actor: Actor, holder: PriorityHolder, *, on: date) -> None:
    """The notice was served on paper on a day; the days begin once all notices are delivered."""
    require(actor, policy.deliver, holder)
    lock(holder)
    if holder.state is not PriorityState.NOTIFIED or holder.delivered_at is not None:
        raise WrongState("auction_priority.deliver")
    notified = holder.notified_at or clock.now()
    if not notified.astimezone(BEIJING).date() <= on <= clock.today():
        raise Invalid(
            "auction_priority.delivery_day", fields={"on": "auction_priority.delivery_day"}
        )
    holder.delivered_at = max(start_of(on), notified)
    events.record(holder, "auction_priority.deliver", by=actor, on=on)
    _begin_the_days(holder.auction)


def _begin_the_days(auction: Auction) -> None:
    """All of them are served: the days run for all together, from the last delivery."""
    told = queries.of_auction(auction, [PriorityState.NOTIFIED])
    if not told or any(one.delivered_at is None for one in told):
        return
    days = max(auction.rules.priority_days, LEAST_DAYS)
    last = clock.now().astimezone(BEIJING).date()
    due = start_of(last + timedelta(days=days + 1))  # the day of delivery does not count (201)
    for one in told:
        one.due_at = due
    until = due + timedelta(hours=DEPOSIT_HOURS)  # an answer of the last minute has its hours
    arguments = {"holders": [_label(one) for one in told], "until": micros(until)}
    _done(door.execute(SYSTEM, auction.id, Command("await_priority", None, arguments)))


def _label(holder: PriorityHolder) -> str:
    """The holder's code in the log: the one as a bidder, or one of its own."""
    bidder = queries.participation_of(holder.auction, holder.holder_id)
    return (bidder.code if bidder else None) or f"P{holder.id}"


def _done(reply: door.Reply) -> None:
    if reply.refusal is not None:
        raise Refused(reply.refusal, **reply.body.get("facts", {}))


# ---- the answer ----------------------------------------------------------------------------------


def exercise(actor: Actor, holder: PriorityHolder, *, typed: str) -> Participant:
    """Take it at the same price and on the same terms; who types the name signs. The first wins."""
    require(actor, policy.exercise, holder)
    _lock(holder)
    _must_run(holder)
    if holder.deposit_due_at is not None:
        raise WrongState("auction_priority.exercise")
    _sign(actor, holder, typed, f"按通知载明的同等条件行使优先购买权（{holder.notice_hash[:16]}）")
    holder.deposit_due_at = clock.now() + timedelta(hours=DEPOSIT_HOURS)
    buyer = _as_participant(holder, actor)
    if holder.auction.rules.deposit == 0 or _has_deposit(holder):
        _take(holder, by=actor)
    elif not deposits.expected(buyer):
        hold = deposits.expect(actor, buyer)
        hold.payment.due_at = holder.deposit_due_at
    return buyer


def _as_participant(holder: PriorityHolder, actor: Actor) -> Participant:
    """The holder among the bidders, so that deposit and award find him."""
    auction, code = holder.auction, _label(holder)
    found = queries.participation_of(auction, holder.holder_id)
    if found is None:
        found = Participant(
            auction=auction,
            organisation_id=actor.organisation,
            user_id=actor.user,
            rules_hash=auction.rules_hash,
            state=ParticipantState.QUALIFIED,
        )
        db.session.add(found)
    found.code = code
    found.ground = holder.ground.value
    db.session.flush()
    return found


def deposit_came(participant: Participant) -> bool:
    """A deposit is held; of a holder who has said so, the right is exercised. Whether it was.

    One that came after its hours exercises nothing, even where nobody has looked at the clock yet.
    """
    for holder in queries.of_auction(participant.auction, [PriorityState.NOTIFIED]):
        due = holder.deposit_due_at
        if holder.holder_id == participant.organisation_id and due and clock.now() < due:
            _lock(holder)
            _take(holder, by=SYSTEM)
            return True
    return False


def _take(holder: PriorityHolder, *, by: Actor) -> None:
    auction = holder.auction
    _done(door.execute(SYSTEM, auction.id, Command("exercise", None, {"holder": _label(holder)})))
    advance(holder, "exercise", by=by, signed=holder.statement)
    for other in queries.of_auction(auction, queries.OPEN):
        advance(other, "spend", by=SYSTEM)


def waive(actor: Actor, holder: PriorityHolder, *, typed: str) -> None:
    """Let it go, before the auction or after its close; signed by typing the holder's name."""
    require(actor, policy.waive, holder)
    _lock(holder)
    holder.lifecycle.target(holder.state, "waive")
    _sign(actor, holder, typed, f"放弃本次竞价的优先购买权（{holder.auction.reference}）")
    _let_go(holder, "waive", by=actor)


def expire_due() -> int:
    """End what nobody answered, or paid no deposit for, in time; award where nobody is left."""
    due = queries.due()
    for holder in due:
        _lock(holder)
        declared = holder.deposit_due_at is not None
        if holder.state is PriorityState.NOTIFIED and not (declared and _has_deposit(holder)):
            _let_go(holder, "expire", by=SYSTEM)
    return len(due)


def _has_deposit(holder: PriorityHolder) -> bool:
    bidder = queries.participation_of(holder.auction, holder.holder_id)
    return bidder is not None and deposits.is_held(bidder)


def _let_go(holder: PriorityHolder, action: str, *, by: Actor) -> None:
    """Out of the log's list of holders; the award job goes on once nobody is left."""
    auction = holder.auction
    running = auction.state in RUNNING | {Phase.PUBLISHED}
    if auction.state is Phase.PRIORITY:
        command = Command("waive", None, {"holder": _label(holder)})
        _done(door.execute(SYSTEM, auction.id, command))
    advance(holder, action, by=by, signed=holder.statement)
    if auction.state is Phase.CLOSED:
        _begin_the_days(auction)
    bidder = queries.participation_of(auction, holder.holder_id)
    if bidder is not None and not running and bidder.code != auction.leader_code:
        deposits.give_back(bidder, because="lost")


def _must_run(holder: PriorityHolder) -> None:
    due: datetime | None = holder.due_at
    if holder.state is not PriorityState.NOTIFIED or due is None or clock.now() >= due:
        raise WrongState("auction_priority.exercise")


def _sign(actor: Actor, holder: PriorityHolder, typed: str, statement: str) -> None:
    """The name typed out is the signature; who typed it, and when, is kept with the words."""
    if "".join(typed.split()) != "".join(holder.holder_name.split()):
        raise Invalid(
            "auction_priority.name_differs", fields={"typed": "auction_priority.name_differs"}
        )
    holder.statement = statement
    holder.answered_at = clock.now()
    holder.answered_by_id = actor.user


def _lock(holder: PriorityHolder) -> None:
    """The auction's row first, then the holder's: everybody in this order."""
    lock(holder.auction)
    lock(holder)
