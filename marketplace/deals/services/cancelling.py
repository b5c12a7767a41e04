"""The ways out of a deal, and the reminders of what is late."""

from datetime import datetime, timedelta

from marketplace.core import clock, events
from marketplace.core.db import lock
from marketplace.core.errors import Invalid, Refused, WrongState
from marketplace.core.lifecycle import advance
from marketplace.core.policy import SYSTEM, Actor, require
from marketplace.deals import policy, queries
from marketplace.deals.models import Deal, DealState
from marketplace.deals.services import brokerage
from marketplace.deals.services.following import follow
from marketplace.deals.services.freezing import must_not_be_disputed
from marketplace.deals.services.impartial import must_be_impartial
from marketplace.deals.services.instalments import held_lines
from marketplace.deals.services.publicity import withdraw_notices
from marketplace.ledger import services as ledger
from marketplace.listings import services as listings
from marketplace.listings.models import ListingState
from marketplace.mandates import services as mandates
from marketplace.payments import queries as money
from marketplace.payments import services as payments

SIGNED = frozenset({DealState.PAYMENT, DealState.RECORDAL})
REMIND_EVERY = timedelta(days=7)


def cancel(actor: Actor, deal: Deal, *, because: str) -> None:
    """Leave a deal that is not signed yet; either party may, and says why."""
    require(actor, policy.cancel, deal)
    must_be_impartial(actor, deal)
    _must_say_why(because)
    advance(deal, "cancel", by=actor, because=because)
    deal.cancel_reason, deal.due_at = because.strip(), None
    withdraw_notices(deal, because=because)
    _free_listing(actor, deal)
    follow(deal, by=actor)


def end_by_default(by: Actor, deal: Deal, *, because: str) -> None:
    """Staff end a deal whose buyer has defaulted; what was paid is ordered back.

    Answers for its callers: they have found the default (an auction's winner who does not pay).
    """
    must_be_impartial(by, deal)
    _must_say_why(because)
    lock(deal)
    if deal.state in SIGNED:
        _rescind(by, deal, because=because)
        return
    advance(deal, "cancel", by=by, because=because)
    deal.cancel_reason, deal.due_at = because.strip(), None
    withdraw_notices(deal, because=because)
    _free_listing(by, deal)
    follow(deal, by=by)


def request_cancellation(actor: Actor, deal: Deal, *, because: str) -> None:
    """Ask the other party to undo a signed deal."""
    require(actor, policy.agree_cancellation, deal)
    _must_say_why(because)
    lock(deal)
    _must_be_signed(deal, "deal.request_cancellation")
    if deal.cancel_requested_by_id == actor.organisation_id:
        return
    if deal.cancel_requested_by_id is not None:
        raise Refused("deal.cancellation_requested")
    deal.cancel_requested_by_id, deal.cancel_reason = actor.organisation, because.strip()
    events.record(deal, "deal.request_cancellation", by=actor, because=because)


def withdraw_cancellation(actor: Actor, deal: Deal) -> None:
    """Take the request back: the deal goes on."""
    require(actor, policy.agree_cancellation, deal)
    lock(deal)
    _must_be_requested(deal)
    if deal.cancel_requested_by_id != actor.organisation_id:
        raise Refused("deal.cancellation_not_yours")
    forget_request(deal)
    events.record(deal, "deal.withdraw_cancellation", by=actor)


def agree_cancellation(actor: Actor, deal: Deal) -> None:
    """The other party agrees: the deal is undone, what is in escrow goes back."""
    require(actor, policy.agree_cancellation, deal)
    lock(deal)
    _must_be_requested(deal)
    if deal.cancel_requested_by_id == actor.organisation_id:
        raise Refused("deal.cancellation_yours")
    _rescind(actor, deal, because=deal.cancel_reason)


def oppose_cancellation(actor: Actor, deal: Deal, *, because: str) -> None:
    """The other party does not agree; the request stands and the exchange decides."""
    require(actor, policy.agree_cancellation, deal)
    _must_say_why(because)
    lock(deal)
    _must_be_requested(deal)
    if deal.cancel_requested_by_id == actor.organisation_id:
        raise Refused("deal.cancellation_yours")
    deal.cancel_opposition = because.strip()
    events.record(deal, "deal.oppose_cancellation", by=actor, because=because)


def decide_cancellation(actor: Actor, deal: Deal, *, rescind: bool, because: str) -> None:
    """The exchange decides about a request: the deal is undone, or goes on. Both are told why."""
    require(actor, policy.decide_cancellation, deal)
    must_be_impartial(actor, deal)
    _must_say_why(because)
    lock(deal)
    _must_be_requested(deal)
    if rescind:
        _rescind(actor, deal, because=because)
        return
    forget_request(deal)
    events.record(deal, "deal.refuse_cancellation", by=actor, because=because)


def overdue(now: datetime | None = None) -> int:
    """Remind of deals whose step is past its deadline, once a week; the number of reminders."""
    moment = now or clock.now()
    reminded = 0
    for deal in queries.late(moment):
        last = queries.last_event(deal, "deal.overdue")
        if last is not None and last.created_at > moment - REMIND_EVERY:
            continue
        events.record(deal, "deal.overdue", by=SYSTEM, step=deal.state, due_at=deal.due_at)
        reminded += 1
    return reminded


def _rescind(actor: Actor, deal: Deal, *, because: str) -> None:
    """Undo a signed deal: nothing more is expected, what is in escrow is ordered back."""
    must_not_be_disputed(deal)
    deal.lifecycle.target(deal.state, "rescind")
    held = deal.in_escrow
    undo(actor, deal, because=because)
    if held:
        key = f"deal:{deal.id}:refund"
        ledger.transfer(
            key,
            f"{deal.reference} refunded",
            {deal.escrow_account: -held, money.credit_account(deal.buyer_id): held},
        )
        payments.order_payout(
            actor, deal, key=key, payee_id=deal.buyer_id, amount=held, purpose="refund"
        )


def undo(by: Actor, deal: Deal, *, because: str) -> None:
    """End a signed deal without its fulfilment; its money is the caller's business."""
    advance(
        deal, "undo" if deal.state is DealState.SETTLEMENT else "rescind", by=by, because=because
    )
    deal.cancel_reason, deal.due_at = because.strip(), None
    withdraw_notices(deal, because=because)
    for payment in money.of(deal):
        payments.call_off(by, payment, because=because)
    for line in held_lines(deal):
        if not line.has_ended:
            advance(line, "cancel", by=by, because=because)
    _free_listing(by, deal)
    brokerage.give_back(by, deal, because=because)
    follow(deal, by=by)


def _free_listing(actor: Actor, deal: Deal) -> None:
    mandates.deal_ended(actor, deal.reference, because=deal.cancel_reason)
    if deal.terms.excludes_others and deal.listing.state is ListingState.RESERVED:
        listings.release(deal.listing, by=actor, because=deal.reference)


def forget_request(deal: Deal) -> None:
    """The request for cancellation is settled: the deal goes on."""
    deal.cancel_requested_by_id, deal.cancel_reason, deal.cancel_opposition = None, "", ""


def _must_say_why(because: str) -> None:
    if not because.strip():
        raise Invalid("deal.reason", fields={"because": "deal.reason"})


def _must_be_signed(deal: Deal, code: str) -> None:
    if deal.state not in SIGNED:
        raise WrongState(code, needs=[f"deal.{state.value}" for state in sorted(SIGNED)])


def _must_be_requested(deal: Deal) -> None:
    _must_be_signed(deal, "deal.answer_cancellation")
    if deal.cancel_requested_by_id is None:
        raise Refused("deal.no_request")
