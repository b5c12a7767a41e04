"""Watching an auction in the browser without a script, and its times in a calendar file."""

from datetime import UTC, datetime, timedelta

import pytest

from marketplace.auctions.engine.state import Command
from marketplace.auctions.models import AuctionWatch
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.policy import SYSTEM
from tests import factories as a
from tests.auctions.auctioning import START, an_auction, at, bid, bidder, bidders, tick

pytestmark = pytest.mark.usefixtures("app")
PAGE = "/workbench/auctions/watched"


def address(auction, rest=""):
    return f"/auctions/{auction.reference}{rest}"


def lines_of(client, auction, language="zh_Hans"):
    """The calendar file, unfolded: name to value, of the event alone."""
    answer = client.get(address(auction, ".ics"), query_string={"lang": language})
    assert answer.mimetype == "text/calendar"
    assert all(len(line) <= 75 for line in answer.data.split(b"\r\n"))
    text = (
        answer.text.replace("\r\n ", "").partition("BEGIN:VEVENT")[2].partition("BEGIN:VALARM")[0]
    )
    return dict(line.split(":", 1) for line in text.split("\r\n") if ":" in line)


def test_a_person_watches_an_auction_sees_it_in_the_list_and_takes_it_back(sign_in):
    auction = an_auction()
    browser = sign_in(a.organisation(), "viewer")
    assert auction.reference not in browser.get(PAGE).text

    for _ in range(2):  # twice is once
        answer = browser.post(address(auction, "/watch"), data={"watch": "on"})
        assert (answer.status_code, answer.location) == (303, address(auction))
    assert db.session.query(AuctionWatch).count() == 1
    assert auction.reference in browser.get(PAGE).text
    assert "取消关注" in browser.get(address(auction)).text
    assert "取消关注" in browser.get("/auctions").text

    browser.post(address(auction, "/watch"), data={"watch": "off"})
    assert auction.reference not in browser.get(PAGE).text
    assert db.session.query(AuctionWatch).count() == 0


def test_the_list_is_one_s_own_and_says_in_which_one_takes_part(sign_in):
    auction, firm = an_auction(), a.organisation()
    bidder(auction, of=firm)
    mine, other = sign_in(firm), sign_in(a.organisation())
    mine.post(address(auction, "/watch"))

    page = mine.get(PAGE).text
    assert auction.reference in page
    assert "已报名" in page
    assert "还没有关注的竞价" in other.get(PAGE).text
    assert PAGE in mine.get("/workbench/auctions?side=bidding").text


def test_a_visitor_is_asked_to_sign_in_and_a_draft_of_others_is_not_there(client, sign_in):
    auction, draft = an_auction(), an_auction(approved=False)

    assert client.post(address(auction, "/watch")).location.startswith("/sign-in")
    assert sign_in(a.organisation()).post(address(draft, "/watch")).status_code == 404
    assert client.get(address(draft, ".ics")).status_code == 404


def test_the_calendar_file_says_when_what_and_where_in_the_reader_s_language(client):
    opens = datetime(2027, 3, 1, 2, tzinfo=UTC)
    listing = a.listing(
        title="一种电池，含隔膜；及其\\用途", title_en="A battery, with separator; use"
    )
    auction = an_auction(
        opened=False, listing=listing, opens_at=opens, free_ends_at=opens + timedelta(days=2)
    )

    chinese, english = lines_of(client, auction), lines_of(client, auction, "en")

    assert (chinese["DTSTART"], chinese["DTEND"]) == ("20270301T020000Z", "20270303T020500Z")
    assert chinese["SUMMARY"] == "网络竞价：一种电池，含隔膜；及其\\\\用途"
    assert english["SUMMARY"].endswith("A battery\\, with separator\\; use")
    assert chinese["URL"].endswith(address(auction))
    assert chinese["UID"] == english["UID"]
    assert chinese["STATUS"] == "CONFIRMED"


def test_its_sequence_grows_with_the_timetable_and_not_with_bids(client):
    auction = an_auction()
    first, second = bidders(auction, 2)
    at_first = lines_of(client, auction)
    bid(first, auction, START)
    assert lines_of(client, auction)["SEQUENCE"] == at_first["SEQUENCE"]

    free_ends = auction.ends_at
    with clock.freeze(free_ends):
        tick(auction)
        limited = lines_of(client, auction)
    with clock.freeze(free_ends + timedelta(minutes=1)):
        bid(second, auction, START + 1_000_000)
        extended = lines_of(client, auction)
    at(None, SYSTEM, auction, Command("suspend", None, {"reason": "court_order"}))
    suspended = lines_of(client, auction)
    at(None, SYSTEM, auction, Command("cancel", None, {"reason": "court_order"}))
    cancelled = lines_of(client, auction)

    steps = [at_first, limited, extended, suspended, cancelled]
    numbers = [int(step["SEQUENCE"]) for step in steps]
    assert numbers == sorted(set(numbers))
    assert {step["UID"] for step in steps} == {at_first["UID"]}
    assert [step["STATUS"] for step in steps[2:]] == ["CONFIRMED", "TENTATIVE", "CANCELLED"]


def test_the_calendar_file_of_a_sealed_auction_tells_no_number_of_envelopes(client):
    auction = an_auction("sealed_first", opening_key="0" * 64)
    before = lines_of(client, auction)
    one = bidder(auction)
    with transaction():
        db.session.refresh(auction)
    at(None, one, auction, Command("envelope", None, {"ciphertext": "00", "commitment": "0" * 64}))

    assert lines_of(client, auction)["SEQUENCE"] == before["SEQUENCE"]
