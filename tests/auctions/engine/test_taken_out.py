"""A bidder or a bid that no longer counts: everything as if it had not been (F-19)."""

import pytest

from marketplace.auctions.engine.rechecking import replayed
from marketplace.auctions.engine.rules import SECOND, Format
from marketplace.auctions.engine.state import Command, Phase
from tests.auctions.engine.runs import CODES, FREE_ENDS, START, Run, rules, whole
from tests.auctions.engine.test_formats import opened, sealed

CYCLE = 300 * SECOND


def exclude(done, code):
    return done.do(Command("exclude", None, {"code": code, "reason": "court"}))


def void(done, seq):
    return done.do(Command("void", None, {"seq": seq, "reason": "slip"}))


def limited(*bids):
    """In the limited period, after bids of the free one."""
    done = Run(rules(), bids)
    done.pass_time(FREE_ENDS - done.at)
    return done


def bidding_after_quotes(**quotes):
    cfg = rules(format=Format.ANNOUNCED, ends_at=FREE_ENDS, free_ends_at=FREE_ENDS + 3600 * SECOND)
    done = Run(cfg)
    for code, amount in quotes.items():
        done.bid(code, amount)
    done.pass_time(FREE_ENDS - done.at + 2 * SECOND)
    assert done.state.phase is Phase.FREE
    return done


def test_f19_quotes_of_the_others_stand_when_a_bidder_is_excluded():
    done = bidding_after_quotes(A=1_300_000, B=1_200_000, C=1_250_000)
    exclude(done, "C")
    assert (done.state.leader, done.state.price, done.state.bids) == ("A", 1_210_000, 2)
    exclude(done, "A")
    assert (done.state.leader, done.state.price, done.state.bids) == ("B", START, 1)
    assert replayed(done.rules, done.close().events) == done.state


def test_f19_of_several_quotes_the_last_counts_in_its_place():
    done = Run(rules(format=Format.ANNOUNCED, ends_at=FREE_ENDS, free_ends_at=FREE_ENDS + CYCLE))
    for code, amount in (("A", 1_100_000), ("B", 1_300_000), ("C", START), ("A", 1_300_000)):
        done.bid(code, amount)
    done.pass_time(FREE_ENDS - done.at + 2 * SECOND)
    exclude(done, "C")
    assert (done.state.leader, done.state.price, done.state.bids) == ("B", 1_300_000, 3)


def test_quotes_stand_when_a_bid_after_them_is_void():
    done = bidding_after_quotes(A=1_300_000, B=1_200_000)
    done.bid("B", 1_500_000)
    void(done, len(done.events))
    assert (done.state.leader, done.state.price, done.state.bids) == ("A", 1_210_000, 2)
    assert done.state.bidders["B"].maximum == 1_200_000


def test_f19_a_quote_that_no_longer_counts_is_not_counted():
    done = Run(rules(format=Format.ANNOUNCED, ends_at=FREE_ENDS, free_ends_at=FREE_ENDS + CYCLE))
    for code, amount in (("A", START), ("B", START), ("B", 1_100_000)):
        done.bid(code, amount)
    exclude(done, "B")
    assert (done.state.price, done.state.bids) == (None, 1)


def test_f19_a_purchase_stands_when_a_bidder_before_it_is_excluded():
    cfg = rules(buy_now=2_000_000, has_reserve=True)
    done = Run(cfg, [(0, "B", 1_100_000)], None, 1_500_000)
    done.do(Command("buy_now", "A"))
    exclude(done, "B")
    assert (done.state.leader, done.state.price, done.state.bids) == ("A", 2_000_000, 1)
    assert done.state.reserve_met
    done.do(Command("award"))
    assert (done.state.winner, done.state.award_price) == ("A", 2_000_000)
    assert replayed(done.rules, done.events) == done.state


def test_f19_a_buyer_who_is_excluded_leaves_nothing_sold():
    done = Run(rules(buy_now=2_000_000))
    done.do(Command("buy_now", "A"))
    exclude(done, "A")
    assert (done.state.leader, done.state.price, done.state.reserve_met) == (None, None, False)
    assert done.do(Command("award")).code == "auction.not_sold"


def test_f19_a_buyer_who_is_not_excluded_keeps_what_he_bought():
    done = Run(rules(buy_now=2_000_000))
    done.do(Command("buy_now", "A"))
    exclude(done, "B")
    assert (done.state.leader, done.state.price, done.state.reserve_met) == ("A", 2_000_000, True)
    assert done.state.bids == 1


def test_f19_an_envelope_of_an_excluded_bidder_is_out_and_one_fewer_is_counted():
    done = Run(rules(format=Format.SEALED_FIRST, free_ends_at=None, ends_at=FREE_ENDS))
    for code in "AB":
        done.do(Command("envelope", code, {"commitment": "0" * 64}))
    exclude(done, "A")
    exclude(done, "C")
    assert (list(done.state.envelopes), done.state.bids) == (["B"], 1)


def test_f19_the_next_bidder_is_awarded_after_a_winner_was_excluded():
    done = Run(rules(), [(0, "C", 1_200_000), (0, "B", 1_300_000), (0, "A", 1_500_000)]).close()
    exclude(done, "A")
    done.do(Command("award"))
    assert (done.state.winner, done.state.award_price) == ("B", 1_210_000)
    assert replayed(done.rules, done.events) == done.state


def test_an_exclusion_that_moves_the_leader_leaves_a_full_cycle_and_another_does_not():
    done = limited((0, "A", 1_300_000), (0, "B", 1_200_000), (0, "C", 1_100_000))
    ends = done.state.ends_at
    done.at += 100 * SECOND
    exclude(done, "C")
    assert done.state.ends_at == ends
    exclude(done, "A")
    assert done.state.ends_at == done.at + CYCLE > ends


def test_the_end_does_not_come_nearer_by_an_exclusion():
    done = limited((0, "A", 1_300_000), (0, "B", 1_200_000))
    done.at += 100 * SECOND
    done.bid("C", 1_250_000)
    ends = done.state.ends_at
    exclude(done, "A")
    assert done.state.ends_at == ends == done.at + CYCLE


def test_the_free_period_is_not_prolonged_by_an_exclusion():
    done = Run(rules(), [(0, "A", 1_300_000), (0, "B", 1_200_000)])
    exclude(done, "A")
    assert done.state.ends_at == FREE_ENDS


@pytest.mark.parametrize("code", ["X", None])
def test_nobody_is_excluded_who_was_not_admitted(code):
    assert exclude(Run(rules()), code).code == "auction.not_admitted"


def test_nobody_is_excluded_twice():
    done = Run(rules())
    exclude(done, "A")
    assert exclude(done, "A").code == "auction.excluded"


@pytest.mark.parametrize(("late", "answer"), [(0, None), (1, "auction.too_late_to_void")])
def test_a_slip_is_voided_until_five_minutes_have_passed(late, answer):
    done = Run(rules(), [(0, "A", 1_100_000)])
    slip = len(done.events)
    done.at += 300 * SECOND + late
    assert getattr(void(done, slip), "code", None) == answer
    assert (done.state.leader is None) == (answer is None)


@pytest.mark.parametrize("seq", [0, -1, 99, "8", None, True, 1])
def test_only_a_bid_is_voided(seq):
    done = Run(rules(), [(0, "A", 1_100_000)])
    assert void(done, seq).code == "auction.no_such_bid"


def test_the_bid_before_the_slip_stands_again():
    done = Run(rules(), [(0, "A", 1_100_000)])
    first = len(done.events)
    done.bid("A", 9_000_000)
    void(done, len(done.events))
    mine = done.state.bidders["A"]
    assert (mine.maximum, mine.seq, mine.bids, done.state.bids) == (1_100_000, first, 1, 1)
    assert replayed(done.rules, done.close().events) == done.state


def test_a_void_bid_stays_void_in_every_later_replay():
    done = Run(rules(), [(0, "A", 1_300_000), (0, "B", 4_000_000)])
    void(done, len(done.events))
    done.bid("B", 1_200_000)
    done.bid("C", 1_250_000)
    exclude(done, "C")
    assert (done.state.leader, done.state.price, done.state.bids) == ("A", 1_210_000, 2)


def test_whoever_was_excluded_before_stays_out_when_another_is():
    done = Run(rules(), [(0, "A", 1_200_000), (0, "B", 1_500_000), (0, "C", 1_600_000)])
    exclude(done, "C")
    exclude(done, "B")
    assert (done.state.leader, done.state.price, done.state.bids) == ("A", START, 1)


def test_a_replay_counts_the_step_that_was_due_at_the_time_of_the_bid():
    done = Run(rules(step_doubles_after=1))
    done.pass_time(FREE_ENDS - done.at)
    for code, amount in (("A", START), ("B", 1_100_000), ("C", 1_500_000)):
        done.at = done.state.ends_at - 1
        done.bid(code, amount)
    assert done.state.extensions == 3
    exclude(done, "B")
    # One extension before B's, two before C's: the step that C paid over A is the fourfold.
    assert (done.state.leader, done.state.price) == ("C", START + 4 * 10_000)
    assert replayed(done.rules, done.close().events) == done.state


def test_everybody_excluded_leaves_an_auction_without_bids():
    done = Run(rules(), [(0, code, START + 100_000 * n) for n, code in enumerate(CODES, start=1)])
    for code in CODES:
        exclude(done, code)
    assert (done.state.leader, done.state.price, done.state.bids) == (None, None, 0)
    assert done.close().state.phase is Phase.FAILED


@pytest.mark.parametrize(
    ("format_", "price"), [(Format.SEALED_FIRST, 1_100_000), (Format.SEALED_SECOND, START)]
)
def test_f19_after_the_opening_the_next_best_envelope_takes_the_place_of_an_excluded_one(
    format_, price
):
    done = opened(*sealed(format_, [("A", 1_200_000), ("B", 1_100_000)]))
    exclude(done, "A")
    assert (done.state.phase, done.state.leader, done.state.price) == (Phase.CLOSED, "B", price)
    done.do(Command("award"))
    assert (done.state.winner, done.state.award_price) == ("B", price)
    assert replayed(done.rules, done.events) == done.state


@pytest.mark.parametrize("reserve", [None, 1_200_000])
def test_f19_an_auction_that_an_exclusion_leaves_unsold_fails_by_the_clock(reserve):
    bids = [(0, "A", 1_500_000)] if reserve is None else [(0, "B", START), (0, "A", 1_500_000)]
    done = whole(bids, reserve=reserve)
    exclude(done, "A")
    assert done.state.phase is Phase.CLOSED
    done.pass_time(0)
    assert done.state.phase is Phase.FAILED
    assert done.events[-1].public["reason"] == ("no_bid" if reserve is None else "reserve")
    assert replayed(done.rules, done.events) == done.state
