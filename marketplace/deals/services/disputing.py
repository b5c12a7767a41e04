"""Disputes about the money of a deal: it stands still until two people of the staff have decided.

Nothing here touches another deal's money: the freeze lies on the payouts of this one, and a refund
comes out of its own escrow account.
"""

from dataclasses import dataclass

from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, Refused, WrongState
from marketplace.core.lifecycle import advance
from marketplace.core.money import Money
from marketplace.core.policy import Actor, require
from marketplace.deals import policy, queries, shares, waterfall
from marketplace.deals.models import (
    Basis,
    Deal,
    DealState,
    Dispute,
    Instalment,
    Outcome,
)
from marketplace.deals.services import owing
from marketplace.deals.services.cancelling import undo
from marketplace.deals.services.impartial import must_be_impartial
from marketplace.deals.services.instalments import held_lines
from marketplace.deals.services.paying_out import pay_out
from marketplace.documents.models import Document
from marketplace.ledger import services as ledger
from marketplace.payments import queries as money
from marketplace.payments import services as payments

MAY_BE_DISPUTED = frozenset({DealState.PAYMENT, DealState.RECORDAL, DealState.SETTLEMENT})
# a closed deal with a milestone's money in escrow may be disputed too
OF_OTHERS = frozenset({Basis.COURT, Basis.ARBITRATION})  # their paper has to be on file


def raise_dispute(
    actor: Actor, deal: Deal, *, because: str, document: Document | None = None
) -> Dispute:
    """A party stops the money of a signed deal, with reasons; one dispute at a time."""
    require(actor, policy.dispute, deal)
    _must_say(because, "because")
    lock(deal)
    if not may_be_disputed(deal):
        needs = [f"deal.{state.value}" for state in sorted(MAY_BE_DISPUTED)]
        raise WrongState("dispute.raise", needs=needs)
    if queries.open_dispute(deal) is not None:
        raise Refused("deal.disputed")
    dispute = Dispute(
        deal=deal, raised_by_id=actor.organisation, because=because.strip(), document=document
    )
    db.session.add(dispute)
    db.session.flush()
    payments.hold_payouts(actor, deal)
    events.record(dispute, "dispute.raise", by=actor, because=because)
    return dispute


def may_be_disputed(deal: Deal) -> bool:
    """Its money is with us, or still to come: also a milestone's, after the closing."""
    later = any(not line.has_ended for line in deal.instalments)
    return deal.state in MAY_BE_DISPUTED or (deal.state is DealState.CLOSED and later)


def answer_dispute(
    actor: Actor, dispute: Dispute, *, text: str, document: Document | None = None
) -> None:
    """The other party says how it sees it."""
    require(actor, policy.dispute, dispute.deal)
    _must_say(text, "text")
    if actor.organisation_id == dispute.raised_by_id:
        raise Refused("dispute.yours")
    advance(dispute, "answer", by=actor, because=text)
    dispute.answer, dispute.answer_document = text.strip(), document


def withdraw_dispute(actor: Actor, dispute: Dispute) -> None:
    """Who raised it lets it go: the money moves again."""
    require(actor, policy.dispute, dispute.deal)
    lock(dispute.deal)
    if actor.organisation_id != dispute.raised_by_id:
        raise Refused("dispute.not_yours")
    advance(dispute, "withdraw", by=actor)
    _end(actor, dispute)


@dataclass(frozen=True)
class Decision:
    """What becomes of the money, and what that rests on. `refund` counts with a split only."""

    outcome: Outcome
    basis: Basis
    because: str
    refund: Money | None = None
    number: str = ""
    document: Document | None = None


def propose_decision(actor: Actor, dispute: Dispute, decision: Decision) -> None:
    """One person of the staff says how to end it; a second has to agree before anything moves.

    A court's judgment or an award is on file with its number (`dispute.award`). A split is more than
    nothing and less than what is in escrow (`dispute.refund`). What was released already is not in
    escrow any more (`dispute.released`): it comes back from the seller or not at all.
    """
    require(actor, policy.decide_dispute)
    must_be_impartial(actor, dispute.deal)
    _must_say(decision.because, "because")
    lock(dispute.deal)
    if decision.basis in OF_OTHERS and not (decision.number.strip() and decision.document):
        raise Invalid("dispute.award", fields={"number": "dispute.award"})
    refund = _refund(dispute.deal, decision)
    advance(dispute, "propose", by=actor, because=decision.because)
    dispute.outcome, dispute.basis = decision.outcome, decision.basis
    dispute.refund_minor = refund.minor
    dispute.decision, dispute.basis_number = decision.because.strip(), decision.number.strip()
    dispute.basis_document = decision.document
    dispute.proposed_by_id = actor.user_id


def return_decision(actor: Actor, dispute: Dispute, *, because: str) -> None:
    """The second person does not agree: it is to be proposed anew."""
    require(actor, policy.decide_dispute)
    must_be_impartial(actor, dispute.deal)
    _must_say(because, "because")
    advance(dispute, "return", by=actor, because=because)
    dispute.outcome = dispute.basis = dispute.proposed_by_id = None
    dispute.refund_minor = 0


def decide_dispute(actor: Actor, dispute: Dispute) -> None:
    """The second person agrees: the freeze ends and the money goes as decided."""
    require(actor, policy.decide_dispute)
    must_be_impartial(actor, dispute.deal)
    deal = dispute.deal
    lock(deal)
    lock(dispute)
    dispute.lifecycle.target(dispute.state, "decide")
    if dispute.proposed_by_id == actor.user_id:
        raise Refused("dispute.four_eyes")
    if dispute.outcome is not Outcome.RELEASE:
        _must_be_in_escrow(deal, dispute.refund)
    advance(
        dispute, "decide", by=actor, because=dispute.decision, outcome=dispute.outcome,
        refund=dispute.refund,
    )  # fmt: skip
    dispute.decided_by_id = actor.user_id
    _end(actor, dispute)
    if dispute.outcome is not Outcome.RELEASE:
        _carry_out(actor, dispute)


def _refund(deal: Deal, decision: Decision) -> Money:
    """What goes back to the buyer."""
    nothing = Money(deal.currency, 0)
    if decision.outcome is Outcome.RELEASE:
        return nothing
    held = deal.in_escrow
    _must_be_in_escrow(deal, nothing)
    if decision.outcome is Outcome.REFUND:
        return held
    wanted = decision.refund
    if wanted is None or wanted.currency != deal.currency or not nothing < wanted < held:
        raise Invalid("dispute.refund", fields={"refund": "dispute.refund"})
    return wanted


def _must_be_in_escrow(deal: Deal, amount: Money) -> None:
    held = deal.in_escrow
    if not held or held < amount:
        raise Refused("dispute.released")


def _carry_out(actor: Actor, dispute: Dispute) -> None:
    """The buyer's part goes back; the seller keeps the rest, as price or as damages.

    Before the recordal the right stays with the seller: what it gets is compensation, without
    commission, and no proceeds of a pledged right. After it the price is lower, and the rest goes the
    way of every price. Once an instalment has been released the right has passed for good: the decision
    is about what is in escrow, and what is not owed yet stays as agreed.
    """
    deal = dispute.deal
    rest = deal.in_escrow - dispute.refund
    passed = bool(deal.parts and deal.releases) or deal.state is DealState.CLOSED
    if passed or (deal.state is DealState.SETTLEMENT and rest):
        _lower_price(actor, dispute, rest)
        return
    parts = {deal.seller_id: rest} if rest else {}
    accounts = {money.credit_account(payee): amount for payee, amount in parts.items()}
    _divide(actor, dispute, parts, accounts, key=f"dispute:{dispute.id}")
    undo(actor, deal, because=dispute.decision)


def _lower_price(actor: Actor, dispute: Dispute, rest: Money) -> None:
    deal = dispute.deal
    held = [line for line in held_lines(deal) if line.held]
    besides = sum(line.held.minor for line in held if line.besides)
    of_price = Money(deal.currency, max(rest.minor - besides, 0))
    if held:
        commission, _ = shares.charges(deal, of_price)
        key = f"deal:{deal.id}:release:dispute:{dispute.id}"
    else:
        commission = waterfall.due_by_now(deal.commission, released=rest, price=deal.price)
        key = f"deal:{deal.id}:release"
    owing.hold(deal)
    found = shares.split_of(deal, rest, commission=commission, brokers=())
    pay_out(actor, deal, found, amount=rest, key=key, refund=dispute.refund)
    _end_lines(actor, held, rest, because=dispute.decision)


def _end_lines(actor: Actor, held: list[Instalment], rest: Money, *, because: str) -> None:
    """Lines with money in escrow end with the decision; the refund falls on the last of them."""
    left = rest.minor
    for line in sorted(held, key=lambda one: (not one.besides, one.number)):
        line.released_minor = min(left, line.held.minor)
        left -= line.released_minor
        if line.payment is not None:
            payments.call_off(actor, line.payment, because=because)
        advance(line, "decide", by=actor, because=because)


def _divide(
    actor: Actor,
    dispute: Dispute,
    parts: dict[int, Money],
    accounts: dict[str, Money],
    *,
    key: str,
) -> None:
    """One transfer out of the deal's escrow, and an order for each who gets something."""
    deal, refund = dispute.deal, dispute.refund
    buyer = money.credit_account(deal.buyer_id)
    owed = accounts | {buyer: accounts.get(buyer, Money(deal.currency, 0)) + refund}
    ledger.transfer(
        key,
        f"{deal.reference}: dispute decided",
        {deal.escrow_account: -deal.in_escrow} | owed,
    )
    orders: list[tuple[int, Money, str]] = [(p, m, "release") for p, m in parts.items()]
    if refund:
        orders.append((deal.buyer_id, refund, "refund"))
    for payee, amount, purpose in orders:
        payments.order_payout(
            actor,
            deal,
            key=f"{key}:{purpose}:{payee}",
            payee_id=payee,
            amount=amount,
            purpose=purpose,
        )


def _end(actor: Actor, dispute: Dispute) -> None:
    dispute.ended_at = clock.now()
    db.session.flush()
    payments.free_payouts(actor, dispute.deal)


def _must_say(text: str, field: str) -> None:
    if not text.strip():
        raise Invalid("deal.reason", fields={field: "deal.reason"})
