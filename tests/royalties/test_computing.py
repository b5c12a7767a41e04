"""Royalties by the terms: marginal rates over a year, minimum, caps, interest; to the fen."""

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core.money import Money
from marketplace.royalties import calendar, computing
from marketplace.royalties.computing import Before, Rates, Step, work_out

OPEN, CLOSES = (0, 1), (365, 365)
PLAIN = Rates("CNY", (Step(0, 300),))
TIERED = Rates("CNY", (Step(0, 500), Step(1_000_000, 300), Step(5_000_000, 100)))
BASES = st.lists(st.integers(0, 10**12), min_size=1, max_size=6)
LADDERS = st.lists(st.tuples(st.integers(1, 10**9), st.integers(0, 10_000)), max_size=4).map(
    lambda rows: (Step(0, 450), *(Step(a, b) for a, b in sorted(dict(rows).items())))
)


def test_a_plain_rate_is_a_share_of_the_base():
    assert work_out(PLAIN, 12_345_678, Before(), year_share=OPEN).royalty.minor == 370_370


def test_each_part_of_the_years_base_has_its_rate():
    got = work_out(TIERED, 6_000_000, Before(), year_share=OPEN)
    assert got.royalty.minor == 50_000 + 120_000 + 10_000


@given(BASES, LADDERS)
def test_the_quarters_of_a_year_sum_to_what_the_year_costs(bases, steps):
    rates, so_far, paid = Rates("CNY", steps), 0, 0
    for base in bases:
        paid += work_out(rates, base, Before(so_far, paid, paid), year_share=OPEN).royalty.minor
        so_far += base
    assert paid == computing.running(rates, so_far)


@given(BASES, st.integers(1, 10**12))
def test_the_minimum_is_made_up_in_the_period_that_closes_the_year_and_only_there(bases, least):
    rates, so_far, paid = Rates("CNY", (Step(0, 300),), minimum=least), 0, 0
    for place, base in enumerate(bases):
        last = place == len(bases) - 1
        share = CLOSES if last else OPEN
        got = work_out(rates, base, Before(so_far, paid, paid), year_share=share)
        assert last or not got.top_up
        so_far, paid = so_far + base, paid + got.royalty.minor
    assert paid == max(least, computing.running(rates, so_far))


@given(BASES, st.integers(1, 10**11), st.integers(1, 10**11))
def test_no_cap_is_ever_passed(bases, a_year, in_all):
    rates, so_far, paid = Rates("CNY", (Step(0, 300),), None, a_year, in_all), 0, 0
    for base in bases:
        got = work_out(rates, base, Before(so_far, paid, paid), year_share=OPEN)
        assert got.running + got.top_up - got.cut == got.royalty
        assert got.royalty.minor >= 0
        so_far, paid = so_far + base, paid + got.royalty.minor
        assert paid <= min(a_year, in_all)


def test_a_minimum_counts_for_the_days_that_the_licence_ran():
    rates = Rates("CNY", (Step(0, 300),), minimum=36_500)
    assert work_out(rates, 0, Before(), year_share=(100, 365)).royalty.minor == 10_000


def test_a_loss_costs_nothing_and_gives_nothing_back():
    assert work_out(PLAIN, -5_000, Before(), year_share=OPEN).royalty.minor == 0


@pytest.mark.parametrize(
    ("days", "bps", "interest"), [(10, None, 5_000), (10, 3, 3_000), (0, 5, 0), (-4, 5, 0)]
)
def test_lateness_costs_a_daily_rate(days, bps, interest):
    got = computing.late_interest(Money("CNY", 1_000_000), days=days, bps=bps)
    assert got.minor == interest


STARTS = st.dates(date(2020, 1, 1), date(2035, 12, 31))


@given(STARTS, st.integers(0, 2_000))
def test_periods_follow_one_another_without_gap_and_lie_in_one_quarter_and_one_year(start, length):
    last = start + timedelta(days=length)
    found = list(calendar.periods(start, last))
    assert (found[0].begins, found[-1].ends) == (start, last)
    for one, other in itertools.pairwise(found):
        assert other.begins == one.ends + timedelta(days=1)
        assert other.number == one.number + 1
    for one in found:
        assert one.begins <= one.ends <= calendar.quarter_end(one.begins)
        assert calendar.anniversary(start, one.year - 1) <= one.begins
        assert one.ends < calendar.anniversary(start, one.year)
        assert one.report_by == one.ends + timedelta(days=30)


@given(STARTS, st.integers(0, 2_000))
def test_each_contract_year_is_closed_once_with_the_days_it_ran(start, length):
    last = start + timedelta(days=length)
    closing = [one for one in calendar.periods(start, last) if one.closes_year]
    assert [one.year for one in closing] == list(range(1, len(closing) + 1))
    assert sum(one.year_days[0] for one in closing) == length + 1
    assert all(365 <= one.year_days[1] <= 366 for one in closing)


def test_a_late_statement_does_not_put_payment_off():
    ends = date(2026, 9, 30)
    assert calendar.pay_by(ends, date(2026, 10, 5)) == date(2026, 10, 20)
    assert calendar.pay_by(ends, date(2026, 12, 24)) == date(2026, 11, 14)
