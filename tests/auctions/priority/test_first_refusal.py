"""Rights of first refusal: who holds, what they are told, and who buys in the end."""

from datetime import timedelta

import pytest

from marketplace.assets.bundle import BurdenKind, Priority
from marketplace.assets.models import AssetOwner, Burden, BurdenState
from marketplace.auctions.engine.rules import PriorityMode
from marketplace.auctions.engine.state import Command, Phase
from marketplace.auctions.models import Auction, Hold, HoldState, PriorityHolder, PriorityState
from marketplace.auctions.queries import priority as queries
from marketplace.auctions.services import deposits, door, first_refusal, priority
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, NotAllowed, WrongState
from marketplace.core.lifecycle import advance
from marketplace.core.money import Money
from marketplace.core.policy import SYSTEM
from marketplace.jobs import auctioning as jobs
from marketplace.payments import services as payments
from tests import factories as a
from tests.auctions.auctioning import an_auction, bid, bidder, bidders, code_of, do, tick

pytestmark = pytest.mark.usefixtures("app")


def held_by(*holders, names=(), ground=Priority.INVENTOR):
    """A listing of a right on which others have the first call."""
    right = a.asset()
    for name, firm_id in [*((h.name, h.id) for h in holders), *((n, None) for n in names)]:
        a.keep(
            Burden(
                asset=right,
                kind=BurdenKind.PRIORITY,
                holder_name=name,
                holder_id=firm_id,
                priority=ground,
                starts_on=clock.today() - timedelta(days=30),
                state=BurdenState.CONFIRMED,
            )
        )
    return a.listing(right)


def rights_in(auction) -> list[PriorityHolder]:
    return queries.of_auction(db.session.get_one(Auction, auction.id))


def sold(auction, *offers) -> tuple:
    """Bid, and let the clock run to the close; the bidders."""
    found = bidders(auction, len(offers))
    for one, amount in zip(found, offers, strict=True):
        bid(one, auction, amount)
    for _ in range(2):
        due = db.session.get_one(Auction, auction.id).due_at
        with clock.freeze(due + timedelta(seconds=1)):
            tick(auction)
    return tuple(found)


def buyer(auction) -> tuple[str | None, int | None]:
    """Whom the next look of the award job makes the buyer, and the price; none: nobody yet."""
    jobs.follow()
    found = next((e for e in door.log_of(auction.id) if e.kind == "awarded"), None)
    return (found.code, found.public["price"]) if found else (None, None)


def waived(actor, right, name) -> None:
    with transaction():
        first_refusal.waive(actor, db.session.get_one(PriorityHolder, right.id), typed=name)


def exercised(actor, right, name) -> None:
    with transaction():
        first_refusal.exercise(actor, db.session.get_one(PriorityHolder, right.id), typed=name)


def test_holders_are_taken_from_the_registers_at_publication():
    inventor, coowner = a.organisation(), a.organisation()
    listing = held_by(inventor)
    a.keep(
        AssetOwner(
            asset=listing.assets[0], name=coowner.name, organisation_id=coowner.id, position=1
        )
    )
    auction = an_auction(listing=listing)
    assert [(one.holder_id, one.ground, one.rank) for one in rights_in(auction)] == [
        (coowner.id, Priority.COOWNER, 1),
        (inventor.id, Priority.INVENTOR, 4),
    ]


def test_an_auction_without_holders_waits_for_nobody():
    auction = an_auction()
    sold(auction, 12_000_000)
    assert not queries.stands_in_the_way(auction)


def test_i30_inside_the_bidding_the_rank_comes_from_the_register():
    inventor, stranger = a.organisation(), a.organisation()
    auction = an_auction(listing=held_by(inventor), priority=PriorityMode.INSIDE)
    assert priority.rank_of(auction, inventor.id) == 4
    assert priority.rank_of(auction, stranger.id) == 0
    assert priority.ground_of(auction, inventor.id) == "inventor"


def test_after_the_close_no_rank_counts_in_the_bidding():
    inventor = a.organisation()
    auction = an_auction(listing=held_by(inventor), priority=PriorityMode.AFTER)
    assert priority.rank_of(auction, inventor.id) == 0


def test_i36_nobody_is_awarded_while_the_days_run():
    auction = an_auction(listing=held_by(a.organisation()))
    sold(auction, 12_000_000)
    now = db.session.get_one(Auction, auction.id)
    (right,) = rights_in(auction)
    assert (now.state, right.state) == (Phase.PRIORITY, PriorityState.NOTIFIED)
    assert right.due_at - right.delivered_at >= timedelta(days=15)
    with clock.freeze(right.due_at - timedelta(seconds=1)):
        assert do(SYSTEM, auction, Command("award")).refusal == "auction.window_open"
        assert buyer(auction) == (None, None)


def test_the_notice_says_the_price_and_the_terms():
    auction = an_auction(listing=held_by(a.organisation()))
    sold(auction, 12_000_000, 11_000_000)
    (right,) = rights_in(auction)
    told = queries.terms_of(right)
    price = db.session.get_one(Auction, auction.id).price_minor
    assert (told["price_minor"], told["days"], told["deposit_hours"]) == (price, 15, 48)
    assert told["terms"]["kind"] == "transfer"


def test_i30_a_holder_who_exercises_buys_at_the_same_price():
    firm = a.organisation()
    auction = an_auction(listing=held_by(firm))
    winner, _ = sold(auction, 12_000_000, 11_000_000)
    price = db.session.get_one(Auction, auction.id).price_minor
    (right,) = rights_in(auction)
    exercised(a.actor(firm), right, firm.name)
    code = code_of(a.actor(firm), auction)
    assert buyer(auction) == (code, price)
    assert code != code_of(winner, auction)


def test_with_a_deposit_the_right_is_exercised_once_it_is_held():
    firm = a.organisation()
    auction = an_auction(listing=held_by(firm), deposit=1_000_000)
    sold(auction, 12_000_000)
    (right,) = rights_in(auction)
    exercised(a.actor(firm), right, firm.name)
    assert rights_in(auction)[0].state is PriorityState.NOTIFIED
    assert buyer(auction) == (None, None)
    holder = queries.participation_of(db.session.get_one(Auction, auction.id), firm.id)
    hold = deposits.of(holder)
    assert hold.payment.due_at == rights_in(auction)[0].deposit_due_at
    seen = payments.Seen(Money("CNY", 1_000_000), "BANK-1", firm.name, clock.today())
    with transaction():
        payments.book_receipt(a.operator(), hold.payment, seen)
    assert buyer(auction)[0] == holder.code
    assert rights_in(auction)[0].state is PriorityState.EXERCISED


def test_a_deposit_that_does_not_come_leaves_the_winner_the_buyer():
    firm = a.organisation()
    auction = an_auction(listing=held_by(firm), deposit=1_000_000)
    (winner,) = sold(auction, 12_000_000)
    (right,) = rights_in(auction)
    exercised(a.actor(firm), right, firm.name)
    with clock.freeze(clock.now() + timedelta(hours=49)), transaction():
        assert first_refusal.expire_due() == 1
    assert rights_in(auction)[0].state is PriorityState.SILENT
    assert buyer(auction)[0] == code_of(winner, auction)


def test_once_all_have_waived_the_winner_need_not_wait():
    first, second = a.organisation(), a.organisation()
    auction = an_auction(listing=held_by(first, second))
    (winner,) = sold(auction, 12_000_000)
    one, two = rights_in(auction)
    waived(a.actor(first), one, first.name)
    assert buyer(auction) == (None, None)
    waived(a.actor(second), two, second.name)
    assert buyer(auction)[0] == code_of(winner, auction)


def test_a_waiver_before_the_close_skips_the_days():
    firm = a.organisation()
    auction = an_auction(listing=held_by(firm))
    (right,) = rights_in(auction)
    waived(a.actor(firm), right, firm.name)
    (winner,) = sold(auction, 12_000_000)
    assert buyer(auction)[0] == code_of(winner, auction)


def test_silence_for_fifteen_days_is_no_exercise():
    auction = an_auction(listing=held_by(a.organisation()))
    (winner,) = sold(auction, 12_000_000)
    (right,) = rights_in(auction)
    with clock.freeze(right.due_at), transaction():
        assert first_refusal.expire_due() == 1
        assert first_refusal.expire_due() == 0
    assert rights_in(auction)[0].state is PriorityState.SILENT
    assert buyer(auction)[0] == code_of(winner, auction)


def test_after_the_days_it_is_too_late_to_exercise():
    firm = a.organisation()
    auction = an_auction(listing=held_by(firm))
    sold(auction, 12_000_000)
    (right,) = rights_in(auction)
    with clock.freeze(right.due_at), pytest.raises(WrongState):
        exercised(a.actor(firm), right, firm.name)


def test_the_full_name_is_the_signature():
    firm = a.organisation()
    auction = an_auction(listing=held_by(firm))
    sold(auction, 12_000_000)
    (right,) = rights_in(auction)
    with pytest.raises(Invalid):
        exercised(a.actor(firm), right, firm.name[:-1])


def test_nobody_answers_for_another_holder():
    firm = a.organisation()
    auction = an_auction(listing=held_by(firm))
    sold(auction, 12_000_000)
    (right,) = rights_in(auction)
    for outsider in (a.actor(a.organisation()), a.operator(), a.actor(firm, "viewer")):
        with pytest.raises(NotAllowed):
            waived(outsider, right, firm.name)


def test_a_holder_without_an_account_is_served_on_paper_and_the_days_run_from_there():
    auction = an_auction(listing=held_by(names=["张三"]))
    sold(auction, 12_000_000)
    (right,) = rights_in(auction)
    assert (right.delivered_at, right.due_at) == (None, None)
    later = clock.now() + timedelta(days=3)
    with clock.freeze(later), transaction():
        first_refusal.deliver(
            a.operator(), db.session.get_one(PriorityHolder, right.id), on=clock.today()
        )
    (right,) = rights_in(auction)
    assert right.due_at - later >= timedelta(days=15)
    assert db.session.get_one(Auction, auction.id).state is Phase.PRIORITY


def test_where_nothing_is_sold_there_is_nothing_to_step_into():
    auction = an_auction(listing=held_by(a.organisation()))
    sold(auction)
    assert [one.state for one in rights_in(auction)] == [PriorityState.SPENT]


def test_the_winner_needs_no_right_of_first_refusal():
    auction = an_auction(listing=held_by(firm := a.organisation()))
    (one,) = bidders(auction, 1)
    right = rights_in(auction)[0]
    right.holder_id = one.organisation_id
    db.session.commit()
    assert firm.id != one.organisation_id
    bid(one, auction, 12_000_000)
    for _ in range(2):
        with clock.freeze(db.session.get_one(Auction, auction.id).due_at + timedelta(seconds=1)):
            tick(auction)
    assert rights_in(auction)[0].state is PriorityState.SPENT


def test_i30_a_bidder_who_holds_the_right_keeps_his_deposit_until_he_has_answered():
    auction = an_auction(listing=held_by(firm := a.organisation()), deposit=1_000_000)
    loser, holder_too = bidder(auction), bidder(auction, of=firm)
    held = {one: held_deposit(auction, one) for one in (loser, holder_too)}
    bid(loser, auction, 12_000_000)
    sold(auction, 13_000_000)
    assert db.session.get_one(Hold, held[loser]).state is HoldState.RESOLVED
    assert db.session.get_one(Hold, held[holder_too]).state is HoldState.HELD
    (right,) = rights_in(auction)
    waived(holder_too, right, firm.name)
    assert db.session.get_one(Hold, held[holder_too]).state is HoldState.RESOLVED


def held_deposit(auction, who) -> int:
    with transaction():
        hold = deposits.expect(a.operator(), queries.participation_of(auction, who.organisation_id))
    seen = payments.Seen(
        Money("CNY", 1_000_000), f"BANK-{hold.id}-{who.user_id}", "x", clock.today()
    )
    with transaction():
        payments.book_receipt(a.operator(), hold.payment, seen)
        advance(hold, "hold", by=SYSTEM)
    return hold.id
