"""Verbs of payees' accounts at a provider. The provider is asked by callers, between two transactions."""

from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, Refused
from marketplace.core.lifecycle import advance
from marketplace.core.policy import Actor, require
from marketplace.organisations import policy as organisation_policy
from marketplace.organisations.models import Organisation
from marketplace.payments import policy, queries
from marketplace.payments.gateways import choice
from marketplace.payments.gateways.door import Account, AccountOrder
from marketplace.payments.models import PayeeAccount, PayeeAccountState, order_key


def start_account(actor: Actor, organisation: Organisation, *, country: str) -> PayeeAccount:
    """Begin to open an account at the provider for an organisation; the provider is asked next.

    One that stands already is given back: a form sent twice opens one account. Refused:
    `payee_account.unavailable`, Invalid `payee_account.country`. The entry point has asked for the password.
    """
    require(actor, organisation_policy.edit_bank_account, organisation)
    gateway = choice.current()
    if gateway is None or not choice.transfers():
        raise Refused("payee_account.unavailable")
    if len(country) != 2 or not (country.isascii() and country.isalpha() and country.isupper()):
        raise Invalid("payee_account.country", fields={"country": "payee_account.country"})
    lock(organisation)
    standing = queries.standing_account(organisation.id)
    if standing is not None:
        return standing
    number = len(queries.payee_accounts_of(organisation.id)) + 1
    made = PayeeAccount(
        organisation=organisation,
        number=number,
        provider=gateway.name,
        key=order_key("payee account", organisation.id, number),
        country=country,
        asked_by_id=actor.user_id,
        asked_at=clock.now(),
    )
    db.session.add(made)
    events.record(made, "payee_account.start", by=actor, country=country)
    return made


def account_order_of(one: PayeeAccount) -> AccountOrder:
    """What the provider is asked for."""
    name = one.organisation.name_en or one.organisation.name
    return AccountOrder(one.key, name[:100], one.country)


def note_account(by: Actor, one: PayeeAccount, told: Account) -> None:
    """Take over how an account stands at the provider; told twice, done once. For callers."""
    lock(one)
    if one.state is PayeeAccountState.STARTED:
        advance(one, "open", by=by)
        one.account_number = told.id
    if one.state not in {PayeeAccountState.INCOMPLETE, PayeeAccountState.READY}:
        return
    one.due = list(told.due)
    if told.ready and one.state is PayeeAccountState.INCOMPLETE:
        advance(one, "prove", by=by)
    elif not told.ready and one.state is PayeeAccountState.READY:
        advance(one, "restrict", by=by)


def refuse_account(by: Actor, one: PayeeAccount, code: str) -> None:
    """The provider opens none, or knows this one no more. For callers."""
    lock(one)
    if one.state is PayeeAccountState.STARTED:
        advance(one, "fail", by=by, reason=code[:80])
    elif one.state in {PayeeAccountState.INCOMPLETE, PayeeAccountState.READY}:
        advance(one, "close", by=by, reason=code[:80])
    else:
        return
    one.failure = code[:80]


def close_account(actor: Actor, one: PayeeAccount) -> None:
    """Its organisation is paid by bank again; what was released already still arrives there."""
    require(actor, organisation_policy.edit_bank_account, one.organisation)
    lock(one)
    advance(one, "close", by=actor)


def confirm_payee_account(actor: Actor, one: PayeeAccount, *, because: str) -> None:
    """Our staff made sure, by a way known before, that the account is its organisation's own.

    Who confirms it releases nothing to it. Refused: Invalid `payee_account.because`,
    `payee_account.not_ready`, `payee_account.confirmed`.
    """
    require(actor, policy.pay_out)
    if not because.strip():
        raise Invalid("payee_account.because", fields={"because": "payee_account.because"})
    lock(one)
    if one.state is not PayeeAccountState.READY:
        raise Refused("payee_account.not_ready")
    if one.confirmed_at is not None:
        raise Refused("payee_account.confirmed")
    one.confirmed_by_id, one.confirmed_at = actor.user_id, clock.now()
    events.record(one, "payee_account.confirm", by=actor, because=because.strip()[:500])
