"""The pages of those who keep a part of an opening key."""

import re

import pytest

from marketplace.auctions.engine.state import Phase
from marketplace.auctions.models import OrderKind, ShareHolder
from marketplace.core.db import db
from marketplace.organisations.models import Organisation
from tests import factories as a
from tests.auctions.auctioning import bidders
from tests.auctions.control.test_controlling import ordered
from tests.auctions.sealed.test_opening import ended, handed_in, now, part, puts, sealed_auction

MOVING = re.compile(
    r"[0-9a-f]{32,}|\d{4}-\d\d-\d\dT[\d:.+]+|\d\d:\d\d(:\d\d)?|csrf[^>]*|剩[^<]*|还[^<]*"
)
pytestmark = pytest.mark.usefixtures("app")


def test_a_keeper_fetches_the_part_and_hands_it_in_after_the_end(sign_in):
    auction = sealed_auction()
    puts(bidders(auction, 1)[0], auction, 12_000_000)
    share = part(auction, ShareHolder.SELLER)
    desk, where = sign_in(auction.seller), f"/workbench/key-shares/{share.id}"
    assert where in desk.get("/workbench/key-shares").text
    answer = desk.post(f"{where}/fetch")
    phrase = next(word for word in answer.text.replace("<", " ").split(">") if "IPX-" in word)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "IPX-" not in desk.get(where).text
    ended(auction)
    handed_in(auction, ShareHolder.EXCHANGE)
    assert desk.post(where, data={"phrase": "IPX-WRONG"}).status_code == 422
    assert desk.post(where, data={"phrase": phrase.strip().split()[0]}).status_code == 303
    assert now(auction).state is Phase.CLOSED


def test_others_find_no_such_part(sign_in):
    auction = sealed_auction()
    for kind, outsider in (
        (ShareHolder.SELLER, a.exchange()),
        (ShareHolder.EXCHANGE, auction.seller),
        (ShareHolder.AUTHORITY, auction.seller),
    ):
        page = sign_in(outsider).get(f"/workbench/key-shares/{part(auction, kind).id}")
        assert page.status_code == 404


def test_i18_the_desk_sees_no_envelope_and_no_count_before_the_opening(sign_in):
    auction = sealed_auction()
    desk = sign_in(a.exchange())
    pages = ["/console/auction-control", f"/console/auction-control/{auction.reference}"]

    def shown():
        texts = [desk.get(page).text for page in pages]
        return [text.replace(" ", "") for text in texts]

    firms = bidders(auction, 3)
    before = shown()
    for one in firms:
        puts(one, auction, 12_000_000)
    assert [text.count("收到密封报价") for text in shown()] == [0, 0]
    assert [len(text) for text in shown()] == [len(text) for text in before]


def test_a_bidder_seals_an_amount_in_the_room_and_no_page_shows_it(sign_in):
    auction = sealed_auction()
    (one,) = bidders(auction, 1)
    firm = db.session.get_one(Organisation, one.organisation_id)
    desk, room = sign_in(firm), f"/auctions/{auction.reference}"
    assert 'id="envelope-form"' in desk.get(room).text
    answer = desk.post(f"{room}/envelope", data={"amount": "123456", "key": "k" * 32})
    assert answer.status_code == 303
    assert "密封报价已收到" in (page := desk.get(room).text)
    assert [text for text in ("123456", "123,456") if text in page] == []
    ended(auction)
    handed_in(auction, ShareHolder.SELLER)
    handed_in(auction, ShareHolder.EXCHANGE)
    assert now(auction).price_minor == 12_345_600


def test_i18_the_room_tells_no_number_of_envelopes(sign_in):
    auction = sealed_auction()
    visitor = sign_in(a.organisation())
    paths = [f"/auctions/{auction.reference}{part}" for part in ("", "/state.json", "/events")]
    firms = bidders(auction, 3)

    def seen():
        texts = [visitor.get(path).text for path in paths]
        return [MOVING.sub("", text) for text in texts]

    before = seen()
    for one in firms:
        puts(one, auction, 12_000_000)
    assert seen() == before


def test_the_room_says_that_the_auction_stands_still(sign_in):
    auction = sealed_auction()
    exchange = a.exchange()
    staff = (a.actor(exchange), a.actor(exchange))
    ordered(staff, auction, OrderKind.SUSPEND, cause="office_notice")
    page = sign_in(a.organisation()).get(f"/auctions/{auction.reference}").text
    assert "本场竞价已中止" in page
    assert "登记机关或主管部门通知" in page
