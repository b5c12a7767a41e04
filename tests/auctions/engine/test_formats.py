"""Sealed, falling, announced and weighted: properties by the numbers of the specification."""

import json
import os
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.auctions.engine.applying import apply, replay
from marketplace.auctions.engine.canonical import bid_commitment
from marketplace.auctions.engine.deciding import decide
from marketplace.auctions.engine.rechecking import Wrong, replayed
from marketplace.auctions.engine.rules import SECOND, Criterion, Format
from marketplace.auctions.engine.sealed import means
from marketplace.auctions.engine.state import Command, Phase, Refusal, State
from marketplace.auctions.engine.timing import price_at
from tests.auctions.engine.runs import CODES, FREE_ENDS, OPENS, START, Run, rules

NONCE = "ab" * 32
SMALL = settings(max_examples=60, deadline=None)
amounts = st.integers(80, 300).map(lambda n: n * 10_000)
envelopes = st.lists(st.tuples(st.sampled_from(CODES), amounts), max_size=12)


def sealed(how, puts, reserve=None, **over):
    """Envelopes put in, the end come."""
    cfg = rules(format=how, free_ends_at=None, ends_at=FREE_ENDS, has_reserve=reserve is not None)
    done = Run(cfg if not over else rules(**{**vars(cfg), **over}), reserve=reserve)
    last = {}
    for code, amount in puts:
        said = bid_commitment("J-1", code, amount, NONCE)
        done.do(Command("envelope", code, {"commitment": said, "ciphertext": "00"}))
        last[code] = amount
    done.pass_time(FREE_ENDS - done.at + 2 * SECOND)
    return done, last


def opened(done, last):
    plain = [{"code": c, "amount": n, "nonce": NONCE} for c, n in last.items()]
    done.do(Command("open_envelopes", None, {"plaintexts": plain}))
    return done


@SMALL
@given(envelopes)
def test_i17_the_last_envelope_of_each_counts_and_one_that_does_not_agree_is_void_alone(puts):
    done, last = sealed(Format.SEALED_FIRST, puts)
    if not last:
        assert done.state.phase is Phase.FAILED
        return
    lied = {code: amount + 100 if code == "A" else amount for code, amount in last.items()}
    opened(done, lied)
    good = {code: n for code, n in last.items() if code != "A" and n >= START}
    assert done.state.price == (max(good.values()) if good else None)


@SMALL
@given(envelopes, st.none() | amounts)
def test_i19_both_sealed_formats_pick_the_same_winner_and_the_second_price_is_no_higher(
    puts, reserve
):
    first = opened(*sealed(Format.SEALED_FIRST, puts, reserve)).state
    second = opened(*sealed(Format.SEALED_SECOND, puts, reserve)).state
    assert first.leader == second.leader
    if first.price is not None:
        assert max(START, reserve or 0) <= second.price <= first.price


@SMALL
@given(envelopes, amounts, amounts)
def test_i19_truth_is_the_best_answer_where_the_second_price_is_paid(puts, worth, lie):
    def gain(amount):
        state = opened(*sealed(Format.SEALED_SECOND, [*puts, ("E", amount)])).state
        return worth - state.price if state.leader == "E" else 0

    assert gain(worth) >= gain(lie)


@SMALL
@given(envelopes)
def test_i01_a_sealed_auction_is_worked_out_again_from_its_log(puts):
    done = opened(*sealed(Format.SEALED_FIRST, puts))
    assert replayed(done.rules, done.events) == done.state


def test_an_envelope_after_the_end_is_late():
    done, _ = sealed(Format.SEALED_FIRST, [("A", START)])
    answer = done.do(Command("envelope", "B", {"commitment": "0" * 64}))
    assert answer.code == "auction.over"


def dutch(**over):
    return Run(
        rules(
            **{
                "format": Format.DUTCH,
                "free_ends_at": None,
                "floor": START // 2,
                "decrement": START // 10,
                "interval": 60,
            }
            | over
        )
    )


@SMALL
@given(st.integers(0, 1_000), st.integers(0, 1_000))
def test_i20_the_falling_price_never_rises_nor_goes_below_the_floor(one, two):
    done = dutch()
    early, late = sorted((one, two))
    first, second = (price_at(done.rules, done.state, OPENS + n * SECOND) for n in (early, late))
    assert START >= first >= second >= START // 2


def test_i20_it_is_sold_at_the_price_shown_or_not_at_all():
    done = dutch()
    done.at = OPENS + 61 * SECOND
    stale = done.do(Command("accept", "A", {"expected_price": START}))
    assert (stale.code, stale.facts["price"]) == ("auction.price_moved", START * 9 // 10)
    done.do(Command("accept", "A", {"expected_price": START * 9 // 10}))
    assert (done.state.phase, done.state.price) == (Phase.CLOSED, START * 9 // 10)
    assert done.do(Command("accept", "B", {"expected_price": 1})).code == "auction.over"
    assert replayed(done.rules, done.events) == done.state


def test_nobody_at_the_floor_for_one_interval_is_a_failure():
    assert dutch().close().state.phase is Phase.FAILED


def test_i34_a_suspension_stops_the_fall_of_the_price():
    done = dutch()
    done.at = OPENS + 30 * SECOND
    done.do(Command("suspend", None, {"reason": "test"}))
    when = done.at + 3 * 3600 * SECOND
    done.do(Command("resume", None, {"at": when}))
    done.at = when
    done.do(Command("clock"))
    assert price_at(done.rules, done.state, when + 29 * SECOND) == START
    assert price_at(done.rules, done.state, when + 31 * SECOND) == START * 9 // 10


def announced(admitted, quotes):
    cfg = rules(
        format=Format.ANNOUNCED,
        ends_at=FREE_ENDS,
        free_ends_at=FREE_ENDS + 3600 * SECOND,
        becomes=Format.ENGLISH,
    )
    done = Run(cfg)
    for code in CODES:
        if code not in admitted:
            done.do(Command("exclude", None, {"code": code}))
    for code, amount in quotes:
        done.bid(code, amount)
    return done


def test_an_announced_listing_nobody_wants_fails():
    assert announced("", []).close().state.phase is Phase.FAILED


def test_an_only_applicant_pays_his_quote_and_gets_a_day_more_to_name_it():
    done = announced("A", [("A", 1_300_000)]).close()
    assert (done.state.leader, done.state.price) == ("A", 1_300_000)
    done = announced("A", [])
    done.pass_time(FREE_ENDS - done.at + 2 * SECOND)
    assert (done.state.phase, done.state.quoting) == (Phase.OPEN, True)
    done.bid("A", 1_100_000)
    assert done.close().state.price == 1_100_000


def test_two_applicants_make_it_an_auction_with_their_quotes_as_first_bids():
    done = announced("AB", [("A", 1_300_000), ("B", 1_200_000)])
    done.pass_time(FREE_ENDS - done.at + 2 * SECOND)
    assert done.state.phase is Phase.FREE
    assert (done.state.leader, done.state.price) == ("A", 1_210_000)
    done.bid("B", 1_500_000)
    done.close()
    assert (done.state.leader, done.state.price) == ("B", 1_310_000)
    assert replayed(done.rules, done.events) == done.state


TENDER = {
    "format": Format.TENDER,
    "free_ends_at": None,
    "ends_at": FREE_ENDS,
    "price_weight": 4_000,
    "criteria": (
        Criterion(name="实施", name_en="Working", weight=3_500),
        Criterion(name="保障", name_en="Support", weight=2_500),
    ),
    "evaluators": 3,
}


def tender():
    done = Run(rules(**TENDER))
    for code, amount in (("A", 2_000_000), ("B", 1_800_000)):
        said = bid_commitment("J-1", code, amount, NONCE)
        done.do(Command("envelope", code, {"commitment": said}))
    done.pass_time(FREE_ENDS - done.at + 2 * SECOND)
    return done


SCORES = {"A": [[60_000, 60_000]] * 3, "B": [[90_000, 80_000]] * 3}


def test_i38_scores_are_frozen_before_a_price_is_seen_and_the_total_is_worked_out_in_integers():
    done = tender()
    plain = {"A": 2_000_000, "B": 1_800_000}
    asked = [{"code": c, "amount": n, "nonce": NONCE} for c, n in plain.items()]
    early = done.do(Command("open_envelopes", None, {"plaintexts": asked}))
    assert early.code == "auction.not_scored"
    done.do(Command("score", None, {"scores": SCORES}))
    assert done.do(Command("score", None, {"scores": SCORES})).code == "auction.scored"
    opened(done, plain)
    totals = next(e for e in done.events if e.kind == "unsealed").public["totals"]
    assert totals == {
        "A": 4_000 * 100_000 + 3_500 * 60_000 + 2_500 * 60_000,
        "B": 4_000 * 90_000 + 3_500 * 90_000 + 2_500 * 80_000,
    }
    assert (done.state.leader, done.state.price) == ("B", 1_800_000)
    assert replayed(done.rules, done.events) == done.state


@pytest.mark.parametrize(
    "scores",
    [
        {"A": SCORES["A"]},
        SCORES | {"A": [[60_000, 60_000]] * 2},
        SCORES | {"A": [[100_001, 0]] * 3},
        SCORES | {"A": [[1.5, 0]] * 3},
        SCORES | {"A": [[1]] * 3},
    ],
)
def test_i38_incomplete_or_impossible_scores_are_refused(scores):
    assert tender().do(Command("score", None, {"scores": scores})).code == "auction.bad_scores"


def test_i38_of_five_evaluators_the_highest_and_the_lowest_are_left_out():
    assert means([[0], [50_000], [60_000], [70_000], [100_000]]) == [60_000]
    assert means([[0], [50_000], [100_000]]) == [50_000]


# ---- a simulation ------------------------------------------------------------------------------

SEEDS = int(os.environ.get("AUCTION_SEEDS", "2000"))


def simulated(seed):
    """Bidders, clock, suspensions, exclusions, voids, duplicates and stale requests, shuffled."""
    chance = random.Random(seed)  # noqa: S311 -- a simulation
    reserve = chance.choice([None, 1_500_000])
    done = Run(
        rules(
            has_reserve=reserve is not None,
            guide=chance.choice([None, START]),
            buy_now=chance.choice([None, None, 4_000_000]),
            step=chance.choice([10_000, 50_000, None]),
            step_doubles_after=3,
        ),
        rank={"A": chance.choice([0, 1])},
        reserve=reserve,
    )
    for _ in range(chance.randint(5, 40)):
        done.pass_time(chance.choice([0, 1, 60, 299, 900, 3_000]) * SECOND)
        code = chance.choice(CODES)
        asked = {
            "bid": {"amount": chance.randint(80, 450) * 10_000, "salt": "s", "confirmed": True},
            "buy_now": {},
            "suspend": {"reason": "simulated"},
            "resume": {"at": done.at + chance.randint(1, 6) * 3600 * SECOND},
            "exclude": {"code": code, "reason": "simulated"},
            "void": {"seq": len(done.events)},
            "outage": {"since": done.at - 20 * SECOND, "until": done.at},
            "clock": {},
        }
        weights = [60, 2, 3, 8, 2, 4, 3, 18]
        kind = chance.choices(list(asked), weights)[0]
        by = code if kind in {"bid", "buy_now"} else None
        command = Command(kind, by, asked[kind])
        for _ in range(chance.choice([1, 1, 1, 2])):
            done.do(command)
    return done


def test_many_seeds_break_nothing():
    """Every log replays and works out again; what is final stays so; ends never come nearer."""
    for seed in range(SEEDS):
        done = simulated(seed)
        for _ in range(4):
            done.close()
            if done.state.phase is Phase.SUSPENDED:
                done.do(Command("resume", None, {"at": done.at + 3 * 3600 * SECOND}))
        state = done.state
        try:
            assert replay(done.rules, done.events) == state
            assert replayed(done.rules, done.events) == state
            assert state.seq == len(done.events)
            assert State.from_json(json.loads(json.dumps(state.to_json()))) == state
            assert [e.at for e in done.events] == sorted(e.at for e in done.events)
            if state.price is not None and state.leader is not None:
                assert START <= state.price <= (state.bidders[state.leader].maximum or 0)
                assert not state.bidders[state.leader].excluded
            kinds = [e.kind for e in done.events]
            assert kinds.count("closed") <= 1
            late = decide(
                done.rules, state, Command("bid", "A", {"amount": START}), done.at + 1, {}
            )
            assert isinstance(late, Refusal)
        except (AssertionError, Wrong) as broken:
            raise AssertionError(f"seed {seed}: {broken}") from broken


def test_one_event_changes_one_thing():
    done = simulated(7)
    state = State()
    for number, event in enumerate(done.events, start=1):
        state = apply(done.rules, state, event)
        assert state.seq == number
