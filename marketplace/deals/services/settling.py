"""Recordal, money out, and what the last payout sets off."""

from datetime import date

from marketplace.core import clock
from marketplace.core.db import db, lock
from marketplace.core.errors import Refused, WrongState
from marketplace.core.lifecycle import advance
from marketplace.core.policy import Actor, require
from marketplace.deals import checklist, facts, policy, shares, steps
from marketplace.deals.models import Deal, DealState, Evidence, Instalment, InstalmentState
from marketplace.deals.services import brokerage, owing, paying_out
from marketplace.deals.services.cancelling import forget_request
from marketplace.deals.services.closing import close, enter
from marketplace.deals.services.filing import confirm_evidence as confirm
from marketplace.deals.services.following import follow
from marketplace.deals.services.freezing import must_not_be_disputed
from marketplace.deals.services.funding import hold_deal
from marketplace.deals.services.impartial import must_be_impartial
from marketplace.deals.services.instalments import held_lines, let_off, next_day
from marketplace.deals.services.preparing import must_be_lawful
from marketplace.deals.services.taxing import note_sent, withhold
from marketplace.ledger import queries as books
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
    """Pay out of escrow what may leave it: pledgees first, then taxes, commission, brokers, the seller.

    The whole price, or every instalment that is paid. Twice is once. A deal without money is closed at
    once.
    """
    require(actor, policy.release, deal)
    must_be_impartial(actor, deal)
    lock(deal)
    ready = [line for line in held_lines(deal) if line.state is InstalmentState.PAID]
    whole_gone = books.known(_key(deal)) is not None
    if whole_gone and not ready:
        return _ordered(deal)
    if deal.state not in RELEASES or not (ready or deal.state is DealState.SETTLEMENT):
        raise WrongState("deal.release", needs=["deal.settlement"])
    if not deal.goes_through_escrow and not ready:
        close(actor, deal)
        return []
    must_not_be_disputed(deal)
    payments.must_be_clear(deal.currency)
    if deal.parts and not ready and not deal.releases:
        raise Refused("instalment.nothing_paid")
    if not deal.parts and not whole_gone and deal.state is DealState.SETTLEMENT:
        found = shares.split_of(deal, deal.price, taxes=shares.taxes_of(deal))
        paying_out.pay_out(actor, deal, found, amount=deal.price, key=_key(deal))
        withhold(actor, deal, found)
        mandates.paid(actor, deal.reference, shares.paid_to_brokers(found))
    for line in ready:
        _release_line(actor, line)
    brokerage.pass_on(actor, deal)
    close_when_paid(actor, deal)
    return _ordered(deal)


RELEASES = frozenset({DealState.SETTLEMENT, DealState.CLOSED})


def release_instalment(actor: Actor, line: Instalment) -> None:
    """Pay one instalment out of escrow; the others stay as they are. Twice is once.

    After the recordal only: what was paid before it waits in escrow.
    """
    require(actor, policy.release, line.deal)
    deal = line.deal
    must_be_impartial(actor, deal)
    lock(deal)
    held_lines(deal)
    if books.known(_key(deal, line)):
        return
    if deal.state not in RELEASES:
        raise WrongState("deal.release", needs=["deal.settlement"])
    line.lifecycle.target(line.state, "release")
    must_not_be_disputed(deal)
    payments.must_be_clear(deal.currency)
    _release_line(actor, line)
    brokerage.pass_on(actor, deal)
    close_when_paid(actor, deal)


def _key(deal: Deal, line: Instalment | None = None) -> str:
    return f"deal:{deal.id}:release" if line is None else f"deal:{deal.id}:release:{line.number}"


def _ordered(deal: Deal) -> list[Payout]:
    return [one for one in money.payouts_of(deal) if one.purpose == "release"]


def _release_line(actor: Actor, line: Instalment) -> None:
    deal = line.deal
    owing.hold(deal)
    commission, brokers = shares.charges(deal, line.amount, besides=line.besides)
    found = shares.split_of(
        deal,
        line.amount,
        commission=commission,
        brokers=brokers,
        taxes=shares.taxes_of(deal),
    )
    paying_out.pay_out(
        actor, deal, found, amount=line.amount, key=_key(deal, line), instalment=line
    )
    withhold(actor, deal, found)
    line.released_minor = line.amount_minor
    advance(line, "release", by=actor, amount=line.amount)
    mandates.paid(actor, deal.reference, shares.paid_to_brokers(found))
    enter(actor, deal)


def waive_instalment(actor: Actor, line: Instalment, *, because: str) -> None:
    """The seller lets the buyer off a line (民法典 art. 575); with the last of them the deal closes."""
    require(actor, policy.waive_instalment, line)
    let_off(actor, line, because=because)
    close_when_paid(actor, line.deal)


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
    note_sent(actor, payout)
    close_when_paid(actor, deal)


def close_when_paid(by: Actor, deal: Deal | None) -> None:
    """A deal of which everybody is paid is closed. Answers for its callers, who hold it.

    Of a price in instalments each is settled when its own payees are paid; the deal closes when none is
    left. A milestone besides the price is settled after the closing as well.
    """
    if deal is None or deal.state not in RELEASES:
        return
    db.session.flush()
    orders = _ordered(deal)
    for line in held_lines(deal):
        if line.state is InstalmentState.RELEASED:
            of_line = [p for p in orders if p.key.startswith(f"{_key(deal, line)}:")]
            if all(p.state is PayoutState.SENT for p in of_line):
                advance(line, "settle", by=by, amount=line.amount)
    if deal.state is not DealState.SETTLEMENT:
        return
    if deal.parts:
        deal.due_at = next_day(deal.parts) or deal.due_at
        if not all(line.has_ended for line in deal.parts):
            return
    elif not books.known(_key(deal)):
        return
    if all(p.state is PayoutState.SENT for p in orders):
        close(by, deal)
