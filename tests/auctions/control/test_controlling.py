"""Two people for every measure; what is done goes through the door and into the log."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from marketplace.auctions.engine.state import Phase
from marketplace.auctions.models import Auction, Order, OrderKind, OrderState, ParticipantState
from marketplace.auctions.queries import control as queries
from marketplace.auctions.services import controlling, door
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, NotAllowed, Refused, WrongState
from marketplace.core.policy import Actor
from tests import factories as a
from tests.auctions.auctioning import an_auction, bid, bidders, code_of, tick

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def staff() -> tuple[Actor, Actor]:
    exchange = a.exchange()
    return a.actor(exchange), a.actor(exchange)


def ordered(two, auction, kind, *, cause="other", **arguments) -> Order:
    maker, checker = two
    made = proposed(maker, auction, kind, cause=cause, **arguments)
    with transaction():
        controlling.confirm(checker, db.session.get_one(Order, made), remark="核对无误")
    return db.session.get_one(Order, made)


def proposed(maker, auction, kind, *, cause="other", **arguments) -> int:
    with transaction():
        made = controlling.propose(
            maker,
            db.session.get_one(Auction, auction.id),
            kind,
            cause=cause,
            reason="粤01执123号",
            arguments=arguments,
        )
    return made.id


def kinds_of(auction) -> list[str]:
    return [event.kind for event in door.log_of(auction.id)]


def test_one_proposes_and_another_suspends(staff):
    auction = an_auction()
    order = ordered(staff, auction, OrderKind.SUSPEND, cause="court_order")
    assert order.state is OrderState.DONE
    assert db.session.get_one(Auction, auction.id).state is Phase.SUSPENDED
    last = door.log_of(auction.id)[-1]
    assert (last.kind, last.public["reason"]) == ("suspended", "court_order")


def test_l12_the_maker_does_not_check_even_as_owner_of_the_exchange(staff):
    maker, _ = staff
    auction = an_auction()
    made = proposed(maker, auction, OrderKind.SUSPEND)
    for role in ("manager", "owner"):
        same = Actor(maker.user_id, maker.organisation_id, role, maker.capabilities)
        with pytest.raises(NotAllowed) as refused, transaction():
            controlling.confirm(same, db.session.get_one(Order, made))
        assert refused.value.needs == ("is_another_person",)
    assert db.session.get_one(Auction, auction.id).state is Phase.FREE


def test_l12_the_table_refuses_one_person_twice(staff):
    maker, _ = staff
    made = proposed(maker, an_auction(), OrderKind.SUSPEND)
    order = db.session.get_one(Order, made)
    order.checked_by_id = order.made_by_id
    with pytest.raises(IntegrityError):
        db.session.flush()
    db.session.rollback()


def test_nobody_but_the_exchange_proposes():
    auction = an_auction()
    for outsider in (a.actor(a.organisation()), a.actor(auction.seller)):
        with pytest.raises(NotAllowed), transaction():
            controlling.propose(outsider, auction, OrderKind.SUSPEND, cause="other", reason="不服")


def test_a_refused_proposal_changes_nothing(staff):
    maker, checker = staff
    auction = an_auction()
    made = proposed(maker, auction, OrderKind.SUSPEND)
    before = kinds_of(auction)
    with pytest.raises(Invalid), transaction():
        controlling.refuse(checker, db.session.get_one(Order, made), remark=" ")
    with transaction():
        controlling.refuse(checker, db.session.get_one(Order, made), remark="证据不足")
    assert db.session.get_one(Order, made).state is OrderState.REFUSED
    assert kinds_of(auction) == before


def test_a_proposal_lapses_after_a_day(staff):
    maker, checker = staff
    auction = an_auction(ends_at=clock.now() + timedelta(days=4))
    made = proposed(maker, auction, OrderKind.SUSPEND)
    with clock.freeze(clock.now() + timedelta(hours=24, minutes=1)):
        with pytest.raises(WrongState), transaction():
            controlling.confirm(checker, db.session.get_one(Order, made))
        with transaction():
            assert controlling.lapse_due() == 1
            assert controlling.lapse_due() == 0
    assert db.session.get_one(Order, made).state is OrderState.LAPSED


def test_the_same_is_proposed_once_at_a_time(staff):
    maker, _ = staff
    auction = an_auction()
    proposed(maker, auction, OrderKind.SUSPEND)
    with pytest.raises(Refused) as refused:
        proposed(maker, auction, OrderKind.SUSPEND)
    assert refused.value.code == "auction_order.already_open"


@pytest.mark.parametrize("hours", [0, 1.9, 24 * 5 + 1])
def test_a_resumption_is_announced_in_time(staff, hours):
    auction = an_auction()
    ordered(staff, auction, OrderKind.SUSPEND)
    with pytest.raises(Invalid) as refused:
        proposed(staff[0], auction, OrderKind.RESUME, at=clock.now() + timedelta(hours=hours))
    assert refused.value.code == "auction_order.resume_window"


def test_i34_price_and_leader_stand_after_a_resumption(staff):
    auction = an_auction()
    first, second = bidders(auction)
    bid(first, auction, 12_000_000)
    bid(second, auction, 11_000_000)
    before = db.session.get_one(Auction, auction.id)
    price, leader = before.price_minor, before.leader_code
    ordered(staff, auction, OrderKind.SUSPEND)
    assert bid(second, auction, 12_000_000).refusal == "auction.suspended"
    at = clock.now() + timedelta(hours=3)
    ordered(staff, auction, OrderKind.RESUME, cause="cause_gone", at=at)
    with clock.freeze(at + timedelta(seconds=1)):
        tick(auction)
    after = db.session.get_one(Auction, auction.id)
    assert (after.state, after.price_minor, after.leader_code) == (Phase.FREE, price, leader)


def test_only_a_suspended_auction_is_cancelled(staff):
    auction = an_auction()
    with pytest.raises(WrongState):
        proposed(staff[0], auction, OrderKind.CANCEL)
    ordered(staff, auction, OrderKind.SUSPEND)
    ordered(staff, auction, OrderKind.CANCEL, cause="title_dispute")
    assert db.session.get_one(Auction, auction.id).state is Phase.CANCELLED


def test_a_slip_is_voided_and_the_price_recomputed(staff):
    auction = an_auction()
    first, second = bidders(auction)
    bid(first, auction, 10_500_000)
    bid(second, auction, 12_000_000)
    slip = door.log_of(auction.id)
    ordered(staff, auction, OrderKind.VOID, cause="slip", seq=len(slip))
    after = db.session.get_one(Auction, auction.id)
    assert (after.leader_code, after.price_minor) == (code_of(first, auction), 10_000_000)
    assert kinds_of(auction)[-1] == "voided"


def test_a_bid_that_somebody_has_outbid_is_not_voided(staff):
    auction = an_auction()
    first, second = bidders(auction)
    bid(first, auction, 10_500_000)
    seq = len(door.log_of(auction.id))
    bid(second, auction, 12_000_000)
    with pytest.raises(Refused) as refused:
        proposed(staff[0], auction, OrderKind.VOID, seq=seq)
    assert refused.value.code == "auction_order.void_too_late"


def test_an_old_slip_is_not_voided(staff):
    auction = an_auction()
    (first,) = bidders(auction, 1)
    bid(first, auction, 10_500_000)
    seq = len(door.log_of(auction.id))
    with clock.freeze(clock.now() + timedelta(minutes=6)), pytest.raises(Refused) as refused:
        proposed(staff[0], auction, OrderKind.VOID, seq=seq)
    assert refused.value.code == "auction_order.void_too_late"


def test_f19_a_bidder_excluded_by_court_order_is_taken_out_by_replay(staff):
    auction = an_auction()
    first, second, third = bidders(auction, 3)
    bid(first, auction, 10_500_000)
    bid(second, auction, 12_000_000)
    bid(third, auction, 11_000_000)
    code = code_of(second, auction)
    ordered(staff, auction, OrderKind.EXCLUDE, cause="court_order", code=code)
    after = db.session.get_one(Auction, auction.id)
    assert after.leader_code == code_of(third, auction)
    assert queries.participant_of(after, code).state is ParticipantState.EXCLUDED
    assert bid(second, auction, 13_000_000).status == 403


def test_an_identity_is_opened_by_two_and_the_log_says_so_without_a_name(staff):
    auction = an_auction()
    (first,) = bidders(auction, 1)
    bid(first, auction, 10_500_000)
    code = code_of(first, auction)
    order = ordered(staff, auction, OrderKind.OPEN_IDENTITY, cause="court_order", code=code)
    last = door.log_of(auction.id)[-1]
    assert (last.kind, last.code, dict(last.public)) == (
        "identity_opened",
        None,
        {"reason": "court_order"},
    )
    for one in staff:
        with transaction():
            assert controlling.identity(one, order).id == first.organisation_id
    with pytest.raises(NotAllowed), transaction():
        controlling.identity(a.actor(a.exchange()), order)


def test_i28_the_identity_of_other_orders_stays_closed(staff):
    auction = an_auction()
    order = ordered(staff, auction, OrderKind.SUSPEND)
    with pytest.raises(WrongState), transaction():
        controlling.identity(staff[0], order)
