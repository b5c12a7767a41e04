"""Money in: what arrives for a deal, and the step that the whole price opens."""

from marketplace.core import clock
from marketplace.core.db import lock
from marketplace.core.lifecycle import advance
from marketplace.core.money import Money
from marketplace.core.policy import Actor, require
from marketplace.deals import policy, queries, steps
from marketplace.deals.models import Deal, DealState, InstalmentState
from marketplace.deals.services import brokerage, owing, repaying
from marketplace.deals.services.following import follow
from marketplace.deals.services.impartial import must_be_impartial
from marketplace.deals.services.instalments import held_lines
from marketplace.deals.services.noticing import take_effect
from marketplace.payments import services as payments
from marketplace.payments.models import Payment, PaymentState, Payout, Receipt


def receive(actor: Actor, payment: Payment, seen: payments.Seen) -> Receipt:
    """Book money towards a payment; a deal whose whole price the books then show goes on."""
    require(actor, policy.receive)
    deal = hold_deal(actor, payment)
    receipt = payments.book_receipt(actor, payment, seen)
    fund(actor, deal)
    return receipt


def match_receipt(actor: Actor, receipt: Receipt, payment: Payment, *, because: str) -> None:
    """Place money from suspense; a deal whose whole price the books then show goes on."""
    require(actor, policy.receive)
    deal = hold_deal(actor, payment)
    payments.match_receipt(actor, receipt, payment, because=because)
    fund(actor, deal)


def set_off(by: Actor, deal: Deal, *, source: str, amount: Money, key: str) -> Money | None:
    """Put what we hold for the buyer (an auction deposit) towards the price of a signed deal.

    None: the deal awaits no payment. Answers for its callers.
    """
    lock(deal)
    if deal.state is not DealState.PAYMENT:
        return None
    awaited = [one for one in queries.payments_for(deal) if one.state is PaymentState.AWAITED]
    if not awaited:
        return None
    applied = payments.set_off(by, awaited[0], source=source, amount=amount, key=key)
    fund(by, deal)
    return applied


def hold_deal(by: Actor, subject: Payment | Payout) -> Deal | None:
    """The deal first, then its payment: everybody takes the locks in this order."""
    deal = queries.by_id(subject.subject_id) if subject.subject_kind == "deal" else None
    if deal is not None:
        must_be_impartial(by, deal)
        lock(deal)
    return deal


def fund(by: Actor, deal: Deal | None) -> None:
    """A deal whose price, or first instalment, the books show goes on.

    So does each instalment that has come in whole. Answers for its callers, who hold it.
    """
    if deal is None:
        return
    for line in held_lines(deal):
        paid = line.payment is not None and line.payment.state is PaymentState.RECEIVED
        if paid and line.state is InstalmentState.DUE:
            advance(line, "pay", by=by, amount=line.amount)
    owing.collect(by, deal)
    repaying.pass_back(by, deal)
    brokerage.pass_on(by, deal)
    if deal.state is DealState.PAYMENT and deal.is_funded:
        advance(deal, "fund", by=by, amount=deal.down_payment)
        if deal.by_notice:
            take_effect(by, deal)
        deal.due_at = steps.deadline(DealState.RECORDAL, clock.now())
        follow(deal, by=by)
