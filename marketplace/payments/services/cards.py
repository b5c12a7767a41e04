"""Verbs of paying by card: an attempt begins, and takes over what the provider says of it.

Asking the provider lies between the two, outside of any transaction (`deals.services.carding`).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from marketplace.core import clock, events, settings
from marketplace.core.db import db, lock
from marketplace.core.errors import Refused
from marketplace.core.lifecycle import advance
from marketplace.core.money import EXPONENTS, Money
from marketplace.core.policy import Actor, require
from marketplace.ledger import queries as books
from marketplace.ledger import services as ledger
from marketplace.payments import policy, queries
from marketplace.payments.gateways import choice
from marketplace.payments.gateways.door import CardOrder, Intent, Session, Stands
from marketplace.payments.models import (
    CARD_DEFINITE,
    CardAttempt,
    CardAttemptState,
    CardKind,
    CardPayoutKind,
    CardPayoutState,
    Payment,
    PaymentState,
    order_key,
)
from marketplace.payments.queries import COMMISSION, provider_account
from marketplace.payments.services.paying import Seen, book_by_provider

HOLD_LIFE = timedelta(days=7)  # a card's authorisation; schemes differ, this is the shortest
HOLD_MARGIN = timedelta(days=1)  # taken that long before it would lapse
PENDING, HELD, AVAILABLE = "pending", "held", "available"


@dataclass(frozen=True)
class Told:
    """What the provider says of an attempt; `lost`: it knows nothing of it, and never will."""

    session: Session | None = None
    intent: Intent | None = None
    lost: bool = False


def card_limit(currency: str) -> Money:
    """The most that is paid by card at once."""
    return Money(currency, settings.current().card_limit_yuan * 10 ** EXPONENTS[currency])


def takes_cards(payment: Payment) -> bool:
    """Whether a page may offer it: a provider is there, the money is awaited, and it is not too much."""
    return (
        choice.current() is not None
        and payment.state is PaymentState.AWAITED
        and 0 < payment.outstanding.minor <= card_limit(payment.currency).minor
    )


def can_hold(until: datetime | None) -> bool:
    """Whether a reservation lasts that long; without an end that is known it does not."""
    return until is not None and until <= clock.now() + HOLD_LIFE - HOLD_MARGIN


def start_card(
    actor: Actor,
    payment: Payment,
    *,
    hold_until: datetime | None = None,
    method: str = "",
    group: str = "",
) -> CardAttempt:
    """Begin to pay what is outstanding by card, or reserve it (`hold_until`: how long it must last).

    While an attempt stands it is the one: another begins only after a definite failure. Refused:
    `card.unavailable`, `card.not_awaited`, `card.too_much`, `card.too_long`.
    """
    require(actor, policy.pay_by_card, payment)
    gateway = choice.current()
    if gateway is None:
        raise Refused("card.unavailable")
    lock(payment)
    before = queries.attempts_of(payment)
    if before and before[-1].state not in CARD_DEFINITE | {CardAttemptState.CAPTURED}:
        return before[-1]
    if payment.state is not PaymentState.AWAITED or payment.outstanding.minor <= 0:
        raise Refused("card.not_awaited")
    if payment.outstanding > card_limit(payment.currency):
        raise Refused("card.too_much", limit=card_limit(payment.currency))
    now = clock.now()
    if hold_until is not None and not can_hold(hold_until):
        raise Refused("card.too_long")
    number = len(before) + 1
    attempt = CardAttempt(
        payment=payment,
        number=number,
        kind=CardKind.HOLD if hold_until else CardKind.CHECKOUT,
        provider=gateway.name,
        key=order_key("payment", payment.id, number),
        amount_minor=payment.outstanding.minor,
        currency=payment.currency,
        group=group,
        method=method,
        started_by_id=actor.user_id,
        asked_at=now,
    )
    db.session.add(attempt)
    events.record(attempt, "card_attempt.start", by=actor, amount=attempt.amount)
    return attempt


def order_of(attempt: CardAttempt) -> CardOrder:
    """What the provider is asked for."""
    name = f"{settings.current().site_name} {attempt.payment.reference}"
    return CardOrder(attempt.key, attempt.amount_minor, attempt.currency, name, attempt.group)


def note_attempt(by: Actor, attempt: CardAttempt, told: Told) -> None:
    """Take over how an attempt stands at the provider. Whatever is told twice is done once.

    For callers, who hold the payment's deal.
    """
    lock(attempt.payment)
    lock(attempt)
    if told.session:
        attempt.session_number, attempt.address = told.session.id, told.session.url
    if told.intent:
        attempt.intent_number = told.intent.id
        attempt.charge_number = told.intent.charge or attempt.charge_number
        attempt.failure = told.intent.failure[:80]
    stands = _stands(told)
    if stands is Stands.DONE and told.intent:
        _capture(by, attempt, told.intent)
    elif stands is Stands.HELD and told.intent:
        _hold(by, attempt)
    elif stands is Stands.CANCELLED:
        _cancel(by, attempt)
    elif told.lost or stands is Stands.FAILED:
        decline_attempt(by, attempt, "lost" if told.lost else attempt.failure)
    elif attempt.state is CardAttemptState.STARTED:
        advance(attempt, "open", by=by)


def _stands(told: Told) -> Stands | None:
    if told.intent and told.intent.stands is not Stands.OPEN:
        return told.intent.stands
    closed = told.session and told.session.stands is Stands.CANCELLED
    return Stands.CANCELLED if closed else None


def decline_attempt(by: Actor, attempt: CardAttempt, code: str) -> None:
    """The provider said no, once and for all. Nothing was booked."""
    lock(attempt)
    attempt.failure = code[:80]
    if attempt.state in {CardAttemptState.STARTED, CardAttemptState.OPEN}:
        advance(attempt, "fail", by=by, reason=code[:80])


def _capture(by: Actor, attempt: CardAttempt, intent: Intent) -> None:
    if attempt.state is CardAttemptState.CAPTURED:
        return
    if attempt.receipt is None:
        _book(by, attempt, Money(intent.currency, intent.received), PENDING)
    else:
        got = attempt.receipt.amount
        ledger.transfer(
            f"card_attempt:{attempt.id}:capture",
            f"captured {attempt.intent_number}",
            {
                provider_account(attempt.provider, HELD): got,
                provider_account(attempt.provider, PENDING): -got,
            },
        )
    attempt.expires_at = None
    advance(attempt, "capture", by=by, amount=attempt.amount)


def _hold(by: Actor, attempt: CardAttempt) -> None:
    """A reservation is a claim on the provider, and counts as received until it is taken or let go."""
    if attempt.state not in {CardAttemptState.STARTED, CardAttemptState.OPEN}:
        return
    _book(by, attempt, attempt.amount, HELD)
    attempt.expires_at = clock.now() + HOLD_LIFE
    advance(attempt, "hold", by=by, amount=attempt.amount)


def _book(by: Actor, attempt: CardAttempt, amount: Money, place: str) -> None:
    attempt.receipt = book_by_provider(
        by,
        attempt.payment,
        Seen(
            amount=amount,
            bank_reference=f"{attempt.provider}:{attempt.intent_number}",
            payer_name=attempt.payment.payer.name,
            received_on=clock.today(),
            provider=attempt.provider,
        ),
        source=provider_account(attempt.provider, place),
    )


def _cancel(by: Actor, attempt: CardAttempt) -> None:
    if attempt.state in {CardAttemptState.STARTED, CardAttemptState.OPEN}:
        advance(attempt, "cancel", by=by)
        return
    ours = any(
        one.kind is CardPayoutKind.UNHOLD and one.state is not CardPayoutState.WITHDRAWN
        for one in attempt.refunds
    )
    if attempt.state is CardAttemptState.HELD and not ours and attempt.failure != "hold_lost":
        attempt.failure = "hold_lost"  # booked as a claim that is not there: somebody has to look
        events.record(attempt, "card_attempt.lose_hold", by=by, amount=attempt.amount)


def write_off_hold(actor: Actor, attempt: CardAttempt, *, because: str) -> None:
    """A reservation that lapsed: the exchange bears it out of its commission, clients' money stays whole."""
    require(actor, policy.pay_out)
    if not because.strip():
        raise Refused("card.reason")
    lock(attempt)
    if attempt.failure != "hold_lost" or attempt.receipt is None:
        raise Refused("card.hold_stands")
    attempt.lifecycle.target(attempt.state, "cancel")
    amount = attempt.receipt.amount
    ledger.transfer(
        f"card:lapsed:{attempt.id}",
        f"reservation lapsed {attempt.intent_number}",
        {COMMISSION: -amount, provider_account(attempt.provider, HELD): amount},
    )
    advance(attempt, "cancel", by=actor, because=because.strip(), amount=amount)


def must_be_taken(attempt: CardAttempt) -> bool:
    """A reservation has to be captured: it lapses soon, or its money is needed elsewhere.

    While its payer is about to get it back, it is let go instead.
    """
    if attempt.state is not CardAttemptState.HELD or attempt.receipt is None:
        return False
    if attempt.expires_at and attempt.expires_at - HOLD_MARGIN <= clock.now():
        return True
    there = books.balance(attempt.payment.account, attempt.currency)
    applied = Money(attempt.currency, attempt.receipt.applied_minor)
    return there < applied and queries.payout_for_hold(attempt) is None
