"""Payees' accounts at a provider: open one, lead its owner to the provider, take over what it says."""

from datetime import datetime

import structlog

from marketplace.core import clock, settings
from marketplace.core.db import db, lock, transaction
from marketplace.core.errors import Refused
from marketplace.core.policy import SYSTEM, Actor
from marketplace.deals.cards.attempts import KEYS_LAST
from marketplace.organisations.queries import own_organisation
from marketplace.payments import queries as money
from marketplace.payments import services as payments
from marketplace.payments.gateways import choice
from marketplace.payments.gateways.door import Account, AccountOrder, Declined, Unknown
from marketplace.payments.models import PayeeAccount, PayeeAccountState

log = structlog.get_logger()
PAGE = "/workbench/organisation/payout-account"


def connect(actor: Actor, *, country: str) -> int:
    """Open an account at the provider for the organisation acted for; gives its number with us.

    An answer that does not come is no error: `resume` asks again.
    """
    with transaction():
        one = payments.start_account(actor, own_organisation(actor), country=country)
        number, fresh = one.id, one.state is PayeeAccountState.STARTED
        again = one.asked_at < clock.now()
    if fresh:
        look_account(number, again=again)
    return number


def onboarding(actor: Actor) -> str:
    """The address at the provider where its owner tells what is due; another one each time.

    Refused: `payee_account.none`, and `card.no_answer` where the provider is silent.
    """
    with transaction():
        found = money.own_payee_accounts(actor, own_organisation(actor))
        known = next((one for one in found if one.stands and one.account_number), None)
        if known is None:
            raise Refused("payee_account.none")
        provider, account = known.provider, str(known.account_number)
    address = f"{settings.current().site_url}{PAGE}"
    try:
        return choice.of(provider).account_page(
            account, back=f"{address}?back=done", again=f"{address}/onboarding"
        )
    except (Unknown, Declined) as silence:
        log.warning("payee_account_page", why=str(silence))
        raise Refused("card.no_answer") from silence


def disconnect(actor: Actor) -> None:
    """The organisation acted for is paid by bank again. Refused: `payee_account.none`."""
    with transaction():
        organisation = own_organisation(actor)
        lock(organisation)
        standing = money.standing_account(organisation.id)
        if standing is None:
            raise Refused("payee_account.none")
        payments.close_account(actor, standing)


def look_account(payee_account_id: int, *, again: bool = True) -> None:
    """Ask the provider how an account stands (`again`: it may have been asked for) and take it over.

    Of one that failed or was ended nothing is asked: asking under its key would open it once more.
    """
    with transaction():
        one = db.session.get_one(PayeeAccount, payee_account_id)
        lock(one)
        if not one.stands:
            return
        one.asked_at = clock.now()
        ask = one.provider, payments.account_order_of(one), one.account_number, one.created_at
    try:
        told = _asked(*ask, again=again)
    except Unknown as silence:
        log.warning("payee_account_unknown", payee_account=payee_account_id, why=str(silence))
        return
    except Declined as refusal:
        with transaction():
            one = db.session.get_one(PayeeAccount, payee_account_id)
            payments.refuse_account(SYSTEM, one, refusal.code)
        return
    take_over_account(payee_account_id, told)


def _asked(
    provider: str, order: AccountOrder, number: str | None, since: datetime, *, again: bool
) -> Account:
    """Outside of any transaction. What was made already is found by its key before it is asked for again."""
    gateway = choice.of(provider)
    if not number and again:
        number = gateway.find(order.key, kind="account", since=since)
        if not number and clock.now() - since > KEYS_LAST:
            raise Declined("lost")
    return gateway.account(number) if number else gateway.open_account(order)


def take_over_account(payee_account_id: int, told: Account) -> None:
    """Keep what the provider says of an account."""
    with transaction():
        payments.note_account(SYSTEM, db.session.get_one(PayeeAccount, payee_account_id), told)
