"""The bank's statements: taken in from a file, and booked movement by movement.

A movement is booked with what it does to a deal, in one transaction of its own: a run that is cut
short leaves the rest open, and the next run goes on.
"""

import hashlib

from marketplace.core.db import lock
from marketplace.core.errors import Refused
from marketplace.core.policy import Actor, require
from marketplace.deals import policy
from marketplace.deals.services import funding, settling
from marketplace.documents import services as documents
from marketplace.payments import queries as money
from marketplace.payments import services as payments
from marketplace.payments.models import BankLine, Payment, Payout, PayoutState, Receipt
from marketplace.payments.statements import reading

Target = Payment | Payout | Receipt


def take_in_statement(
    actor: Actor, data: bytes, filename: str, *, account: str, vouched_for: bool = False
) -> payments.TakenIn:
    """Read a bank's file, keep it and its movements; nothing is booked yet.

    `account`: the number of the escrow account. Refused: what is no statement, one of another
    account, a file that was taken in before.
    """
    require(actor, policy.receive)
    found = reading.read(data)
    payments.check_account(found, account, vouched_for=vouched_for)
    plain = "".join(sign for sign in account if sign.isalnum())
    digest = hashlib.sha256(data).hexdigest()
    taken = payments.take_in(actor, found, sha256=digest, filename=filename, account=plain)
    documents.keep(
        actor,
        data,
        filename,
        purpose="bank_statement",
        subject=taken.statements[0],
        media_type="application/octet-stream",
    )
    return taken


def settle_line(actor: Actor, line: BankLine) -> str:
    """Book a movement as far as no judgement is asked for, and say what was done.

    `booked`: it is certain what it is. `suspended`: money came and nothing is known of it.
    `left`: somebody has to look; also where its statement does not balance, or where it may be what a
    provider of cards sent us.
    """
    require(actor, policy.receive)
    if line.statement.balances is False:
        return "left"
    hints = money.hints(line)
    if hints and hints[0].certain:
        book_line(actor, line, hints[0].of)
        return "booked"
    if line.came_in and not hints and not money.on_their_way(line.amount):
        book_line(actor, line, None)
        return "suspended"
    return "left"


def book_line(actor: Actor, line: BankLine, target: Target | None, *, because: str = "") -> None:
    """Book a movement: towards a payment, as a payout, as money sent back, or into suspense.

    A receipt or payout that somebody booked by hand is only tied to it.
    """
    require(actor, policy.receive)
    lock(line)
    line.lifecycle.target(line.state, "book")
    match target:
        case Payment() | None if line.came_in:
            receipt = _received(actor, line, target)
            payments.link_receipt(actor, line, receipt, because=because)
        case Receipt():
            if not line.came_in and target.in_suspense:
                number = _number(line, money.payout_sent_as(line.bank_number))
                payments.send_back(actor, target, bank_reference=number, sent_on=line.booked_on)
            payments.link_receipt(actor, line, target, because=because)
        case Payout() if not line.came_in:
            if target.state is PayoutState.ORDERED:
                number = _number(line, money.payout_sent_as(line.bank_number))
                settling.send_payout(actor, target, bank_reference=number, sent_on=line.booked_on)
            payments.link_payout(actor, line, target, because=because)
        case _:
            raise Refused("bank_line.wrong_way")


def _received(actor: Actor, line: BankLine, payment: Payment | None) -> Receipt:
    seen = payments.Seen(
        amount=line.amount,
        bank_reference=_number(line, money.receipt_with(line.bank_number)),
        payer_name=line.counterparty,
        received_on=line.booked_on,
        note=line.text[:300],
    )
    if payment is None:
        return payments.book_unmatched(actor, seen)
    return funding.receive(actor, payment, seen)


def _number(line: BankLine, taken: Receipt | Payout | None) -> str:
    """Some banks give one number to many movements: the second goes under one of ours."""
    return line.bank_number if taken is None else line.own_number
