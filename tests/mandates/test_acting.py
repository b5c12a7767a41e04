"""A broker does for its principal what the mandate lets it, and nothing else."""

from dataclasses import replace
from datetime import timedelta

import pytest

from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, NotAllowed, NotFound, Refused
from marketplace.core.events import Event
from marketplace.core.money import yuan
from marketplace.listings import services as listings
from marketplace.mandates import services as mandates
from marketplace.mandates.models import Act, Side
from marketplace.negotiation import queries
from marketplace.negotiation import services as negotiation
from marketplace.negotiation.models import OfferState
from tests import factories as a
from tests.mandates.mandating import ALL, in_force

pytestmark = pytest.mark.usefixtures("app")


def scene(**over):
    """A listing, an offer of 450,000 on it, and the seller's broker with a floor of 400,000."""
    listing = a.listing()
    broker = a.organisation("broker")
    mandate = in_force(listing.seller, broker, assets=tuple(listing.assets), **over)
    return a.offer(listing=listing), broker, mandate


def test_an_accepted_offer_shows_who_acted_for_whom_under_which_mandate():
    offer, broker, mandate = scene()

    deal = negotiation.accept(mandates.acting(a.actor(broker), mandate), offer, version=1)

    event = db.session.query(Event).filter_by(kind="offer.accept").one()
    assert (deal.seller_id, event.organisation_id) == (offer.listing.seller_id, broker.id)
    assert (event.facts["under"], event.facts["principal"]) == (mandate.reference, deal.seller_id)


def test_a_counter_offer_of_the_broker_is_the_seller_s():
    offer, broker, mandate = scene()
    by = mandates.acting(a.actor(broker), mandate)

    negotiation.counter(by, offer, version=1, terms=replace(offer.terms, price=yuan(480_000)))

    last = offer.versions[-1]
    assert (offer.state, last.organisation_id) == (OfferState.COUNTERED, offer.listing.seller_id)
    assert (last.user_id, last.under) == (by.user_id, mandate.reference)


@pytest.mark.parametrize("act", ALL[1:])
def test_each_act_needs_to_be_named_in_the_mandate(act):
    rest = tuple(each for each in ALL if each is not act)
    offer, broker, mandate = scene(acts=rest, limit=yuan(1))
    by = mandates.acting(a.actor(broker), mandate)
    enquiry = negotiation.ask(a.actor(offer.buyer), offer.listing, text="还在吗？")
    does = {
        Act.ANSWER: lambda: negotiation.post(by, enquiry, text="在"),
        Act.NEGOTIATE: lambda: negotiation.decline(by, offer),
        Act.ACCEPT: lambda: negotiation.accept(by, offer, version=1),
    }

    for other in rest[1:]:
        if other is not Act.ACCEPT:
            does[other]()
    with pytest.raises(NotAllowed):
        does[act]()


def test_listing_needs_the_act_and_a_right_of_the_mandate():
    owner, broker = a.organisation(), a.organisation("broker")
    right, other = a.asset(keeper=owner), a.asset(keeper=owner)
    mandate = in_force(owner, broker, assets=(right,))
    by = mandates.acting(a.actor(broker), mandate)

    listing = listings.draft(by, [right], terms=a.terms())

    assert (listing.seller_id, listing.drafted_under) == (owner.id, mandate.reference)
    with pytest.raises(Invalid, match=r"listing.asset_not_mandated"):
        listings.draft(by, [other], terms=a.terms())
    silent = in_force(owner, broker, assets=(other,), acts=(Act.ANSWER,))
    with pytest.raises(NotAllowed):
        listings.draft(mandates.acting(a.actor(broker), silent), [other], terms=a.terms())


def test_below_the_floor_the_principal_must_decide():
    offer, broker, mandate = scene(limit=yuan(450_001))

    with pytest.raises(Refused) as refused:
        negotiation.accept(mandates.acting(a.actor(broker), mandate), offer, version=1)

    assert (refused.value.code, offer.state) == ("mandate.below_floor", OfferState.SENT)
    assert negotiation.accept(a.actor(offer.listing.seller), offer, version=1) is not None


def test_a_buyer_s_broker_offers_up_to_the_ceiling():
    buyer, broker = a.organisation(), a.organisation("broker")
    mandate = in_force(buyer, broker, side=Side.BUY, limit=yuan(500_000))
    by = mandates.acting(a.actor(broker), mandate)
    listing = a.listing()

    with pytest.raises(Refused, match=r"mandate.above_ceiling"):
        negotiation.make(by, listing, terms=replace(a.terms(), price=yuan(500_001)))
    offer = negotiation.make(by, listing, terms=replace(a.terms(), price=yuan(500_000)))

    assert (offer.buyer_id, offer.versions[0].under) == (buyer.id, mandate.reference)


def test_a_right_of_another_kind_is_outside_a_search():
    buyer, broker = a.organisation(), a.organisation("broker")
    mandate = in_force(buyer, broker, side=Side.BUY, kinds=("trademark",))

    with pytest.raises(NotAllowed):
        negotiation.make(mandates.acting(a.actor(broker), mandate), a.listing(), terms=a.terms())


def test_what_the_principal_may_not_the_broker_may_not_for_it():
    buyer, broker = a.organisation("holder"), a.organisation("broker")
    mandate = in_force(buyer, broker, side=Side.BUY)

    with pytest.raises(NotAllowed):
        negotiation.make(mandates.acting(a.actor(broker), mandate), a.listing(), terms=a.terms())


def test_without_the_mandate_in_hand_the_broker_is_a_stranger():
    offer, broker, _ = scene()

    with pytest.raises(NotAllowed):
        negotiation.accept(a.actor(broker), offer, version=1)
    with pytest.raises(NotFound):
        queries.get(a.actor(broker), offer.reference)


def test_a_mandate_for_one_right_does_not_reach_another_listing_of_the_same_seller():
    offer, broker, mandate = scene()
    other = a.offer(listing=a.listing(seller=offer.listing.seller))

    with pytest.raises(NotAllowed):
        negotiation.decline(mandates.acting(a.actor(broker), mandate), other)


@pytest.mark.parametrize("role", ["viewer", "finance"])
def test_not_everybody_at_the_broker_s_acts(role):
    _, broker, mandate = scene()

    with pytest.raises(NotAllowed):
        mandates.acting(a.actor(broker, role), mandate)


def test_another_broker_does_not_take_up_the_mandate():
    _, _, mandate = scene()

    with pytest.raises(NotAllowed):
        mandates.acting(a.actor(a.organisation("broker")), mandate)


def test_revoked_while_acting_the_next_act_is_refused():
    offer, broker, mandate = scene()
    by = a.actor(broker)
    mandates.acting(by, mandate)
    with transaction():
        mandates.revoke(a.actor(offer.listing.seller), mandate, because="改由自己办理")

    with pytest.raises(Refused, match=r"mandate.not_in_force"):
        mandates.acting(by, mandate)


def test_the_day_after_the_last_nothing_is_done_though_no_clock_has_ended_it():
    _, broker, mandate = scene()
    by = a.actor(broker)

    with clock.freeze(clock.now() + timedelta(days=90)):
        mandates.acting(by, mandate)
    with (
        clock.freeze(clock.now() + timedelta(days=91)),
        pytest.raises(Refused, match=r"mandate.over"),
    ):
        mandates.acting(by, mandate)


def test_a_broker_does_not_buy_from_its_own_principal_s_counterparty_seat():
    offer, broker, mandate = scene()
    own = a.offer(listing=offer.listing, buyer=broker)

    with pytest.raises(NotAllowed):
        negotiation.accept(mandates.acting(a.actor(broker), mandate), own, version=1)
