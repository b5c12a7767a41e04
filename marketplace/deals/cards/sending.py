"""Money that goes out by a provider, and reservations that are taken or let go: begin, ask, take over."""

from dataclasses import dataclass
from datetime import datetime

import structlog

from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.policy import SYSTEM, Actor
from marketplace.deals.cards.attempts import KEYS_LAST, look, take_over
from marketplace.deals.services import funding, settling
from marketplace.deals.services.freezing import must_not_be_disputed
from marketplace.payments import queries as money
from marketplace.payments import services as payments
from marketplace.payments.gateways import choice
from marketplace.payments.gateways.door import CardOrder, Declined, Intent, Sent, Unknown
from marketplace.payments.models import (
    CardAttempt,
    CardPayout,
    CardPayoutKind,
    CardPayoutState,
    order_key,
)

log = structlog.get_logger()


def tend_hold(attempt_id: int) -> None:
    """Take a reservation, let it go, or leave it, as its money is needed."""
    with transaction():
        attempt = db.session.get_one(CardAttempt, attempt_id)
        going = payments.let_go(attempt)
        take = going is None and payments.must_be_taken(attempt)
        intent, provider = attempt.intent_number or "", attempt.provider
        minor, key = attempt.amount_minor, order_key("capture", attempt.id, 1)
        payout_id = going.id if going else None
    if payout_id is not None:
        send(payout_id)
    if not take:
        return
    told: Intent | None = None
    try:
        told = choice.of(provider).capture(intent, key=key, minor=minor)
    except Unknown as silence:
        log.warning("card_outcome_unknown", attempt=attempt_id, why=str(silence))
        return
    except Declined:  # lapsed, or taken already: the provider says which
        look(attempt_id)
        return
    take_over(attempt_id, payments.Told(intent=told))


def release(actor: Actor, card_payout_id: int) -> None:
    """A second person, impartial, agrees; then the provider is asked. What a dispute stops stays."""
    with transaction():
        one = money.card_payout(actor, card_payout_id)
        deal = funding.hold_deal(actor, one.payout)
        if deal is not None and money.is_stopped(one.payout):
            must_not_be_disputed(deal)
        payments.release_card_payout(actor, one)
    send(card_payout_id)


def send(card_payout_id: int) -> None:
    """Ask the provider to send a released payout, or how it stands, and take that over."""
    with transaction():
        one = db.session.get_one(CardPayout, card_payout_id)
        if one.state is not CardPayoutState.STARTED:
            return
        again = payments.mark_asked(one)
        ask = _Payout(
            provider=one.provider,
            kind=one.kind,
            order=payments.card_order_of(one),
            intent=(one.attempt.intent_number or "") if one.attempt else "",
            destination=one.destination,
            number=one.provider_number or "",
            since=one.created_at,
            again=again,
        )
    try:
        sent = _sent(ask)
    except Unknown as silence:
        log.warning("card_payout_unknown", card_payout=card_payout_id, why=str(silence))
        return
    except Declined as refusal:
        with transaction():
            one = db.session.get_one(CardPayout, card_payout_id)
            payments.refuse_card_payout(SYSTEM, one, refusal.code)
        return
    take_over_payout(card_payout_id, sent)


@dataclass(frozen=True)
class _Payout:
    provider: str
    kind: CardPayoutKind
    order: CardOrder
    intent: str
    destination: str
    number: str
    since: datetime
    again: bool


def _sent(ask: _Payout) -> Sent:
    gateway = choice.of(ask.provider)
    if ask.kind is CardPayoutKind.UNHOLD:
        gone = gateway.cancel(ask.intent, key=ask.order.key)
        return Sent(gone.id, ask.order.key, gone.stands, gone.minor)
    found = ask.number
    if not found and ask.again:
        found = gateway.find(ask.order.key, kind=ask.kind.value, since=ask.since)
        if not found and clock.now() - ask.since > KEYS_LAST:
            raise Declined("lost")
    if found:
        return gateway.sent(found)
    if ask.kind is CardPayoutKind.TRANSFER:
        return gateway.transfer(ask.destination, ask.order)
    return gateway.refund(ask.intent, ask.order)


def take_over_payout(card_payout_id: int, sent: Sent) -> None:
    """Book what the provider says of a refund or transfer; a deal of which everybody is paid is closed."""
    with transaction():
        one = db.session.get_one(CardPayout, card_payout_id)
        deal = funding.hold_deal(SYSTEM, one.payout)
        payments.note_card_payout(SYSTEM, one, sent)
        settling.close_when_paid(SYSTEM, deal)
