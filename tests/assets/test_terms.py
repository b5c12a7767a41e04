"""Terms and fees, by the worked examples of the Guidelines and the tables of the law."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.assets import terms
from marketplace.assets.terms import TermFacts

DAYS = st.dates(date(1986, 1, 1), date(2026, 1, 1))


@pytest.mark.parametrize(
    ("kind", "filing", "last"),
    [
        ("utility_model", date(1999, 9, 6), date(2009, 9, 5)),
        ("invention", date(2021, 9, 6), date(2041, 9, 5)),
        ("design", date(2021, 6, 1), date(2036, 5, 31)),
        ("design", date(2021, 5, 31), date(2031, 5, 30)),
        ("invention", date(2024, 2, 29), date(2044, 2, 28)),
    ],
)
def test_the_last_day_of_a_patent(kind, filing, last):
    assert terms.last_day(kind, TermFacts(filing=filing)) == last


def test_the_expiry_is_dated_the_day_after():
    assert terms.expiry_event(date(2009, 9, 5)) == date(2009, 9, 6)


def test_a_work_of_a_firm_is_protected_to_the_end_of_the_fiftieth_year():
    facts = TermFacts(completed=date(2001, 3, 1), published=date(2003, 4, 5))
    assert terms.last_day("software", facts) == date(2053, 12, 31)


def test_an_authors_work_outlives_the_author_by_fifty_years():
    facts = TermFacts(personal=True, author_died=date(1990, 2, 3))
    assert terms.last_day("copyright", facts) == date(2040, 12, 31)


def test_a_mark_may_be_renewed_a_year_before_and_half_a_year_after():
    window = terms.renewal_window(terms.trademark_last_day(date(2016, 7, 7)))
    assert (window.opens, window.last_day, window.grace_ends) == (
        date(2025, 7, 7),
        date(2026, 7, 6),
        date(2027, 1, 6),
    )


@pytest.mark.parametrize(
    ("kind", "total"), [("invention", 82_300), ("utility_model", 11_200), ("design", 26_200)]
)
def test_the_fees_of_a_whole_life_add_up(kind, total):
    years = {"invention": 20, "utility_model": 10, "design": 15}[kind]
    assert sum(terms.annual_fee(kind, year) for year in range(1, years + 1)) == total * 100


@given(st.sampled_from(["invention", "utility_model", "design"]), DAYS)
def test_a_term_is_whole_years_less_a_day(kind, filing):
    last = terms.last_day(kind, TermFacts(filing=filing))
    years = terms.patent_years(kind, filing)
    assert terms.add_years(filing, years) - timedelta(days=1) == last


@given(DAYS, st.integers(0, 9000))
def test_what_remains_never_grows_as_days_pass(last, before):
    day = last - timedelta(days=before)
    assert terms.remaining(last, day).days > terms.remaining(last, day + timedelta(days=1)).days
