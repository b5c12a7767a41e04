"""Money in, recordal, money out, and the close."""

from datetime import date

from marketplace.assets import bundle
from marketplace.assets import services as assets
from marketplace.assets.bundle import BurdenKind, Grant, Party
from marketplace.assets.models import Asset
from marketplace.assets.scopes import fields_of, scope
from marketplace.compliance.models import EvidenceState
from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, Refused, WrongState
from marketplace.core.lifecycle import advance
from marketplace.core.money import Money
from marketplace.core.policy import Actor, require
from marketplace.deals import checklist, facts, papers, policy, queries, steps
from marketplace.deals.models import Deal, DealState, Evidence
from marketplace.deals.services.cancelling import forget_request
from marketplace.deals.services.filing import confirm_evidence as confirm
from marketplace.deals.services.following import follow
from marketplace.deals.services.impartial import must_be_impartial
from marketplace.deals.services.preparing import must_be_lawful
from marketplace.documents import services as documents
from marketplace.documents import typeset
from marketplace.ledger import queries as books
from marketplace.ledger import services as ledger
from marketplace.listings import models as listing_models
from marketplace.listings import services as listings
from marketplace.listings.terms import DealKind
from marketplace.payments import codes
from marketplace.payments import queries as money
from marketplace.payments import services as payments
from marketplace.payments.models import Payment, PaymentState, Payout, PayoutState, Receipt


def receive(actor: Actor, payment: Payment, seen: payments.Seen) -> Receipt:
    """Book money towards a payment; a deal whose whole price the books then show goes on."""
    require(actor, policy.receive)
    deal = _hold_deal(actor, payment)
    receipt = payments.book_receipt(actor, payment, seen)
    _fund(actor, deal)
    return receipt


def match_receipt(actor: Actor, receipt: Receipt, payment: Payment, *, because: str) -> None:
    """Place money from suspense; a deal whose whole price the books then show goes on."""
    require(actor, policy.receive)
    deal = _hold_deal(actor, payment)
    payments.match_receipt(actor, receipt, payment, because=because)
    _fund(actor, deal)


def set_off(by: Actor, deal: Deal, *, source: str, amount: Money, key: str) -> Money | None:
    """Put what we hold for the buyer (an auction deposit) towards the price of a signed deal.

    None: the deal awaits no payment. Answers for its callers.
    """
    lock(deal)
    if deal.state is not DealState.PAYMENT:
        return None
    awaited = [one for one in money.of(deal) if one.state is PaymentState.AWAITED]
    if not awaited:
        return None
    applied = payments.set_off(by, awaited[0], source=source, amount=amount, key=key)
    _fund(by, deal)
    return applied


def _hold_deal(actor: Actor, subject: Payment | Payout) -> Deal | None:
    """The deal first, then its payment: everybody takes the locks in this order."""
    deal = queries.by_id(subject.subject_id) if subject.subject_kind == "deal" else None
    if deal is not None:
        must_be_impartial(actor, deal)
        lock(deal)
    return deal


def _fund(actor: Actor, deal: Deal | None) -> None:
    if deal is not None and deal.state is DealState.PAYMENT and deal.is_funded:
        advance(deal, "fund", by=actor, amount=deal.price)
        deal.due_at = steps.deadline(DealState.RECORDAL, clock.now())
        follow(deal, by=actor)


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
    """Pay the price out of escrow: a pledgee first, the commission, the rest to the seller.

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
        _close(actor, deal)
        return []
    payments.must_be_clear(deal.currency)
    shares = _shares(deal)
    owed = {money.credit_account(payee): amount for payee, amount in shares.items()}
    ledger.transfer(
        key,
        f"{deal.reference} released",
        {deal.escrow_account: -deal.price, money.COMMISSION: deal.commission} | owed,
    )
    events.record(deal, "deal.release", by=actor, price=deal.price, commission=deal.commission)
    return [
        payments.order_payout(
            actor,
            deal,
            key=f"{key}:{payee}",
            payee_id=payee,
            amount=amount,
            purpose="release",
        )
        for payee, amount in shares.items()
        if amount
    ]


def _shares(deal: Deal) -> dict[int, Money]:
    """Who gets what of the price less commission.

    While a pledge stands, the proceeds go to the pledgee first, up to its claim (民法典 art. 444).
    """
    left = deal.price - deal.commission
    shares: dict[int, Money] = {}
    for pledge in (p for asset in deal.assets for p in asset.standing_pledges):
        if pledge.lender_id is None:
            raise Refused("deal.pledgee_unknown", lender=pledge.lender_name)
        claim = left if pledge.amount is None or pledge.currency != deal.currency else pledge.amount
        part = min(left, claim)
        shares[pledge.lender_id] = shares.get(pledge.lender_id, Money(deal.currency, 0)) + part
        left -= part
    shares[deal.seller_id] = shares.get(deal.seller_id, Money(deal.currency, 0)) + left
    return shares


def confirm_account(actor: Actor, payout: Payout, *, because: str) -> None:
    """Staff asked the payee about an account that changed after the payout was ordered."""
    require(actor, policy.release)
    _hold_deal(actor, payout)
    payments.confirm_account(actor, payout, because=because)


def send_payout(actor: Actor, payout: Payout, *, bank_reference: str, sent_on: date) -> None:
    """The bank sent a payout; a deal of which everybody is paid is closed."""
    require(actor, policy.release)
    deal = _hold_deal(actor, payout)
    payments.mark_sent(actor, payout, bank_reference=bank_reference, sent_on=sent_on)
    if deal is not None and deal.state is DealState.SETTLEMENT:
        db.session.flush()
        orders = [p for p in money.payouts_of(deal) if p.purpose == "release"]
        if all(p.state is PayoutState.SENT for p in orders):
            _close(actor, deal)


def _close(actor: Actor, deal: Deal) -> None:
    """Write the registers, close the listing, certify."""
    now = clock.now()
    advance(deal, "close", by=actor)
    deal.closed_at, deal.due_at = now, None
    _enter_in_registers(actor, deal)
    if deal.terms.excludes_others and deal.listing.state in {
        listing_models.ListingState.RESERVED,
        listing_models.ListingState.PUBLISHED,
    }:
        listings.close(deal.listing, by=actor, because=deal.reference)
    deal.verification_code = codes.new()
    deal.certificate = documents.keep(
        actor,
        typeset.print_paper(
            papers.certificate(deal, completed_at=now, code=deal.verification_code)
        ),
        f"{deal.reference}-certificate.pdf",
        purpose="certificate",
        subject=deal,
        readers=[deal.seller_id, deal.buyer_id],
    )
    events.record(deal, "deal.certify", by=actor, sha256=deal.certificate.sha256)
    follow(deal, by=actor)


def _enter_in_registers(actor: Actor, deal: Deal) -> None:
    """The licence, or the new owner, goes into the record of each right."""
    terms = deal.terms
    started = (deal.signed_at or clock.now()).astimezone(clock.BEIJING).date()
    proof = _recordal_proof(deal)
    for asset in deal.assets:
        if terms.kind is DealKind.LICENCE:
            granted = bundle.Burden(
                BurdenKind.LICENCE,
                holder=Party(deal.buyer.name, deal.buyer_id),
                grant=Grant(terms.grant.value) if terms.grant else None,
                scope=scope(
                    started,
                    facts.licence_end(deal, asset),
                    territory=terms.territory,
                    fields=fields_of(terms.field),
                ),
                sublicence=terms.sublicence,
                number=proof.number if proof else "",
            )
            assets.grant_licence(asset, granted, by=actor, deal_reference=deal.reference)
        else:
            _change_owner(actor, deal, asset)


def _change_owner(actor: Actor, deal: Deal, asset: Asset) -> None:
    """Move the right. A buyer that keeps a record of it already (a co-owner) keeps that one."""
    try:
        assets.change_owner(asset, by=actor, owner=deal.buyer, deal_reference=deal.reference)
    except Invalid as refusal:
        if refusal.code != "asset.owner_has_it":
            raise
        events.record(deal, "deal.register_by_hand", by=actor, right=asset.reference)


def _recordal_proof(deal: Deal) -> Evidence | None:
    wanted = {name for group in facts.recordal_wanted(deal) for name in group}
    confirmed = [
        e for e in deal.evidence if e.state is EvidenceState.CONFIRMED and e.name in wanted
    ]
    return confirmed[-1] if confirmed else None
