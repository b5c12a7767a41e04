from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core import working_days
from marketplace.core.words import say
from marketplace.rules.library import Deadline, Words

DAYS = st.dates(date(2010, 3, 1), date(2026, 8, 31))
PERIODS = st.integers(1, 40)


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        (date(2026, 2, 14), True),  # a Saturday worked for the Spring Festival
        (date(2026, 2, 17), False),  # the Spring Festival
        (date(2026, 9, 20), True),  # a Sunday worked for the National Day
        (date(2026, 10, 7), False),
        (date(2026, 11, 25), True),
        (date(2026, 11, 28), False),
    ],
)
def test_holidays_and_the_weekends_worked_for_them(day, worked):
    assert working_days.is_working(day) is worked


def test_six_working_days_step_over_the_national_day():
    assert working_days.add(date(2026, 9, 25), 6) == date(2026, 10, 10)  # a Saturday that is worked


@given(DAYS, PERIODS)
def test_a_period_ends_on_a_working_day_and_holds_just_so_many(day, days):
    end = working_days.add(day, days)

    assert working_days.is_working(end)
    assert working_days.between(day, end) == days
    assert working_days.between(end, day) == -days
    assert end - day >= timedelta(days=days * 5 // 7)


@given(DAYS, PERIODS)
def test_counting_back_undoes_counting_on(day, days):
    worked = working_days.next_working(day)

    assert working_days.subtract(working_days.add(worked, days), days) == worked
    assert working_days.add(working_days.subtract(worked, days), days) == worked


@given(DAYS, PERIODS, PERIODS)
def test_two_periods_on_end_are_one(day, first, second):
    assert working_days.add(working_days.add(day, first), second) == working_days.add(
        day, first + second
    )


@given(DAYS)
def test_the_next_working_day_is_the_first(day):
    end = working_days.next_working(day)

    assert end == working_days.add(day, 0)
    assert not any(working_days.is_working(day + timedelta(n)) for n in range((end - day).days))


@pytest.mark.parametrize(
    "ask",
    [
        lambda: working_days.is_working(date(2027, 1, 4)),
        lambda: working_days.add(date(2026, 12, 28), 5),
        lambda: Deadline(Words("", ""), days=20, working=True).due_on(date(2026, 12, 10)),
    ],
)
def test_a_year_without_a_calendar_is_refused_and_never_guessed(ask):
    with pytest.raises(working_days.Unpublished) as refused:
        ask()

    assert refused.value.code == "calendar.unpublished"
    assert "2027" in say("refusals", refused.value.code, "en", **refused.value.facts)


def test_a_rule_that_counts_in_working_days_steps_over_holidays():
    ten = Deadline(Words("", ""), days=10, after="signing", working=True)

    assert ten.due_on(date(2026, 4, 29)) == date(2026, 5, 15)
