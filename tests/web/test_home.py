"""The home page: what the market shows of itself, and what it keeps to itself."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from markupsafe import escape

from marketplace.assets.models import AssetKind
from marketplace.core import clock
from marketplace.core.money import yuan
from marketplace.core.policy import VISITOR
from marketplace.deals.models import Deal, DealState
from marketplace.listings import queries
from marketplace.listings.models import ListingState
from tests import factories as a


@pytest.mark.usefixtures("app")
def test_kinds_of_right_take_turns_among_the_latest():
    patents = [a.listing(a.asset()) for _ in range(3)]
    mark = a.listing(
        a.asset(kind=AssetKind.TRADEMARK), published_at=clock.now() - timedelta(days=9)
    )

    found = queries.newest(VISITOR, 3)

    assert found == [patents[2], mark, patents[1]]


@pytest.mark.usefixtures("app")
def test_no_seller_fills_the_showcases():
    seller = a.organisation()
    for _ in range(4):
        a.listing(a.asset(keeper=seller))

    assert len(queries.newest(VISITOR, 4)) == 2
    assert len(queries.newly_verified(VISITOR, 4)) == 1


@pytest.mark.usefixtures("app")
def test_only_unpledged_valued_verified_and_lasting_rights_are_fit_for_a_pledge():
    last_day = clock.today() + timedelta(days=3000)
    right, pledged, unvalued, short, unverified = (
        a.asset(last_day=last_day),
        a.asset(last_day=last_day),
        a.asset(last_day=last_day),
        a.asset(last_day=clock.today() + timedelta(days=300)),
        a.asset(last_day=last_day, verified=False),
    )
    for each in (right, pledged, short, unverified):
        a.valuation(each)
    a.pledge(pledged)
    wanted = a.listing(right)
    for each in (pledged, unvalued, short, unverified):
        a.listing(each)

    assert queries.fit_for_pledge(VISITOR, 9) == [wanted]


@pytest.mark.usefixtures("app")
def test_an_expired_valuation_is_not_shown_as_one():
    right = a.asset()
    a.valuation(right, valid_until=clock.today() - timedelta(days=1))
    a.listing(right)

    assert queries.valued(VISITOR, 9) == []


@pytest.mark.parametrize(
    ("state", "linked"), [(ListingState.CLOSED, True), (ListingState.EXPIRED, False)]
)
def test_the_news_links_to_listings_that_the_public_can_open(client: FlaskClient, state, linked):
    listing = a.listing(state=state)
    _closed(listing, a.organisation())

    assert (f"/listings/{listing.reference}" in client.get("/").text) is linked


def _closed(listing, buyer) -> None:
    price = yuan(7_654_321)
    a.keep(
        Deal(
            reference="D-00000001",
            listing=listing,
            seller=listing.seller,
            buyer=buyer,
            terms_data=a.terms(price=price).to_json(),
            price_minor=price.minor,
            state=DealState.CLOSED,
            closed_at=clock.now(),
        )
    )


def test_the_news_tells_neither_price_nor_buyer(client: FlaskClient):
    listing = a.listing(title="一种已成交的泵", state=ListingState.CLOSED)
    buyer = a.organisation(name="不愿具名的受让人有限公司")
    _closed(listing, buyer)

    text = client.get("/").text
    news = re.search(r'<ul class="news.*?</ul>', text, re.DOTALL).group()

    assert "一种已成交的泵" in news
    assert str(escape(buyer.name)) not in text
    assert "7,654,321" not in text
    assert "765.4" not in text


def test_an_empty_market_has_a_home_page_too(client: FlaskClient):
    answer = client.get("/")

    assert answer.status_code == 200
    assert "还没有挂牌" in answer.text
    assert 'class="hero-card"' not in answer.text
