"""Recordal, money out, and what the last payout sets off."""

from datetime import date

from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.errors import Refused, WrongState
from marketplace.core.lifecycle import advance
from marketplace.core.policy import Actor, require
from marketplace.deals import checklist, facts, policy, shares, steps
from marketplace.deals.models import Deal, DealState, Evidence
from marketplace.deals.services.cancelling import forget_request
from marketplace.deals.services.closing import close
from marketplace.deals.services.filing import confirm_evidence as confirm
from marketplace.deals.services.following import follow
from marketplace.deals.services.freezing import must_not_be_disputed
from marketplace.deals.services.funding import hold_deal
from marketplace.deals.services.impartial import must_be_impartial
from marketplace.deals.services.preparing import must_be_lawful
from marketplace.deals.waterfall import Part
from marketplace.ledger import queries as books
from marketplace.ledger import services as ledger
from marketplace.mandates import services as mandates
from marketplace.payments import queries as money
from marketplace.payments import services as payments
from marketplace.payments.models import Payout, PayoutState


def confirm_evidence(actor: Actor, evidence: Evidence, *, because: str = "") -> None:
    """Confirm a paper; the last proof of the recordal moves the deal on if the law lets it."""
    require(actor, policy.decide_evidence, evidence)
    confirm(actor, evidence, because=because)
    deal = evidence.deal
    ready = deal.state is DealState.RECORDAL and not facts.recordal_lacking(deal)
    if ready and deal.cancel_requested_by_id is None and _lawful_to_close(deal):
        record(actor, deal)


def _lawful_to_close(deal: Deal) -> bool:
    return checklist.of(deal).clear_to_close


def record(actor: Actor, deal: Deal) -> None:
    """The office's answer is confirmed: from here on the deal is settled, not cancelled.

    Raises Unlawful where a rule of the closing is not met.
    """
    require(actor, policy.record, deal)
    must_be_impartial(actor, deal)
    lock(deal)
    deal.lifecycle.target(deal.state, "record")
    if facts.recordal_lacking(deal):
        raise Refused("deal.recordal_unproven")
    must_be_lawful(deal, "closing")
    advance(deal, "record", by=actor)
    forget_request(deal)
    deal.due_at = steps.deadline(DealState.SETTLEMENT, clock.now())
    follow(deal, by=actor)


def release(actor: Actor, deal: Deal) -> list[Payout]:
    """Pay the price out of escrow: pledgees first, then taxes, commission, brokers, the seller.

    Twice is once. A deal without money is closed at once.
    """
    require(actor, policy.release, deal)
    must_be_impartial(actor, deal)
    lock(deal)
    key = f"deal:{deal.id}:release"
    if books.known(key):
        return list(money.payouts_of(deal))
    if deal.state is not DealState.SETTLEMENT:
        raise WrongState("deal.release", needs=["deal.settlement"])
    if not deal.goes_through_escrow:
        close(actor, deal)
        return []
    must_not_be_disputed(deal)
    payments.must_be_clear(deal.currency)
    found = shares.split_of(deal, deal.price)
    ledger.transfer(
        key,
        f"{deal.reference} released",
        {deal.escrow_account: -deal.price} | shares.accounts(deal, found),
    )
    if not found.brokers_owed:  # else the rest stays a claim on the seller
        mandates.paid(actor, deal.reference)
    kept = found.of(Part.PLATFORM)
    events.record(
        deal,
        "deal.release",
        by=actor,
        price=deal.price,
        commission=kept,
        deposited=found.of(Part.DEPOSIT),
        commission_owed=found.commission_owed,
        brokers=found.of(Part.BROKER),
    )
    orders = [
        payments.order_payout(
            actor,
            deal,
            key=f"{key}:{payee}",
            payee_id=payee,
            amount=amount,
            purpose="release",
        )
        for payee, amount in shares.payees(found).items()
    ]
    if not orders:  # everything is deposited: nobody waits for a bank
        close(actor, deal)
    return orders


def confirm_account(actor: Actor, payout: Payout, *, because: str) -> None:
    """Staff asked the payee about an account that changed after the payout was ordered."""
    require(actor, policy.release)
    hold_deal(actor, payout)
    payments.confirm_account(actor, payout, because=because)


def send_payout(actor: Actor, payout: Payout, *, bank_reference: str, sent_on: date) -> None:
    """The bank sent a payout; a deal of which everybody is paid is closed."""
    require(actor, policy.release)
    deal = hold_deal(actor, payout)
    if deal is not None and money.is_stopped(payout):
        must_not_be_disputed(deal)
    payments.mark_sent(actor, payout, bank_reference=bank_reference, sent_on=sent_on)
    close_when_paid(actor, deal)


def close_when_paid(by: Actor, deal: Deal | None) -> None:
    """A deal of which everybody is paid is closed. Answers for its callers, who hold it."""
    if deal is not None and deal.state is DealState.SETTLEMENT:
        db.session.flush()
        orders = [p for p in money.payouts_of(deal) if p.purpose == "release"]
        if all(p.state is PayoutState.SENT for p in orders):
            close(by, deal)
