"""What strategies are worth: thousands of seeded auctions of bidders who know their own values.

Values are drawn alike and independently from 1 to 1,000 steps. Then theory expects the same revenue
of every format: with n bidders that of the second highest value, (n - 1) / (n + 1) of the largest.
"""

import random
from functools import cache

import pytest

from marketplace.auctions.engine.canonical import bid_commitment
from marketplace.auctions.engine.deciding import minimum_next
from marketplace.auctions.engine.rules import SECOND, Format, PriorityMode
from marketplace.auctions.engine.state import Command, Phase
from marketplace.auctions.engine.timing import price_at
from tests.auctions.engine.runs import CODES, FREE_ENDS, OPENS, Run, rules

AUCTIONS = 2_000
STEP = 10_000  # fen; what is bid and what it is worth are whole steps
RICHEST = 1_000 * STEP
NONCE = "ab" * 32
MINUTE = 60 * SECOND
SEALED = {"free_ends_at": None, "ends_at": FREE_ENDS}


def worth(seed, richest=RICHEST, step=STEP):
    """What it is worth to each, and the order in which they come."""
    chance = random.Random(seed)  # noqa: S311 -- reproducible, no secret
    values = {code: chance.randint(1, richest // step) * step for code in CODES}
    return values, chance.sample(CODES, len(CODES))


def sold(run):
    """Who has it, at what price."""
    assert run.state.phase is Phase.CLOSED
    return run.state.leader, run.state.price


def auction(**over):
    return Run(rules(**{"start": STEP, "step": STEP, "priority": PriorityMode.NONE} | over))


def rising(bids, order, **over):
    """Each names a maximum when he comes, unless the price has gone beyond it."""
    run = auction(**over)
    for code in order:
        if bids[code] >= minimum_next(run.rules, run.state, code):
            run.bid(code, bids[code])
    return sold(run.close())


def sealed(how, bids, order):
    run = auction(format=how, **SEALED)
    for code in order:
        said = bid_commitment("J-1", code, bids[code], NONCE)
        run.do(Command("envelope", code, {"commitment": said}))
    run.pass_time(FREE_ENDS - run.at + 2 * SECOND)
    plain = [{"code": code, "amount": n, "nonce": NONCE} for code, n in bids.items()]
    run.do(Command("open_envelopes", None, {"plaintexts": plain}))
    return sold(run)


def falling(bids, order):
    """The first to whom the price is low enough takes it."""
    run = auction(format=Format.DUTCH, free_ends_at=None, start=RICHEST, floor=STEP,
                  decrement=STEP, interval=1)  # fmt: skip
    most = max(bids.values())
    taker = next(code for code in order if bids[code] == most)
    run.at = OPENS + -(-(RICHEST - most) // STEP) * SECOND
    price = price_at(run.rules, run.state, run.at)
    assert most - STEP < price <= most
    run.do(Command("accept", taker, {"expected_price": price}))
    return sold(run)


def shaded(values):
    """What each bids where he pays what he bids: (n - 1) / n of his value, on the tick."""
    n = len(values)
    bids = {code: value * (n - 1) // n // 100 * 100 for code, value in values.items()}
    return {code: max(bid, STEP) for code, bid in bids.items()}


PLAYED = {
    "rising": rising,
    "sealed second": lambda values, order: sealed(Format.SEALED_SECOND, values, order),
    "sealed first": lambda values, order: sealed(Format.SEALED_FIRST, shaded(values), order),
    "falling": lambda values, order: falling(shaded(values), order),
}


@cache
def played(how):
    """Every auction in one format: values, winner, price."""
    return [(values, *PLAYED[how](values, order)) for values, order in map(worth, range(AUCTIONS))]


def revenue(how):
    return sum(price for _, _, price in played(how))


def differ_by_at_most(percent, one, other):
    return 100 * abs(one - other) <= percent * other


@pytest.mark.parametrize("how", PLAYED)
def test_i03_it_goes_to_whom_it_is_worth_most(how):
    for values, winner, _ in played(how):
        assert values[winner] == max(values.values())


def test_i05_who_bids_his_value_pays_the_second_highest_value_and_at_most_a_step_more():
    for values, _, price in played("rising"):
        second = sorted(values.values())[-2]
        assert second <= price <= second + STEP


def test_i19_the_second_price_in_envelopes_is_the_second_highest_value():
    for values, _, price in played("sealed second"):
        assert price == sorted(values.values())[-2]


@pytest.mark.parametrize("how", PLAYED)
def test_revenue_is_what_theory_expects_of_every_format(how):
    n = len(CODES)
    expected = AUCTIONS * RICHEST * (n - 1) // (n + 1)
    assert differ_by_at_most(3, revenue(how), expected)


@pytest.mark.parametrize("how", ["sealed second", "sealed first", "falling"])
def test_revenue_is_the_same_as_in_the_rising_auction(how):
    assert differ_by_at_most(3, revenue(how), revenue("rising"))


def gains(of, reply):
    """What one bidder gains by his bid while the others bid what it is worth to them."""
    total = 0
    for values, order in map(worth, range(AUCTIONS // 4)):
        winner, price = rising({**values, of: reply(values[of])}, order)
        total += values[of] - price if winner == of else 0
    return total


@pytest.mark.parametrize("percent", [70, 90, 110, 150])
def test_neither_bidding_less_nor_bidding_more_than_the_value_gains_anything(percent):
    other = gains("A", lambda value: max(value * percent // 100 // STEP * STEP, STEP))
    assert gains("A", lambda value: value) > other


def test_a_ring_whose_members_keep_still_takes_from_the_seller_what_the_reserve_leaves():
    """Of A, B and C only the one bids to whom it is worth most."""
    open_, ring, guarded = 0, 0, 0
    reserve = RICHEST // 2
    for values, order in map(worth, range(AUCTIONS // 4)):
        members = sorted("ABC", key=values.get)[:-1]
        bids = {**values, **dict.fromkeys(members, 0)}
        open_ += rising(values, order)[1]
        ring += rising(bids, order)[1]
        run = Run(rules(start=STEP, step=STEP, has_reserve=True), [], None, reserve)
        for code in order:
            if bids[code] >= minimum_next(run.rules, run.state, code):
                run.bid(code, bids[code])
        run.close()
        if run.state.phase is Phase.CLOSED:
            assert run.state.price >= reserve
            guarded += run.state.price
    assert ring < guarded < open_


# ---- waiting for the last moment ---------------------------------------------------------------

COARSE = 20 * STEP  # steps, so that going up one by one does not take all day
SNIPER = "E"
PATIENT = 200  # auctions


def react(run, values, after):
    """Whoever was outbid goes up one step after a while, as long as it is worth it to him."""
    waiting = True
    while waiting:
        waiting = False
        for code in "ABCD":
            least = minimum_next(run.rules, run.state, code)
            if code != run.state.leader and least <= values[code]:
                run.pass_time(after)
                if run.state.phase not in {Phase.FREE, Phase.LIMITED}:
                    return
                run.bid(code, least)
                waiting = True


def gain_of_the_sniper(*, waits, cycle):
    total = 0
    for seed in range(PATIENT):
        values, _ = worth(seed, step=COARSE)
        run = auction(start=COARSE, step=COARSE, cycle=cycle)
        if not waits:
            run.bid(SNIPER, values[SNIPER])
        react(run, values, SECOND)
        run.pass_time(FREE_ENDS - run.at)
        if waits:
            run.at = run.state.ends_at - 1
            if values[SNIPER] >= minimum_next(run.rules, run.state, SNIPER):
                run.bid(SNIPER, values[SNIPER])
        react(run, values, MINUTE)
        leader, price = sold(run.close())
        total += values[SNIPER] - price if leader == SNIPER else 0
    return total


def test_i09_waiting_for_the_last_moment_gains_nothing_where_a_cycle_is_left_to_answer():
    early = gain_of_the_sniper(waits=False, cycle=300)
    assert differ_by_at_most(3, gain_of_the_sniper(waits=True, cycle=300), early)
    # It would where nobody has the time: a cycle of one second to people who need a minute.
    assert gain_of_the_sniper(waits=True, cycle=1) > early * 3 // 2
