"""Commission that a price did not reach for: the seller owes it, in our own book and by a payment."""

from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.lifecycle import advance
from marketplace.core.money import Money
from marketplace.core.policy import Actor
from marketplace.deals.models import Deal, Receivable, ReceivableState
from marketplace.ledger import services as ledger
from marketplace.payments import accounting
from marketplace.payments import queries as money
from marketplace.payments import services as payments
from marketplace.payments.models import PaymentState


def owe_commission(by: Actor, deal: Deal, owed: Money, *, key: str) -> None:
    """Enter what a pledgee's claim has left of our fee as owed by the seller. For callers.

    Our own book earns it now; the payment is expected from the seller under a code of its own.
    """
    if not owed:
        return
    receivable = Receivable(
        deal=deal,
        debtor_id=deal.seller_id,
        key=key,
        amount_minor=owed.minor,
        currency=owed.currency,
    )
    db.session.add(receivable)
    db.session.flush()
    receivable.payment = payments.expect(
        by, deal, payer_id=deal.seller_id, account=receivable.account, amount=owed
    )
    ledger.transfer(
        f"own:receivable:{receivable.id}",
        f"{deal.reference}: commission owed by the seller",
        accounting.accrual(owed, clock.today()),
    )
    events.record(receivable, "receivable.open", by=by, amount=owed)


def hold(deal: Deal) -> None:
    """The fees owed are read again and held with their payments. For callers, who hold the deal."""
    for one in deal.receivables:
        lock(one)
        if one.payment is not None:
            lock(one.payment)


def set_off(by: Actor, deal: Deal, amount: Money, *, key: str) -> None:
    """Pay fees owed out of what a release brought the seller, the oldest first (民法典 art. 568).

    The release has put the amount to the seller's credit. For callers, who hold the deal.
    """
    left, source = amount, money.credit_account(deal.seller_id)
    for one in deal.receivables:
        if one.state is not ReceivableState.OPEN or one.payment is None or not left:
            continue
        part = min(left, one.payment.outstanding)
        payments.set_off(by, one.payment, source=source, amount=part, key=f"{key}:set_off:{one.id}")
        left -= part
    if amount:
        collect(by, deal)


def collect(by: Actor, deal: Deal) -> None:
    """What came in whole for a fee is ours. For callers, who hold the deal."""
    for one in deal.receivables:
        lock(one)
        paid = one.payment is not None and one.payment.state is PaymentState.RECEIVED
        if paid and one.state is ReceivableState.OPEN:
            ledger.transfer(
                f"receivable:{one.id}:paid",
                f"{deal.reference}: commission paid by the seller",
                {one.account: -one.amount, money.COMMISSION: one.amount},
            )
            advance(one, "pay", by=by, amount=one.amount)
