"""Money deposited for a pledgee (提存): the lender's payoff letter, and the deposit paid out."""

from datetime import date

from marketplace.assets.models import Pledge, PledgeState
from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, Refused
from marketplace.core.money import Money
from marketplace.core.policy import Actor, require
from marketplace.deals import policy, shares
from marketplace.deals.models import Deal, DepositPayment, PayoffLetter
from marketplace.deals.services.freezing import must_not_be_disputed
from marketplace.deals.services.impartial import must_be_impartial
from marketplace.documents import services as documents
from marketplace.documents.models import Document
from marketplace.ledger import services as ledger
from marketplace.organisations.models import Organisation
from marketplace.payments import queries as money
from marketplace.payments import services as payments
from marketplace.payments.models import Payout


def enter_payoff(
    actor: Actor,
    deal: Deal,
    pledge: Pledge,
    *,
    amount: Money,
    per_day: Money,
    as_of: date,
    valid_until: date,
    document: Document,
) -> PayoffLetter:
    """The lender says for what sum it lets its pledge go. The newest letter counts while it holds.

    It takes the money before the claim is due (民法典 art. 444: early, by agreement with the pledgee).
    """
    require(actor, policy.enter_payoff, pledge)
    if pledge.asset_id not in {asset.id for asset in deal.assets}:
        raise Refused("payoff.other_deal")
    if amount.minor < 0 or per_day.minor < 0 or amount.currency != deal.currency:
        raise Invalid("payoff.amount", fields={"amount": "payoff.amount"})
    if as_of > valid_until or valid_until < clock.today():
        raise Invalid("payoff.valid", fields={"valid_until": "payoff.valid"})
    lock(deal)
    for earlier in deal.payoff_letters:
        if earlier.pledge_id == pledge.id and earlier.withdrawn_at is None:
            earlier.withdrawn_at = clock.now()
    letter = PayoffLetter(
        deal=deal,
        pledge=pledge,
        lender_id=actor.organisation,
        amount_minor=amount.minor,
        per_day_minor=per_day.minor,
        currency=amount.currency,
        as_of=as_of,
        valid_until=valid_until,
        document=document,
    )
    db.session.add(letter)
    db.session.flush()
    documents.share(actor, document, [deal.seller_id])
    events.record(letter, "payoff_letter.enter", by=actor, amount=amount, per_day=per_day)
    return letter


def pay_deposit_to_lender(
    actor: Actor,
    deal: Deal,
    pledge: Pledge,
    *,
    lender: Organisation,
    amount: Money,
    because: str,
    document: Document,
    key: str = "",
) -> Payout:
    """The claim is due, settled and its account known: pay the lender out of the deposit.

    Before the claim's day only on the lender's own letter (`deposit.not_due`). Another firm than the
    registered pledgee is refused where that is one of ours. A second person sends it. The same `key`
    again is the same payment.
    """
    require(actor, policy.pay_deposit)
    letter = any(
        one.pledge_id == pledge.id and one.holds_on(clock.today()) for one in deal.payoff_letters
    )
    if pledge.due_on is not None and pledge.due_on > clock.today() and not letter:
        raise Refused("deposit.not_due")
    if pledge.lender_id is not None and pledge.lender_id != lender.id:
        raise Invalid("deposit.other_lender", fields={"lender": "deposit.other_lender"})
    if lender.id in {deal.seller_id, deal.buyer_id}:
        raise Invalid("deposit.other_lender", fields={"lender": "deposit.other_lender"})
    lock(deal)
    number = _key(deal, key)
    known = money.payout_with(number)
    if known is not None:
        return known
    return _pay(
        actor, deal, pledge, lender.id, amount, because=because, document=document, key=number
    )


def pass_deposit_to_seller(
    actor: Actor, deal: Deal, pledge: Pledge, *, because: str, document: Document, key: str = ""
) -> Payout:
    """The pledge has ended without a claim: what is left of its deposit goes on to the seller.

    Refused while the pledge stands in our record of the register (`deposit.pledge_stands`). The same
    `key` again is the same payment.
    """
    require(actor, policy.pay_deposit)
    if pledge.state is PledgeState.REGISTERED:
        raise Refused("deposit.pledge_stands")
    lock(deal)
    number = _key(deal, key)
    known = money.payout_with(number)
    if known is not None:
        return known
    left = shares.deposited(deal).get(pledge.id)
    if left is None:
        raise Refused("deposit.nothing")
    return _pay(
        actor, deal, pledge, deal.seller_id, left, because=because, document=document, key=number
    )


def _key(deal: Deal, key: str) -> str:
    """Of the transfer, the record and the order: by the form's, which is sent twice and means once."""
    return f"deposit:{deal.id}:{key or len(deal.deposit_payments) + 1}"


def _pay(
    actor: Actor,
    deal: Deal,
    pledge: Pledge,
    payee: int,
    amount: Money,
    *,
    because: str,
    document: Document,
    key: str,
) -> Payout:
    must_be_impartial(actor, deal)
    if not because.strip():
        raise Invalid("deal.reason", fields={"because": "deal.reason"})
    must_not_be_disputed(deal)
    payments.must_be_clear(deal.currency)
    left = shares.deposited(deal).get(pledge.id, Money(deal.currency, 0))
    if amount.currency != deal.currency or not 0 < amount.minor <= left.minor:
        raise Invalid("deposit.amount", fields={"amount": "deposit.amount"})
    ledger.transfer(
        key,
        f"{deal.reference}: deposit paid out",
        {shares.deposit_account(deal): -amount, money.credit_account(payee): amount},
    )
    paid = DepositPayment(
        deal=deal,
        pledge=pledge,
        payee_id=payee,
        key=key,
        amount_minor=amount.minor,
        currency=amount.currency,
        because=because.strip(),
        document=document,
        ordered_by_id=actor.user_id,
    )
    db.session.add(paid)
    db.session.flush()
    documents.share(actor, document, [deal.seller_id, payee])
    events.record(paid, "deposit_payment.order", by=actor, because=because, amount=amount)
    return payments.order_payout(
        actor, deal, key=key, payee_id=payee, amount=amount, purpose="deposit"
    )
