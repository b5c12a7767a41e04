"""What a seller may plan: bounds of step, deposit, reserve, cycle, hours and weights."""

from dataclasses import replace
from datetime import datetime

import pytest

from marketplace.auctions.engine.rules import Criterion, Format
from marketplace.auctions.services.planning import Plan, morning_after, problems
from marketplace.core import clock

YUAN = 100
START = 100_000 * YUAN


def _in_china(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=clock.BEIJING)


SOUND = Plan(
    format=Format.ENGLISH,
    start=START,
    opens_at=_in_china(16, 10),  # a Monday
    ends_at=_in_china(18, 10),
    deposit=10_000 * YUAN,
)
FALLING = replace(SOUND, format=Format.DUTCH, floor=START // 2, decrement=1_000 * YUAN, interval=60)
WEIGHED = replace(
    SOUND,
    format=Format.TENDER,
    price_weight=6_000,
    criteria=(Criterion(name="条件", name_en="Terms", weight=4_000),),
    evaluators=3,
)


@pytest.mark.parametrize("plan", [SOUND, FALLING, WEIGHED], ids=["rising", "falling", "weighed"])
def test_a_sound_plan_has_no_problem(plan):
    assert problems(plan) == {}


@pytest.mark.parametrize(
    ("field", "last_good", "first_bad"),
    [
        ("step", START * 20 // 10_000, START * 20 // 10_000 - 1),
        ("step", START * 500 // 10_000, START * 500 // 10_000 + 1),
        ("deposit", START // 5, START // 5 + 1),
        ("buy_now", START, START - 1),
        ("reserve", START, START - 1),
        ("cycle", 120, 119),
        ("cycle", 600, 601),
    ],
)
def test_each_bound_holds_to_the_last_unit(field, last_good, first_bad):
    assert field not in problems(replace(SOUND, **{field: last_good}))
    assert field in problems(replace(SOUND, **{field: first_bad}))


def test_buying_at_once_costs_no_less_than_the_secret_reserve():
    plan = replace(SOUND, reserve=START + 2 * YUAN, buy_now=START + YUAN)
    assert problems(plan) == {"buy_now": "auction.buy_now_too_low"}


@pytest.mark.parametrize(
    ("ends_at", "sound"),
    [
        (_in_china(18, 9, 30), True),
        (_in_china(18, 9, 29), False),
        (_in_china(18, 16, 30), True),
        (_in_china(18, 16, 31), False),
        (_in_china(21, 10), False),  # a Saturday
    ],
)
def test_the_limited_phase_begins_in_office_hours_of_a_working_day(ends_at, sound):
    assert ("ends_at" not in problems(replace(SOUND, ends_at=ends_at))) is sound


def _criterion(**over) -> Criterion:
    return Criterion(**{"name": "条件", "name_en": "Terms", "weight": 4_000} | over)


@pytest.mark.parametrize(
    ("over", "problem"),
    [
        ({"price_weight": 5_900}, {"price_weight": "auction.weights"}),
        ({"price_weight": 6_050}, {"price_weight": "auction.price_weight"}),
        ({"price_weight": 0}, {"price_weight": "auction.price_weight"}),
        ({"price_weight": None}, {"price_weight": "auction.price_weight"}),
        ({"price_weight": 10_000}, {"price_weight": "auction.price_weight"}),
        ({"criteria": ()}, {"criterion_1": "auction.criteria_count"}),
        (
            {"criteria": tuple(_criterion(name=f"{n}", name_en=f"{n}") for n in range(7))},
            {"criterion_1": "auction.criteria_count"},
        ),
        ({"criteria": (_criterion(name=" "),)}, {"criterion_1": "auction.criterion_name"}),
        ({"criteria": (_criterion(name_en=""),)}, {"criterion_1": "auction.criterion_name"}),
        ({"criteria": (_criterion(name="长" * 41),)}, {"criterion_1": "auction.criterion_name"}),
        ({"criteria": (_criterion(name="条\x07件"),)}, {"criterion_1": "auction.criterion_name"}),
        ({"criteria": (_criterion(weight=4_001),)}, {"criterion_1": "auction.criterion_weight"}),
        ({"criteria": (_criterion(weight=-100),)}, {"criterion_1": "auction.criterion_weight"}),
        (
            {"criteria": (_criterion(weight=2_000), _criterion(weight=2_000))},
            {"criterion_2": "auction.criterion_twice"},
        ),
        ({"evaluators": 2}, {"evaluators": "auction.evaluators"}),
        ({"evaluators": 1}, {"evaluators": "auction.evaluators"}),
        ({"evaluators": None}, {"evaluators": "auction.evaluators"}),
    ],
)
def test_i38_a_tender_has_named_criteria_in_whole_per_cent_and_an_odd_jury(over, problem):
    assert problems(replace(WEIGHED, **over)) == problem


@pytest.mark.parametrize(
    ("moment", "proposed"),
    [
        (_in_china(16, 9), _in_china(17, 10)),  # never the same day: the notice has to be whole
        (_in_china(16, 23), _in_china(17, 10)),
        (_in_china(20, 12), _in_china(23, 10)),  # over the weekend
    ],
)
def test_an_opening_is_proposed_for_the_morning_of_the_next_working_day(moment, proposed):
    assert morning_after(moment) == proposed
