"""Who takes part, and that a deposit is held, and resolved exactly once (I-31, I-32, I-37, L-12)."""

from datetime import timedelta

import pytest

from marketplace.auctions.engine.state import Phase
from marketplace.auctions.models import Award, Hold, HoldState, Participant, ParticipantState
from marketplace.auctions.services import awarding, deposits, participating
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, NotAllowed, Refused
from marketplace.core.money import Money
from marketplace.deals.models import Deal
from marketplace.jobs import auctioning as jobs
from marketplace.ledger import queries as books
from marketplace.payments import queries as money
from marketplace.payments import services as payments
from tests import factories as a
from tests.auctions.auctioning import START, an_auction, bid, tick

pytestmark = pytest.mark.usefixtures("app")
DEPOSIT = 1_000_000
ALL = dict.fromkeys(participating.DECLARATIONS, True)
_numbers = iter(range(1, 10**6))


def applies(auction, firm=None, **over):
    firm = firm or a.organisation()
    who = a.actor(firm)
    with transaction():
        return who, participating.apply(who, auction, declarations=ALL, **over)


def qualified(auction, **over):
    who, participant = applies(auction, **over)
    with transaction():
        participating.qualify(a.operator(), participant)
    return who, participant


def pays(participant, minor=DEPOSIT):
    hold = deposits.of(participant)
    seen = payments.Seen(Money("CNY", minor), f"BANK-{next(_numbers)}", "某公司", clock.today())
    with transaction():
        payments.book_receipt(a.operator(), hold.payment, seen)
    jobs.follow()
    return hold


def admitted(auction, **over):
    who, participant = qualified(auction, **over)
    pays(participant)
    return who, participant


def closed(auction):
    """The whole of it: limited period, end, and what follows."""
    with clock.freeze(auction.ends_at + timedelta(seconds=2)):
        tick(auction)
    db.session.refresh(auction)
    with clock.freeze(auction.ends_at + timedelta(seconds=2)):
        tick(auction)
        jobs.follow()
    db.session.refresh(auction)


def test_a_bidder_is_admitted_once_the_bank_has_confirmed_the_deposit():
    auction = an_auction(deposit=DEPOSIT)
    who, participant = qualified(auction)
    assert bid(who, auction, START).refusal == "auction.not_admitted"

    hold = pays(participant)

    assert (hold.state, participant.state) == (HoldState.HELD, ParticipantState.ACTIVE)
    assert len(participant.code) == 5
    assert books.balance(hold.account).minor == DEPOSIT
    assert bid(who, auction, START).accepted


def test_part_of_a_deposit_admits_nobody():
    auction = an_auction(deposit=DEPOSIT)
    who, participant = qualified(auction)

    pays(participant, DEPOSIT - 1)

    assert participant.state is ParticipantState.QUALIFIED
    assert bid(who, auction, START).refusal == "auction.not_admitted"


@pytest.mark.parametrize("left_out", participating.DECLARATIONS)
def test_every_declaration_is_needed(left_out):
    auction = an_auction()
    who = a.actor(a.organisation())

    with pytest.raises(Invalid) as refused, transaction():
        participating.apply(who, auction, declarations=ALL | {left_out: False})

    assert refused.value.fields == {left_out: "auction.declaration_missing"}


def test_i12_the_seller_a_viewer_and_a_firm_without_the_capability_cannot_apply():
    auction = an_auction()
    for who in (
        a.actor(auction.seller),
        a.actor(a.organisation(), "viewer"),
        a.actor(a.organisation("holder")),
    ):
        with pytest.raises(NotAllowed), transaction():
            participating.apply(who, auction, declarations=ALL)


def test_an_affiliate_of_the_seller_cannot_apply_and_so_pays_no_deposit():
    auction = an_auction(deposit=DEPOSIT)
    firm = a.organisation()
    a.member(firm, user_=a.member(auction.seller).user)

    with pytest.raises(Refused, match="affiliate"):
        applies(auction, firm)


def test_whoever_defaulted_cannot_apply_to_the_repetition():
    auction, (winner, _), _ = won()
    in_default(auction)
    again = an_auction(parent=auction, listing=auction.listing)
    firm = db.session.get_one(a.Organisation, winner.organisation_id)

    with pytest.raises(Refused, match="defaulter"):
        applies(again, firm)


def test_one_application_a_firm():
    auction = an_auction()
    firm = a.organisation()
    applies(auction, firm)

    with pytest.raises(Refused, match="applied_already"):
        applies(auction, firm)


def test_codes_of_one_firm_in_two_auctions_have_nothing_in_common():
    firm = a.organisation()
    codes = set()
    for _ in range(2):
        auction = an_auction()
        _who, participant = applies(auction, firm)
        with transaction():
            participating.qualify(a.operator(), participant)
        codes.add(participant.code)
    assert len(codes) == 2


def test_whoever_leaves_before_bidding_gets_the_deposit_back_and_whoever_has_bid_stays():
    auction = an_auction(deposit=DEPOSIT)
    who, participant = admitted(auction)
    other, stays = admitted(auction)
    bid(other, auction, START)

    with transaction():
        participating.leave(who, participant)
    with pytest.raises(Refused, match="bid_binds"), transaction():
        participating.leave(other, stays)

    hold = deposits.of(participant)
    assert hold.resolution.kind == "released"
    assert books.balance(hold.account).minor == 0
    [payout] = money.payouts_of(hold)
    assert payout.amount.minor == DEPOSIT


def test_i32_losers_get_their_deposits_back_with_the_close_and_the_winner_stays_bound():
    auction = an_auction(deposit=DEPOSIT)
    winner, first = admitted(auction)
    loser, second = admitted(auction)
    bid(loser, auction, START)
    bid(winner, auction, START + 1_000_000)

    closed(auction)

    assert auction.state is Phase.AWARDED
    assert deposits.of(second).resolution.kind == "released"
    assert deposits.of(first).state is HoldState.HELD
    award = awarding.standing(auction)
    assert award.participant_id == first.id
    assert award.deal.price == auction.price
    assert award.deal.buyer_id == winner.organisation_id


def test_a_failed_auction_gives_everything_back():
    auction = an_auction(deposit=DEPOSIT, reserve=START * 2)
    who, participant = admitted(auction)
    bid(who, auction, START)

    closed(auction)

    assert auction.state is Phase.FAILED
    assert deposits.of(participant).resolution.kind == "released"
    assert db.session.query(Award).count() == 0


def won(*, backup=True):
    auction = an_auction(deposit=DEPOSIT)
    winner, first = admitted(auction)
    loser, second = admitted(auction, backup=backup)
    bid(loser, auction, START)
    bid(loser, auction, START + 600_000)
    bid(winner, auction, START + 2_000_000)
    closed(auction)
    return auction, (winner, first), (loser, second)


def in_default(auction):
    deal = awarding.standing(auction).deal
    late = deal.due_at + awarding.GRACE + timedelta(minutes=1)
    with clock.freeze(late), transaction():
        awarding.declare_default(a.operator(), auction, because="逾期未签约")
    db.session.refresh(auction)
    return late, deal


def test_a_default_is_not_found_before_two_days_of_grace():
    auction, *_ = won()

    with pytest.raises(Refused, match="not_overdue"), transaction():
        awarding.declare_default(a.operator(), auction, because="急")


def test_i37_the_runner_up_is_asked_at_his_own_highest_bid_and_only_he_can_say_yes():
    auction, (winner, first), (loser, second) = won()
    late, deal = in_default(auction)
    assert auction.state is Phase.FALLBACK
    with clock.freeze(late):
        assert awarding.offered(loser.organisation_id, auction).minor == START + 600_000
        assert awarding.offered(winner.organisation_id, auction) is None
        with transaction():
            refused = awarding.accept_fallback(winner, auction, key="w")
        assert refused.refusal == "auction.not_runner_up"
        with transaction():
            assert awarding.accept_fallback(loser, auction, key="l").accepted
    db.session.refresh(auction)

    award = awarding.standing(auction)
    assert (award.ordinal, award.participant_id) == (2, second.id)
    assert award.price_minor == START + 600_000
    assert award.deal_id != deal.id
    assert db.session.get(Deal, deal.id).state == "cancelled"
    assert deposits.of(first).forfeit_proposed_at is not None


def test_a_runner_up_who_is_silent_for_two_days_is_not_bound():
    auction, _, (_, second) = won()
    late, _ = in_default(auction)

    with clock.freeze(late + awarding.FALLBACK + timedelta(minutes=1)):
        jobs.follow()
    db.session.refresh(auction)

    assert auction.state is Phase.FAILED
    assert awarding.standing(auction) is None
    assert deposits.of(second).resolution.kind == "released"


def test_l12_a_forfeit_takes_two_people_and_five_days():
    auction, (_, first), _ = won()
    late, _ = in_default(auction)
    hold = deposits.of(first)
    proposer = hold.forfeit_proposed_by_id
    same = a.Actor(proposer, a.exchange().id, "owner", frozenset({"operator"}))
    after = late + deposits.OBJECTION + timedelta(minutes=1)
    with clock.freeze(late), pytest.raises(Refused, match="objection_open"), transaction():
        deposits.forfeit(a.operator(), hold)
    with clock.freeze(after), pytest.raises(Refused, match="two_people"), transaction():
        deposits.forfeit(same, hold)

    with clock.freeze(after), transaction():
        deposits.forfeit(a.operator(), hold)

    assert hold.resolution.kind == "forfeited"
    assert books.balance(money.credit_account(auction.seller_id)).minor == DEPOSIT
    assert books.balance(f"forfeit:{auction.id}").minor == 0
    assert books.balance(hold.account).minor == 0


def test_i31_a_deposit_is_resolved_once_whatever_comes_after():
    _auction, (_, first), _ = won()
    hold = deposits.of(first)
    with transaction():
        deposits.release(hold, because="test")
        deposits.release(hold, because="again")
    with pytest.raises(Exception, match="hold"), transaction():
        deposits.propose_forfeit(a.operator(), hold, because="迟")

    assert len(money.payouts_of(hold)) == 1
    assert payments.self_check().holds


def test_the_books_add_up_and_every_deposit_that_came_in_is_somewhere():
    auction, _, _ = won(backup=False)

    held = sum(minor for minor in books.balances(f"deposit:{auction.id}:").values())

    assert held == DEPOSIT
    assert payments.self_check().holds
    resolved = db.session.query(Hold).filter_by(auction_id=auction.id, state=HoldState.RESOLVED)
    assert (
        resolved.count() + 1
        == db.session.query(Participant).filter_by(auction_id=auction.id).count()
    )


def test_a_deposit_held_too_long_is_an_alarm_once():
    _auction, _, (_, second) = won()
    hold = deposits.of(second)
    with transaction():
        hold.release_due_at = clock.now() - timedelta(minutes=1)

    assert jobs.alarm() == 1
    assert jobs.alarm() == 0
