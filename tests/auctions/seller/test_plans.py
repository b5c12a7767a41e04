"""What a seller may plan: bounds of step, deposit, reserve, cycle, hours and weights."""

from dataclasses import replace
from datetime import datetime

import pytest

from marketplace.auctions.engine.rules import Criterion, Format
from marketplace.auctions.services.planning import Plan, problems
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


def test_i38_weights_of_a_tender_sum_to_ten_thousand():
    assert problems(replace(WEIGHED, price_weight=5_999)) == {"price_weight": "auction.weights"}
