"""The end of a deal: the registers are written, the listing is closed, the certificate is issued."""

from marketplace.assets import bundle
from marketplace.assets import services as assets
from marketplace.assets.bundle import BurdenKind, Grant, Party
from marketplace.assets.models import Asset
from marketplace.assets.scopes import fields_of, scope
from marketplace.compliance.models import EvidenceState
from marketplace.core import clock, events
from marketplace.core.errors import Invalid
from marketplace.core.lifecycle import advance
from marketplace.core.policy import Actor
from marketplace.deals import facts, papers
from marketplace.deals.models import Deal, Evidence
from marketplace.deals.services import brokerage
from marketplace.deals.services.following import follow
from marketplace.documents import services as documents
from marketplace.documents import typeset
from marketplace.listings import models as listing_models
from marketplace.listings import services as listings
from marketplace.listings.terms import DealKind
from marketplace.payments import codes


def close(by: Actor, deal: Deal) -> None:
    """Write the registers, close the listing, certify. Answers for its callers."""
    now = clock.now()
    advance(deal, "close", by=by)
    brokerage.end_with_price(by, deal)
    deal.closed_at, deal.due_at = now, None
    enter(by, deal)
    deal.verification_code = codes.new()
    deal.certificate = documents.keep(
        by,
        typeset.print_paper(
            papers.certificate(deal, completed_at=now, code=deal.verification_code)
        ),
        f"{deal.reference}-certificate.pdf",
        purpose="certificate",
        subject=deal,
        readers=[deal.seller_id, deal.buyer_id],
    )
    events.record(deal, "deal.certify", by=by, sha256=deal.certificate.sha256)
    follow(deal, by=by)


def enter(by: Actor, deal: Deal) -> None:
    """Our records of the rights follow the office's, and the listing is closed: once.

    With the closing; of a price in instalments with the first money that is released.
    """
    if deal.registered_at is not None:
        return
    deal.registered_at = clock.now()
    _enter_in_registers(by, deal)
    if deal.terms.excludes_others and deal.listing.state in {
        listing_models.ListingState.RESERVED,
        listing_models.ListingState.PUBLISHED,
    }:
        listings.close(deal.listing, by=by, because=deal.reference)


def _enter_in_registers(by: Actor, deal: Deal) -> None:
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
            assets.grant_licence(asset, granted, by=by, deal_reference=deal.reference)
        else:
            _change_owner(by, deal, asset)


def _change_owner(by: Actor, deal: Deal, asset: Asset) -> None:
    """Move the right. A buyer that keeps a record of it already (a co-owner) keeps that one."""
    try:
        assets.change_owner(asset, by=by, owner=deal.buyer, deal_reference=deal.reference)
    except Invalid as refusal:
        if refusal.code != "asset.owner_has_it":
            raise
        events.record(deal, "deal.register_by_hand", by=by, right=asset.reference)


def _recordal_proof(deal: Deal) -> Evidence | None:
    wanted = {name for group in facts.recordal_wanted(deal) for name in group}
    confirmed = [
        e for e in deal.evidence if e.state is EvidenceState.CONFIRMED and e.name in wanted
    ]
    return confirmed[-1] if confirmed else None
