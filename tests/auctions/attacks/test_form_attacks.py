"""What is typed by people who mean no good: extremes, other digits, other people's buttons."""

import re
from datetime import timedelta

import pytest

from marketplace.auctions.engine.rules import LARGEST, Format
from marketplace.auctions.engine.state import Command, Phase
from marketplace.auctions.models import Auction, ShareHolder
from marketplace.auctions.services import awarding, drafting
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, Refused
from marketplace.core.policy import SYSTEM
from tests import factories as a
from tests.auctions.auctioning import START, an_auction, bid, bidder, bidders, do, new_key
from tests.auctions.money.test_deposits import in_default, won
from tests.auctions.money.test_repeated import failed, plan
from tests.auctions.sealed.test_opening import ended, handed_in, now, puts, sealed_auction

pytestmark = pytest.mark.usefixtures("app")

AMOUNTS = [
    "-1", "0", "-0", "1e5", "1e400", "1e-400", "100000.005", "9" * 30, "9" * 5000, "NaN", "sNaN", "Infinity",
    "∞", "0x10", "100000\u202e", "1_000_00", "十万", "١٠٠٠٠٠", "", " ", "1000000000001", "\u200b100000\u200b",
    "++1", "1e", "万", "1万亿", "9999999999亿",
]  # fmt: skip


@pytest.mark.parametrize("typed", AMOUNTS)
@pytest.mark.parametrize("format_", ["english", "sealed_first", "announced"])
def test_i14_whatever_is_typed_for_an_amount_is_an_answer(sign_in, typed, format_):
    sealed = format_ == "sealed_first"
    auction = sealed_auction() if sealed else an_auction(format_)
    firm = a.organisation()
    bidder(auction, of=firm)
    where = "envelope" if sealed else "bids"
    answer = sign_in(firm).post(
        f"/auctions/{auction.reference}/{where}", data={"amount": typed, "key": new_key()}
    )
    assert answer.status_code < 500
    assert db.session.get_one(Auction, auction.id).price_minor in {None, START}


@pytest.mark.parametrize("amount", [LARGEST + 100, 2**53 + 8, 10**17, 10**30])
def test_an_envelope_with_a_monstrous_amount_stops_no_opening(amount):
    auction = sealed_auction()
    one, two = bidders(auction)
    puts(two, auction, 12_000_000)
    with pytest.raises(Invalid):
        puts(one, auction, amount)
    ended(auction)
    handed_in(auction, ShareHolder.SELLER)
    handed_in(auction, ShareHolder.EXCHANGE)
    assert now(auction).price_minor == 12_000_000


def test_the_largest_amount_there_is_can_be_sealed_and_opened():
    auction = sealed_auction()
    (one,) = bidders(auction, 1)
    puts(one, auction, LARGEST)
    ended(auction)
    handed_in(auction, ShareHolder.SELLER)
    handed_in(auction, ShareHolder.EXCHANGE)
    assert now(auction).price_minor == LARGEST


def test_the_largest_amount_there_is_can_be_bid():
    auction = an_auction()
    one, two = bidders(auction)
    for who in (one, two):
        token = bid(who, auction, LARGEST).body["facts"]["confirm"]
        assert bid(who, auction, LARGEST, confirm=token).accepted or who is two
    assert db.session.get_one(Auction, auction.id).price_minor == LARGEST


@pytest.mark.parametrize("answer", ["", "ACCEPT", "yes", "refuse "])
def test_a_malformed_answer_of_the_runner_up_is_no_refusal(sign_in, answer):
    auction, _, (loser, _) = won()
    late, _ = in_default(auction)
    firm = db.session.get_one(a.Organisation, loser.organisation_id)
    with clock.freeze(late):
        sign_in(firm).post(
            f"/auctions/{auction.reference}/fallback", data={"answer": answer, "key": new_key()}
        )
    assert db.session.get_one(Auction, auction.id).state is Phase.FALLBACK


@pytest.mark.parametrize("who", ["winner", "seller", "stranger", "exchange"])
def test_nobody_answers_for_the_runner_up(sign_in, who):
    auction, (winner, _), _ = won()
    late, _ = in_default(auction)
    firms = {
        "winner": db.session.get_one(a.Organisation, winner.organisation_id),
        "seller": auction.seller,
        "stranger": a.organisation(),
        "exchange": a.exchange(),
    }
    with clock.freeze(late):
        for answer in ("accept", "refuse"):
            sign_in(firms[who]).post(
                f"/auctions/{auction.reference}/fallback",
                data={"answer": answer, "key": new_key()},
            )
    assert db.session.get_one(Auction, auction.id).state is Phase.FALLBACK
    assert awarding.standing(auction) is None


def test_i35_a_repetition_withdrawn_in_between_does_not_wash_the_first_auction_off():
    """Who announces the repetition and takes it back is still bound by the auction that failed."""
    auction, seller = failed()
    soon = clock.now() + timedelta(days=1)
    between = an_auction(listing=auction.listing, parent=auction, opened=False, opens_at=soon)
    with transaction():
        drafting.withdraw(seller, between, because="再议", key=new_key())
    assert db.session.get_one(Auction, between.id).state is Phase.WITHDRAWN

    with pytest.raises(Invalid), transaction():
        drafting.draft(seller, auction.listing, plan(START // 2))
    with transaction():
        assert drafting.draft(seller, auction.listing, plan()).parent_id == auction.id


PAGES = [
    "/console/auction-desk", "/console/auction-control", "/console/auction-alerts", "/console/auction-juries",
]  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_neither_seller_nor_bidder_finds_the_desks(sign_in, page):
    auction, firm = an_auction(), a.organisation()
    bidder(auction, of=firm)
    for outsider in (firm, auction.seller, a.organisation("regulator")):
        assert sign_in(outsider).get(page).status_code == 404


DEEDS = [
    "/console/auction-desk/{0}/approve", "/console/auction-desk/{0}/return", "/console/auction-desk/{0}/extend",
    "/console/auction-desk/{0}/default",
    "/console/auction-desk/applications/1/qualify", "/console/auction-desk/deposits/1/forfeit",
    "/console/auction-desk/deposits/1/spare", "/console/auction-control/{0}/propose/exclude",
    "/console/auction-control/orders/1", "/console/auction-control/orders/1/identity",
]  # fmt: skip


@pytest.mark.parametrize("deed", DEEDS)
def test_no_order_of_the_exchange_is_given_by_others_or_by_who_only_looks(sign_in, deed):
    auction, firm = an_auction(deposit=100), a.organisation()
    before = db.session.get_one(Auction, auction.id).seq
    for of, role in ((firm, "owner"), (auction.seller, "owner"), (a.exchange(), "viewer")):
        answer = sign_in(of, role).post(
            deed.format(auction.reference), data={"because": "x", "reason": "x", "cause": "other"}
        )
        assert answer.status_code in {403, 404}
    assert db.session.get_one(Auction, auction.id).seq == before


def test_a_bidder_s_maximum_is_in_no_answer_to_anybody_else(sign_in, client):
    auction = an_auction()
    one, two = bidders(auction)
    bid(two, auction, START)
    bid(one, auction, START + 1_234_500)
    secret = re.compile(r"112[,.]?345|11234500")
    firms = [db.session.get_one(a.Organisation, two.organisation_id), auction.seller, a.exchange()]
    readers = [client, *map(sign_in, firms), sign_in(a.organisation("regulator"))]
    paths = ["", "/state.json", "/events", "/bundle.json", "/verify", ".ics"]
    for reader in readers:
        for path in paths:
            assert not secret.search(reader.get(f"/auctions/{auction.reference}{path}").text)
        for page in ("/auctions?format=csv", "/workbench/auctions?side=bidding&format=csv"):
            assert not secret.search(reader.get(page).text)
    desk = sign_in(a.exchange())
    for page in (
        f"/console/auction-control/{auction.reference}",
        "/console/auction-desk",
        "/console/audit",
    ):
        assert not secret.search(desk.get(page).text)


def test_a_secret_reserve_is_in_no_answer_before_the_close(sign_in, client):
    auction = an_auction(reserve=START + 7_654_300, format=Format.ENGLISH)
    (one,) = bidders(auction, 1)
    bid(one, auction, START)
    do(SYSTEM, auction, Command("suspend", None, {"reason": "x"}))
    secret = re.compile(r"176[,.]?543|17654300")
    readers = [client, sign_in(a.organisation()), sign_in(a.exchange()), sign_in(auction.seller)]
    for reader in readers:
        for path in ("", "/state.json", "/events", "/bundle.json", "/verify"):
            assert not secret.search(reader.get(f"/auctions/{auction.reference}{path}").text)
        for page in (
            f"/workbench/auctions/{auction.reference}",
            f"/console/auction-control/{auction.reference}",
        ):
            assert not secret.search(reader.get(page).text)


def test_a_second_click_on_buying_is_the_same_purchase(sign_in):
    auction, firm = an_auction(buy_now=2 * START), a.organisation()
    bidder(auction, of=firm)
    desk, key = sign_in(firm), new_key()
    for _ in range(2):
        desk.post(f"/auctions/{auction.reference}/buy", data={"key": key})
    with pytest.raises(Refused), transaction():
        drafting.revise(a.actor(auction.seller), auction, None)
    assert db.session.get_one(Auction, auction.id).state is Phase.CLOSED
