"""Fees of a patent: the Guidelines' own example, filed 1997-06-03, granted 2001-08-01."""

from datetime import date

import pytest

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
