"""A broker's fee that the buyer bears: a payment besides the price, passed on as the price is released.

It has an account of its own in the books, one a claim, and is never mixed with the price: the recordal
does not wait for it, no pledgee takes it, and a deal that is undone gives it back.
"""

from datetime import datetime

from marketplace.core import clock
from marketplace.core.db import lock
from marketplace.core.money import Money
from marketplace.core.policy import SYSTEM, Actor
from marketplace.deals import queries, shares, steps, waterfall
from marketplace.deals.models import Deal, DealState
from marketplace.ledger import queries as books
from marketplace.ledger import services as ledger
from marketplace.mandates import queries as claims
from marketplace.mandates import services as mandates
from marketplace.mandates.models import Commission, CommissionState
from marketplace.payments import queries as money
from marketplace.payments import services as payments
from marketplace.payments.models import PaymentState

SIGNED = frozenset({DealState.PAYMENT, DealState.RECORDAL, DealState.SETTLEMENT, DealState.CLOSED})
PURPOSE, BACK = "brokerage", "brokerage_back"
CHUNK = 200


def expect(by: Actor, deal: Deal, *, until: datetime | None = None) -> None:
    """The contract binds: the buyer is asked for the fees that it bears, under a code for each.

    Not for one that an objection holds. Answers for its callers, who hold the deal.
    """
    if not deal.goes_through_escrow or deal.state not in SIGNED:
        return
    due = until or steps.deadline(DealState.PAYMENT, clock.now())
    for claim in claims.borne_by_buyer(deal.reference):
        lock(claim)
        waits = claim.state is CommissionState.ARISEN and not claim.is_held
        if waits and claim.payment is None and claim.open:
            _ask(by, deal, claim, claim.open, due)


def _ask(by: Actor, deal: Deal, claim: Commission, amount: Money, due: datetime | None) -> None:
    claim.payment = payments.expect(
        by, deal, payer_id=deal.buyer_id, account=claim.account, amount=amount, due_at=due
    )


def pass_on(by: Actor, deal: Deal) -> None:
    """Order to each broker what has come in for it, as far as the price has been released.

    Co-brokers by their shares. Nothing while a dispute freezes the deal. Answers for its callers, who
    hold the deal.
    """
    if not deal.releases or queries.open_dispute(deal) is not None:
        return
    until = shares.progress(deal)
    for claim in claims.borne_by_buyer(deal.reference):
        lock(claim)
        if claim.state is CommissionState.ARISEN and claim.may_be_paid:
            mandates.paid(by, deal.reference, {claim.id: _pay(by, deal, claim, until)})


def _pay(by: Actor, deal: Deal, claim: Commission, until: Money) -> Money:
    """To each what is due and not paid yet, no more than has come in; what was paid in all."""
    nothing = Money(deal.currency, 0)
    left = books.balance(claim.account, deal.currency)
    earlier = [one for one in money.payouts_of(deal) if one.key.startswith(f"{_key(claim)}:")]
    parts: dict[int, Money] = {}
    for who, share in claims.shares_of(claim).items():
        before = sum((one.amount for one in earlier if one.payee_id == who), nothing)
        due = waterfall.due_by_now(share, released=until, price=deal.price)
        part = min(left, max(due - before, nothing))
        if part:
            parts[who], left = part, left - part
    total = sum(parts.values(), nothing)
    if not total:
        return nothing
    key = f"{_key(claim)}:{len(earlier) + 1}"
    owed = {money.credit_account(who): part for who, part in parts.items()}
    memo = f"{deal.reference}: broker's fee borne by the buyer"
    ledger.transfer(key, memo, {claim.account: -total} | owed)
    for who, part in parts.items():
        payments.order_payout(
            by, deal, key=f"{key}:{who}", payee_id=who, amount=part, purpose=PURPOSE
        )
    return total


def _key(claim: Commission) -> str:
    return f"brokerage:{claim.id}"


def end_with_price(by: Actor, deal: Deal) -> None:
    """Nothing more of the price will come: no broker gets its fee on what was waived or went back.

    Who bears it, seller or buyer, owes that part no more; what the buyer paid towards it goes back.
    Answers for its callers, who close the deal.
    """
    until = shares.progress(deal)
    if not deal.goes_through_escrow or until >= deal.price:
        return
    nothing = Money(deal.currency, 0)
    for claim in claims.claims_on(deal.reference):
        lock(claim)
        due = [
            waterfall.due_by_now(share, released=until, price=deal.price)
            for share in claims.shares_of(claim).values()
        ]
        mandates.fallen_away(by, claim, claim.gross - sum(due, nothing))
        _ask_for_less(by, deal, claim)


def _ask_for_less(by: Actor, deal: Deal, claim: Commission) -> None:
    payment, wanted = claim.payment, claim.gross - claim.fallen
    if payment is None or not claim.fallen:
        return
    lock(payment)
    received = payment.received
    if payment.state is PaymentState.AWAITED:
        payments.call_off(by, payment, because=deal.reference)
        if wanted > received:
            _ask(by, deal, claim, wanted - received, payment.due_at)
    if received > wanted:
        _return(by, deal, claim, received - wanted)


def give_back(by: Actor, deal: Deal, *, because: str) -> None:
    """A claim is void, with its deal or by itself: the buyer owes nothing and gets back what it paid.

    Answers for its callers, who hold the deal.
    """
    for claim in claims.asked_of_buyer(deal.reference):
        lock(claim)
        if claim.state is not CommissionState.VOID:
            continue
        if claim.payment is not None:
            lock(claim.payment)
            payments.call_off(by, claim.payment, because=because)
        held = books.balance(claim.account, deal.currency)
        if held:
            _return(by, deal, claim, held)
        claim.payment = None  # it has ended; the books and the timeline keep what was


def _return(by: Actor, deal: Deal, claim: Commission, amount: Money) -> None:
    earlier = [one for one in money.payouts_of(deal) if one.key.startswith(f"{_key(claim)}:")]
    key = f"{_key(claim)}:back:{len(earlier) + 1}"
    ledger.transfer(
        key,
        f"{deal.reference}: broker's fee goes back",
        {claim.account: -amount, money.credit_account(deal.buyer_id): amount},
    )
    payments.order_payout(by, deal, key=key, payee_id=deal.buyer_id, amount=amount, purpose=BACK)


def follow_brokerage() -> int:
    """Make up for what an objection, or a split not agreed to, held up; how many payouts were ordered.

    The clock asks; each claim is looked at again under the lock of its deal.
    """
    after, ordered = 0, 0
    while rows := claims.unsettled_by_buyers(after, CHUNK):
        after = rows[-1][0]
        for reference in dict.fromkeys(reference for _, reference in rows):
            deal = queries.with_reference(reference)
            if deal is None or deal.state not in SIGNED | {DealState.CANCELLED}:
                continue
            lock(deal)
            before = len(money.payouts_of(deal))
            expect(SYSTEM, deal)
            pass_on(SYSTEM, deal)
            give_back(SYSTEM, deal, because=deal.reference)
            ordered += len(money.payouts_of(deal)) - before
    return ordered
