"""A winner who neither signs nor pays: reminded, given time or not, in default by the clock, once."""

from datetime import date, timedelta

import pytest

from marketplace.auctions.engine.state import Phase
from marketplace.auctions.models import Auction, Award, HoldState
from marketplace.auctions.services import awarding, deposits, enforcing
from marketplace.core import clock, settings
from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, NotAllowed, Refused
from marketplace.core.events import Event
from marketplace.deals import services as deals
from marketplace.deals.models import Deal, DealState
from marketplace.jobs import auctioning as jobs
from marketplace.ledger import queries as books
from marketplace.payments import queries as money
from marketplace.payments import services as payments
from tests import factories as a
from tests.auctions.auctioning import START, an_auction, bid
from tests.auctions.door.racing import at_once
from tests.auctions.money.test_deposits import DEPOSIT, admitted, closed, in_default, won
from tests.deals import journey

pytestmark = pytest.mark.usefixtures("app", "in_march")


@pytest.fixture
def in_march():
    """A year whose holidays are out, whenever the test runs."""
    with clock.freeze(clock.start_of(date(2026, 3, 2)) + timedelta(hours=10)):
        yield


def deal_of(auction) -> Deal:
    return awarding.standing(auction).deal


def parties(auction, winner) -> journey.Parties:
    return journey.Parties(a.actor(auction.seller), winner, a.operator(), a.operator())


def unpaid(**over):
    """Won, signed by both, and not paid."""
    auction, (winner, first), second = won(**over)
    who = parties(auction, winner)
    journey.cleared(deal_of(auction), who)
    journey.signed(deal_of(auction), who)
    return auction, (winner, first), second


def look(moment) -> None:
    with clock.freeze(moment):
        jobs.enforce()
    db.session.expire_all()


def told(kind) -> int:
    return db.session.query(Event).filter_by(kind=kind).count()


def after_the_grace(auction):
    return enforcing.ends_at(deal_of(auction).due_at) + timedelta(seconds=1)


def test_the_grace_ends_with_the_second_working_day_after_it_was_due():
    friday = clock.start_of(date(2026, 11, 20)) + timedelta(hours=15)
    assert enforcing.ends_at(friday) == clock.start_of(date(2026, 11, 25))


def test_in_a_year_whose_holidays_are_not_out_the_desk_decides():
    assert enforcing.ends_at(clock.start_of(date(2039, 1, 4))) is None


def test_reminders_come_three_days_ahead_and_on_the_day_each_once():
    auction, *_ = unpaid()
    due = deal_of(auction).due_at
    look(due - timedelta(days=4))
    assert (told("participant.due_soon"), told("participant.overdue")) == (0, 0)
    for _ in range(2):
        look(due - timedelta(days=2))
    assert (told("participant.due_soon"), told("participant.overdue")) == (1, 0)
    for _ in range(2):
        look(due + timedelta(minutes=1))
    assert (told("participant.due_soon"), told("participant.overdue")) == (1, 1)
    assert deal_of(auction).state is DealState.PAYMENT


def test_the_clock_finds_the_default_proposes_the_forfeit_and_asks_the_runner_up():
    auction, (_, first), (loser, _) = unpaid()
    deal, late = deal_of(auction), after_the_grace(auction)
    look(late - timedelta(minutes=1))
    assert auction.state is Phase.AWARDED
    look(late)
    assert (auction.state, deal.state) == (Phase.FALLBACK, DealState.CANCELLED)
    assert deposits.of(first).forfeit_proposed_at is not None
    assert awarding.offered(loser.organisation_id, auction).minor == START + 600_000
    look(late)
    assert told("participant.default") == 1


def test_who_has_signed_while_the_seller_has_not_is_in_no_default():
    auction, (winner, _), _ = won()
    who = parties(auction, winner)
    journey.cleared(deal_of(auction), who)
    late = after_the_grace(auction)
    for _ in range(2):
        look(late)
    assert auction.state is Phase.AWARDED
    assert told("auction.default_undecided") == 1


def test_who_has_not_signed_what_the_seller_signed_is():
    auction, (winner, _), _ = won()
    who = parties(auction, winner)
    journey.cleared(deal_of(auction), who)
    journey.sign(deal_of(auction), who.seller)
    look(after_the_grace(auction))
    assert auction.state is Phase.FALLBACK


def test_a_default_by_hand_still_works_and_leaves_the_clock_nothing():
    auction, *_ = unpaid()
    late, _ = in_default(auction)
    look(late + timedelta(days=9))
    assert told("participant.default") == 1


def test_time_given_by_the_desk_moves_reminders_default_and_payment():
    auction, *_ = unpaid()
    deal, late = deal_of(auction), after_the_grace(auction)
    day = (late + timedelta(days=20)).astimezone(clock.BEIJING).date()
    with clock.freeze(late - timedelta(hours=1)), transaction():
        enforcing.extend(a.operator(), auction, until=day, because="银行付汇审核")
    look(late)
    assert auction.state is Phase.AWARDED
    assert deal.due_at == clock.start_of(day + timedelta(days=1))
    assert [p.due_at for p in money.of(deal)] == [deal.due_at]
    assert told("deal.extend") == 1
    look(after_the_grace(auction))
    assert auction.state is Phase.FALLBACK


@pytest.mark.parametrize(
    ("days", "because", "code"),
    [
        (20, " ", "auction.reason"),
        (-1, "迟", "auction.extension"),
        (400, "迟", "auction.extension"),
    ],
)
def test_no_time_is_given_without_reason_or_measure(days, because, code):
    auction, *_ = unpaid()
    day = (clock.now() + timedelta(days=days)).date()
    with pytest.raises(Invalid) as refused, transaction():
        enforcing.extend(a.operator(), auction, until=day, because=because)
    assert refused.value.code == code


def test_nobody_but_the_exchange_gives_time():
    auction, (winner, _), _ = unpaid()
    day = (clock.now() + timedelta(days=20)).date()
    for outsider in (winner, a.actor(auction.seller)):
        with pytest.raises(NotAllowed), transaction():
            enforcing.extend(outsider, auction, until=day, because="请求")


def test_the_desk_gives_time_on_its_page(sign_in):
    auction, *_ = unpaid()
    day = (clock.now() + timedelta(days=20)).date()
    desk = sign_in(a.exchange())
    page = f"/console/auction-desk/{auction.reference}/extend"
    assert desk.post(page, data={"until": "", "because": "迟"}).status_code == 303
    assert told("deal.extend") == 0
    assert desk.post(page, data={"until": day.isoformat(), "because": "迟"}).status_code == 303
    assert told("deal.extend") == 1


def with_costs(bps=500):
    """Won under rules that were announced with a part for the exchange's costs; in default."""
    auction = an_auction(deposit=DEPOSIT, forfeit_cost_bps=bps)
    winner, first = admitted(auction)
    bid(winner, auction, START)
    closed(auction)
    late, _ = in_default(auction)
    return auction, first, late


def forfeited(first, late):
    with clock.freeze(late + deposits.OBJECTION + timedelta(minutes=1)), transaction():
        deposits.forfeit(a.operator(), deposits.of(first))
    return deposits.of(first)


@pytest.mark.parametrize(("bps", "costs"), [(0, 0), (500, 50_000), (333, 33_300)])
def test_a_forfeited_deposit_is_shared_by_the_announced_rules_and_no_fen_is_lost(bps, costs):
    auction, first, late = with_costs(bps)
    hold = forfeited(first, late)
    seller = auction.seller_id
    assert books.balance(money.COSTS).minor == costs
    assert books.balance(money.credit_account(seller)).minor == DEPOSIT - costs
    assert books.balance(f"forfeit:{auction.id}").minor == 0
    [order] = money.payouts_of(hold)
    assert (order.payee_id, order.amount.minor) == (seller, DEPOSIT - costs)
    assert payments.self_check().holds


def test_the_seller_and_the_defaulter_read_the_shares_and_nobody_else(sign_in):
    auction, first, late = with_costs()
    forfeited(first, late)
    page = f"/auctions/{auction.reference}"
    for firm in (auction.seller, first.organisation):
        shown = sign_in(firm).get(page).text
        assert 'id="forfeited"' in shown
        assert "9,500" in shown
    assert 'id="forfeited"' not in sign_in(a.organisation()).get(page).text


def test_the_sellers_part_is_on_his_statement_on_its_way_and_when_it_came(sign_in):
    auction, first, late = with_costs()
    hold = forfeited(first, late)
    seller = sign_in(auction.seller, "owner")
    on_its_way = seller.get("/workbench/money").text
    assert "没收的保证金归出让方的部分" in on_its_way
    assert "9,500" in on_its_way
    [order] = money.payouts_of(hold)
    with transaction():
        deals.send_payout(a.operator(), order, bank_reference="P-1", sent_on=clock.today())
    came = seller.get("/workbench/money").text
    assert "收到没收的保证金" in came
    assert auction.reference in came
    assert payments.self_check().holds


def test_a_forfeit_that_the_clock_proposed_takes_a_person_after_the_days_for_objection():
    auction, (_, first), _ = unpaid()
    late = after_the_grace(auction)
    look(late)
    hold = deposits.of(first)
    with clock.freeze(late), pytest.raises(Refused, match="objection_open"), transaction():
        deposits.forfeit(a.operator(), hold)
    assert deposits.of(first).state is HoldState.HELD
    assert forfeited(first, late).resolution.kind == "forfeited"


def test_what_is_announced_says_the_part_for_costs_and_old_rules_keep_their_hash():
    with_part = an_auction(deposit=DEPOSIT, forfeit_cost_bps=500).rules
    assert with_part.to_json()["forfeit_cost_bps"] == 500
    assert "forfeit_cost_bps" not in an_auction(deposit=DEPOSIT).rules.to_json()
    assert settings.current().auction_forfeit_cost_bps == 500


def test_two_workers_find_a_default_once(own_database):
    auction, *_ = unpaid()
    number, late = awarding.standing(auction).id, after_the_grace(auction)
    auction_id = auction.id
    db.session.rollback()

    def worker():
        with transaction():
            return enforcing.look(number)

    with clock.freeze(late):
        found = at_once(own_database, [worker] * 4)
    assert sorted(found) == [False, False, False, True]
    assert told("participant.default") == 1
    assert db.session.get_one(Auction, auction_id).state is Phase.FALLBACK
    assert db.session.query(Award).filter(Award.ended_at.is_not(None)).count() == 1


def test_a_deal_that_goes_on_is_given_no_time():
    auction, (winner, _), _ = unpaid()
    deal = deal_of(auction)
    journey.paid(deal, parties(auction, winner), deal.price - money.of(deal)[0].amount + deal.price)
    with pytest.raises(Refused), transaction():
        deals.extend(a.operator(), deal, until=clock.now() + timedelta(days=9), because="迟")
