"""Verbs of money that goes out by a provider: back to the card, a hold let go, or to a connected account."""

from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.errors import Refused
from marketplace.core.lifecycle import advance
from marketplace.core.policy import SYSTEM, Actor, require
from marketplace.ledger import queries as books
from marketplace.payments import policy, queries
from marketplace.payments.gateways import choice
from marketplace.payments.gateways.door import CardOrder, Sent, Stands
from marketplace.payments.models import (
    CardAttempt,
    CardAttemptState,
    CardPayout,
    CardPayoutKind,
    CardPayoutState,
    PayeeAccount,
    Payout,
    order_key,
)
from marketplace.payments.queries import provider_account
from marketplace.payments.services.banking import must_be_clear
from marketplace.payments.services.cards import AVAILABLE, HELD, PENDING
from marketplace.payments.services.paying import send_by_provider


def ask_card_payout(actor: Actor, payout: Payout) -> CardPayout:
    """Ask that a refund goes back to the card that paid, or a payout to the payee's connected account.

    Another person releases it. Refused: `card_payout.larger` (more than came by card, L-11),
    `card_payout.no_card`, `card_payout.held`, `payout.by_card`, `payout.in_batch`.
    """
    require(actor, policy.pay_out)
    lock(payout)
    payout.lifecycle.target(payout.state, "send")
    if queries.goes_by_card(payout):
        raise Refused("payout.by_card")
    if payout.batch_id is not None:
        raise Refused("payout.in_batch")
    if payout.held:
        raise Refused("payout.held")
    if payout.purpose != "refund":
        return _add(actor, payout, CardPayoutKind.TRANSFER, destination=_destination(payout))
    attempt = _card_of(payout)
    if attempt.state is CardAttemptState.HELD:
        if attempt.amount != payout.amount:
            raise Refused("card_payout.held")
        return _add(actor, payout, CardPayoutKind.UNHOLD, attempt=attempt)
    return _add(actor, payout, CardPayoutKind.REFUND, attempt=attempt)


def can_go_by_card(payout: Payout) -> bool:
    """Whether a page may offer it: its payee paid by card, or has an account at the provider."""
    if payout.purpose == "refund":
        return bool(queries.refundable_attempts(payout))
    return choice.transfers() and _account_of(payout) is not None


def _card_of(payout: Payout) -> CardAttempt:
    """The newest card payment that covers it; locked, so that two refunds do not share the cover."""
    found = list(queries.refundable_attempts(payout))
    for one in found:
        lock(one)
        if one.refundable >= payout.amount:
            return one
    raise Refused("card_payout.larger" if found else "card_payout.no_card")


def _destination(payout: Payout) -> str:
    if not choice.transfers():
        raise Refused("card_payout.no_transfers")
    account = _account_of(payout)
    if account is None:
        raise Refused("card_payout.no_account")
    return str(account.account_number)


def _account_of(payout: Payout) -> PayeeAccount | None:
    """Where the payee can be paid at the provider that is asked now."""
    gateway, account = choice.current(), queries.standing_account(payout.payee_id)
    there = gateway is not None and account is not None and account.provider == gateway.name
    return account if there and account and account.can_be_paid else None


def _add(
    actor: Actor,
    payout: Payout,
    kind: CardPayoutKind,
    *,
    attempt: CardAttempt | None = None,
    destination: str = "",
) -> CardPayout:
    gateway = choice.of(attempt.provider) if attempt else choice.current()
    if gateway is None:
        raise Refused("card.unavailable")
    number = len(queries.card_payouts_of(payout)) + 1
    made = CardPayout(
        payout=payout,
        number=number,
        kind=kind,
        provider=gateway.name,
        key=order_key("payout", payout.id, number),
        attempt=attempt,
        destination=destination,
        asked_by_id=actor.user_id,
    )
    db.session.add(made)
    events.record(made, "card_payout.ask", by=actor, amount=payout.amount, way=kind)
    return made


def let_go(attempt: CardAttempt) -> CardPayout | None:
    """Give a reservation back as soon as its payer is owed all of it: nothing leaves us by that.

    No second person is asked: who is owed the money was decided where the refund was ordered.
    """
    lock(attempt)
    payout = queries.payout_for_hold(attempt)
    if payout is None or payout.held or attempt.state is not CardAttemptState.HELD:
        return None
    lock(payout)
    made = _add(SYSTEM, payout, CardPayoutKind.UNHOLD, attempt=attempt)
    advance(made, "release", by=SYSTEM, amount=payout.amount)
    return made


def release_card_payout(actor: Actor, one: CardPayout) -> None:
    """A second person agrees; the provider is asked next.

    Refused: `payout.four_eyes`, `card_payout.uncovered` (the provider does not hold enough: let the
    bank send it), `payout.bank_break`, `payout.held` (its deal is disputed), `payout.name_differs`,
    `card_payout.account_changed`.
    """
    require(actor, policy.pay_out)
    lock(one.payout)
    lock(one)
    one.lifecycle.target(one.state, "release")
    must_be_clear(one.payout.currency)
    if one.payout.held:
        raise Refused("payout.held")
    involved = {one.asked_by_id, *one.payout.involved_ids}
    if one.kind is CardPayoutKind.TRANSFER:
        if not one.payout.name_stands:
            raise Refused("payout.name_differs")
        account = _account_of(one.payout)
        if account is None or account.account_number != one.destination:
            raise Refused("card_payout.account_changed")
        involved.add(account.confirmed_by_id)
    if actor.user_id in involved:
        raise Refused("payout.four_eyes")
    held = -books.balance(source_of(one), one.payout.currency)
    if held < one.payout.amount:
        raise Refused("card_payout.uncovered")
    advance(one, "release", by=actor, amount=one.payout.amount)
    one.released_by_id = actor.user_id


def withdraw_card_payout(actor: Actor, one: CardPayout) -> None:
    """It goes by bank after all."""
    require(actor, policy.pay_out)
    lock(one)
    advance(one, "withdraw", by=actor)


def source_of(one: CardPayout) -> str:
    """The account of the books that it leaves."""
    place = {
        CardPayoutKind.UNHOLD: HELD,
        CardPayoutKind.TRANSFER: AVAILABLE,
        CardPayoutKind.REFUND: AVAILABLE if one.attempt and one.attempt.settled_at else PENDING,
    }[one.kind]
    return provider_account(one.provider, place)


def card_order_of(one: CardPayout) -> CardOrder:
    """What the provider is asked for; `group` ties it to its deal."""
    group = f"{one.payout.subject_kind}-{one.payout.subject_id}"
    return CardOrder(one.key, one.payout.amount_minor, one.payout.currency, group, group)


def note_card_payout(by: Actor, one: CardPayout, sent: Sent) -> None:
    """Take over how it stands at the provider; told twice, done once. For callers."""
    lock(one.payout)
    if one.attempt:
        lock(one.attempt)
    lock(one)
    if one.kind is not CardPayoutKind.UNHOLD:
        one.provider_number = sent.id
    if one.state is not CardPayoutState.STARTED:
        if one.state is CardPayoutState.SENT and sent.stands in {Stands.FAILED, Stands.CANCELLED}:
            one.failure = sent.failure or "bounced"  # after it was sent: somebody has to look
        return
    gone = Stands.CANCELLED if one.kind is CardPayoutKind.UNHOLD else Stands.DONE
    if sent.stands is gone:
        one.source = source_of(one)
        advance(one, "send", by=by, amount=one.payout.amount)
        number = sent.id if one.kind is not CardPayoutKind.UNHOLD else f"{sent.id}:CANCEL"
        send_by_provider(by, one.payout, source=one.source, number=f"{one.provider}:{number}")
        if one.kind is CardPayoutKind.UNHOLD and one.attempt:
            advance(one.attempt, "cancel", by=by)
            one.attempt.expires_at = None
    elif sent.stands in {Stands.FAILED, Stands.CANCELLED, Stands.DONE}:
        refuse_card_payout(by, one, sent.failure or sent.stands.value)


def refuse_card_payout(by: Actor, one: CardPayout, code: str) -> None:
    """The provider will not send it: the bank may, or another try."""
    lock(one)
    one.failure = code[:80]
    if one.state is CardPayoutState.STARTED:
        advance(one, "fail", by=by, reason=code[:80])


def mark_asked(one: CardPayout) -> bool:
    """The provider is asked now; whether it was asked before."""
    before, one.asked_at = one.asked_at is not None, clock.now()
    return before
