"""What providers tell, and what the clock starts: everything of unknown outcome is asked for."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import structlog

from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.policy import SYSTEM
from marketplace.deals.cards.accounts import look_account, take_over_account
from marketplace.deals.cards.attempts import look, take_over
from marketplace.deals.cards.sending import send, take_over_payout, tend_hold
from marketplace.payments import queries as money
from marketplace.payments import services as payments
from marketplace.payments.gateways import choice
from marketplace.payments.gateways.door import Declined, Unknown
from marketplace.payments.models import ProviderNotice

log = structlog.get_logger()
PATIENCE = timedelta(seconds=20)  # before an order without an answer is asked for again
LOOK_AGAIN = timedelta(
    minutes=10
)  # at a page that waits for its payer, should a notice have got lost
LOOK_AT_ACCOUNTS = timedelta(hours=6)


def take_in(provider: str, raw: bytes, signature: str) -> int:
    """Keep a provider's signed notice. Raises `Forged`, or NotFound where the provider is not in use.

    Acting upon it is the worker's: the provider gets its answer at once.
    """
    notice = choice.of(provider).read_notice(raw, signature)
    with transaction():
        return payments.keep_notice(provider, notice, raw.decode()).id


def act_on(notice_id: int) -> None:
    """Read again what a notice is about, and take that over. In any order, and as often as it comes."""
    with transaction():
        notice = db.session.get_one(ProviderNotice, notice_id)
        provider, kind, number = notice.provider, notice.object_kind, notice.object_number
        if notice.processed_at is not None:
            return
    try:
        outcome = _acted(provider, kind, number)
    except (Unknown, Declined) as refusal:
        log.warning("notice_failed", notice=notice_id, why=str(refusal))
        with transaction():
            payments.notice_failed(db.session.get_one(ProviderNotice, notice_id))
        return
    with transaction():
        payments.notice_done(db.session.get_one(ProviderNotice, notice_id), outcome)


def _acted(provider: str, kind: str, number: str) -> str:
    """What it is about is read again; which record of ours that is, and how that takes it over."""
    gateway = choice.of(provider)
    take: Callable[[int], None]
    if kind == "payment_intent":
        intent = gateway.intent(number)
        about = money.attempt_about(key=intent.key, intent=intent.id)
        take = partial(take_over, told=payments.Told(intent=intent))
    elif kind == "checkout.session":
        page = gateway.session(number)
        about = money.attempt_about(key=page.key, session=page.id)
        paid = gateway.intent(page.intent) if page.intent else None
        take = partial(take_over, told=payments.Told(page, paid))
    elif kind in {"refund", "transfer"}:
        sent = gateway.sent(number)
        about = money.card_payout_about(key=sent.key, number=sent.id)
        take = partial(take_over_payout, sent=sent)
    elif kind == "account":
        account = gateway.account(number)
        about = money.payee_account_about(key=account.key, number=account.id)
        take = partial(take_over_account, told=account)
    else:
        return "ignored"
    if about is None:
        return "unmatched"
    take(about)
    return "handled"


def resume() -> bool:
    """Ask for everything whose outcome is unknown, tend reservations, act on notices."""
    now = clock.now()
    found = 0
    for number in money.notices_due():
        found += 1
        act_on(number)
    for number in money.attempts_to_ask(
        started_before=now - PATIENCE, open_before=now - LOOK_AGAIN
    ):
        found += 1
        look(number)
    for number in money.attempts_held():
        tend_hold(number)
    for number in money.card_payouts_to_ask(now - PATIENCE):
        found += 1
        send(number)
    gateway = choice.current()
    for number in money.payee_accounts_to_ask(
        gateway.name if gateway else "",
        started_before=now - PATIENCE,
        told_before=now - LOOK_AT_ACCOUNTS,
    ):
        found += 1
        look_account(number)
    return bool(found)


def reconcile() -> int:
    """Bring the provider's movements of our balance into the books; how many were new."""
    gateway = choice.current()
    if gateway is None:
        return 0
    try:
        entries = list(gateway.entries())
    except (Unknown, Declined) as silence:
        log.warning("provider_balance_unread", why=str(silence))
        return 0
    with transaction():
        return payments.take_in_entries(SYSTEM, gateway.name, entries)


def deliver_sandbox() -> bool:
    """The demonstration's provider tells what happened: signed, and through the door for notices."""
    gateway = choice.current()
    if gateway is None or gateway.name != "sandbox":
        return False
    sandbox = choice.sandbox()
    waiting = sandbox.undelivered()
    db.session.rollback()
    for row, raw in waiting:
        take_in("sandbox", raw, sandbox.sign(raw))
        sandbox.delivered(row)
    return bool(waiting)
