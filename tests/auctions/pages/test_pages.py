"""The auction in the browser without a script: look, apply, bid, buy, verify, plan, decide."""

import json
import re
from datetime import datetime, timedelta

import pytest

from marketplace.auctions.engine.state import Command, Phase
from marketplace.auctions.models import Auction, Participant, ParticipantState
from marketplace.auctions.services import bundling
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.policy import SYSTEM
from marketplace.listings.models import PriceMode
from tests import factories as a
from tests.auctions.auctioning import START, an_auction, at, bid, bidder, tick

pytestmark = pytest.mark.usefixtures("app")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def text_of(response):
    return response.get_data(as_text=True)


def key_in(page):
    return re.search(r'name="key"[^>]*value="([0-9a-f]+)"', page).group(1)


def in_room(sign_in, **rules):
    """An auction, a firm admitted to it, and its browser."""
    auction, firm = an_auction(**rules), a.organisation()
    bidder(auction, of=firm)
    return auction, firm, sign_in(firm)


def address(auction, rest=""):
    return f"/auctions/{auction.reference}{rest}"


def finish(auction):
    with clock.freeze(auction.ends_at + timedelta(seconds=2)):
        tick(auction)
    db.session.refresh(auction)
    with clock.freeze(auction.ends_at + timedelta(seconds=2)):
        tick(auction)
    db.session.refresh(auction)


def test_everybody_sees_price_leader_and_rules_and_nobody_a_maximum(client):
    auction = an_auction()
    first = bidder(auction)
    bid(first, auction, START + 1_234_500)

    for language in ("zh_Hans", "en"):
        page = text_of(client.get(address(auction), query_string={"lang": language}))
        assert "100,000" in page
        assert "112,345" not in page
        assert True
        assert auction.rules_hash in page


def test_a_bid_in_yuan_leads_and_a_second_click_is_the_same_bid(sign_in):
    auction, _, browser = in_room(sign_in)
    key = key_in(text_of(browser.get(address(auction))))

    for _ in range(2):
        answer = browser.post(address(auction, "/bids"), data={"amount": "100000", "key": key})
        assert answer.status_code == 303

    db.session.refresh(auction)
    assert (auction.price.minor, auction.bid_count) == (START, 1)


def test_a_bid_that_is_too_low_says_what_counts_and_keeps_what_was_typed(sign_in):
    auction, _, browser = in_room(sign_in)

    answer = browser.post(address(auction, "/bids"), data={"amount": "99999", "key": "a" * 32})

    assert answer.status_code == 409
    assert "100,000" in text_of(answer)
    assert 'value="99999"' in text_of(answer)


def test_i39_a_slip_of_a_digit_has_to_be_typed_twice(sign_in):
    auction, _, browser = in_room(sign_in)
    page = text_of(
        browser.post(address(auction, "/bids"), data={"amount": "1000000", "key": "a" * 32})
    )
    assert "壹佰万元整" in page
    token = re.search(r'name="confirm" value="([^"]+)"', page).group(1)

    wrong = {"amount": "1000000", "amount_again": "100000", "confirm": token, "key": "b" * 32}
    assert browser.post(address(auction, "/bids"), data=wrong).status_code == 409
    right = {"amount": "1000000", "amount_again": "1000000", "confirm": token, "key": "c" * 32}
    assert browser.post(address(auction, "/bids"), data=right).status_code == 303


def test_a_script_gets_its_receipt_and_the_same_one_again(sign_in):
    auction, _, browser = in_room(sign_in)
    ask = {"json": {"amount": START}, "headers": {"Idempotency-Key": "k1"}}

    first = browser.post(address(auction, "/bids"), **ask)
    again = browser.post(address(auction, "/bids"), **ask)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.data == again.data
    assert again.headers["Idempotent-Replayed"] == "true"
    for wrong in (1.0, True, -1):
        asked = {"json": {"amount": wrong}, "headers": {"Idempotency-Key": f"w{wrong!r}"}}
        assert browser.post(address(auction, "/bids"), **asked).status_code == 400
    assert browser.post(address(auction, "/bids"), json={"amount": START}).status_code == 400


def test_a_receipt_is_for_its_bidder_alone_and_can_be_checked_by_anybody(sign_in, client):
    auction, _firm, browser = in_room(sign_in)
    browser.post(address(auction, "/bids"), data={"amount": "100000", "key": "a" * 32})
    found = re.search(r"/my/receipts/(\d+)\.json", text_of(browser.get(address(auction))))

    receipt = browser.get(found.group(0))
    assert receipt.status_code == 200
    assert sign_in(a.organisation()).get(found.group(0)).status_code == 404

    page = text_of(client.post("/auctions/verify", data={"text": text_of(receipt)}))
    assert "签名有效" in page
    forged = text_of(receipt).replace(str(START), str(START * 2))
    assert "签名有效，内容未改动" not in text_of(
        client.post("/auctions/verify", data={"text": forged})
    )


def test_after_the_close_everybody_works_the_result_out_again(sign_in, client):
    auction, _, browser = in_room(sign_in)
    rival = bidder(auction)
    bid(rival, auction, START)
    browser.post(address(auction, "/bids"), data={"amount": "110000", "key": "a" * 32})
    finish(auction)

    page = text_of(client.get(address(auction, "/verify")))
    assert "全部一致" in page
    bundle = client.get(address(auction, "/bundle.json"))
    assert "全部一致" in text_of(client.post("/auctions/verify", data={"text": text_of(bundle)}))
    said = json.loads(text_of(bundle))
    said["events"][4]["body"] = said["events"][4]["body"].replace('"price":', '"price": ')
    page = text_of(client.post("/auctions/verify", data={"text": json.dumps(said)}))
    assert "发现不一致" in page
    assert "line 5" in page


def test_the_winners_own_limit_stays_closed(sign_in):
    auction, _, browser = in_room(sign_in)
    bid(bidder(auction), auction, START)
    browser.post(address(auction, "/bids"), data={"amount": "119000", "key": "a" * 32})
    finish(auction)

    assert "11900000" not in json.dumps(bundling.bundle(auction))


def test_a_firm_applies_is_qualified_and_leaves(sign_in):
    auction, firm = an_auction(), a.organisation()
    browser, desk = sign_in(firm), sign_in(a.exchange(), "owner")
    declared = dict.fromkeys(("identity", "confidential", "no_conflict", "rules"), "y")

    half = {"identity": "y"}
    browser.post(address(auction, "/apply"), data=half)
    assert db.session.query(Participant).count() == 0
    browser.post(address(auction, "/apply"), data=declared)
    participant = db.session.query(Participant).one()
    assert firm.name in text_of(desk.get("/console/auction-desk"))
    desk.post(f"/console/auction-desk/applications/{participant.id}/qualify")
    db.session.refresh(participant)
    assert participant.state is ParticipantState.ACTIVE
    assert participant.code in text_of(browser.get(address(auction)))

    browser.post(address(auction, "/leave"))
    db.session.refresh(participant)
    assert participant.state is ParticipantState.LEFT


def on_offer():
    return a.listing(price_mode=PriceMode.AUCTION)


def plan(opens: datetime, **over):
    ends = opens + timedelta(days=1)
    return {
        "how": "english",
        "start": "100000",
        "deposit": "10000",
        "opens_at": opens.strftime("%Y-%m-%dT10:00"),
        "ends_at": ends.strftime("%Y-%m-%dT10:00"),
        "cycle": "300",
        "priority": "after",
    } | over


# A Monday to Wednesday of working days.
NOW = datetime(2026, 11, 30, 3, 0, tzinfo=clock.BEIJING)
LATER = datetime(2026, 12, 21, tzinfo=clock.BEIJING)


def test_a_seller_plans_rehearses_submits_and_another_person_announces(sign_in):
    with clock.freeze(NOW):
        listing = on_offer()
        seller, desk = sign_in(listing.seller), sign_in(a.exchange(), "owner")
        form = f"/workbench/listings/{listing.reference}/auction"
        assert seller.get(form).status_code == 200
        answer = seller.post(form, data=plan(LATER, reserve="120000"))
        assert answer.status_code == 303
        auction = db.session.query(Auction).one()
        page = text_of(seller.get(answer.location))
        assert "预演" in page
        assert "120,000" not in page  # the reserve is told to nobody
        seller.post(f"/workbench/auctions/{auction.reference}/submit")
        desk.post(f"/console/auction-desk/{auction.reference}/approve")
        db.session.refresh(auction)
        assert auction.state is Phase.PUBLISHED
        assert auction.rules.reserve_commitment


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"start": "0"}, "start"),
        ({"deposit": "30000"}, "deposit"),
        ({"reserve": "90000"}, "reserve"),
        ({"step": "1"}, "step"),
        ({"buy_now": "5"}, "buy_now"),
        ({"ends_at": "2026-12-22T20:00"}, "ends_at"),
        ({"ends_at": "2026-12-26T10:00"}, "ends_at"),
        ({"how": "dutch"}, "floor"),
    ],
)
def test_a_plan_that_cannot_be_is_said_beside_the_field(sign_in, wrong, field):
    with clock.freeze(NOW):
        listing = on_offer()
        answer = sign_in(listing.seller).post(
            f"/workbench/listings/{listing.reference}/auction", data=plan(LATER, **wrong)
        )
    assert answer.status_code == 422
    assert f'id="{field}-error"' in text_of(answer)
    assert db.session.query(Auction).count() == 0


def test_too_short_an_announcement_is_refused(sign_in):
    with clock.freeze(NOW):
        listing = on_offer()
        seller = sign_in(listing.seller)
        soon = datetime(2026, 12, 2, tzinfo=clock.BEIJING)
        seller.post(f"/workbench/listings/{listing.reference}/auction", data=plan(soon))
        auction = db.session.query(Auction).one()
        answer = seller.post(f"/workbench/auctions/{auction.reference}/submit")
    assert answer.status_code == 409
    db.session.refresh(auction)
    assert auction.state is Phase.DRAFT


def test_a_stranger_cannot_plan_and_sees_no_draft(sign_in):
    with clock.freeze(NOW):
        listing = on_offer()
        stranger = sign_in(a.organisation())
        address_ = f"/workbench/listings/{listing.reference}/auction"
        assert stranger.post(address_, data=plan(LATER)).status_code == 403
        sign_in(listing.seller).post(address_, data=plan(LATER))
        auction = db.session.query(Auction).one()
        assert stranger.get(f"/auctions/{auction.reference}").status_code == 404


@pytest.mark.parametrize("language", ["zh_Hans", "en"])
def test_lists_results_and_my_auctions_answer_in_both_languages(sign_in, client, language):
    auction, _, browser = in_room(sign_in)
    seller = sign_in(auction.seller)
    for who, where in (
        (client, "/auctions"),
        (client, "/auctions?stage=over"),
        (client, "/auctions/results"),
        (client, "/auctions/verify"),
        (browser, "/workbench/auctions?side=bidding"),
        (seller, "/workbench/auctions"),
    ):
        joint = "&" if "?" in where else "?"
        assert who.get(f"{where}{joint}lang={language}").status_code == 200, where
    assert auction.reference in text_of(client.get("/auctions"))
    assert auction.reference in text_of(client.get("/auctions?format=csv"))


def test_a_falling_price_is_bought_at_the_price_shown(sign_in):
    auction, _, browser = in_room(
        sign_in, format="dutch", floor=START // 2, decrement=START // 10, interval=3600
    )
    page = text_of(browser.get(address(auction)))
    expected = re.search(r'name="expected" value="(\d+)"', page).group(1)
    moved = {"key": "a" * 32, "expected": str(int(expected) + 100)}
    assert browser.post(address(auction, "/buy"), data=moved).status_code == 409
    bought = {"key": "b" * 32, "expected": expected}
    assert browser.post(address(auction, "/buy"), data=bought).status_code == 303
    db.session.refresh(auction)
    assert (auction.state, auction.price.minor) == (Phase.CLOSED, int(expected))


def test_the_feed_says_where_it_stands_and_every_public_line_after_a_number(client, monkeypatch):
    monkeypatch.setattr("marketplace.web.auction_feed.LONGEST_SECONDS", 0.2)
    auction = an_auction()
    bid(bidder(auction), auction, START + 500_000)
    reference = auction.reference

    answer = client.get(f"/live/auctions/{reference}", headers={"Last-Event-ID": "1"})
    told = text_of(answer)

    assert answer.mimetype == "text/event-stream"
    assert told.count("event: state") == 1
    numbers = [int(n) for n in re.findall(r"^id: (\d+)\nevent: bid", told, re.MULTILINE)]
    assert numbers == list(range(2, seq_of(reference) + 1))
    assert str(START + 500_000) not in told


def seq_of(reference):
    return db.session.query(Auction.seq).filter_by(reference=reference).scalar()


def test_only_the_runner_up_sees_and_answers_the_offer(sign_in):
    auction = an_auction()
    firms = [a.organisation() for _ in range(2)]
    runner_up, winner = (bidder(auction, of=firm) for firm in firms)
    bid(runner_up, auction, START)
    bid(winner, auction, START + 1_000_000)
    finish(auction)
    after = auction.ends_at + timedelta(minutes=1)
    for kind in ("award", "default", "fall_back"):
        at(after, SYSTEM, auction, Command(kind))
    db.session.refresh(auction)
    assert auction.state is Phase.FALLBACK
    assert "100,000" in text_of(sign_in(firms[0]).get(address(auction)))
    sign_in(firms[1]).post(address(auction, "/fallback"), data={"answer": "accept", "key": "x"})
    db.session.refresh(auction)
    assert auction.state is Phase.FALLBACK
