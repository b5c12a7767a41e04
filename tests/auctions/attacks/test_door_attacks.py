"""Requests that a careful client never sends: keys used twice across firms, nonsense, and questions in disguise."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace.auctions.engine.state import Command
from marketplace.auctions.models import Answer, AuctionEvent
from marketplace.auctions.services import bidding
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import NotAllowed
from marketplace.core.events import Event
from marketplace.core.policy import SYSTEM
from tests import factories as a
from tests.auctions.auctioning import START, an_auction, bid, bidder, bidders, code_of, do, new_key
from tests.auctions.sealed.test_opening import ended, puts, sealed_auction

pytestmark = pytest.mark.usefixtures("app")
FAR = 9 * START


def test_i27_a_confirmed_bid_gets_its_receipt_again_when_the_token_has_long_run_out():
    auction = an_auction()
    (one,) = bidders(auction, 1)
    token = bid(one, auction, FAR).body["facts"]["confirm"]
    first = bid(one, auction, FAR, key="k", confirm=token)
    with clock.freeze(clock.now() + timedelta(minutes=5)):
        again = bid(one, auction, FAR, key="k", confirm=token)
    assert (again.status, again.receipt, again.replayed) == (201, first.receipt, True)


def test_i27_the_same_bid_confirmed_under_the_key_of_the_unconfirmed_is_another_request():
    auction = an_auction()
    (one,) = bidders(auction, 1)
    token = bid(one, auction, FAR, key="k").body["facts"]["confirm"]
    assert bid(one, auction, FAR, key="k", confirm=token).refusal == "auction.key_reused"


def test_i27_a_person_of_two_firms_is_not_answered_for_one_what_the_other_was_told():
    auction = an_auction()
    one = bidder(auction)
    person = db.session.get_one(a.User, one.user_id)
    firm = a.organisation()
    a.member(firm, user_=person)
    bidder(auction, of=firm)
    other = a.Actor(person.id, firm.id, "manager", one.capabilities)

    assert bid(one, auction, START, key="k").accepted
    reply = bid(other, auction, START, key="k")

    assert (reply.status, reply.refusal) == (422, "auction.key_reused")


@pytest.mark.parametrize("what", ["score", "open_envelopes", "admit", "publish", "settle", "fail"])
def test_neither_seller_nor_bidder_gives_orders(what):
    auction = an_auction()
    (one,) = bidders(auction, 1)
    for who in (one, a.actor(auction.seller)):
        with pytest.raises(NotAllowed), transaction():
            bidding.door.execute(who, auction.id, Command(what, None, {}), key=new_key())
    assert db.session.get_one(type(auction), auction.id).seq == auction.seq


BODIES = [
    '{"amount": 1e7}', '{"amount": 10000000.0}', '{"amount": "10000000"}', '{"amount": "１００００００００"}',
    '{"amount": -10000000}', '{"amount": true}', '{"amount": null}', '{"amount": [10000000]}', "{}",
    '{"amount": {"a": 1}}', '{"amount": NaN}', '{"amount": 1e999}', '{"amount": -0}',
    '{"amount": 1' + "0" * 400 + "}", '{"amount": 9007199254740993}', '{"amount": "\\ud800"}',
    '{"amount": 90000000, "confirm_token": "\\ud800"}', '{"amount": 90000000, "confirm_token": {"a": 1}}',
    '{"amount": 90000000, "confirm_token": "\\u0000"}',
]  # fmt: skip


@pytest.mark.parametrize("body", BODIES)
def test_i14_a_script_s_nonsense_is_refused_and_signed(sign_in, body):
    auction, firm = an_auction(), a.organisation()
    bidder(auction, of=firm)
    answer = sign_in(firm).post(
        f"/auctions/{auction.reference}/bids",
        data=body,
        content_type="application/json",
        headers={"Idempotency-Key": new_key()},
    )
    assert answer.status_code in {400, 409}
    assert json.loads(answer.data)["body"]["refusal"] in {
        "auction.bad_amount", "auction.confirm_required"
    }  # fmt: skip
    assert not db.session.scalars(select(AuctionEvent).filter_by(kind="bid")).all()


@pytest.mark.parametrize(
    "body", ["[" * 50_000, '{"amount": ' + "[" * 3000 + "]" * 3000 + "}", "[]", "7", "\x00", ""]
)
def test_what_is_no_request_is_refused(sign_in, body):
    auction, firm = an_auction(), a.organisation()
    bidder(auction, of=firm)
    answer = sign_in(firm).post(
        f"/auctions/{auction.reference}/bids",
        data=body,
        content_type="application/json",
        headers={"Idempotency-Key": new_key()},
    )
    assert answer.status_code == 400


@pytest.mark.parametrize("key", ["\x00", "a\x00b", "\u202e", "x" * 65, ""])
@pytest.mark.parametrize("where", ["buy", "bids", "fallback", "envelope"])
def test_a_key_of_any_characters_is_an_answer(sign_in, key, where):
    auction, firm = an_auction(buy_now=2 * START), a.organisation()
    bidder(auction, of=firm)
    data = {"key": key, "amount": "100000", "expected": "1", "answer": "accept"}
    answer = sign_in(firm).post(f"/auctions/{auction.reference}/{where}", data=data)
    assert answer.status_code < 500


@pytest.mark.parametrize("path", ["", "/state.json", "/events", "/bundle.json", "/verify"])
@pytest.mark.parametrize("reference", ["%00", "J-1%00", "%F0%9F%98%80", "J-" + "9" * 400])
def test_an_address_of_any_characters_is_not_found(client, path, reference):
    assert client.get(f"/auctions/{reference}{path}").status_code == 404


@pytest.mark.parametrize("since", ["-1", "0", "99999999999999999999999", "٣", "1_0", "x"])
def test_a_bundle_is_asked_for_with_any_number(client, since):
    auction = an_auction()
    assert client.get(f"/auctions/{auction.reference}/bundle.json?since={since}").status_code == 200


def numbered(client, auction):
    """Every number of the log that somebody outside can learn now."""
    lines = client.get(f"/auctions/{auction.reference}/events").get_json()["events"]
    return [line["seq"] for line in lines]


@pytest.mark.parametrize("later", ["admit", "suspend", "exclude"])
def test_i18_what_comes_after_sealed_bids_does_not_count_them(client, later):
    """A gap in the numbers, or a total said in passing, would tell how many have bid."""

    def seen(bids):
        auction = sealed_auction()
        firms = bidders(auction, 4)
        for firm in firms[:bids]:
            puts(firm, auction, 12_000_000)
        arguments = {"code": code_of(firms[3], auction), "reason": "court_order"}
        if later == "admit":
            bidder(auction)
        else:
            do(SYSTEM, auction, Command(later, None, arguments))
        text = client.get(f"/auctions/{auction.reference}/events").text
        lines = json.loads(text)["events"]
        return [(line["seq"], line["kind"], line["public"].get("bids")) for line in lines]

    assert seen(0) == seen(3)


def test_i18_the_exchange_s_own_record_does_not_count_sealed_bids():
    auction = sealed_auction()
    for firm in bidders(auction, 2):
        puts(firm, auction, 12_000_000)
    do(SYSTEM, auction, Command("suspend", None, {"reason": "court_order"}))
    kept = db.session.scalars(select(Event).filter_by(kind="auction.suspend")).one()
    assert "seq" not in kept.facts


def test_i18_after_the_end_nobody_is_told_how_many_before_the_opening(client):
    def seen(bids):
        auction = sealed_auction()
        for firm in bidders(auction, 3)[:bids]:
            puts(firm, auction, 12_000_000)
        ended(auction)
        return [
            line["public"]
            for line in client.get(f"/auctions/{auction.reference}/events").get_json()["events"]
            if line["kind"] == "ended"
        ]

    assert seen(1) == seen(3)


def test_receipts_of_others_are_not_there(sign_in):
    auction = an_auction()
    one, two = bidders(auction)
    bid(one, auction, START)
    answer = db.session.scalars(select(Answer).order_by(Answer.id.desc())).first()
    firms = {who: db.session.get_one(a.Organisation, who.organisation_id) for who in (one, two)}
    for outsider in (firms[two], auction.seller, a.exchange(), a.organisation("regulator")):
        path = f"/my/receipts/{answer.id}.json"
        assert sign_in(outsider).get(path).status_code == 404
    assert sign_in(firms[one]).get(f"/my/receipts/{answer.id}.json").status_code == 200
    assert sign_in(firms[one]).get(f"/my/receipts/{2**63}.json").status_code == 404


def test_i12_a_colleague_of_the_exchange_s_people_does_not_bid_for_them():
    """An officer of the exchange who also belongs to a firm does not bid through somebody else of it."""
    auction = an_auction()
    one = bidder(auction)
    firm = db.session.get_one(a.Organisation, one.organisation_id)
    officer = a.member(firm).user
    a.member(a.exchange(), user_=officer)
    assert bid(one, auction, START).refusal == "auction.staff"


def test_i12_a_firm_that_lost_its_capability_does_not_bid():
    auction = an_auction()
    one = bidder(auction)
    without = a.Actor(one.user_id, one.organisation_id, "manager", frozenset())
    assert bid(without, auction, START).refusal == "auction.not_admitted"
