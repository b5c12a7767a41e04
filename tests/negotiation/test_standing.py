"""A licence taken as offered: the owner states the terms once, firms take them in one visit."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, NotAllowed, Refused, WrongState
from marketplace.core.money import yuan
from marketplace.deals.models import Deal, DealState
from marketplace.listings.models import Listing, ListingState
from marketplace.listings.terms import DealKind, Grant, Terms
from marketplace.negotiation import queries, services, standing, within
from marketplace.negotiation.models import Needs, OfferState, StandingState
from tests import factories as a
from tests.organisations.at_once import at_once

pytestmark = pytest.mark.usefixtures("app")

PLAIN = Terms(kind=DealKind.LICENCE, grant=Grant.NON_EXCLUSIVE, price=yuan(50_000), months=36)


def offered(terms=PLAIN):
    """A listing whose terms stand for everyone, someone of its seller, the reference."""
    listing = a.listing(terms=terms)
    seller = a.actor(listing.seller)
    with transaction():
        made = standing.state(seller, listing)
    return listing, seller, made.reference


def take(buyer, listing, reference, **over):
    with transaction():
        return standing.take(buyer, listing, reference=reference, agreed_to=True, **over)


def test_a_firm_takes_the_licence_in_one_visit_and_others_after_it():
    listing, _, reference = offered()
    firms = [a.actor(a.organisation()) for _ in range(2)]
    deals = [take(firm, listing, reference) for firm in firms]
    assert {deal.state for deal in deals} == {DealState.CHECKLIST}
    assert {deal.price for deal in deals} == {yuan(50_000)}
    assert listing.state is ListingState.PUBLISHED
    offer = queries.offer_behind(deals[0])
    assert (offer.state, offer.buyer_id, offer.terms) == (
        OfferState.ACCEPTED,
        firms[0].organisation,
        queries.standing_on(listing).terms,
    )


def test_the_same_form_takes_it_once_and_a_second_one_waits_for_the_first_deal():
    listing, _, reference = offered()
    buyer = a.actor(a.organisation())
    first = take(buyer, listing, reference, key="k")
    assert take(buyer, listing, reference, key="k") is first
    with pytest.raises(Refused) as refused:
        take(buyer, listing, reference, key="l")
    assert refused.value.code == "standing_offer.taken"


@pytest.mark.parametrize(
    "terms",
    [
        Terms(kind=DealKind.TRANSFER, price=yuan(50_000)),
        replace(PLAIN, grant=Grant.EXCLUSIVE),
        replace(PLAIN, grant=Grant.SOLE),
    ],
    ids=["transfer", "exclusive", "sole"],
)
def test_only_a_plain_licence_stands_for_everyone(terms):
    with pytest.raises(Refused) as refused:
        offered(terms)
    assert refused.value.code == "standing_offer.plain_only"


def test_terms_that_are_not_firm_do_not_stand():
    with pytest.raises(Invalid) as refused:
        offered(replace(PLAIN, price=None))
    assert refused.value.fields == {"price": "terms.price_missing"}


def test_the_owners_rule_on_amounts_holds_for_stating_it():
    listing = a.listing(terms=PLAIN)
    owner = a.actor(listing.seller, "owner")
    with transaction():
        within.set_rule(owner, listing.seller, above=yuan(10_000), needs=Needs.OWNER)
    with pytest.raises(Refused) as refused, transaction():
        standing.state(a.actor(listing.seller), listing)
    assert refused.value.code == "offer.needs_approval"
    with transaction():
        assert standing.state(owner, listing).state is StandingState.STANDING


def test_nobody_takes_what_was_changed_or_ended_since_it_was_shown():
    listing, seller, reference = offered()
    buyer = a.actor(a.organisation())
    with transaction():
        listing.terms_data = replace(PLAIN, price=yuan(60_000)).to_json()
    for _ in ("changed", "stated again: what was read is another"):
        with pytest.raises(Refused) as refused:
            take(buyer, listing, reference)
        assert refused.value.code == "standing_offer.over"
        with transaction():
            newer = standing.state(seller, listing).reference
    assert newer != reference
    with transaction():
        standing.end(seller, listing)
    with pytest.raises(Refused) as refused:
        take(buyer, listing, newer)
    assert refused.value.code == "standing_offer.over"


def test_stating_the_same_again_is_the_same_offer():
    listing, seller, reference = offered()
    with transaction():
        assert standing.state(seller, listing).reference == reference


def test_who_may_state_it_and_who_may_take_it():
    listing, seller, reference = offered()
    strangers = (a.actor(a.organisation()), a.operator(), a.actor(listing.seller, "viewer"))
    for actor in strangers:
        with pytest.raises(NotAllowed), transaction():
            standing.state(actor, listing)
        with pytest.raises(NotAllowed), transaction():
            standing.end(actor, listing)
    for actor in (seller, a.operator(), a.actor(a.organisation(), "viewer")):
        with pytest.raises(NotAllowed):
            take(actor, listing, reference)
    with pytest.raises(Invalid), transaction():
        standing.take(a.actor(a.organisation()), listing, reference=reference, agreed_to=False)


def test_a_listing_that_takes_no_offers_is_not_taken_either():
    listing = a.listing(terms=PLAIN, state=ListingState.DRAFT)
    with pytest.raises(WrongState), transaction():
        standing.state(a.actor(listing.seller), listing)


def test_an_offer_under_way_is_ended_first():
    listing, _, reference = offered()
    buyer = a.actor(a.organisation())
    with transaction():
        services.make(buyer, listing, terms=PLAIN)
    with pytest.raises(Refused) as refused:
        take(buyer, listing, reference)
    assert refused.value.code == "offer.already_open"


def test_one_firm_pressing_twice_at_once_gets_one_deal(own_database):
    listing, _, reference = offered()
    buyer, listing_id = a.actor(a.organisation()), listing.id
    db.session.remove()
    taken = []

    def press():
        again = db.session.get_one(Listing, listing_id)
        deal = standing.take(buyer, again, reference=reference, agreed_to=True, key="the form")
        taken.append(deal.reference)

    assert at_once(own_database, press, press) == ["done", "done"]
    assert len(set(taken)) == 1
    assert db.session.scalar(select(func.count(Deal.id))) == 1
