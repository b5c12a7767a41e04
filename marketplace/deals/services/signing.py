"""Signatures under the exact file, and what they set off."""

import hashlib

from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, Refused
from marketplace.core.lifecycle import advance
from marketplace.core.policy import Actor, require
from marketplace.deals import policy, queries, steps
from marketplace.deals.models import Deal, DealState, Signature
from marketplace.deals.services.following import follow
from marketplace.deals.services.instalments import expect_price, plan
from marketplace.deals.services.preparing import must_be_free, must_be_lawful
from marketplace.documents import services as documents
from marketplace.documents import signing, storage, typeset
from marketplace.documents.models import Document
from marketplace.documents.signing import evidence
from marketplace.mandates import services as mandates


def sign(
    actor: Actor,
    deal: Deal,
    *,
    password_proved: bool,
    contract_sha256: str,
    second_factor: bool = False,
    ip: str = "",
    user_agent: str = "",
) -> None:
    """Sign the file with this hash for one's organisation; the second signature binds both.

    The signature goes into the PDF; who signs second signs the file that the first has signed,
    whose beginning is the draft that both have seen. The page has the password re-entered and says
    so here. The rules are judged again on the day: a pledge registered since the draft blocks.
    Signing twice is signing once.
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
    _must_not_be_on_paper(deal)
    must_be_lawful(deal, "signing")
    must_be_free(deal)
    _must_be_unbiased(deal)
    done = signing.sign(
        storage.read(_signed_so_far(deal, contract_sha256)),
        by=actor,
        subject=deal,
        draft_sha256=contract_sha256,
        place=steps.side(deal, actor.organisation),
        means=signing.Means(password_proved, second_factor, ip, user_agent),
    )
    signature = Signature(
        deal=deal,
        organisation_id=actor.organisation,
        user_id=actor.user,
        contract_sha256=contract_sha256,
        second_factor=second_factor,
        created_at=done.evidence.created_at,
        signed=_kept(
            actor, deal, done.pdf, f"{deal.reference}-signing.pdf", "contract_part_signed"
        ),
    )
    db.session.add(signature)
    events.record(
        deal, "deal.sign_one", by=actor, sha256=contract_sha256, second_factor=second_factor
    )
    if deal.signed_by(deal.seller_id) and deal.signed_by(deal.buyer_id):
        conclude(deal, signing.seal(done.pdf), by=actor)


def _signed_so_far(deal: Deal, contract_sha256: str) -> str:
    """The hash of the file as the others have signed it, or of the draft."""
    files = [one.signed.sha256 for one in deal.signatures if one.signed and _stands(deal, one)]
    return files[-1] if files else contract_sha256


def _must_not_be_on_paper(deal: Deal) -> None:
    if queries.paper_signing(deal) is not None:
        raise Refused("deal.on_paper")


def _stands(deal: Deal, signature: Signature) -> bool:
    """It is under the contract as it now is."""
    return deal.contract is not None and signature.contract_sha256 == deal.contract.sha256


def _must_be_unbiased(deal: Deal) -> None:
    """No broker stands by both sides without the consent of both, who may have hired it since."""
    mandates.must_be_clear(
        listing_reference=deal.listing.reference,
        seller_id=deal.seller_id,
        buyer_id=deal.buyer_id,
        asset_ids=[asset.id for asset in deal.assets],
        kinds={asset.kind.value for asset in deal.assets},
    )


def _must_be_the_file(deal: Deal, contract_sha256: str) -> None:
    """What was shown is what is on file, and what is on file is what it was."""
    if deal.contract is None or deal.contract.sha256 != contract_sha256:
        raise Refused("deal.contract_changed")
    if not storage.verify(contract_sha256):
        raise Refused("deal.contract_damaged")


def conclude(deal: Deal, executed: bytes, *, by: Actor, scan: Document | None = None) -> None:
    """The contract is signed: keep it with the record of its signing, and go on to the payment.

    `scan`: the paper that was signed by hand, which both may read from now on.
    """
    now = clock.now()
    deal.signed_at = now
    paid = deal.goes_through_escrow
    advance(deal, "sign" if paid else "sign_without_payment", by=by)
    deal.due_at = steps.deadline(deal.state, now)
    if scan is None:
        _kept(by, deal, executed, f"{deal.reference}-signed.pdf", evidence.EXECUTED)
    else:
        documents.keep(
            by,
            executed,
            scan.filename,
            purpose=evidence.EXECUTED,
            subject=deal,
            readers=[deal.seller_id, deal.buyer_id],
            media_type=scan.media_type,
        )
    seen = deal.contract.sha256 if deal.contract else ""
    proof = evidence.paper(
        deal.reference,
        evidence.of(deal, document_sha256=seen),
        document=seen,
        executed=hashlib.sha256(executed).hexdigest(),
    )
    sealed = signing.seal(typeset.print_paper(proof))
    _kept(by, deal, sealed, f"{deal.reference}-evidence.pdf", "signing_evidence")
    if paid:
        expect_price(by, deal, until=steps.deadline(DealState.PAYMENT, now))
    else:
        plan(by, deal)
    follow(deal, by=by)


def _kept(by: Actor, deal: Deal, content: bytes, filename: str, purpose: str) -> Document:
    return documents.keep(
        by,
        content,
        filename,
        purpose=purpose,
        subject=deal,
        readers=[deal.seller_id, deal.buyer_id],
    )
