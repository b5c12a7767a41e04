"""Signatures under the exact file, and what they set off."""

from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, Refused
from marketplace.core.lifecycle import advance
from marketplace.core.policy import Actor, require
from marketplace.deals import papers, policy, steps
from marketplace.deals.models import Deal, DealState, Signature
from marketplace.deals.services.following import follow
from marketplace.deals.services.preparing import must_be_free, must_be_lawful
from marketplace.documents import services as documents
from marketplace.documents import storage, typeset
from marketplace.documents.papers import Contract
from marketplace.payments import services as payments


def sign(
    actor: Actor,
    deal: Deal,
    *,
    password_proved: bool,
    contract_sha256: str,
    second_factor: bool = False,
) -> None:
    """Sign the file with this hash for one's organisation; the second signature binds both.

    The page has the password re-entered and says so here. The rules are judged again on the day:
    a pledge registered since the draft blocks. Signing twice is signing once.
    """
    require(actor, policy.sign, deal)
    lock(deal)
    if deal.signed_by(actor.organisation) is not None:
        return
    deal.lifecycle.target(deal.state, "sign")
    if any(one.user_id == actor.user for one in deal.signatures if _stands(deal, one)):
        raise Refused("deal.same_person")  # nobody acts for both sides: 民法典 art. 168
    if not password_proved:
        raise Invalid("deal.password", fields={"password": "deal.password"})
    _must_be_the_file(deal, contract_sha256)
    must_be_lawful(deal, "signing")
    must_be_free(deal)
    signature = Signature(
        deal=deal,
        organisation_id=actor.organisation,
        user_id=actor.user,
        contract_sha256=contract_sha256,
        second_factor=second_factor,
        created_at=clock.now(),
    )
    db.session.add(signature)
    events.record(
        deal, "deal.sign_one", by=actor, sha256=contract_sha256, second_factor=second_factor
    )
    if deal.signed_by(deal.seller_id) and deal.signed_by(deal.buyer_id):
        _conclude(actor, deal)


def _stands(deal: Deal, signature: Signature) -> bool:
    """It is under the contract as it now is."""
    return deal.contract is not None and signature.contract_sha256 == deal.contract.sha256


def _must_be_the_file(deal: Deal, contract_sha256: str) -> None:
    """What was shown is what is on file, and what is on file is what it was."""
    if deal.contract is None or deal.contract.sha256 != contract_sha256:
        raise Refused("deal.contract_changed")
    if not storage.verify(contract_sha256):
        raise Refused("deal.contract_damaged")


def _conclude(actor: Actor, deal: Deal) -> None:
    now = clock.now()
    deal.signed_at = now
    paid = deal.goes_through_escrow
    advance(deal, "sign" if paid else "sign_without_payment", by=actor)
    deal.due_at = steps.deadline(deal.state, now)
    documents.keep(
        actor,
        typeset.render(Contract.template, papers.executed(deal)),
        f"{deal.reference}-signed.pdf",
        purpose="contract_executed",
        subject=deal,
        readers=[deal.seller_id, deal.buyer_id],
    )
    if paid:
        payments.expect(
            actor,
            deal,
            payer_id=deal.buyer_id,
            account=deal.escrow_account,
            amount=deal.price,
            due_at=steps.deadline(DealState.PAYMENT, now),
        )
    follow(deal, by=actor)
