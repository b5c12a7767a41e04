"""Money by card, step by step: begin, ask the provider, take over what it says.

Each step that changes something is a transaction of its own and the provider is asked between two of
them. A run that is cut short anywhere leaves something that `resume` finds and takes to its end, and the
key of the order makes one effect of two askings.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from marketplace.core import clock, settings
from marketplace.core.db import db, lock, transaction
from marketplace.core.errors import Refused
from marketplace.core.policy import SYSTEM, Actor
from marketplace.deals import queries
from marketplace.deals.models import Deal
from marketplace.deals.services import funding
from marketplace.payments import queries as money
from marketplace.payments import services as payments
from marketplace.payments.gateways import choice
from marketplace.payments.gateways.door import (
    CardOrder,
    Declined,
    Unknown,
)
from marketplace.payments.models import (
    CardAttempt,
    CardAttemptState,
    CardKind,
    Payment,
    order_key,
)

log = structlog.get_logger()
KEYS_LAST = timedelta(hours=23)  # Stripe keeps an idempotency key for 24 hours at least


@dataclass(frozen=True)
class _Ask:
    """What has to be known to ask the provider, with no transaction open."""

    provider: str
    order: CardOrder
    hold: bool
    method: str
    session: str
    intent: str
    since: datetime
    again: bool
    address: str


def pay(
    actor: Actor,
    reference: str,
    *,
    hold_until: datetime | None = None,
    method: str = "",
) -> int:
    """Begin to pay by card and ask the provider for its page; gives the attempt's number.

    An answer that does not come is no error: `resume` asks again.
    """
    with transaction():
        payment = money.get(actor, reference)
        deal = _deal_of(payment)
        group = deal.reference if deal is not None else f"payment-{payment.id}"
        attempt = payments.start_card(
            actor, payment, hold_until=hold_until, method=method, group=group
        )
        attempt_id, fresh = attempt.id, not (attempt.session_number or attempt.intent_number)
        again = attempt.asked_at < clock.now()
    if fresh:
        look(attempt_id, again=again)
    return attempt_id


def look(attempt_id: int, *, again: bool = True) -> None:
    """Ask the provider how an attempt stands (`again`: it may have been asked for) and take it over."""
    with transaction():
        ask = _what_to_ask(db.session.get_one(CardAttempt, attempt_id), again=again)
    try:
        told = _asked(ask)
    except Unknown as silence:
        log.warning("card_outcome_unknown", attempt=attempt_id, why=str(silence))
        return
    except Declined as refusal:
        if ask.session or ask.intent:  # to be read, and refused: somebody has to look
            log.warning("card_attempt_unreadable", attempt=attempt_id, why=refusal.code)
            return
        with transaction():
            payments.decline_attempt(
                SYSTEM, db.session.get_one(CardAttempt, attempt_id), refusal.code
            )
        return
    take_over(attempt_id, told)


def _what_to_ask(attempt: CardAttempt, *, again: bool) -> _Ask:
    lock(attempt)
    attempt.asked_at = clock.now()
    return _Ask(
        provider=attempt.provider,
        order=payments.order_of(attempt),
        hold=attempt.kind is CardKind.HOLD,
        method=attempt.method,
        session=attempt.session_number or "",
        intent=attempt.intent_number or "",
        since=attempt.created_at,
        again=again,
        address=f"{settings.current().site_url}/payments/{attempt.payment_id}/card",
    )


def _asked(ask: _Ask) -> payments.Told:
    """Outside of any transaction. What was made already is found by its key before it is asked for again."""
    gateway = choice.of(ask.provider)
    session, intent = ask.session, ask.intent
    if not session and not intent and ask.again:
        kind = "intent" if ask.method else "session"
        found = gateway.find(ask.order.key, kind=kind, since=ask.since)
        session, intent = ("", found) if ask.method else (found, "")
        if not found and clock.now() - ask.since > KEYS_LAST:
            return payments.Told(lost=True)
    if intent and not session:
        return payments.Told(intent=gateway.intent(intent))
    if session:
        page = gateway.session(session)
    elif ask.method:
        return payments.Told(intent=gateway.hold(ask.order, method=ask.method))
    else:
        page = gateway.checkout(
            ask.order,
            hold=ask.hold,
            back=f"{ask.address}?back=done",
            away=f"{ask.address}?back=away",
        )
    return payments.Told(page, gateway.intent(page.intent) if page.intent else None)


def take_over(attempt_id: int, told: payments.Told) -> None:
    """Book what the provider says of an attempt; a deal whose whole price the books then show goes on."""
    with transaction():
        attempt = db.session.get_one(CardAttempt, attempt_id)
        deal = funding.hold_deal(SYSTEM, attempt.payment)
        payments.note_attempt(SYSTEM, attempt, told)
        funding.fund(SYSTEM, deal)


def _deal_of(payment: Payment) -> Deal | None:
    return queries.by_id(payment.subject_id) if payment.subject_kind == "deal" else None


def give_up(actor: Actor, reference: str) -> None:
    """The payer does not want to pay on that page: it is closed, and another way is open."""
    with transaction():
        payment = money.get(actor, reference)
        standing = [one for one in money.attempts_of(payment) if one.state is CardAttemptState.OPEN]
        if not standing:
            raise Refused("card.not_open")
        attempt_id, provider = standing[-1].id, standing[-1].provider
        session, key = standing[-1].session_number, standing[-1].key
    if session:
        try:
            choice.of(provider).close(session, key=order_key(f"close:{key}", attempt_id, 1))
        except (Declined, Unknown) as refusal:  # paid at this moment, or not reached: read it below
            log.info("card_page_not_closed", attempt=attempt_id, why=str(refusal))
    look(attempt_id)
