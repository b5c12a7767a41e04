"""After a release the contract fell: the seller pays back, and only that money goes to the buyer.

Nothing of other clients is touched: until the seller pays, the buyer has a claim on the seller.
"""

from marketplace.core import events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, Refused, WrongState
from marketplace.core.lifecycle import advance
from marketplace.core.money import Money
from marketplace.core.policy import Actor, require
from marketplace.deals import policy
from marketplace.deals.models import Deal, DealState, Repayment, RepaymentState
from marketplace.deals.services.impartial import must_be_impartial
from marketplace.documents import services as documents
from marketplace.documents.models import Document
from marketplace.ledger import services as ledger
from marketplace.payments import queries as money
from marketplace.payments import services as payments
from marketplace.payments.models import PaymentState

AFTER = frozenset({DealState.SETTLEMENT, DealState.CLOSED})


def propose_repayment(
    actor: Actor, deal: Deal, *, amount: Money, because: str, document: Document
) -> Repayment:
    """One person of the staff enters what the seller has to pay back, with the paper it rests on.

    No more than was released and is not asked back already (`repayment.too_much`). Entered again
    while it waits for the second person, it is the same one.
    """
    require(actor, policy.ask_repayment)
    must_be_impartial(actor, deal)
    if not because.strip():
        raise Invalid("deal.reason", fields={"because": "deal.reason"})
    lock(deal)
    if deal.state not in AFTER or not deal.releases:
        raise WrongState("repayment.propose", needs=["deal.settlement", "deal.closed"])
    said = (amount, because.strip(), actor.user)
    for one in deal.repayments:
        waits = one.state is RepaymentState.PROPOSED
        if waits and (one.amount, one.because, one.proposed_by_id) == said:
            return one
    asked = [x.amount_minor for x in deal.repayments if x.state is not RepaymentState.WITHDRAWN]
    left = sum(release.amount_minor for release in deal.releases) - sum(asked)
    if amount.currency != deal.currency or not 0 < amount.minor <= left:
        raise Invalid("repayment.too_much", fields={"amount": "repayment.too_much"})
    repayment = Repayment(
        deal=deal,
        amount_minor=amount.minor,
        currency=amount.currency,
        because=because.strip(),
        document=document,
        proposed_by_id=actor.user,
    )
    db.session.add(repayment)
    db.session.flush()
    documents.share(actor, document, [deal.seller_id, deal.buyer_id])
    events.record(repayment, "repayment.propose", by=actor, because=because, amount=amount)
    return repayment


def ask_repayment(actor: Actor, repayment: Repayment) -> None:
    """A second person agrees: the seller is asked to pay into an account of this repayment alone."""
    require(actor, policy.ask_repayment)
    must_be_impartial(actor, repayment.deal)
    lock(repayment.deal)
    lock(repayment)
    repayment.lifecycle.target(repayment.state, "ask")
    if repayment.proposed_by_id == actor.user_id:
        raise Refused("repayment.four_eyes")
    advance(repayment, "ask", by=actor, amount=repayment.amount)
    repayment.payment = payments.expect(
        actor,
        repayment.deal,
        payer_id=repayment.deal.seller_id,
        account=repayment.account,
        amount=repayment.amount,
    )


def withdraw_repayment(actor: Actor, repayment: Repayment, *, because: str) -> None:
    """It was a mistake, or the parties settled it themselves. Not once money has come in."""
    require(actor, policy.ask_repayment)
    must_be_impartial(actor, repayment.deal)
    if not because.strip():
        raise Invalid("deal.reason", fields={"because": "deal.reason"})
    lock(repayment.deal)
    lock(repayment)
    repayment.lifecycle.target(repayment.state, "withdraw")
    if repayment.payment is not None:
        if repayment.payment.received:
            raise Refused("repayment.partly_paid")
        payments.call_off(actor, repayment.payment, because=because)
    advance(repayment, "withdraw", by=actor, because=because)


def pass_back(by: Actor, deal: Deal) -> None:
    """What the seller paid back whole is ordered to the buyer. For callers, who hold the deal."""
    for one in deal.repayments:
        lock(one)
        came = one.payment is not None and one.payment.state is PaymentState.RECEIVED
        if not came or one.state is not RepaymentState.ASKED:
            continue
        key = f"repayment:{one.id}"
        ledger.transfer(
            key,
            f"{deal.reference}: paid back by the seller",
            {one.account: -one.amount, money.credit_account(deal.buyer_id): one.amount},
        )
        payments.order_payout(
            by, deal, key=key, payee_id=deal.buyer_id, amount=one.amount, purpose="refund"
        )
        advance(one, "refund", by=by, amount=one.amount)
