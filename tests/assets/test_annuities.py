"""Fees of a patent: the Guidelines' own example, filed 1997-06-03, granted 2001-08-01."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.assets import terms

FILED, GRANTED = date(1997, 6, 3), date(2001, 8, 1)


@pytest.mark.parametrize(
    ("today", "state", "surcharge"),
    [
        (date(2002, 6, 3), "in_force", 0),
        (date(2002, 7, 3), "annuity_grace", 0),
        (date(2002, 7, 4), "annuity_grace", 60_00),
        (date(2002, 8, 3), "annuity_grace", 60_00),
        (date(2002, 8, 4), "annuity_grace", 120_00),
        (date(2002, 12, 3), "annuity_grace", 300_00),
    ],
)
def test_lateness_costs_by_months(today, state, surcharge):
    found = terms.annuity_state("invention", FILED, GRANTED, 5, today)
    assert (found.state, found.next_year, found.next_due) == (state, 6, date(2002, 6, 3))
    assert (found.fee, found.surcharge) == (1200_00, surcharge)


def test_unpaid_the_right_ends_as_from_the_due_day():
    found = terms.annuity_state("invention", FILED, GRANTED, 5, date(2002, 12, 4))
    assert (found.state, found.ended_on) == ("lapsed", date(2002, 6, 3))


def test_an_application_owes_nothing():
    assert terms.annuity_state("invention", FILED, None, None, date(2002, 1, 1)).state == "pending"


def test_of_two_reductions_the_higher_applies():
    assert terms.reduction_bps(eligible_owners=2, years_since_grant=9, open_licence=True) == 7000
    assert terms.reduction_bps(eligible_owners=1, years_since_grant=10, open_licence=True) == 1500


PATENTS = st.sampled_from(terms.PATENTS)
FILINGS = st.dates(date(1986, 1, 1), date(2024, 12, 31))
WAITS = st.integers(0, 1500)  # days from filing to grant


@given(PATENTS, FILINGS, WAITS)
def test_every_year_after_the_grant_is_due_once_on_an_anniversary(kind, filing, wait):
    grant = filing + timedelta(days=wait)
    schedule = terms.annuity_schedule(kind, filing, grant)
    first, last = terms.patent_year(filing, grant), terms.patent_years(kind, filing)
    assert [a.year for a in schedule] == list(range(first + 1, last + 1))
    assert [a.due for a in schedule] == [terms.add_years(filing, a.year - 1) for a in schedule]
    assert [a.full_fee for a in schedule] == [terms.annual_fee(kind, a.year) for a in schedule]
    assert all(a.grace_ends == terms.add_months(a.due, 6) for a in schedule)


@given(PATENTS, FILINGS, WAITS, st.integers(0, 8000), st.integers(1, 20))
def test_unpaid_a_patent_goes_from_force_through_grace_to_its_end_and_never_back(
    kind, filing, wait, after, paid
):
    grant = filing + timedelta(days=wait)
    order = ["pending", "in_force", "annuity_grace", "lapsed"]
    today = grant + timedelta(days=after)
    one = terms.annuity_state(kind, filing, grant, paid, today).state
    other = terms.annuity_state(kind, filing, grant, paid, today + timedelta(days=1)).state
    if "expired" not in {one, other}:
        assert order.index(one) <= order.index(other)
    else:
        assert other in {"expired", "lapsed"}


@given(st.sampled_from([600, 900, 1200, 2000, 4000, 6000, 8000]), FILINGS)
def test_the_surcharge_grows_by_five_in_a_hundred_a_month_from_nothing(fee, due):
    bands = terms.late_bands(fee * 100, due)
    assert [band.surcharge for band in bands] == [fee * 5 * n for n in range(6)]
    assert [band.until for band in bands] == [terms.add_months(due, n) for n in range(1, 7)]


def test_restoring_costs_the_fee_a_quarter_of_it_and_the_request():
    assert terms.restoration_cost(1200_00) == 1200_00 + 300_00 + 1000_00


def test_read_to_the_letter_the_first_month_of_lateness_costs_too():
    guidelines = terms.late_bands(120_000, date(2026, 6, 3))
    letter = terms.late_bands(120_000, date(2026, 6, 3), literal=True)

    assert [band.surcharge for band in guidelines] == [0, 6000, 12000, 18000, 24000, 30000]
    assert [band.surcharge for band in letter] == [6000, 12000, 18000, 24000, 30000, 36000]
    assert [band.until for band in letter] == [band.until for band in guidelines]
