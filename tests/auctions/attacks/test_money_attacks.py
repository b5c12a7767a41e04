"""Dishonest bidders, holders and staff: nobody's deposit is lost, freed too early, or kept for ever."""

from datetime import timedelta

import pytest

from marketplace.auctions.engine.rules import PriorityMode
from marketplace.auctions.engine.state import Command, Phase
from marketplace.auctions.models import Auction, HoldState, PriorityHolder
from marketplace.auctions.services import awarding, bidding, deposits, first_refusal, participating
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Refused
from marketplace.core.policy import SYSTEM
from marketplace.jobs import auctioning as jobs
from marketplace.ledger import queries as books
from marketplace.payments import queries as money
from marketplace.payments import services as payments
from tests import factories as a
from tests.auctions.auctioning import START, an_auction, bid, code_of, do, new_key, tick
from tests.auctions.money.test_deposits import (
    DEPOSIT,
    admitted,
    closed,
    in_default,
    pays,
    qualified,
    won,
)
from tests.auctions.priority.test_first_refusal import held_by

pytestmark = pytest.mark.usefixtures("app")


def leaves(who, participant):
    with pytest.raises(Refused) as refusal, transaction():
        participating.leave(who, participant)
    return refusal.value.code


def a_fall():
    return an_auction(
        "dutch", deposit=DEPOSIT, floor=START // 2, decrement=START // 10, interval=60
    )


def test_who_took_a_falling_price_does_not_leave_with_the_deposit():
    auction = a_fall()
    who, participant = admitted(auction)
    price = START - START // 10
    with transaction():
        assert bidding.accept(who, auction.reference, price, new_key()).accepted

    assert leaves(who, participant) == "auction.bid_binds"
    assert deposits.of(participant).state is HoldState.HELD


def test_who_bought_at_the_fixed_price_does_not_leave_with_the_deposit():
    auction = an_auction(deposit=DEPOSIT, buy_now=2 * START)
    who, participant = admitted(auction)
    with transaction():
        assert bidding.buy_now(who, auction.reference, new_key()).accepted

    assert leaves(who, participant) == "auction.bid_binds"
    assert deposits.of(participant).state is HoldState.HELD


def with_a_holder():
    """Closed, its highest bidder waiting for the holder of a right of first refusal."""
    firm = a.organisation()
    auction = an_auction(
        deposit=DEPOSIT, listing=held_by(firm), priority=PriorityMode.AFTER, ends_at=None
    )
    return auction, firm


def to_the_days(auction):
    bidder, _ = admitted(auction)
    bid(bidder, auction, START)
    closed(auction)
    assert auction.state is Phase.PRIORITY
    return db.session.query(PriorityHolder).filter_by(auction_id=auction.id).one()


def says_yes(firm, right):
    with transaction():
        return first_refusal.exercise(a.actor(firm), right, typed=firm.name)


def test_a_holder_who_has_exercised_does_not_leave_with_the_deposit():
    auction, firm = with_a_holder()
    right = to_the_days(auction)
    participant = says_yes(firm, right)
    pays(participant)
    db.session.refresh(auction)

    assert leaves(a.actor(firm), participant) == "auction.over"
    assert deposits.of(participant).state is HoldState.HELD
    assert awarding.standing(auction).participant_id == participant.id


def test_a_holder_s_deposit_stays_until_he_has_let_the_right_go():
    auction, firm = with_a_holder()
    who, participant = qualified(auction, firm=firm)
    pays(participant)
    assert leaves(who, participant) == "auction.priority_open"
    right = db.session.query(PriorityHolder).filter_by(auction_id=auction.id).one()
    with transaction():
        first_refusal.waive(who, right, typed=firm.name)
        participating.leave(who, participant)
    assert deposits.of(participant).resolution.kind == "released"


@pytest.mark.parametrize("left", [True, False])
def test_a_holder_who_did_not_pay_for_the_bidding_can_still_exercise_and_pay(left):
    auction, firm = with_a_holder()
    who, participant = qualified(auction, firm=firm)
    if left:
        with transaction():
            participating.leave(who, participant)
    right = to_the_days(auction)
    assert deposits.of(participant).state is HoldState.VOID

    buyer = says_yes(firm, right)
    pays(buyer)
    jobs.follow()
    db.session.refresh(auction)

    assert awarding.standing(auction).participant_id == buyer.id
    assert deposits.of(buyer).state is HoldState.HELD


def test_a_deposit_that_comes_after_its_hours_exercises_nothing():
    auction, firm = with_a_holder()
    right = to_the_days(auction)
    participant = says_yes(firm, right)
    late = clock.now() + timedelta(hours=first_refusal.DEPOSIT_HOURS, minutes=1)
    with clock.freeze(late):
        pays(participant)
    db.session.refresh(right)

    assert right.state != "exercised"
    assert deposits.of(participant).resolution.kind == "released"


def test_a_right_is_exercised_once():
    auction, firm = with_a_holder()
    right = to_the_days(auction)
    says_yes(firm, right)
    with pytest.raises(Refused), transaction():
        first_refusal.exercise(a.actor(firm), right, typed=firm.name)


def test_a_willing_runner_up_gets_the_deposit_back_when_the_deal_is_done():
    auction, _, (_, second) = won()
    assert deposits.of(second).state is HoldState.HELD

    do(SYSTEM, auction, Command("settle"))

    assert deposits.of(second).resolution.kind == "released"


def test_part_of_a_deposit_goes_back_as_well_when_all_is_over():
    auction = an_auction(deposit=DEPOSIT)
    _, participant = qualified(auction)
    hold = pays(participant, DEPOSIT - 1)
    assert books.balance(hold.account).minor == DEPOSIT - 1

    closed(auction)

    assert hold.state is HoldState.VOID
    assert books.balance(hold.account).minor == 0
    assert payments.self_check().holds


def test_a_deposit_paid_twice_goes_back_but_once_is_kept():
    auction = an_auction(deposit=DEPOSIT)
    _, participant = admitted(auction)
    hold = pays(participant)
    assert books.balance(hold.account).minor == DEPOSIT
    credit = money.credit_account(participant.organisation_id)
    assert books.balance(credit).minor == DEPOSIT


def test_an_exclusion_does_not_free_a_deposit_whose_forfeit_is_proposed():
    auction = an_auction(deposit=DEPOSIT)
    who, participant = admitted(auction)
    hold = deposits.of(participant)
    with transaction():
        deposits.propose_forfeit(a.operator(), hold, because="串通")

    do(SYSTEM, auction, Command("exclude", None, {"code": code_of(who, auction)}))

    assert hold.state is HoldState.HELD


def test_leaving_does_not_free_a_deposit_whose_forfeit_is_proposed():
    auction = an_auction(deposit=DEPOSIT)
    who, participant = admitted(auction)
    hold = deposits.of(participant)
    with transaction():
        deposits.propose_forfeit(a.operator(), hold, because="串通")

    with transaction():
        participating.leave(who, participant)

    assert hold.state is HoldState.HELD


def test_what_was_forfeited_is_not_given_back_by_anybody():
    auction, (_, first), _ = won()
    late, _ = in_default(auction)
    hold = deposits.of(first)
    with clock.freeze(late + deposits.OBJECTION + timedelta(minutes=1)), transaction():
        deposits.forfeit(a.operator(), hold)
    with pytest.raises(Refused), transaction():
        deposits.spare(a.operator(), hold, because="再想想")
    with transaction():
        deposits.give_back(first, because="again")
        deposits.release(hold, because="again")
    assert hold.resolution.kind == "forfeited"
    assert [order.payee_id for order in money.payouts_of(hold)] == [hold.auction.seller_id]


def test_after_two_defaults_nobody_else_is_asked_and_the_auction_ends():
    auction = an_auction(deposit=DEPOSIT)
    third, _ = admitted(auction, backup=True)
    second, _ = admitted(auction, backup=True)
    first, _ = admitted(auction)
    for step, who in enumerate((third, second, first)):
        bid(who, auction, START + step * 2_000_000)
    closed(auction)
    late, _ = in_default(auction)
    with clock.freeze(late), transaction():
        assert awarding.accept_fallback(second, auction, key="2").accepted
    db.session.refresh(auction)
    in_default(auction)

    assert auction.state is Phase.FAILED
    tick(db.session.get_one(Auction, auction.id))


def test_f19_where_the_only_bidder_is_excluded_after_the_close_the_auction_fails_by_the_clock():
    """A holder's days, an award that waits: nothing of it may leave the listing bound for ever."""
    auction = an_auction(deposit=DEPOSIT)
    who, participant = admitted(auction)
    bid(who, auction, START)
    for _ in range(2):
        db.session.refresh(auction)
        with clock.freeze(auction.ends_at + timedelta(seconds=2)):
            tick(auction)
    db.session.refresh(auction)
    assert auction.state is Phase.CLOSED
    do(SYSTEM, auction, Command("exclude", None, {"code": participant.code, "reason": "court"}))

    tick(auction)
    db.session.refresh(auction)

    assert (auction.state, auction.due_at) == (Phase.FAILED, None)
    assert deposits.of(participant).resolution.kind == "released"
