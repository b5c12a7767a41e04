"""What seller and staff ask: publication, admission, suspension, an outage."""

import pytest

from marketplace.auctions.engine.canonical import rules_hash
from marketplace.auctions.engine.rules import SECOND, Format
from marketplace.auctions.engine.state import Command, Phase, Refusal, State
from tests.auctions.engine.runs import CODES, FREE_ENDS, OPENS, START, Run, rules

MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86_400 * SECOND


class Fresh(Run):
    """Nothing has happened yet."""

    def __init__(self, cfg, reserve=None):
        self.rules, self.state, self.events, self.steps, self.at = cfg, State(), [], [], 1
        self.secrets = {"reserve": reserve}


def suspended(done, reason="test"):
    done.do(Command("suspend", None, {"reason": reason}))
    return done


def resume(done, ahead):
    return done.do(Command("resume", None, {"at": done.at + ahead}))


def code_of(answer):
    return answer.code if isinstance(answer, Refusal) else None


@pytest.mark.parametrize(
    ("promised", "reserve", "refusal"),
    [
        (False, None, None),
        (True, START, None),
        (True, None, "auction.reserve_missing"),
        (False, START, "auction.reserve_missing"),
    ],
)
def test_a_reserve_is_published_if_there_is_one(promised, reserve, refusal):
    done = Fresh(rules(has_reserve=promised), reserve)
    assert code_of(done.do(Command("publish"))) == refusal
    assert done.state.phase is (Phase.DRAFT if refusal else Phase.PUBLISHED)


def test_i15_the_first_line_binds_the_rules():
    done = Run(rules())
    public = done.events[0].public
    assert public == {"rules": done.rules.to_json(), "rules_hash": rules_hash(done.rules)}


@pytest.mark.parametrize(
    ("code", "refusal"),
    [("F", None), ("A", "auction.admitted"), ("", "auction.bad_code"), (7, "auction.bad_code")],
)
def test_a_bidder_gets_a_code_of_his_own(code, refusal):
    done = Run(rules())
    assert code_of(done.do(Command("admit", None, {"code": code}))) == refusal
    assert list(done.state.bidders) == [*CODES, *(["F"] if refusal is None else [])]


def test_a_bidder_without_a_right_of_first_refusal_has_no_rank():
    done = Run(rules())
    done.do(Command("admit", "F"))
    done.do(Command("admit", "G", {"rank": 2}))
    assert (done.state.bidders["F"].rank, done.state.bidders["G"].rank) == (0, 2)


@pytest.mark.parametrize(("at", "refusal"), [(OPENS - 1, None), (OPENS, "auction.opened")])
def test_the_seller_takes_it_back_only_before_it_opens(at, refusal):
    done = Fresh(rules())
    done.do(Command("publish"))
    done.at = at
    assert code_of(done.do(Command("withdraw", None, {"reason": "sold"}))) == refusal
    assert (done.state.phase is Phase.WITHDRAWN) == (refusal is None)


@pytest.mark.parametrize(
    ("ahead", "taken"),
    [(2 * HOUR, True), (5 * DAY, True), (2 * HOUR - 1, False), (5 * DAY + 1, False)],
)
def test_i34_a_resumption_lies_two_hours_to_five_days_ahead(ahead, taken):
    answer = resume(suspended(Run(rules())), ahead)
    assert (code_of(answer) is None) == taken


def test_i34_a_refused_resumption_says_between_when_it_may_lie():
    done = suspended(Run(rules()))
    answer = resume(done, 0)
    assert answer.code == "auction.bad_resumption"
    assert answer.facts == {"earliest": done.at + 2 * HOUR, "latest": done.at + 5 * DAY}


@pytest.mark.parametrize("when", [None, "soon", 1.5])
def test_a_resumption_has_a_moment(when):
    done = suspended(Run(rules()))
    answer = done.do(Command("resume", None, {"at": when}))
    assert answer.code == "auction.bad_resumption"


def broken():
    done = Run(rules(guide=START // 2), [(0, "A", 2_000_000), (0, "B", 3_000_000)])
    assert done.state.suspended_for == "price_breaker"
    return done


@pytest.mark.parametrize(("ahead", "taken"), [(10 * MINUTE, True), (10 * MINUTE - 1, False)])
def test_ten_minutes_after_the_price_breaker_it_may_go_on(ahead, taken):
    assert (code_of(resume(broken(), ahead)) is None) == taken


def test_an_hour_after_the_price_breaker_it_may_go_on_at_once():
    done = broken()
    done.at += HOUR
    assert code_of(resume(done, -1)) == "auction.bad_resumption"
    assert code_of(resume(done, 0)) is None


@pytest.mark.parametrize(("most", "fires"), [(1_500_000, True), (1_490_000, False)])
def test_the_price_breaker_fires_at_three_times_the_guide(most, fires):
    done = Run(rules(guide=START // 2), [(0, "A", most), (0, "B", most)])
    assert (done.state.phase is Phase.SUSPENDED) == fires


def test_what_was_left_of_the_free_period_is_left_after_a_suspension():
    done = Run(rules())
    done.at += HOUR
    suspended(done)
    assert done.state.remaining == FREE_ENDS - done.at
    resume(done, 2 * HOUR)
    done.at += 2 * HOUR
    done.do(Command("clock"))
    assert done.state.ends_at == FREE_ENDS + 2 * HOUR
    assert done.state.phase is Phase.FREE


def test_the_last_second_of_the_limited_period_becomes_a_cycle_after_a_suspension():
    done = Run(rules(), [(0, "A", START)])
    done.pass_time(FREE_ENDS - done.at)
    done.at = done.state.ends_at - SECOND
    suspended(done)
    resume(done, 2 * HOUR)
    done.at += 2 * HOUR - 1
    assert code_of(done.do(Command("clock"))) == "auction.nothing_due"
    done.at += 1
    done.do(Command("clock"))
    assert (done.state.phase, done.state.ends_at) == (Phase.LIMITED, done.at + 300 * SECOND)


def test_nothing_goes_on_while_no_resumption_is_announced():
    done = suspended(Run(rules()))
    done.at += 6 * DAY
    assert code_of(done.do(Command("clock"))) == "auction.nothing_due"


def test_after_its_end_nothing_remains_when_it_is_suspended():
    done = Run(rules(), [(0, "A", START)])
    done.pass_time(FREE_ENDS - done.at)
    done.at = done.state.ends_at + 1
    assert suspended(done).state.remaining == 0


def test_a_closed_auction_goes_on_closed_with_the_end_that_it_had():
    done = Run(rules(), [(0, "A", START)]).close()
    ends = done.state.ends_at
    suspended(done)
    resume(done, 2 * HOUR)
    done.at += 2 * HOUR
    done.do(Command("clock"))
    assert (done.state.phase, done.state.ends_at) == (Phase.CLOSED, ends)


def test_a_suspended_auction_may_be_cancelled_and_then_nothing_is_possible():
    done = suspended(Run(rules(), [(0, "A", START)]))
    done.do(Command("cancel", None, {"reason": "dispute"}))
    assert done.state.phase is Phase.CANCELLED
    assert done.bid("B", 2_000_000).code == "auction.over"
    assert done.do(Command("resume", None, {"at": done.at + 3 * HOUR})).code == "auction.bad_state"


def outage(done, since, until):
    return done.do(Command("outage", None, {"since": since, "until": until}))


def test_an_outage_that_touches_the_last_cycle_gives_another():
    done = Run(rules(), [(0, "A", START)])
    done.pass_time(FREE_ENDS - done.at)
    ends = done.state.ends_at
    begin = ends - 300 * SECOND
    assert code_of(outage(done, begin - MINUTE, begin)) == "auction.nothing_due"
    outage(done, begin - MINUTE, begin + 1)
    assert done.state.ends_at == ends + 300 * SECOND


def test_an_outage_beyond_the_end_gives_a_cycle_from_its_own_end():
    done = Run(rules(), [(0, "A", START)])
    done.pass_time(FREE_ENDS - done.at)
    ends = done.state.ends_at
    outage(done, ends - MINUTE, ends + MINUTE)
    assert done.state.ends_at == ends + MINUTE + 300 * SECOND


def test_an_outage_in_the_free_period_gives_nothing():
    done = Run(rules())
    assert code_of(outage(done, FREE_ENDS - MINUTE, FREE_ENDS)) == "auction.nothing_due"


@pytest.mark.parametrize(
    ("since", "until", "more"),
    [
        (-HOUR, 0, HOUR + DAY),
        (-1, DAY, 2 * DAY + 1),
        (-DAY - HOUR, -DAY, HOUR + DAY),
        (-DAY - HOUR, -DAY - 1, 0),  # more than a day was left
        (0, HOUR, 0),  # it began when all was over
    ],
)
def test_an_outage_of_the_last_day_gives_envelopes_its_length_and_a_day(since, until, more):
    done = Run(rules(format=Format.SEALED_FIRST, free_ends_at=None, ends_at=FREE_ENDS))
    answer = outage(done, FREE_ENDS + since, FREE_ENDS + until)
    assert code_of(answer) == (None if more else "auction.nothing_due")
    assert done.state.ends_at == FREE_ENDS + more


def test_an_outage_does_not_stop_a_falling_price():
    done = Run(
        rules(format=Format.DUTCH, free_ends_at=None, floor=START // 2, decrement=START // 10)
    )
    ends = done.state.ends_at
    assert code_of(outage(done, ends - MINUTE, ends)) == "auction.nothing_due"


@pytest.mark.parametrize(("since", "until"), [(2, 2), (3, 2), (None, 2), (1, "2"), (1.0, 2)])
def test_an_outage_has_a_beginning_and_an_end(since, until):
    done = Run(rules())
    assert code_of(outage(done, since, until)) == "auction.bad_outage"


def test_a_look_at_who_is_who_leaves_a_line_and_changes_nothing_else():
    done = Run(rules(), [(0, "A", START)])
    before = done.state
    done.do(Command("open_identity", None, {"reason": "court"}))
    assert done.events[-1].public == {"reason": "court"}
    after = done.state
    assert {k for k, v in vars(after).items() if v != vars(before)[k]} == {"seq"}
