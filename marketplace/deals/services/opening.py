"""Opening a deal on agreed terms."""

from collections.abc import Sequence

from sqlalchemy import select

from marketplace.assets.models import Asset
from marketplace.compliance import services as compliance
from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, Refused
from marketplace.core.money import Money
from marketplace.core.policy import Actor
from marketplace.core.references import next_reference
from marketplace.deals import facts, queries, steps
from marketplace.deals.models import Deal, DealAsset, DealState
from marketplace.deals.services.filing import carry_over
from marketplace.deals.services.following import follow
from marketplace.documents.models import Document
from marketplace.listings import gates
from marketplace.listings import models as listing_models
from marketplace.listings import services as listings
from marketplace.listings.models import Listing
from marketplace.listings.terms import DealKind, Terms
from marketplace.mandates import services as mandates
from marketplace.organisations.models import Organisation
from marketplace.payments import fees


def open_deal(
    actor: Actor,
    listing: Listing,
    *,
    buyer_id: int,
    terms: Terms,
    statement: str = "",
    annexes: Sequence[Document] = (),
) -> Deal:
    """Open a deal: rights, price and commission are fixed as they are now; the listing is reserved.

    `statement`: numbers of the open-licence statements under which it is taken by notice;
    `annexes`: files that the parties agreed on with the terms, part of the contract.

    Answers for its callers, who have proved the agreement. A listing that is no longer open, or a
    right that another deal has taken meanwhile, is refused: of two acceptances at once one opens.
    """
    lock(listing)
    if listing.state not in listing_models.OPEN:
        raise Refused("deal.listing_taken")
    if terms.price is None:
        raise Invalid("deal.no_price")
    if buyer_id == listing.seller_id:
        raise Invalid("deal.with_oneself")
    _must_be_free(listing, terms, buyer_id)
    now = clock.now()
    deal = Deal(
        reference=next_reference("D"),
        listing=listing,
        seller_id=listing.seller_id,
        buyer_id=buyer_id,
        terms_data=terms.to_json(),
        price_minor=terms.price.minor,
        currency=terms.price.currency,
        commission_minor=commission(terms).minor,
        statement=statement,
        annexes=[
            {"document": one.id, "name": one.filename, "sha256": one.sha256} for one in annexes
        ],
        facts={record: dict(answers) for record, answers in (listing.facts or {}).items()},
        due_at=steps.deadline(DealState.CHECKLIST, now),
    )
    deal.items = [DealAsset(asset=asset) for asset in listing.assets]
    db.session.add(deal)
    events.record(
        deal,
        "deal.open",
        by=actor,
        reference=deal.reference,
        listing=listing.reference,
        price=deal.price,
    )
    carry_over(deal, by=actor)
    mandates.deal_opened(
        actor,
        deal_reference=deal.reference,
        listing_reference=listing.reference,
        seller_id=deal.seller_id,
        buyer_id=deal.buyer_id,
        price=deal.price,
        asset_ids=[asset.id for asset in deal.assets],
        kinds={asset.kind.value for asset in deal.assets},
    )
    _judge(deal)
    if terms.excludes_others:
        listings.reserve(listing, by=actor, because=deal.reference)
    follow(deal, by=actor)
    return deal


def _judge(deal: Deal) -> None:
    """What the law says at the start is kept, with the law it was said by."""
    found = [
        compliance.judge(deal, stage="signing", facts=sheet, part=asset.reference)
        for asset, sheet in facts.sheets(deal)
    ]
    compliance.note(deal, [finding for one in found for finding in one.findings])


def commission(terms: Terms) -> Money:
    """The exchange's fee by the table of today; nothing where nothing is paid."""
    if terms.price is None or terms.kind is DealKind.EQUITY:
        return Money("CNY", 0)
    return fees.tariff(clock.today()).commission(terms.price)


def _must_be_free(listing: Listing, terms: Terms, buyer_id: int) -> None:
    """Nobody else is about to get what excludes this deal, and the registers leave room for it.

    Whose consent is wanted is asked by then and given before the signing.
    """
    ids = sorted(asset.id for asset in listing.assets)
    db.session.execute(
        select(Asset.id).where(Asset.id.in_(ids)).order_by(Asset.id).with_for_update(key_share=True)
    )
    for other in queries.open_about(ids):
        if other.terms.excludes_others:
            raise Refused("deal.right_taken", reference=other.reference)
    buyer = db.session.get_one(Organisation, buyer_id)
    gates.must_be_possible(gates.answers(listing.assets, terms, to=buyer))
