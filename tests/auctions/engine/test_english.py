"""Rising bids: properties that hold whatever is bid, by the numbers of the specification."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.auctions import replaying
from marketplace.auctions.engine import canonical
from marketplace.auctions.engine.applying import apply, replay
from marketplace.auctions.engine.deciding import KINDS, decide, minimum_next, phases
from marketplace.auctions.engine.english import outranks
from marketplace.auctions.engine.increments import increment
from marketplace.auctions.engine.outcome import outcome
from marketplace.auctions.engine.rechecking import replayed
from marketplace.auctions.engine.rules import SECOND, PriorityMode, Rules
from marketplace.auctions.engine.state import Command, Event, Phase, Refusal, State
from marketplace.auctions.engine.timing import cycle, drain
from tests.auctions.engine.runs import CODES, FREE_ENDS, OPENS, START, Run, rules, whole

bids = st.tuples(
    st.integers(0, 2_000 * SECOND),  # after the bid before
    st.sampled_from(CODES),
    st.integers(90, 400).map(lambda n: n * 10_000),
)
runs = st.lists(bids, max_size=25)
ranks = st.dictionaries(st.sampled_from(CODES), st.sampled_from([1, 2]), max_size=2)
reserves = st.none() | st.integers(100, 300).map(lambda n: n * 10_000)
SMALL = settings(max_examples=60, deadline=None)


def standings(run):
    return {b.code: b for b in run.state.bidders.values() if b.maximum is not None}


@SMALL
@given(runs, ranks, reserves)
def test_i01_a_replay_gives_the_same_state_and_every_step_is_what_the_rules_give(
    run, rank, reserve
):
    done = whole(run, rank, reserve)

    assert replay(done.rules, done.events) == done.state
    assert replayed(done.rules, done.events) == done.state
    assert State.from_json(json.loads(json.dumps(done.state.to_json()))) == done.state


@SMALL
@given(runs, ranks, reserves)
def test_i02_the_price_never_falls_and_a_rivals_bid_moves_price_or_leader(run, rank, reserve):
    for before, command, _, after in whole(run, rank, reserve).accepted:
        assert before.price is None or after.price >= before.price
        if before.leader not in {None, command.code}:
            assert (before.price, before.leader) != (after.price, after.leader)


@SMALL
@given(runs, ranks)
def test_i03_the_highest_maximum_wins_ties_by_rank_then_by_time(run, rank):
    done = whole(run, rank)
    found = standings(done)
    if not found:
        assert done.state.phase is Phase.FAILED
        return
    best = min(found.values(), key=lambda b: (-b.maximum, b.rank or 9, b.seq))
    assert done.state.leader == best.code


@SMALL
@given(runs, ranks, reserves)
def test_i04_the_price_lies_between_start_and_the_leaders_maximum(run, rank, reserve):
    done = whole(run, rank, reserve)
    if done.state.leader:
        assert START <= done.state.price <= done.state.bidders[done.state.leader].maximum


@SMALL
@given(st.lists(bids, max_size=25, unique_by=lambda b: b[1]))
def test_i05_the_price_is_the_second_maximum_and_a_step_never_above_the_first(run):
    done = whole([(0, code, amount) for _, code, amount in run])
    tops = sorted((b.maximum for b in standings(done).values()), reverse=True)
    if len(tops) < 2:
        return
    closed_form = min(tops[0], tops[1] + increment(tops[1], done.rules))
    assert tops[1] <= done.state.price <= max(closed_form, START)


@given(st.integers(100, 400).map(lambda n: n * 10_000), reserves)
def test_i06_a_lone_bidder_pays_the_start_or_the_reserve_that_his_maximum_reaches(most, reserve):
    done = Run(rules(has_reserve=reserve is not None), [(0, "A", most)], None, reserve)
    reached = reserve is not None and most >= reserve
    assert done.state.price == (max(START, reserve) if reached else START)


@SMALL
@given(runs, st.integers(-SECOND, SECOND))
def test_i07_no_bid_is_taken_at_or_after_the_end(run, slip):
    done = Run(rules(), run)
    done.pass_time(max(FREE_ENDS - done.at, 0))
    if done.state.phase is not Phase.LIMITED:
        return
    done.at = max(done.state.ends_at + slip, done.at)
    late = done.at >= done.state.ends_at
    answer = done.bid("A", 9_000_000)
    assert (isinstance(answer, Refusal) and answer.code == "auction.ended") == late
    for before, _, found, _ in done.accepted:
        begun = [e for e in found if e.kind in {"opened", "limited"}]
        ends = begun[-1].public["ends_at"] if begun else before.ends_at
        assert next(e.at for e in found if e.kind == "bid") < ends


@SMALL
@given(runs, ranks)
def test_i09_the_end_never_comes_nearer_and_a_moving_bid_leaves_a_cycle(run, rank):
    last = 0
    done = whole(run, rank)
    for before, _, found, after in done.steps:
        if isinstance(found, Refusal) or after.phase is not Phase.LIMITED:
            continue
        assert after.ends_at >= last
        last = after.ends_at
        moved = (before.price, before.leader) != (after.price, after.leader)
        if found[-1].kind == "bid" and moved:
            assert after.ends_at >= found[-1].at + cycle(done.rules)


@SMALL
@given(runs, st.integers(1, 50))
def test_i10_raising_ones_own_maximum_moves_nothing(run, more):
    done = Run(rules(), run)
    before = done.state
    if before.leader is None or before.phase not in {Phase.FREE, Phase.LIMITED}:
        return
    done.bid(before.leader, before.bidders[before.leader].maximum + more * 100)
    after = done.state
    assert (after.price, after.leader, after.ends_at) == (
        before.price,
        before.leader,
        before.ends_at,
    )


@SMALL
@given(runs)
def test_i11_the_limited_period_lasts_a_cycle_and_nothing_closes_before_its_drain(run):
    done = whole(run)
    began = next(e for e in done.events if e.kind == "limited")
    closed = next(e for e in done.events if e.kind == "closed")
    ends = [e.public["ends_at"] for e in done.events if e.kind in {"limited", "bid"}]
    assert began.public["ends_at"] - began.at >= cycle(done.rules)
    assert closed.at >= ends[-1] + drain(done.rules)


@SMALL
@given(runs, ranks)
def test_i13_a_rivals_bid_is_a_step_above_or_equals_with_a_better_rank(run, rank):
    for before, command, found, _ in whole(run, rank).accepted:
        bid = next(e for e in found if e.kind == "bid")
        if before.leader in {None, command.code}:
            continue
        leader, me = before.bidders[before.leader], before.bidders[command.code]
        step = increment(before.price, rules(), before.extensions)
        least = before.price if outranks(me, leader) else before.price + step
        assert bid.private["maximum"] >= least


@pytest.mark.parametrize(
    "amount", [0, -100, 1.0, 1_000_000.0, "1000000", True, None, 1_000_001, 10**14 + 100, [1]]
)
def test_i14_only_whole_positive_amounts_on_the_tick_are_taken(amount):
    assert Run(rules()).bid("A", amount).code == "auction.bad_amount"


@SMALL
@given(runs, reserves)
def test_i15_i16_the_reserve_decides_and_is_opened_at_the_close(run, reserve):
    done = whole(run, None, reserve)
    closed = next(e for e in done.events if e.kind == "closed")
    price = done.state.price
    sold = price is not None and (reserve is None or price >= reserve)
    assert closed.public["reserve"] == reserve
    assert outcome(done.rules, done.state).sold == sold
    assert (done.state.phase is Phase.FAILED) == (not sold)


def test_i29_what_the_table_does_not_name_is_refused_and_changes_nothing():
    for phase in Phase:
        for kind in sorted(KINDS - {"clock"}):
            if phase in phases(kind):
                continue
            state = State(phase=phase, ends_at=FREE_ENDS)
            at = OPENS - 1 if phase is Phase.PUBLISHED else OPENS + 1
            found = decide(rules(), state, Command(kind, "A"), at, {"reserve": None})
            assert isinstance(found, Refusal), (phase, kind)


@SMALL
@given(runs)
def test_i30_a_holder_equals_the_price_and_never_pays_above_his_maximum(run):
    done = Run(rules(), run, {"A": 1})
    if done.state.leader in {None, "A"} or done.state.phase not in {Phase.FREE, Phase.LIMITED}:
        return
    rival = done.state.bidders[done.state.leader]
    answer = done.bid("A", rival.maximum)
    if not isinstance(answer, Refusal):
        assert done.state.leader == "A"
        assert done.state.price <= rival.maximum


@SMALL
@given(runs, st.integers(0, 3 * 86_400).map(lambda s: s * SECOND))
def test_i34_a_suspension_freezes_the_time_and_changes_neither_leader_nor_price(run, wait):
    done = Run(rules(), run)
    before, stopped = done.state, done.at
    if isinstance(done.do(Command("suspend", None, {"reason": "test"})), Refusal):
        return
    assert done.bid("A", 9_000_000).code == "auction.suspended"
    when = done.at + 2 * 3600 * SECOND + wait
    assert not isinstance(done.do(Command("resume", None, {"at": when})), Refusal)
    done.at = when
    done.do(Command("clock"))
    after = done.state
    assert (after.price, after.leader, after.phase) == (before.price, before.leader, before.phase)
    if after.phase in {Phase.FREE, Phase.LIMITED}:
        assert after.ends_at - when >= (before.ends_at or 0) - stopped


def test_i34_a_resumption_is_announced_two_hours_ahead_and_within_five_days():
    done = Run(rules())
    done.do(Command("suspend", None, {"reason": "test"}))
    for ahead in (2 * 3600 - 1, 5 * 86_400 + 1):
        asked = Command("resume", None, {"at": done.at + ahead * SECOND})
        assert done.do(asked).code == "auction.bad_resumption"


def priced(**over):
    return whole([(0, "B", 1_200_000), (0, "A", 1_500_000)], **over)


def test_i36_no_award_while_a_holder_has_days_left():
    done = priced(priority=PriorityMode.AFTER)
    until = done.at + 15 * 86_400 * SECOND
    short = Command("await_priority", None, {"holders": ["H"], "until": until - 1})
    assert done.do(short).code == "auction.bad_window"
    done.do(Command("await_priority", None, {"holders": ["H"], "until": until}))
    done.at = until - 1
    assert done.do(Command("award")).code == "auction.window_open"
    done.at = until
    done.do(Command("award"))
    assert done.state.winner == "A"


@pytest.mark.parametrize(("answer", "winner"), [("exercise", "H"), ("waive", "A")])
def test_i36_a_holder_pays_the_same_and_all_who_waive_end_the_days(answer, winner):
    done = priced(priority=PriorityMode.AFTER)
    until = done.at + 15 * 86_400 * SECOND
    done.do(Command("await_priority", None, {"holders": ["H"], "until": until}))
    done.do(Command(answer, None, {"holder": "H"}))
    done.do(Command("award"))
    assert (done.state.winner, done.state.award_price) == (winner, done.state.price)


def test_i37_the_runner_up_is_asked_at_his_own_highest_bid_and_nobody_answers_for_him():
    done = priced()
    for kind in ("award", "default", "fall_back"):
        done.do(Command(kind))
    assert (done.state.candidate, done.state.candidate_price) == ("B", 1_200_000)
    for other in (None, "A", "C"):
        assert done.do(Command("accept_fallback", other)).code == "auction.not_runner_up"
    done.do(Command("accept_fallback", "B"))
    assert (done.state.winner, done.state.award_price) == ("B", 1_200_000)


@SMALL
@given(st.integers(100, 3_000).map(lambda n: n * 10_000))
def test_i39_a_jump_needs_a_second_look(amount):
    answer = Run(rules()).do(Command("bid", "A", {"amount": amount, "salt": ""}))
    limit = START + max(START // 5, 200_000)
    assert isinstance(answer, Refusal) == (amount > limit)
    if isinstance(answer, Refusal):
        assert answer.code == "auction.confirm_required"


def test_i40_with_finite_maxima_the_bidding_ends_though_everybody_snipes():
    done = Run(rules(step_doubles_after=5))
    done.pass_time(FREE_ENDS - done.at)
    limits, taken = {"A": 50_000_000, "B": 51_000_000}, 0
    while taken < 10_000:
        code = "AB"[taken % 2]
        least = minimum_next(done.rules, done.state, code)
        if least > limits[code]:
            break
        done.at = done.state.ends_at - 1
        done.bid(code, least)
        taken += 1
    assert taken < 200
    assert done.state.extensions < 100


@SMALL
@given(runs, ranks, reserves)
def test_the_half_opened_bundle_gives_the_same_prices(run, rank, reserve):
    """What is above the final price stays closed; counted as unlimited it changes nothing."""
    done = whole(run, rank, reserve)
    closed = next(e for e in done.events if e.kind == "closed")
    sold = closed.public["reserve_met"]

    def shown(event: Event) -> Event:
        hidden = sold and event.kind == "bid" and event.code == closed.code
        above = hidden and event.private["maximum"] > done.state.price
        return replace(event, private={}) if above else event

    again = replayed(done.rules, [shown(event) for event in done.events])
    assert (again.price, again.leader, again.ends_at) == (
        done.state.price,
        done.state.leader,
        done.state.ends_at,
    )


@SMALL
@given(runs, st.sampled_from(CODES))
def test_f19_an_excluded_bidder_leaves_the_price_that_the_others_would_have_made(run, gone):
    done = Run(rules(), run)
    if done.state.phase not in {Phase.FREE, Phase.LIMITED}:
        return
    answer = done.do(Command("exclude", None, {"code": gone, "reason": "court"}))
    assert not isinstance(answer, Refusal)
    others = [b for b in standings(done).values() if b.code != gone]
    if others:
        best = min(others, key=lambda b: (-b.maximum, b.seq))
        assert done.state.leader == best.code
        assert START <= done.state.price <= best.maximum
    else:
        assert (done.state.price, done.state.leader) == (None, None)
    assert done.bid(gone, 9_000_000).code == "auction.excluded"
    assert replayed(done.rules, done.close().events) == done.state


def test_a_slip_is_voided_within_five_minutes_and_before_the_next_bid():
    done = Run(rules(), [(0, "A", 1_100_000), (SECOND, "B", 4_000_000)])
    done.do(Command("void", None, {"seq": len(done.events), "reason": "slip"}))
    assert (done.state.leader, done.state.price) == ("A", START)
    done.bid("B", 1_200_000)
    last = len(done.events)
    done.bid("C", 1_300_000)
    assert done.do(Command("void", None, {"seq": last})).code == "auction.too_late_to_void"


def test_the_breaker_stops_the_bidding_once_at_three_times_the_guide():
    done = Run(rules(guide=START // 2), [(0, "A", 2_000_000), (0, "B", 3_000_000)])
    assert done.state.phase is Phase.SUSPENDED
    done.do(Command("resume", None, {"at": done.at + 600 * SECOND}))
    done.at += 600 * SECOND
    done.do(Command("clock"))
    done.bid("C", 3_500_000)
    assert done.state.phase is Phase.FREE


def test_the_fixed_price_ends_it_and_is_gone_after_the_first_bid():
    done = Run(rules(buy_now=2_000_000))
    done.do(Command("buy_now", "A"))
    assert (done.state.phase, done.state.price, done.state.leader) == (Phase.CLOSED, 2_000_000, "A")
    other = Run(rules(buy_now=2_000_000), [(0, "B", START)])
    assert other.do(Command("buy_now", "A")).code == "auction.no_buy_now"


def test_equal_values_give_equal_bytes_and_fractions_none():
    value = {"b": [1, None, True, "粤"], "a": {"z": -1}}
    assert canonical.canonical(value) == '{"a":{"z":-1},"b":[1,null,true,"粤"]}'.encode()
    for wrong in (1.5, 2**53 + 1, {1: 2}, b"x"):
        with pytest.raises(ValueError, match=r"."):
            canonical.canonical(wrong)


def test_an_unknown_event_is_an_error_and_an_unknown_rule_too():
    with pytest.raises(KeyError):
        apply(rules(), State(), Event("invented", 1))
    with pytest.raises(ValueError, match="unknown rules"):
        Rules.from_json(rules().to_json() | {"surprise": 1})


def test_331_real_auctions_follow_the_rule(real_data: Path):
    folder = real_data / "auctions"
    ladder = replaying.ladder_of(json.loads((folder / "increments.json").read_text()))
    lines = (folder / "proxy_auctions_palm.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    wrong = [
        row["id"]
        for row, got in zip(rows, replaying.replay_lines(lines, ladder), strict=True)
        if row["verdict"] == "follows"
        and (replaying.minor(row["final_price"]), row["expected_winner"])
        != (replaying.minor(got["price"]), got["leader"])
    ]
    assert wrong == []
    assert sum(row["verdict"] == "follows" for row in rows) == 331
