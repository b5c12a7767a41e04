"""A bid asked for without being made: the same checks, nothing written, and nobody's secret told."""

import pytest

from marketplace.auctions.engine.state import Phase
from marketplace.auctions.models import Answer, Auction, AuctionEvent, Participant
from marketplace.core.db import db
from marketplace.core.events import Event
from marketplace.core.policy import Actor
from marketplace.organisations.models import Organisation
from tests import factories as a
from tests.auctions.auctioning import START, an_auction, bid, bidder, bidders

pytestmark = pytest.mark.usefixtures("app")
STEP = 200_000


@pytest.fixture
def browser(sign_in):
    def of(actor: Actor):
        return sign_in(db.session.get_one(Organisation, actor.organisation_id))

    return of


def asked(client, auction, amount, **over):
    address = f"/auctions/{auction.reference}/bids?dry_run=1"
    return client.post(address, **({"json": {"amount": amount}} | over))


def on_file():
    db.session.expire_all()
    return [db.session.query(one).count() for one in (AuctionEvent, Answer, Event, Participant)] + [
        (row.seq, row.head) for row in db.session.query(Auction).order_by(Auction.id)
    ]


def test_a_first_bid_would_lead_at_the_start_and_nothing_is_written(browser):
    auction = an_auction()
    client = browser(bidder(auction))
    before = on_file()
    far = asked(client, auction, START * 9).json
    assert (far["accepted"], far["refusal"]) == (False, "auction.confirm_required")
    assert "confirm" not in far["facts"]
    answer = asked(client, auction, START + 500_000)
    assert (answer.json["accepted"], answer.json["leads"], answer.json["price"]) == (
        True,
        True,
        START,
    )
    assert "sig" not in answer.json
    assert on_file() == before


@pytest.mark.parametrize("amount", [START - 100, START + 1, "1", 1.5, True, None, -100, 10**20])
def test_the_refusal_is_the_one_that_the_bid_itself_meets(browser, amount):
    auction = an_auction()
    one = bidder(auction)
    foretold = asked(browser(one), auction, amount).json["refusal"]
    assert foretold is not None
    assert foretold == bid(one, auction, amount).refusal


def test_who_may_not_bid_is_told_so_and_who_is_nobody_signs_in_first(client, browser):
    auction = an_auction()
    outsider = a.actor(a.organisation())
    assert asked(browser(outsider), auction, START).json["refusal"] == "auction.not_admitted"
    seller = a.actor(auction.seller)
    assert asked(browser(seller), auction, START).json["refusal"] == "auction.own"
    assert asked(client, auction, START).status_code in {302, 303, 401}


@pytest.mark.parametrize("amount", [START + STEP, START + 1_000_000, START + 1_900_000])
def test_anothers_maximum_cannot_be_found_out_by_asking(browser, amount):
    """Below it, at it, above it: the answer is the same to the byte but for nothing."""
    auction = an_auction()
    leader, one = bidders(auction)
    bid(leader, auction, START + 1_000_000)
    answer = asked(browser(one), auction, amount)
    assert answer.json == {
        "accepted": True,
        "dry_run": True,
        "facts": {},
        "leads": None,
        "price": None,
        "refusal": None,
        "says": "这个出价有效；对方的最高出价不公开，是否领先在出价后显示。",
    }


@pytest.mark.parametrize("amount", [START + 500_000, START + 1_500_000])
def test_a_secret_reserve_cannot_be_found_out_by_asking(browser, amount):
    auction = an_auction(reserve=START + 1_000_000)
    answer = asked(browser(bidder(auction)), auction, amount)
    assert (answer.json["leads"], answer.json["price"]) == (True, None)


def test_raising_ones_own_maximum_leaves_the_price_where_it_is(browser):
    auction = an_auction()
    one = bidder(auction)
    bid(one, auction, START + 500_000)
    answer = asked(browser(one), auction, START + 900_000)
    assert (answer.json["leads"], answer.json["price"]) == (True, START)


def test_the_form_asks_in_yuan_and_gets_a_sentence_in_its_language(browser):
    auction = an_auction()
    client = browser(bidder(auction))
    form = {"data": {"amount": "100000"}}
    address = f"/auctions/{auction.reference}/bids?dry_run=1"
    assert client.post(address, **form).json["says"] == "按这个出价您将领先，价格 ¥100,000。"
    english = client.post(f"{address}&lang=en", **form).json["says"]
    assert english == "With this bid you would lead at CNY\xa0100,000."
    assert client.post(address, data={"amount": "x"}).json["refusal"] == "auction.bad_amount"
    assert 'id="bid-preview"' in client.get(f"/auctions/{auction.reference}").text
    assert db.session.get_one(Auction, auction.id).state is Phase.FREE


def test_what_is_over_answers_as_it_would(browser):
    auction = an_auction(opened=False)
    one = bidder(auction)
    assert asked(browser(one), auction, START).json["refusal"] in {None, "auction.not_open"}
    assert asked(browser(one), an_auction(approved=False), START).status_code in {200, 404}
