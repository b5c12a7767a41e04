"""After the close: rights of first refusal, award, default, the runner-up."""

import pytest

from marketplace.auctions.engine.outcome import Outcome, outcome
from marketplace.auctions.engine.rechecking import replayed
from marketplace.auctions.engine.rules import SECOND, PriorityMode
from marketplace.auctions.engine.state import Command, Phase
from tests.auctions.engine.runs import FREE_ENDS, START, Run, rules, whole

DAY = 86_400 * SECOND
BIDS = [(0, "C", 1_100_000), (0, "B", 1_200_000), (0, "A", 1_500_000)]


def closed(bids=BIDS, *, rank=None, reserve=None, **over):
    return whole(bids, rank, reserve, priority=PriorityMode.AFTER, **over)


def awaited(*holders, days=15):
    done = closed()
    until = done.at + days * DAY
    asked = {"holders": list(holders), "until": until}
    done.do(Command("await_priority", None, asked))
    return done, until


def say(done, kind, holder):
    return done.do(Command(kind, None, {"holder": holder}))


def defaulted(done):
    done.do(Command("award"))
    done.do(Command("default", None, {"reason": "unpaid"}))
    assert done.state.phase is Phase.DEFAULTED
    return done


def test_i36_nobody_is_waited_for_where_nothing_was_sold():
    done = Run(rules(priority=PriorityMode.AFTER, has_reserve=True), [(0, "A", START)], None, START)
    done.close()
    done.do(Command("exclude", None, {"code": "A"}))
    asked = Command("await_priority", None, {"holders": ["H"], "until": done.at + 15 * DAY})
    assert done.do(asked).code == "auction.not_sold"
    assert done.do(Command("award")).code == "auction.not_sold"


@pytest.mark.parametrize(
    ("holders", "until"), [([], 15 * DAY), (["H"], 15 * DAY - 1), (["H"], None), (["H"], "soon")]
)
def test_i36_the_days_are_at_least_those_of_the_rules_and_somebodys(holders, until):
    done = closed()
    when = done.at + until if isinstance(until, int) else until
    answer = done.do(Command("await_priority", None, {"holders": holders, "until": when}))
    assert (answer.code, answer.facts) == ("auction.bad_window", {"least": done.at + 15 * DAY})


def test_i36_agreed_days_may_be_none():
    done = closed(priority_days=0)
    done.do(Command("await_priority", None, {"holders": ["H"], "until": done.at}))
    assert done.state.phase is Phase.PRIORITY
    assert say(done, "exercise", "H").code == "auction.window_over"
    done.do(Command("award"))
    assert done.state.winner == "A"


def test_i30_one_holders_waiver_leaves_the_other_his_days():
    done, until = awaited("G", "H")
    say(done, "waive", "G")
    assert done.do(Command("award")).code == "auction.window_open"
    assert done.state.holders == ("H",)
    say(done, "exercise", "H")
    done.do(Command("award"))
    assert (done.state.winner, done.state.award_price) == ("H", done.state.price)
    assert done.at < until
    assert replayed(done.rules, done.events) == done.state


@pytest.mark.parametrize("kind", ["exercise", "waive"])
def test_i30_a_waiver_is_final_and_nobody_elses_right_grows_from_it(kind):
    done, _ = awaited("G", "H")
    say(done, "waive", "G")
    before = done.state
    assert say(done, kind, "G").code == "auction.no_priority"
    assert say(done, kind, "A").code == "auction.no_priority"
    assert done.state == before


def test_i30_once_all_have_waived_the_highest_bidder_need_not_wait():
    done, until = awaited("G", "H")
    for holder in "GH":
        say(done, "waive", holder)
    done.do(Command("award"))
    assert (done.state.winner, done.state.award_price) == ("A", 1_210_000)
    assert done.at < until
    assert replayed(done.rules, done.events) == done.state


def test_i30_the_first_holder_who_exercises_has_it():
    done, _ = awaited("G", "H")
    say(done, "exercise", "H")
    assert say(done, "exercise", "G").code == "auction.exercised"
    assert say(done, "waive", "G").code == "auction.exercised"
    done.do(Command("award"))
    assert done.state.winner == "H"


@pytest.mark.parametrize(("late", "answer"), [(-1, None), (0, "auction.window_over")])
def test_i36_a_holder_answers_before_his_days_are_over(late, answer):
    done, until = awaited("H")
    done.at = until + late
    assert getattr(say(done, "exercise", "H"), "code", None) == answer


def test_i36_the_refusal_says_until_when_is_waited():
    done, until = awaited("H")
    assert done.do(Command("award")).facts == {"until": until}


def test_i37_the_runner_up_may_refuse_and_then_nothing_is_sold():
    done = defaulted(closed())
    done.do(Command("fall_back"))
    assert done.do(Command("refuse_fallback", "C")).code == "auction.not_runner_up"
    done.do(Command("refuse_fallback", "B"))
    assert (done.state.phase, done.state.candidate) == (Phase.FAILED, None)
    assert outcome(done.rules, done.state).reason == "default"
    assert replayed(done.rules, done.events) == done.state


def test_i37_silence_of_the_runner_up_is_noted_by_the_clock():
    done = defaulted(closed())
    done.do(Command("fall_back"))
    done.do(Command("refuse_fallback"))
    assert done.state.phase is Phase.FAILED
    assert done.events[-2].code == "B"


def test_i37_after_two_defaults_the_third_is_asked():
    done = defaulted(closed())
    done.do(Command("fall_back"))
    done.do(Command("accept_fallback", "B"))
    done.do(Command("default"))
    done.do(Command("fall_back"))
    assert (done.state.candidate, done.state.candidate_price) == ("C", 1_100_000)
    assert done.state.defaulted == ("A", "B")


def test_i37_nobody_is_asked_where_nobody_else_bid():
    assert defaulted(closed([(0, "A", START)])).do(Command("fall_back")).code == (
        "auction.no_runner_up"
    )


@pytest.mark.parametrize(("reserve", "asked"), [(1_200_000, True), (1_210_000, False)])
def test_i37_the_runner_up_is_not_asked_below_the_reserve(reserve, asked):
    answer = defaulted(closed(reserve=reserve)).do(Command("fall_back"))
    assert (getattr(answer, "code", "") != "auction.no_runner_up") == asked


def test_i37_of_equal_runners_up_the_better_right_then_the_earlier_bid_is_asked():
    bids = [(0, "B", 1_200_000), (0, "C", 1_200_000), (0, "A", 1_500_000)]
    for ranks, first in (({}, "B"), ({"C": 1}, "C"), ({"B": 2, "C": 1}, "C")):
        done = defaulted(Run(rules(), bids, ranks).close())
        done.do(Command("fall_back"))
        assert done.state.candidate == first


def test_an_award_that_is_settled_is_over():
    done = closed()
    done.do(Command("award"))
    done.do(Command("settle"))
    assert done.state.phase is Phase.SETTLED
    assert outcome(done.rules, done.state) == Outcome(
        sold=True, winner="A", price=1_210_000, runner_up="B", runner_up_price=1_200_000
    )


@pytest.mark.parametrize("when", ["closed", "defaulted", "fallback"])
def test_it_may_come_to_nothing_at_every_step_before_the_deal(when):
    done = closed()
    if when != "closed":
        defaulted(done)
    if when == "fallback":
        done.do(Command("fall_back"))
    done.do(Command("fail", None, {"reason": "agreed"}))
    assert done.state.phase is Phase.FAILED
    assert done.events[-1].public == {"reason": "agreed"}


def test_an_outcome_is_known_after_the_close_only():
    done = Run(rules(), BIDS)
    running = Outcome(sold=False, reason="running")
    assert outcome(done.rules, done.state) == running
    done.do(Command("suspend", None, {"reason": "test"}))
    assert outcome(done.rules, done.state) == running
    done.do(Command("cancel"))
    assert outcome(done.rules, done.state) == Outcome(sold=False, reason="cancelled")


def test_the_outcome_says_why_nothing_was_sold():
    assert outcome(rules(), whole([]).state) == Outcome(sold=False, reason="no_bid")
    short = whole([(0, "A", START)], reserve=START + 10_000)
    assert outcome(short.rules, short.state) == Outcome(sold=False, reason="reserve")


def test_a_holder_who_exercised_is_the_outcome_and_the_leader_comes_next_at_the_price_that_stood():
    done, _ = awaited("H")
    say(done, "exercise", "H")
    found = outcome(done.rules, done.state)
    assert (found.winner, found.price, found.runner_up) == ("H", 1_210_000, "A")
    assert found.runner_up_price == 1_210_000
    assert done.at > FREE_ENDS
