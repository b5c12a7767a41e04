"""Verbs of money: expect it, book it, order it out, say that it was sent."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.exc import IntegrityError

from marketplace.core import clock, events
from marketplace.core.db import Record, db, lock
from marketplace.core.errors import Invalid, Refused
from marketplace.core.lifecycle import advance
from marketplace.core.money import EXPONENTS, Money
from marketplace.core.policy import Actor, require
from marketplace.ledger import queries as books
from marketplace.ledger import services as ledger
from marketplace.organisations.models import Organisation
from marketplace.payments import codes, policy, queries
from marketplace.payments.models import Payment, PaymentState, Payout, Receipt
from marketplace.payments.queries import BANK, SUSPENSE, credit_account
from marketplace.payments.services.banking import must_be_clear


def expect(
    by: Actor,
    subject: Record,
    *,
    payer_id: int,
    account: str,
    amount: Money,
    due_at: datetime | None = None,
) -> Payment:
    """Expect a payment into an account of the books, under a reference code of its own.

    Answers for its callers: they have proved that it is owed.
    """
    db.session.flush()  # the subject needs its id
    payment = Payment(
        reference=codes.new(),
        subject_kind=subject.__tablename__,
        subject_id=subject.id,
        payer_id=payer_id,
        account=account,
        amount_minor=amount.minor,
        currency=amount.currency,
        due_at=due_at,
    )
    db.session.add(payment)
    events.record(payment, "payment.expect", by=by, reference=payment.reference, amount=amount)
    return payment


def call_off(by: Actor, payment: Payment, *, because: str) -> None:
    """No longer expect a payment; what comes all the same goes to the payer's credit."""
    if payment.state is PaymentState.AWAITED:
        advance(payment, "cancel", by=by, because=because)


def postpone(payment: Payment, *, until: datetime) -> None:
    """Expect a payment later than asked. Answers for its callers, who say why."""
    if payment.state is PaymentState.AWAITED:
        payment.due_at = until


def set_off(by: Actor, payment: Payment, *, source: str, amount: Money, key: str) -> Money:
    """Pay towards an expected payment out of what we hold for its payer already (a deposit).

    No more than is outstanding; the rest goes to the payer's credit. Answers for its callers. Gives
    what was applied. The same key twice is one set-off.
    """
    lock(payment)
    if books.known(key):
        return Money(payment.currency, payment.set_off_minor)
    if amount.currency != payment.currency:
        raise Invalid("receipt.currency")
    awaited = payment.state is PaymentState.AWAITED
    applied = min(amount, payment.outstanding) if awaited else Money(payment.currency, 0)
    lines = {payment.account: applied, credit_account(payment.payer_id): amount - applied}
    lines[source] = lines.get(source, Money(payment.currency, 0)) - amount
    ledger.transfer(key, f"payment {payment.reference}: set off", lines)
    payment.set_off_minor += applied.minor
    events.record(payment, "payment.set_off", by=by, amount=amount, applied=applied)
    if awaited and not payment.outstanding:
        advance(payment, "receive", by=by, amount=payment.amount)
    return applied


@dataclass(frozen=True)
class Seen:
    """A credit on the bank's statement: how much, under which number of the bank, from whom."""

    amount: Money
    bank_reference: str
    payer_name: str
    received_on: date
    note: str = ""
    provider: str = ""  # at which it was seen, where not at the bank


def book_receipt(actor: Actor, payment: Payment, seen: Seen) -> Receipt:
    """Book money seen at the bank towards an expected payment.

    What exceeds the payment, comes in another currency, or comes after it was settled or called
    off, goes to the payer's credit and can be refunded. The bank's number is booked once
    (`receipt.known`).
    """
    require(actor, policy.book)
    lock(payment)
    receipt = _receipt(actor, seen)
    _apply(actor, payment, receipt, source=BANK, key=f"receipt:{receipt.id}")
    return receipt


def book_by_provider(by: Actor, payment: Payment, seen: Seen, *, source: str) -> Receipt:
    """Book money that a provider holds for us; `source`: its account in the books. For callers."""
    lock(payment)
    receipt = _receipt(by, seen)
    _apply(by, payment, receipt, source=source, key=f"receipt:{receipt.id}")
    return receipt


def book_unmatched(actor: Actor, seen: Seen) -> Receipt:
    """Book money that nobody can place yet: it waits in suspense, to be matched or sent back."""
    require(actor, policy.book)
    receipt = _receipt(actor, seen)
    ledger.transfer(
        f"receipt:{receipt.id}",
        f"unmatched {receipt.bank_reference}",
        {BANK: -receipt.amount, SUSPENSE: receipt.amount},
    )
    events.record(receipt, "receipt.suspend", by=actor, amount=receipt.amount)
    return receipt


def match_receipt(actor: Actor, receipt: Receipt, payment: Payment, *, because: str) -> None:
    """Place money from suspense: it was meant for this payment."""
    require(actor, policy.book)
    lock(payment)
    lock(receipt)
    _must_be_in_suspense(receipt)
    _apply(actor, payment, receipt, source=SUSPENSE, key=f"receipt:{receipt.id}:match")
    events.record(receipt, "receipt.match", by=actor, because=because, amount=receipt.amount)


def send_back(actor: Actor, receipt: Receipt, *, bank_reference: str, sent_on: date) -> None:
    """Money in suspense that was not meant for us went back to its sender."""
    require(actor, policy.pay_out)
    lock(receipt)
    _must_be_in_suspense(receipt)
    receipt.returned_on = _day_past(sent_on, "sent_on")
    receipt.return_reference = _bank_number(bank_reference)
    ledger.transfer(
        f"receipt:{receipt.id}:return",
        f"returned {receipt.bank_reference}",
        {SUSPENSE: -receipt.amount, BANK: receipt.amount},
    )
    events.record(receipt, "receipt.return", by=actor, amount=receipt.amount)


def order_payout(
    by: Actor,
    subject: Record,
    *,
    key: str,
    payee_id: int,
    amount: Money,
    purpose: str,
) -> Payout:
    """Order what an organisation is owed to be sent to it. The same key twice is one order.

    Answers for its callers. More than its credit is refused (`payout.uncovered`). It goes to the
    account that the payee has now.
    """
    known = queries.payout_with(key)
    if known:
        return known
    if amount.minor <= 0 or queries.credit(payee_id, amount.currency) < amount:
        raise Refused("payout.uncovered")
    db.session.flush()
    payee = db.session.get_one(Organisation, payee_id)
    payout = Payout(
        key=key,
        subject_kind=subject.__tablename__,
        subject_id=subject.id,
        payee=payee,
        account=credit_account(payee_id),
        payee_name=payee.name,
        bank_name=payee.bank_name,
        bank_account=payee.bank_account,
        ordered_by_id=by.user_id,
        purpose=purpose,
        amount_minor=amount.minor,
        currency=amount.currency,
    )
    db.session.add(payout)
    events.record(payout, "payout.order", by=by, amount=amount, purpose=purpose)
    return payout


def refund_credit(actor: Actor, organisation: Organisation, currency: str) -> Payout:
    """Order an organisation's credit (paid too much, too late, foreign) to be sent back."""
    require(actor, policy.pay_out)
    must_be_clear(currency)
    lock(organisation)
    owed = queries.credit(organisation.id, currency)
    if owed.minor <= 0:
        raise Refused("payout.no_credit")
    number = len(queries.payouts_of(organisation)) + 1
    return order_payout(
        actor,
        organisation,
        key=f"organisation:{organisation.id}:credit:{number}",
        payee_id=organisation.id,
        amount=owed,
        purpose="refund",
    )


def confirm_account(actor: Actor, payout: Payout, *, because: str) -> None:
    """Staff asked the payee about an account that changed after the order, and say how."""
    require(actor, policy.pay_out)
    if not because.strip():
        raise Invalid("payout.reason", fields={"because": "payout.reason"})
    lock(payout)
    payout.lifecycle.target(payout.state, "send")
    payee = payout.payee
    if not payee.bank_account:
        raise Refused("payout.no_account")
    if payout.account_stands and payout.name_stands:
        return
    payout.payee_name = payee.name
    payout.bank_name, payout.bank_account = payee.bank_name, payee.bank_account
    payout.account_confirmed_by_id = actor.user_id
    events.record(payout, "payout.confirm_account", by=actor, because=because)


def mark_sent(actor: Actor, payout: Payout, *, bank_reference: str, sent_on: date) -> None:
    """The bank sent a payout: the books follow. Once; again is refused by its state.

    Two people see every payment out: who ordered it, or confirmed its account, does not send it.
    """
    require(actor, policy.pay_out)
    number = _bank_number(bank_reference)
    day = _day_past(sent_on, "sent_on")
    lock(payout)
    other = queries.payout_sent_as(number)
    if other is not None and other.id != payout.id:
        code = "payout.bank_reference_known"
        raise Invalid(code, fields={"bank_reference": code})
    payout.lifecycle.target(payout.state, "send")
    if queries.goes_by_card(payout):
        raise Refused("payout.by_card")
    if queries.is_stopped(payout):
        raise Refused("payout.held")
    if not payout.name_stands:
        raise Refused("payout.name_differs")
    if not payout.account_stands:
        raise Refused(
            "payout.account_changed" if payout.payee.bank_account else "payout.no_account"
        )
    if actor.user_id in payout.involved_ids:
        raise Refused("payout.four_eyes")
    if queries.waits_at_provider(payout, queries.still_at_providers()):
        raise Refused("payout.at_provider")
    advance(payout, "send", by=actor, amount=payout.amount, bank_reference=number)
    payout.bank_reference, payout.sent_on, payout.sent_by_id = number, day, actor.user_id
    ledger.transfer(
        f"payout:{payout.id}:sent",
        f"payout {payout.id} sent",
        {payout.account: -payout.amount, BANK: payout.amount},
    )


def send_by_provider(by: Actor, payout: Payout, *, source: str, number: str) -> None:
    """A provider sent a payout, under a number of its own; for callers. `source`: its account."""
    lock(payout)
    advance(payout, "send", by=by, amount=payout.amount, bank_reference=number)
    payout.bank_reference, payout.sent_on, payout.sent_by_id = number, clock.today(), by.user_id
    ledger.transfer(
        f"payout:{payout.id}:sent",
        f"payout {payout.id} sent by a provider",
        {payout.account: -payout.amount, source: payout.amount},
    )


def self_check() -> books.Proof:
    """The books' own proof, and that receipts, payouts, payments and suspense agree with them."""
    proof = ledger.self_check()
    found = [*queries.breaks(), *queries.booked_unlike_lines(), *queries.unlike_clients_book()]
    return replace(proof, breaks=(*proof.breaks, *found))


def _receipt(actor: Actor, seen: Seen) -> Receipt:
    number = _bank_number(seen.bank_reference)
    if seen.amount.minor <= 0:
        raise Invalid("receipt.nothing", fields={"amount": "receipt.nothing"})
    if seen.amount.currency not in EXPONENTS:
        raise Invalid("receipt.currency", fields={"currency": "receipt.currency"})
    _must_be_new(number)
    receipt = Receipt(
        bank_reference=number,
        payer_name=seen.payer_name.strip(),
        received_on=_day_past(seen.received_on, "received_on"),
        amount_minor=seen.amount.minor,
        currency=seen.amount.currency,
        booked_by_id=actor.user_id,
        provider=seen.provider,
        note=seen.note.strip(),
    )
    try:
        with db.session.begin_nested():
            db.session.add(receipt)
    except IntegrityError:  # somebody booked it towards another payment at this very moment
        _must_be_new(number)
        raise
    return receipt


def _must_be_new(bank_reference: str) -> None:
    known = queries.receipt_with(bank_reference)
    if known:
        raise Invalid(
            "receipt.known",
            fields={"bank_reference": "receipt.known"},
            bank_reference=bank_reference,
            received_on=known.received_on.isoformat(),
        )


def _apply(actor: Actor, payment: Payment, receipt: Receipt, *, source: str, key: str) -> None:
    wanted = payment.outstanding
    if payment.state is not PaymentState.AWAITED or receipt.currency != payment.currency:
        wanted = Money(receipt.currency, 0)
    applied = min(receipt.amount, wanted)
    receipt.payment, receipt.matched_at = payment, clock.now()
    receipt.applied_minor = applied.minor
    ledger.transfer(
        key,
        f"payment {payment.reference}: {receipt.bank_reference}",
        {
            source: -receipt.amount,
            payment.account: applied,
            credit_account(payment.payer_id): receipt.amount - applied,
        },
    )
    events.record(
        payment,
        "payment.book",
        by=actor,
        amount=receipt.amount,
        applied=applied,
        credited=receipt.excess,
        bank_reference=receipt.bank_reference,
    )
    if payment.state is PaymentState.AWAITED and not payment.outstanding:
        advance(payment, "receive", by=actor, amount=payment.amount)


def _must_be_in_suspense(receipt: Receipt) -> None:
    if not receipt.in_suspense:
        raise Refused("receipt.placed")


def _bank_number(text: str) -> str:
    number = "".join(text.split()).upper()
    if not number or len(number) > 80:
        raise Invalid("receipt.bank_reference", fields={"bank_reference": "receipt.bank_reference"})
    return number


def _day_past(day: date, field: str) -> date:
    if day > clock.today():
        raise Invalid("receipt.future", fields={field: "receipt.future"})
    return day
