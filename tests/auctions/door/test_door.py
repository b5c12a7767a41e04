"""The one door: what it lets in, what it answers, and that it answers the same again."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from marketplace.auctions import receipts
from marketplace.auctions.engine.state import Command, Phase
from marketplace.auctions.models import Answer, AuctionEvent, Award, Participant, ParticipantState
from marketplace.auctions.services import bidding, door, reacting
from marketplace.auctions.services.door import KeyMissing
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import NotAllowed, NotFound
from marketplace.core.events import Event
from marketplace.core.policy import SYSTEM
from tests import factories as a
from tests.auctions.auctioning import START, an_auction, at, bid, bidder, bidders, code_of, do
from tests.conftest import at_most

pytestmark = pytest.mark.usefixtures("app")


def count(model, **where) -> int:
    return db.session.scalar(select(func.count()).select_from(model).filter_by(**where)) or 0


def test_a_bid_is_logged_and_answered_with_a_receipt():
    auction = an_auction()
    (one,) = bidders(auction, 1)
    before = auction.seq
    reply = bid(one, auction, START)
    db.session.refresh(auction)
    assert (reply.status, reply.body["price"], reply.body["leads"]) == (201, START, True)
    assert (auction.seq, auction.price_minor, auction.bid_count) == (before + 1, START, 1)
    assert reply.body["events"] == [auction.head]
    assert receipts.is_genuine(reply.receipt)


def test_a_refusal_is_signed_and_kept_like_an_acceptance():
    auction = an_auction()
    one, two = bidders(auction, 2)
    bid(one, auction, START)
    reply = bid(two, auction, START, key="k")
    assert (reply.status, reply.refusal) == (409, "auction.too_low")
    assert receipts.is_genuine(reply.receipt)
    kept = db.session.scalars(select(Answer).filter_by(key="k")).one()
    assert (kept.status, kept.receipt) == (409, reply.receipt)


def test_i27_the_same_request_again_gets_the_same_answer_and_has_one_effect():
    auction = an_auction()
    (one,) = bidders(auction, 1)
    first, *others = [bid(one, auction, START, key="k") for _ in range(3)]
    assert [(o.status, o.receipt, o.replayed) for o in others] == [
        (first.status, first.receipt, True)
    ] * 2
    assert count(AuctionEvent, auction_id=auction.id, kind="bid") == 1


def test_i27_another_request_under_a_used_key_is_refused():
    auction = an_auction()
    (one,) = bidders(auction, 1)
    first = bid(one, auction, START, key="k")
    reply = bid(one, auction, START + 100, key="k")
    assert (reply.status, reply.refusal) == (422, "auction.key_reused")
    assert bid(one, auction, START, key="k").receipt == first.receipt


def test_a_key_belongs_to_the_person_and_the_auction():
    auction, other = an_auction(), an_auction()
    one, two = bidders(auction, 2)
    bidder(other, of=db.session.get(a.Organisation, one.organisation_id))
    replies = [
        bid(one, auction, START, key="k"),
        bid(two, auction, 2 * START, key="k"),
        bid(one, other, START, key="k"),
    ]
    assert [reply.replayed for reply in replies] == [False, False, False]


@pytest.mark.parametrize("key", ["", "x" * 65])
def test_a_request_without_a_key_is_refused(key):
    auction = an_auction()
    (one,) = bidders(auction, 1)
    with pytest.raises(KeyMissing) as refusal, transaction():
        bidding.place_bid(one, auction.reference, START, key)
    assert refusal.value.status == 400


def seller(auction):
    return a.actor(auction.seller)


def affiliate(auction):
    firm = a.organisation()
    person = a.member(auction.seller).user
    a.member(firm, user_=person)
    return bidder(auction, of=firm)


def staff_of_another_firm(auction):
    actor = bidder(auction)
    a.member(a.exchange(), user_=db.session.get(a.User, actor.user_id))
    return actor


def operator(auction):
    return bidder(auction, of=a.exchange())


def stranger(_):
    return a.actor(a.organisation())


def defaulter(auction):
    """He was awarded the auction that this one repeats, and did not pay."""
    actor = bidder(auction)
    firm = db.session.get(a.Organisation, actor.organisation_id)
    earlier = an_auction()
    auction.parent_id = earlier.id
    db.session.commit()
    bidder(earlier, of=firm)
    took_part = db.session.scalars(
        select(Participant).filter_by(auction_id=earlier.id, organisation_id=firm.id)
    ).one()
    a.keep(
        Award(
            auction=earlier,
            participant=took_part,
            event_seq=earlier.seq,
            price_minor=START,
            currency="CNY",
            ended_at=clock.now(),
        )
    )
    return actor


@pytest.mark.parametrize(
    ("who", "code"),
    [
        (seller, "auction.own"),
        (affiliate, "auction.affiliate"),
        (staff_of_another_firm, "auction.staff"),
        (operator, "auction.staff"),
        (defaulter, "auction.defaulter"),
        (stranger, "auction.not_admitted"),
    ],
)
def test_i12_no_bid_of_who_may_not_bid_is_accepted(who, code):
    auction = an_auction()
    actor = who(auction)
    reply = bid(actor, auction, START)
    assert (reply.status, reply.refusal) == (403, code)
    assert count(AuctionEvent, auction_id=auction.id, kind="bid") == 0


def test_i12_a_bidder_who_is_not_admitted_yet_waits():
    auction = an_auction()
    actor = bidder(auction, state=ParticipantState.QUALIFIED)
    assert bid(actor, auction, START).refusal == "auction.not_admitted"


@pytest.mark.parametrize("role", ["finance", "viewer"])
def test_only_those_who_manage_a_firm_bid_for_it(role):
    auction = an_auction()
    with pytest.raises(NotAllowed):
        bid(a.actor(a.organisation(), role), auction, START)


def test_a_code_that_a_bidder_brings_is_not_believed():
    auction = an_auction()
    one, two = bidders(auction, 2)
    forged = Command("bid", code_of(two, auction), {"amount": START, "salt": "00" * 32})
    do(one, auction, forged)
    db.session.refresh(auction)
    assert auction.leader_code == code_of(one, auction)


@pytest.mark.parametrize("kind", ["suspend", "cancel", "exclude", "void", "award", "clock"])
def test_a_bidder_gives_no_orders(kind):
    auction = an_auction()
    (one,) = bidders(auction, 1)
    with pytest.raises(NotAllowed):
        do(one, auction, Command(kind, None, {"reason": "x"}))


def test_the_sixth_bid_within_a_second_is_put_off():
    auction = an_auction()
    (one,) = bidders(auction, 1)
    now = clock.now()
    with clock.freeze(now):
        answers = [bid(one, auction, START + i * 100).status for i in range(7)]
    with clock.freeze(now + timedelta(seconds=1)):
        later = bid(one, auction, START + 10_000).status
    assert (answers, later) == ([201] * 5 + [429] * 2, 201)


def test_i39_a_jump_is_taken_only_with_the_token_for_that_amount():
    auction = an_auction()
    one, two = bidders(auction, 2)
    asked = bid(one, auction, 9 * START)
    assert (asked.status, asked.refusal) == (409, "auction.confirm_required")
    token = asked.body["facts"]["confirm"]
    assert bid(one, auction, 8 * START, confirm=token).refusal == "auction.confirm_required"
    assert bid(two, auction, 9 * START, confirm=token).refusal == "auction.confirm_required"
    with clock.freeze(clock.now() + timedelta(seconds=61)):
        assert bid(one, auction, 9 * START, confirm=token).refusal == "auction.confirm_required"
    assert bid(one, auction, 9 * START, confirm="made up").refusal == "auction.confirm_required"
    assert bid(one, auction, 9 * START, confirm=token).status == 201


@pytest.mark.parametrize("amount", [1.0, "10000000", True, -START, 0, None, 10**15, START + 1])
def test_i14_only_whole_amounts_on_the_tick_are_taken(amount):
    auction = an_auction()
    (one,) = bidders(auction, 1)
    reply = bid(one, auction, amount)
    assert (reply.status, reply.refusal) == (400, "auction.bad_amount")


def test_a_maximum_is_nowhere_in_the_open():
    auction = an_auction()
    one, two = bidders(auction, 2)
    bid(one, auction, START)
    hidden = START + 3_210_900
    bid(two, auction, hidden)
    db.session.refresh(auction)
    events = db.session.scalars(select(AuctionEvent).filter_by(auction_id=auction.id)).all()
    assert auction.leader_code == code_of(two, auction)
    assert not any(str(hidden) in event.body for event in events)
    assert not any(str(hidden).encode() in (event.sealed or b"") for event in events)
    assert str(hidden).encode() not in auction.sealed_state


def test_a_bid_writes_no_event_of_the_exchange_and_a_change_of_phase_does():
    auction = an_auction()
    (one,) = bidders(auction, 1)
    bid(one, auction, START)
    with clock.freeze(auction.ends_at):
        do(SYSTEM, auction, Command("clock"))
    kinds = db.session.scalars(
        select(Event.kind)
        .filter_by(subject_kind="auction", subject_id=auction.id)
        .order_by(Event.id)
    ).all()
    assert kinds == ["auction.publish", "auction.open_free", "auction.limit"]


def test_what_follows_happens_in_the_same_transaction(monkeypatch):
    auction = an_auction()

    def fail(*_):
        raise RuntimeError("no")

    monkeypatch.setattr(reacting, "after", lambda kind: [fail] if kind == "limited" else ())
    with pytest.raises(RuntimeError, match="no"):
        at(auction.ends_at, SYSTEM, auction, Command("clock"))
    db.session.refresh(auction)
    assert auction.state is Phase.FREE


def test_what_follows_sees_what_happened(monkeypatch):
    seen = []
    note = [lambda auction, event, by: seen.append((auction.state, event.kind, by))]
    monkeypatch.setattr(reacting, "after", lambda kind: note if kind == "limited" else ())
    auction = an_auction()
    at(auction.ends_at, SYSTEM, auction, Command("clock"))
    assert seen == [(Phase.LIMITED, "limited", SYSTEM)]


def test_there_is_no_door_to_an_auction_that_is_not_there():
    with pytest.raises(NotFound):
        bid(a.actor(a.organisation()), "J-99999999", START)


def test_a_bid_costs_the_same_however_long_the_log():
    auction = an_auction()
    one, two = bidders(auction, 2)
    for i in range(20):
        with clock.freeze(clock.now() + timedelta(seconds=i)):
            bid((one, two)[i % 2], auction, START + i * 500_000)
    with clock.freeze(clock.now() + timedelta(minutes=1)), at_most(7):
        reply = bid(one, auction, START + 20 * 500_000)
    assert reply.status == 201
    assert door.state_of(auction).bids == 21
