"""Many at once: one order of things, and everybody is told what it was (C-01 to C-07)."""

import random
import time
from collections import Counter

from sqlalchemy import select

from marketplace.auctions.engine.applying import apply, replay
from marketplace.auctions.engine.deciding import decide
from marketplace.auctions.engine.state import Command, Phase, Refusal
from marketplace.auctions.models import Auction, AuctionEvent
from marketplace.auctions.services import bidding, door
from marketplace.core.db import db, transaction
from tests.auctions.auctioning import START, an_auction, bidders, code_of, new_key
from tests.auctions.door.racing import at_once, bids_until_answered, until_answered

THREADS = 64


def log(auction_id: int) -> list[AuctionEvent]:
    db.session.rollback()
    return list(
        db.session.scalars(
            select(AuctionEvent).filter_by(auction_id=auction_id).order_by(AuctionEvent.seq)
        )
    )


def test_c01_of_many_equal_bids_at_once_one_is_accepted(own_database):
    auction = an_auction()
    reference, everybody = auction.reference, bidders(auction, THREADS)
    calls = at_once(
        own_database,
        [lambda who=who: bids_until_answered(who, reference, START) for who in everybody],
    )
    assert Counter(call.reply.status for call in calls) == {201: 1, 409: THREADS - 1}
    assert [one.kind for one in log(auction.id)].count("bid") == 1


def test_c02_copies_of_one_request_at_once_are_one_bid_with_one_answer(own_database):
    auction = an_auction()
    (one,) = bidders(auction, 1)
    reference = auction.reference
    calls = at_once(
        own_database, [lambda: bids_until_answered(one, reference, START, key="same")] * 50
    )
    assert len({call.reply.receipt for call in calls}) == 1
    assert Counter(call.reply.replayed for call in calls) == {True: 49, False: 1}
    assert [entry.kind for entry in log(auction.id)].count("bid") == 1


def test_c04_of_two_who_buy_at_once_and_one_who_bids_one_wins(own_database):
    for _ in range(5):
        auction = an_auction(buy_now=5 * START)
        first, second, third = bidders(auction, 3)
        reference = auction.reference

        def buy(who, reference=reference):
            key = new_key()

            def once():
                with transaction():
                    return bidding.buy_now(who, reference, key)

            return until_answered(once)

        bought = at_once(
            own_database,
            [
                lambda first=first, buy=buy: buy(first),
                lambda second=second, buy=buy: buy(second),
                lambda third=third, at=reference: bids_until_answered(third, at, START).reply,
            ],
        )
        accepted = [reply.events[0].kind for reply in bought if reply.accepted]
        assert accepted in (["bought"], ["bid"])
        db.session.rollback()
        state = door.state_of(db.session.get(Auction, auction.id, populate_existing=True))
        closed = state.phase is Phase.CLOSED
        assert (closed, state.price) == (accepted == ["bought"], 5 * START if closed else START)
        db.session.rollback()


def test_c07_what_happened_at_once_could_have_happened_one_by_one(own_database):
    """Every answer is what the pure engine says at one point between asking and being answered."""
    auction = an_auction()
    reference, everybody = auction.reference, bidders(auction, 8)
    codes = {who: code_of(who, auction) for who in everybody}
    dice = random.Random(20261125)  # noqa: S311 -- reproducible, no secret
    plans = [(who, [START + 100_000 * dice.randrange(40) for _ in range(6)]) for who in everybody]

    def bid_on(who, amounts):
        calls = []
        for amount in amounts:
            calls.append(bids_until_answered(who, reference, amount))
            time.sleep(0.15)
        return calls

    calls = [
        call
        for found in at_once(
            own_database, [lambda who=who, plan=plan: bid_on(who, plan) for who, plan in plans]
        )
        for call in found
    ]
    db.session.rollback()
    lines = door.log_of(auction.id)
    rules = db.session.get(Auction, auction.id, populate_existing=True).rules
    accepted = {c.reply.body["seq"]: c for c in calls if c.reply.accepted}
    for seq, call in accepted.items():
        assert (lines[seq - 1].code, lines[seq - 1].private["maximum"]) == (
            codes[call.actor],
            call.amount,
        )
    in_order = [accepted[seq] for seq in sorted(accepted)]
    assert len(in_order) == sum(line.kind == "bid" for line in lines)
    for i, later in enumerate(in_order):  # who was answered before another asked comes before him
        assert not any(later.answered < earlier.asked for earlier in in_order[:i])
    states = [replay(rules, lines[:n]) for n in range(len(lines) + 1)]
    for call in calls:
        if call.reply.accepted or call.reply.refusal == "auction.too_often":
            continue
        asked = Command("bid", codes[call.actor], {"amount": call.amount, "confirmed": False})
        moment = call.reply.body["at"]
        first = max((s for s, c in accepted.items() if c.answered < call.asked), default=0)
        last = min(
            (s for s, c in accepted.items() if c.asked > call.answered), default=len(lines) + 1
        )
        answers = [decide(rules, state, asked, moment, {}) for state in states[first:last]]
        assert call.reply.refusal in {r.code for r in answers if isinstance(r, Refusal)}
    for n, line in enumerate(lines[1:], start=1):
        assert apply(rules, states[n], line) == states[n + 1]
