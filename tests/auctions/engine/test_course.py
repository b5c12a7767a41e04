"""The course of the price: what the public log says, and nothing in between."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.auctions.engine import course
from marketplace.auctions.engine.rules import SECOND, Format, Rules
from marketplace.auctions.engine.state import State
from marketplace.auctions.engine.timing import price_at

DUTCH = Rules(
    auction="J-1", format=Format.DUTCH, start=1000, floor=400, decrement=100, interval=60,
    opens_at=0, ends_at=10**12,
)  # fmt: skip
MINUTE = 60 * SECOND


def line(kind, at, **public):
    return {"kind": kind, "at": at, "public": public}


def price_of(steps, at):
    return [price for when, price in steps if when <= at][-1]


def test_a_bid_that_moves_no_price_is_no_step_and_an_exclusion_goes_down_again():
    lines = [
        line("admitted", 0, rank=0),
        line("bid", 1, price=100, leader="A"),
        line("bid", 2, price=100, leader="A"),
        line("bid", 3, price=120, leader="B"),
        line("excluded", 4, price=100, leader="A"),
        line("excluded", 5, price=None, leader=None),
        line("bid", 9, price=130, leader="C"),
    ]
    assert course.rising(lines, 8) == [(1, 100), (3, 120), (4, 100), (5, None)]


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 15 * MINUTE), st.integers(0, 15 * MINUTE))
def test_a_falling_price_is_at_every_moment_the_one_that_was_asked(until, at):
    steps = course.falling(DUTCH, [], until)

    assert price_of(steps, min(at, until)) == price_at(DUTCH, State(), min(at, until))


def test_a_falling_price_stands_still_while_suspended():
    lines = [line("suspended", 150 * SECOND), line("resumed", 450 * SECOND, shift=300 * SECOND)]

    steps = course.falling(DUTCH, lines, 10 * MINUTE)

    assert steps == [
        (0, 1000), (MINUTE, 900), (2 * MINUTE, 800), (8 * MINUTE, 700), (9 * MINUTE, 600),
        (10 * MINUTE, 500),
    ]  # fmt: skip
    assert course.falling(DUTCH, lines[:1], 10 * MINUTE)[-1] == (2 * MINUTE, 800)


def test_a_falling_price_ends_with_its_acceptance_and_a_long_course_is_thinned():
    taken = [line("accepted", 90 * SECOND, price=900)]
    assert course.falling(DUTCH, taken, 10 * MINUTE) == [(0, 1000), (MINUTE, 900)]

    steps = course.falling(DUTCH, [], 20 * MINUTE, most=3)
    assert steps[0] == (0, 1000)
    assert steps[-1] == (6 * MINUTE, 400)
    assert len(steps) <= 4
