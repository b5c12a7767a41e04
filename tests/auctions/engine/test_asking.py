"""What bidders ask, and what they are answered: who, when, how much, in which format."""

import json
import random

import pytest

from marketplace.auctions.engine.asked import NO_LOG
from marketplace.auctions.engine.canonical import bid_commitment
from marketplace.auctions.engine.deciding import decide, decide_all, minimum_next
from marketplace.auctions.engine.english import guard
from marketplace.auctions.engine.increments import increment, rung
from marketplace.auctions.engine.rules import LADDER, LARGEST, SECOND, Format, Rules
from marketplace.auctions.engine.sealed import Opened, agrees, result
from marketplace.auctions.engine.state import Command, Phase, Refusal, State
from marketplace.auctions.engine.timing import dutch_end, first_end, next_due, price_at
from tests.auctions.engine.runs import CODES, FREE_ENDS, OPENS, START, Run, rules
from tests.auctions.engine.test_formats import NONCE, SCORES, TENDER, dutch, opened, sealed, tender

HOUR = 3600 * SECOND
DUTCH = {"format": Format.DUTCH, "free_ends_at": None, "floor": START, "decrement": 100}
ENVELOPES = {"format": Format.SEALED_SECOND, "free_ends_at": None, "ends_at": FREE_ENDS}
ANNOUNCED = {"format": Format.ANNOUNCED, "ends_at": FREE_ENDS}
ASKS = {
    "bid": ({}, {"amount": START, "salt": "5a"}),
    "buy_now": ({"buy_now": START}, {}),
    "accept": (DUTCH, {"expected_price": START}),
    "envelope": (ENVELOPES, {"commitment": "0" * 64}),
    "quote": (ANNOUNCED, {"amount": START, "salt": "5a"}),
}


def ask(kind, code):
    over, arguments = ASKS[kind]
    command = Command("bid" if kind == "quote" else kind, code, arguments)
    return Run(rules(**over)), command


@pytest.mark.parametrize("kind", ASKS)
@pytest.mark.parametrize("code", [None, "", "X"])
def test_i12_who_was_not_admitted_is_refused_in_every_format(kind, code):
    done, command = ask(kind, code)
    before = done.state
    assert done.do(command).code == "auction.not_admitted"
    assert done.state == before


@pytest.mark.parametrize("kind", ASKS)
def test_i12_who_was_excluded_is_refused_in_every_format(kind):
    done, command = ask(kind, "A")
    done.do(Command("exclude", None, {"code": "A", "reason": "seller's affiliate"}))
    before = done.state
    assert done.do(command).code == "auction.excluded"
    assert done.state == before


@pytest.mark.parametrize("kind", ASKS)
def test_i12_who_was_admitted_is_not_refused(kind):
    done, command = ask(kind, "A")
    assert not isinstance(done.do(command), Refusal)


def test_i12_of_whatever_is_asked_nothing_is_taken_from_who_may_not_bid():
    chance = random.Random(12)  # noqa: S311 -- reproducible, no secret
    done = Run(rules())
    done.do(Command("exclude", None, {"code": "E"}))
    for _ in range(300):
        done.pass_time(chance.randint(0, 60) * SECOND)
        amount = minimum_next(done.rules, done.state, "A") + 10_000 * chance.randint(-1, 3)
        done.bid(chance.choice("ABEX"), amount)
    assert {step[1].code for step in done.accepted} == {"A", "B"}


@pytest.mark.parametrize("kind", ["bid", "buy_now", "accept", "envelope"])
def test_i07_the_end_is_exclusive_in_every_format(kind):
    for before, refusal in ((1, None), (0, "auction.ended")):
        done, command = ask(kind, "A")
        if kind in {"bid", "buy_now"}:
            done.pass_time(FREE_ENDS - done.at)
        done.at = done.state.ends_at - before
        assert getattr(done.do(command), "code", None) == refusal


@pytest.mark.parametrize(
    ("over", "kind"),
    [
        (DUTCH, "bid"),
        (ENVELOPES, "bid"),
        (TENDER, "bid"),
        (ENVELOPES, "accept"),
        (ANNOUNCED, "accept"),
        (DUTCH, "envelope"),
        (ANNOUNCED, "envelope"),
    ],
)
def test_another_formats_question_is_refused_by_name(over, kind):
    done = Run(rules(**over))
    answer = done.do(Command(kind, "A", {"amount": START, "commitment": "0" * 64}))
    assert (answer.code, answer.facts) == (
        "auction.other_format",
        {"format": done.rules.format.value},
    )


def test_only_a_tender_is_scored_and_once():
    done, _ = sealed(Format.SEALED_FIRST, [("A", START)])
    assert done.do(Command("score", None, {"scores": {}})).code == "auction.other_format"


def test_before_it_opens_nothing_is_taken_and_the_refusal_says_when_it_does():
    done = Run(rules())
    done.state = State(phase=Phase.PUBLISHED)
    done.at = OPENS - 1
    answer = done.bid("A", START)
    assert (answer.code, answer.facts) == ("auction.not_open", {"opens_at": OPENS})


def test_a_bid_opens_what_was_due_to_open_and_begins_what_was_due_to_begin():
    done = Run(rules())
    opened_late = [event for event in done.events if event.kind != "opened"]
    done.events, done.state = [], State()
    for event in opened_late:
        done.events.append(event)
    done.do(Command("publish"))
    done.do(Command("admit", "A"))
    done.at = FREE_ENDS
    kinds = [event.kind for event in done.bid("A", START)]
    assert kinds == ["opened", "limited", "bid"]


@pytest.mark.parametrize("amount", [100, START, LARGEST])
def test_i14_amounts_are_taken_from_the_tick_to_the_largest(amount):
    done = Run(rules(start=100))
    assert not isinstance(done.bid("A", amount), Refusal)


def test_i14_the_refusal_of_an_amount_says_the_tick():
    assert Run(rules(tick=500)).bid("A", START + 100).facts == {"tick": 500}


def test_i13_a_refused_bid_says_the_least_and_the_price():
    done = Run(rules(), [(0, "A", 1_200_000)])
    answer = done.bid("B", START)
    assert answer.facts == {"least": START + 10_000, "price": START}


def test_i13_the_leader_may_raise_by_a_tick_and_a_holder_may_equal_the_price():
    done = Run(rules(), [(0, "A", 1_200_000)], {"B": 1})
    assert minimum_next(done.rules, done.state, "A") == 1_200_100
    assert minimum_next(done.rules, done.state, "B") == START
    assert minimum_next(done.rules, done.state, "C") == START + 10_000
    assert minimum_next(done.rules, done.state, None) == START + 10_000
    assert minimum_next(done.rules, Run(rules()).state, "A") == START


def test_i39_the_guard_is_a_fifth_or_twenty_steps_above_the_price_or_the_leaders_own_maximum():
    done = Run(rules(), [(0, "A", 2_000_000)])
    assert guard(done.rules, done.state, "B") == START + 200_000
    assert guard(done.rules, done.state, "A") == 2_000_000 + 400_000
    assert guard(rules(step=20_000), done.state, "B") == START + 400_000
    assert guard(done.rules, Run(rules()).state, None) == START + 200_000


def test_i39_only_a_plain_yes_confirms():
    for said in (None, False, 1, "yes"):
        asked = {"amount": 9_000_000, "salt": "", "confirmed": said}
        answer = Run(rules()).do(Command("bid", "A", asked))
        assert (answer.code, answer.facts) == (
            "auction.confirm_required",
            {"limit": 1_200_000, "amount": 9_000_000},
        )


def quote(done, code, amount, *, confirmed=False):
    asked = {"amount": amount, "salt": "5a", "confirmed": confirmed}
    return done.do(Command("bid", code, asked))


def test_a_quote_reaches_the_start_and_a_later_one_exceeds_it_by_a_tick():
    done = Run(rules(**ANNOUNCED))
    assert quote(done, "A", START - 100).facts == {"least": START, "price": None}
    quote(done, "A", START)
    assert quote(done, "A", START).facts == {"least": START + 100, "price": None}
    quote(done, "A", START + 100)
    assert (done.state.bidders["A"].maximum, done.state.bids) == (START + 100, 2)
    quote(done, "B", START)  # nobody else's quote counts against him
    assert done.state.bidders["B"].maximum == START


def test_i39_a_quote_above_three_times_the_start_is_asked_for_twice():
    done = Run(rules(**ANNOUNCED))
    assert quote(done, "A", 3 * START + 100).facts == {
        "limit": 3 * START,
        "amount": 3 * START + 100,
    }
    quote(done, "A", 3 * START)
    quote(done, "A", 3 * START + 100, confirmed=True)
    assert done.state.bidders["A"].maximum == 3 * START + 100


def test_a_quote_says_nothing_but_its_commitment():
    done = Run(rules(**ANNOUNCED))
    quote(done, "A", START)
    assert set(done.events[-1].public) == {"commitment"}
    assert done.events[-1].private == {"maximum": START, "salt": "5a"}


def test_the_fixed_price_is_offered_until_a_reserve_is_met():
    cfg = rules(buy_now=3_000_000, has_reserve=True)
    for amount, refusal in ((1_490_000, None), (1_500_000, "auction.no_buy_now")):
        done = Run(cfg, [(0, "A", amount)], None, 1_500_000)
        assert getattr(done.do(Command("buy_now", "B")), "code", None) == refusal


def test_without_a_fixed_price_nobody_buys_at_one():
    assert Run(rules()).do(Command("buy_now", "A")).code == "auction.no_buy_now"


@pytest.mark.parametrize("commitment", ["0" * 63, "0" * 65, "g" + "0" * 63, "A" * 64, None, 64])
def test_i17_an_envelope_bears_a_hash(commitment):
    done = Run(rules(**ENVELOPES))
    answer = done.do(Command("envelope", "A", {"commitment": commitment}))
    assert answer.code == "auction.bad_envelope"


def test_i17_a_later_envelope_takes_the_place_of_the_first_and_counts_once():
    done = Run(rules(**ENVELOPES))
    for n, code in enumerate("ABA"):
        done.do(Command("envelope", code, {"commitment": str(n) * 64, "ciphertext": "ff"}))
    assert (done.state.envelopes, done.state.bids) == ({"A": "2" * 64, "B": "1" * 64}, 2)
    assert done.state.bidders["A"].seq > done.state.bidders["B"].seq
    assert done.events[-1].public["ciphertext"] == "ff"


GOOD = {"code": "A", "amount": START, "nonce": NONCE}


@pytest.mark.parametrize(
    ("change", "good"),
    [
        ({}, True),
        ({"code": None}, False),
        ({"code": "B"}, False),
        ({"amount": START + 100}, False),
        ({"amount": "1000000"}, False),
        ({"nonce": None}, False),
        ({"nonce": "no hex"}, False),
        ({"nonce": "cd" * 32}, False),
    ],
)
def test_i17_an_opening_agrees_with_its_commitment_in_every_part(change, good):
    done, _ = sealed(Format.SEALED_FIRST, [("A", START)])
    assert agrees(done.rules, done.state, GOOD | change) == good


@pytest.mark.parametrize("amount", [0, -100, START + 1, 2**60])
def test_i17_an_envelope_with_an_impossible_amount_is_void_though_it_agrees(amount):
    done = Run(rules(**ENVELOPES))
    said = "0" * 64 if amount > 2**53 else bid_commitment("J-1", "A", amount, NONCE)
    done.do(Command("envelope", "A", {"commitment": said}))
    assert not agrees(done.rules, done.state, GOOD | {"amount": amount})


def test_of_equal_envelopes_the_better_right_wins_and_then_the_earlier():
    def best(*rows):
        boxes = [Opened(code, START, rank, seq) for code, rank, seq in rows]
        return result(rules(**ENVELOPES), State(), boxes, None).leader

    assert best(("A", 0, 2), ("B", 0, 1)) == "B"
    assert best(("A", 0, 1), ("B", 1, 2)) == "B"
    assert best(("A", 1, 2), ("B", 2, 1)) == "A"


def test_a_single_envelope_pays_the_floor_where_the_second_price_is_paid():
    for reserve, price in ((None, START), (1_100_000, 1_100_000), (1_200_100, None)):
        done = opened(*sealed(Format.SEALED_SECOND, [("A", 1_200_000)], reserve))
        assert done.state.price == price
        assert done.state.phase is (Phase.CLOSED if price else Phase.FAILED)


def test_an_unsealing_names_what_was_void():
    done, _ = sealed(Format.SEALED_FIRST, [("A", START), ("B", START)])
    opened(done, {"A": START, "B": START + 100})
    line = next(event for event in done.events if event.kind == "unsealed")
    assert (line.public["voided"], line.public["opened"]) == (["B"], [GOOD])


def test_i38_a_tender_without_a_price_above_the_floor_fails():
    done = tender()
    done.do(Command("score", None, {"scores": SCORES}))
    opened(done, {})
    assert done.state.phase is Phase.FAILED


def test_i38_of_equal_totals_the_higher_price_wins_and_then_the_earlier():
    scores = {"A": (50_000, 50_000), "B": (50_000, 50_000), "C": (60_000, 50_000)}
    state = State(scores=scores)

    def best(*rows, weight=4_000):
        cfg = rules(**TENDER | {"price_weight": weight})
        return result(cfg, state, [Opened(*row) for row in rows], None).leader

    assert best(("A", START, 0, 2), ("B", START, 0, 1)) == "B"
    assert best(("A", 2 * START, 0, 2), ("B", START, 0, 1), weight=0) == "A"
    assert best(("A", 2 * START, 0, 2), ("C", START, 0, 1), weight=0) == "C"
    assert best(("X", START, 0, 1)) is None  # nobody scored him


def test_i20_the_refused_acceptance_says_the_price_of_the_moment():
    done = dutch()
    for expected in (None, START - 100, START + 100):
        answer = done.do(Command("accept", "A", {"expected_price": expected}))
        assert (answer.code, answer.facts) == ("auction.price_moved", {"price": START})


def test_i20_the_price_falls_on_the_very_moment_and_stays_at_the_floor():
    done = dutch(floor=START - 150_000)
    after = [
        price_at(done.rules, done.state, OPENS + n * SECOND) for n in (-5, 0, 59, 60, 120, 999)
    ]
    assert after == [START, START, START, START - 100_000, START - 150_000, START - 150_000]
    # Two falls reach the floor, which is held for one interval.
    assert dutch_end(done.rules) == OPENS + 3 * 60 * SECOND
    assert dutch_end(done.rules, 7) == dutch_end(done.rules) + 7


def test_i20_without_floor_or_fall_the_price_stands():
    cfg = rules(format=Format.DUTCH, free_ends_at=None)
    assert price_at(cfg, State(), OPENS + HOUR) == START
    assert dutch_end(cfg) == OPENS + 60 * SECOND


def test_the_first_end_is_that_of_the_first_period():
    assert first_end(rules()) == FREE_ENDS
    assert first_end(rules(free_ends_at=None)) == FREE_ENDS + 300 * SECOND
    assert first_end(rules(**ANNOUNCED | {"free_ends_at": FREE_ENDS + HOUR})) == FREE_ENDS
    assert first_end(rules(**DUTCH)) == OPENS + 60 * SECOND


@pytest.mark.parametrize(
    ("state", "due"),
    [
        (State(), None),
        (State(phase=Phase.PUBLISHED), OPENS),
        (State(phase=Phase.FREE, ends_at=7), 7),
        (State(phase=Phase.LIMITED, ends_at=7), 7 + SECOND),
        (State(phase=Phase.OPEN, ends_at=7), 7 + SECOND),
        (State(phase=Phase.OPEN), None),
        (State(phase=Phase.SUSPENDED, resumes_at=9), 9),
        (State(phase=Phase.CLOSED, ends_at=7, leader="A", reserve_met=True), None),
        (State(phase=Phase.CLOSED, ends_at=7, last_at=8), 8),
    ],
)
def test_the_clock_knows_when_it_is_needed_next(state, due):
    assert next_due(rules(), state) == due


def test_i11_a_clock_that_comes_late_still_leaves_a_full_cycle():
    done = Run(rules())
    done.at = FREE_ENDS + 10 * HOUR
    done.do(Command("clock"))
    assert (done.state.phase, done.state.ends_at) == (Phase.LIMITED, done.at + 300 * SECOND)


def test_i11_the_clock_does_one_thing_at_a_time_and_nothing_before_it_is_due():
    done = Run(rules())
    for at, kind in (
        (FREE_ENDS - 1, None),
        (FREE_ENDS, "limited"),
        (FREE_ENDS + 301 * SECOND - 1, None),
        (FREE_ENDS + 301 * SECOND, "closed"),
        (FREE_ENDS + 400 * SECOND, None),
    ):
        done.at = at
        found = done.do(Command("clock"))
        if kind is None:
            assert found == Refusal("auction.nothing_due")
        else:
            assert found[0].kind == kind


def test_the_ladder_goes_up_at_its_very_rungs():
    assert [rung(least, LADDER) for least, _ in LADDER] == [step for _, step in LADDER]
    assert [rung(least - 1, LADDER) for least, _ in LADDER[1:]] == [s for _, s in LADDER[:-1]]
    assert LADDER[0] == (0, 10_000)
    assert LADDER[-1] == (2_000_000_000, 20_000_000)


@pytest.mark.parametrize(
    ("extensions", "step"),
    [(0, 100), (59, 100), (60, 200), (119, 200), (120, 400), (10**6, 100 << 40)],
)
def test_i40_the_step_doubles_after_every_sixty_extensions(extensions, step):
    assert increment(START, rules(step=100), extensions) == step


def test_a_command_that_came_before_the_last_line_counts_from_that_line():
    """The clock of the database was set back: intake never goes below what the log says."""
    done = Run(rules(), [(HOUR, "A", START)])
    late = done.at
    done.at -= HOUR
    done.bid("B", 1_200_000)
    assert done.events[-1].at == late


def test_a_rehearsal_takes_what_is_good_and_leaves_out_what_is_refused():
    commands = [(1, Command("publish")), (1, Command("admit", "A")), (1, Command("admit", "A"))]
    commands += [(OPENS, Command("bid", "A", {"amount": START, "salt": ""}))]
    commands += [(OPENS + 1, Command("void", None, {"seq": 4}))]
    state, events = decide_all(rules(), State(), commands, {})
    assert [event.kind for event in events] == ["published", "admitted", "opened", "bid", "voided"]
    assert (state.seq, state.leader) == (5, None)
    assert list(NO_LOG()) == []


def test_rules_and_states_are_what_they_were_after_a_trip_through_json():
    cfg = rules(**TENDER | {"becomes": Format.ENGLISH})
    assert Rules.from_json(json.loads(json.dumps(cfg.to_json()))) == cfg
    done = tender()
    done.do(Command("score", None, {"scores": SCORES}))
    done.do(Command("suspend", None, {"reason": "test"}))
    state = State.from_json(json.loads(json.dumps(done.state.to_json())))
    assert {**vars(state), "scores": None} == {**vars(done.state), "scores": None}
    assert {code: tuple(row) for code, row in state.scores.items()} == done.state.scores
    assert State().to_json() == {}


def test_a_state_with_holders_and_defaulters_is_what_it_was_after_a_trip_through_json():
    state = State(phase=Phase.PRIORITY, holders=("G", "H"), defaulted=("A",), resumes_to=Phase.FREE)
    assert State.from_json(json.loads(json.dumps(state.to_json()))) == state


def test_a_question_nobody_knows_is_an_error():
    with pytest.raises(KeyError):
        decide(rules(), State(), Command("guess"), 1, {})
    assert len(CODES) == 5
