"""Licences taken as offered: the owner states the terms once, anyone may take them (直接许可).

Where every right of the listing is under a published open-licence statement, this is how that licence
is taken: by notice to the patentee, on the published terms (专利法 arts. 50-51; ADR 45).
"""

from sqlalchemy import select

from marketplace.assets.bundle import BurdenKind
from marketplace.assets.models import Asset, BurdenState
from marketplace.assets.queries import registers
from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, Refused
from marketplace.core.lifecycle import advance
from marketplace.core.policy import SYSTEM, Actor, require
from marketplace.core.references import next_reference
from marketplace.deals import services as deals
from marketplace.deals.models import OPEN as OPEN_DEALS
from marketplace.deals.models import Deal
from marketplace.listings import terms as agreed
from marketplace.listings.models import Listing
from marketplace.listings.terms import Terms
from marketplace.mandates import services as mandates
from marketplace.negotiation import own_rule, policy, queries, services
from marketplace.negotiation.models import ClauseSide, Offer, OfferState, StandingOffer
from marketplace.open_licences import facts
from marketplace.open_licences import queries as statements
from marketplace.open_licences import services as publishing


def state(actor: Actor, listing: Listing) -> StandingOffer:
    """Offer the listed terms to everyone. The same terms again are the same offer.

    Only a plain licence can be: it leaves the owner free to license others. The terms are firm, and
    within what the person may accept alone.
    """
    require(actor, policy.state_standing, listing)
    lock(listing)
    services.must_take_offers(listing)
    terms = agreed.normalised(listing.terms)
    if terms.excludes_others:
        raise Refused("standing_offer.plain_only")
    wrong = agreed.problems(terms, firm=True)
    if wrong:
        raise Invalid("standing_offer.terms_open", fields=wrong)
    _must_be_within(actor, terms, ClauseSide.SELL)
    standing = queries.standing_on(listing)
    if standing is not None and standing.terms == terms:
        return standing
    if standing is not None:
        _end(actor, standing)
    made = StandingOffer(
        reference=next_reference("X"),
        listing=listing,
        terms_data=events.plain(terms.to_json()),
        declaration=declaration(listing),
        stated_by_id=actor.user,
    )
    db.session.add(made)
    events.record(made, "standing_offer.state", by=actor, price=terms.price)
    return made


def end(actor: Actor, listing: Listing) -> None:
    """Offer it to nobody from now on; licences already taken stay as they are (art. 50, para. 2)."""
    require(actor, policy.state_standing, listing)
    lock(listing)
    standing = queries.standing_on(listing)
    if standing is not None:
        _end(actor, standing)


def take(actor: Actor, listing: Listing, *, reference: str, agreed_to: bool, key: str = "") -> Deal:
    """Take the licence on the terms of this standing offer: the deal opens at once.

    The same key again is the same deal. Refused where the terms are no longer those that were shown,
    and to whoever has taken them already and not yet finished that deal.
    """
    require(actor, policy.take, listing)
    if not agreed_to:
        raise Invalid("standing_offer.agree", fields={"agreed": "standing_offer.agree"})
    lock(listing)  # of the owner who ends it and a firm that takes it, one comes first
    form_key = services.own_key(actor, key)
    made = queries.offer_by_key(form_key) if form_key else None
    if made is not None and made.deal is not None:
        return made.deal
    standing = queries.standing_on(listing)
    if standing is None or standing.reference != reference or not can_be_taken(standing):
        raise Refused("standing_offer.over")
    services.must_be_ready_to_buy(actor, listing)
    services.must_be_possible(actor, listing, standing.terms)
    _must_be_within(actor, standing.terms, ClauseSide.BUY)
    if _under_way(actor.party, listing):
        raise Refused("standing_offer.taken")
    offer = services.put(actor, listing, standing.terms, key=form_key)
    deal = services.close(
        actor, offer, accepting=SYSTEM, statement=standing.declaration, standing=standing.reference
    )
    if deal.by_notice:
        deals.notify_if_clear(actor, deal)
    return deal


def can_be_taken(standing: StandingOffer) -> bool:
    """The listing takes offers, lists what was stated, and the statements behind it stand."""
    listing = standing.listing
    as_listed = agreed.normalised(listing.terms) == standing.terms
    published = standing.declaration in {"", declaration(listing)}
    return listing.takes_offers and as_listed and published


def _end(actor: Actor, standing: StandingOffer) -> None:
    advance(standing, "end", by=actor)
    standing.ended_at = clock.now()


def _under_way(buyer_id: int, listing: Listing) -> bool:
    found = db.session.scalars(
        select(Offer).where(
            Offer.listing_id == listing.id,
            Offer.buyer_id == buyer_id,
            Offer.state == OfferState.ACCEPTED,
        )
    )
    return any(offer.deal is not None and offer.deal.state in OPEN_DEALS for offer in found)


def declaration(listing: Listing) -> str:
    """The numbers of the published statements, or nothing where the licence is not an open one.

    Every right is under a statement that an operator has seen published, and the listed terms are
    what it says: a plain licence for the mainland at that fee, nothing beside. Anything else is
    negotiated (art. 51 para. 3).
    """
    terms = agreed.normalised(listing.terms)
    if terms != facts.plain(terms):
        return ""
    numbers = []
    for asset in listing.assets:
        stated = [
            burden.register_number
            for burden in registers.burdens_of(asset)
            if burden.kind is BurdenKind.OPEN_LICENCE and burden.state is BurdenState.CONFIRMED
        ]
        made_here = statements.standing(asset)
        if not stated or not stated[-1] or (made_here and made_here.terms != terms):
            return ""
        numbers.append(stated[-1])
    return "、".join(numbers)[:500]


def follow_register(asset: Asset, *, by: Actor) -> None:
    """The register of a right was changed: its statements follow, and what ended is offered no more.

    For callers who have confirmed, refused or lifted a burden.
    """
    publishing.follow(asset, by=by)
    for standing in queries.standing_about(asset):
        if standing.declaration and standing.declaration != declaration(standing.listing):
            _end(SYSTEM, standing)


def _must_be_within(actor: Actor, terms: Terms, side: ClauseSide) -> None:
    """A person keeps to the organisation's own rule, a broker to the limit of the mandate."""
    if actor.under is None:
        own_rule.must_accept_alone(actor, terms, side)
    else:
        mandates.must_be_within(actor, terms.price)
