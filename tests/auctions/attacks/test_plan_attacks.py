"""A seller's plan that would break the auction later: amounts and times beyond all measure, a price that rises."""

import pytest

from marketplace.auctions.engine.state import Phase
from marketplace.auctions.models import Auction
from marketplace.auctions.services import checking, drafting
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.money import Money
from marketplace.listings import services as listings
from marketplace.listings.models import PriceMode
from tests import factories as a
from tests.auctions.auctioning import an_auction, new_key
from tests.auctions.log.test_log import signed
from tests.auctions.money.test_repeated import plan as sound_plan
from tests.auctions.pages.test_pages import LATER, NOW, on_offer, plan

pytestmark = pytest.mark.usefixtures("app")
FALLING = {"how": "dutch", "floor": "50000", "decrement": "1000", "interval": "60"}

PLANS = [
    {"start": "9" * 30}, {"start": "10000000000000"}, {"start": "-100000"}, {"start": "100000.5"},
    {"guide": "-1"}, {"guide": "0"}, {"guide": "9" * 30}, {"reserve": "9" * 30}, {"buy_now": "9" * 30},
    {"reserve": "120000.01"}, {"buy_now": "200000.01"}, {"deposit": "-1"}, {"step": "-1000"},
    FALLING | {"decrement": "-1000"}, FALLING | {"decrement": "0.01"}, FALLING | {"floor": "50000.01"},
    FALLING | {"interval": "999999999"}, FALLING | {"interval": "-60"},
    {"opens_at": "9999-12-30T10:00", "ends_at": "9999-12-31T10:00"},
    {"how": "sealed_first", "opens_at": "9999-12-30T10:00", "ends_at": "9999-12-31T10:00"},
    {"how": "sealed_first", "ends_at": "9999-12-31T10:00"},
    {"how": "sealed_first", "opens_at": "2026-12-22T10:00", "ends_at": "2026-12-21T10:00"},
    {"how": "sealed_first", "opens_at": "2026-02-30T10:00"},
    {"how": "sealed_first", "ends_at": "0001-01-01T00:00"},
    {"cycle": "9" * 40}, {"cycle": "٣٠٠٠"}, {"priority": "mine"},
]  # fmt: skip


@pytest.mark.parametrize("over", PLANS)
def test_a_plan_beyond_measure_is_refused_at_once(sign_in, over):
    with clock.freeze(NOW):
        listing = on_offer()
        address = f"/workbench/listings/{listing.reference}/auction"
        answer = sign_in(listing.seller).post(address, data=plan(LATER, **over))
    assert answer.status_code == 422
    assert db.session.query(Auction).count() == 0


def test_a_falling_price_as_it_should_be_is_taken(sign_in):
    with clock.freeze(NOW):
        listing = on_offer()
        address = f"/workbench/listings/{listing.reference}/auction"
        assert sign_in(listing.seller).post(address, data=plan(LATER, **FALLING)).status_code == 303


def test_a_reason_without_end_breaks_no_tile_of_the_public_log(client):
    auction = an_auction(opened=False, opens_at=clock.now().replace(year=2030))
    with transaction():
        seller = a.actor(auction.seller)
        drafting.withdraw(seller, auction, because="<attack>" + "长" * 70_000, key=new_key())
    assert db.session.get_one(Auction, auction.id).state is Phase.WITHDRAWN
    size = signed().size
    for page in (f"/auctions/{auction.reference}", f"/log/tile/entries/000.p/{size}"):
        answer = client.get(page)
        assert answer.status_code == 200
        assert b"<attack>" not in answer.data or "entries" in page


def test_the_terms_that_are_announced_are_those_of_the_day_and_not_of_the_plan():
    """A seller who reprices between plan and announcement would have bidders bound to terms that are gone."""
    with clock.freeze(NOW):
        listing = on_offer()
        seller = a.actor(listing.seller)
        with transaction():
            auction = drafting.draft(seller, listing, sound_plan())
        before = auction.rules.terms_hash
        with transaction():
            price = Money("CNY", 99_999_900)
            listings.reprice(
                seller, listing, price=price, price_mode=PriceMode.AUCTION, because="x"
            )
        with transaction():
            drafting.submit(seller, auction)
            assert drafting.approve(a.operator(), auction).accepted
    db.session.refresh(auction)
    assert auction.rules.terms_hash != before
    assert checking.faults_of(auction) == []
