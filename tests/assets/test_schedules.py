"""Terms and fees as dated data: the day decides which text applies; schedules of one right."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.assets import bundle, terms
from marketplace.assets.models import AssetKind
from marketplace.assets.terms import dated

TODAY = date(2026, 11, 25)
DAYS = st.dates(date(2002, 1, 1), date(2025, 12, 31))


# ---- the law as dated data -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "facts", "today", "years", "certainty"),
    [
        ("design", {"filing": date(2021, 5, 31)}, TODAY, 10, "mem"),
        ("design", {"filing": date(2021, 6, 1)}, TODAY, 15, "text"),
        ("plant_variety", {"registration": date(2025, 5, 31)}, TODAY, 15, "mem"),
        ("plant_variety", {"registration": date(2025, 6, 1)}, TODAY, 20, "secondary"),
        ("ic_layout", {"filing": date(2020, 1, 1)}, date(2026, 10, 14), 10, "text"),
        ("ic_layout", {"filing": date(2020, 1, 1)}, date(2026, 10, 15), 10, "mem"),
        ("invention", {"filing": date(2020, 1, 1)}, TODAY, 20, "text"),
        ("data_right", {}, TODAY, None, "mem"),
    ],
)
def test_the_day_decides_which_text_applies_and_says_how_sure_it_is(
    kind, facts, today, years, certainty
):
    entry = terms.length(kind, terms.TermFacts(**facts), today)
    assert (entry.get("years"), entry.certainty.value) == (years, certainty)


def test_the_trademark_law_changes_its_articles_in_2027():
    before, after = (
        terms.length("trademark", terms.TermFacts(), day).article.zh
        for day in (date(2026, 12, 31), date(2027, 1, 1))
    )
    assert ("三十九" in before, "四十三" in after) == (True, True)


@pytest.mark.parametrize("file", ["terms", "patent_fees", "other_fees", "dealings"])
def test_every_entry_names_its_source_and_none_overlaps_another(file):
    for name, entries in dated.table(file).items():
        assert all(e.article.zh and e.article.en for e in entries), name
        for one, later in pairwise(entries):
            assert one.until == later.since, name


# ---- a schedule ----------------------------------------------------------------------------------


@settings(max_examples=60)
@given(st.sampled_from(["invention", "utility_model", "design"]), DAYS, st.integers(0, 3))
def test_a_schedule_is_whole_costs_what_the_years_cost_and_falls_with_a_reduction(
    kind, filed, owners
):
    granted = filed + timedelta(days=400)
    last = terms.last_day(kind, terms.TermFacts(filing=filed))
    one, reduced = (
        [
            d
            for d in terms.schedule(
                terms.Kept(
                    kind, last, filing=filed, grant=granted, paid_through=1, eligible_owners=n
                ),
                granted,
            )
            if d.is_annuity
        ]
        for n in (0, owners)
    )
    assert [d.number for d in one] == list(range(3, terms.patent_years(kind, filed) + 1))
    assert all(r.fee <= d.fee == d.full_fee for d, r in zip(one, reduced, strict=True))
    assert all(d.due == terms.add_years(filed, d.number - 1) for d in one)


@given(DAYS, st.integers(-40, 260))
def test_lateness_never_makes_a_fee_cheaper(filed, late):
    due = terms.schedule(
        terms.Kept("invention", None, filing=filed, grant=filed, paid_through=1), filed
    )[0]
    day = due.due + timedelta(days=late)
    assert due.total(day) <= due.total(day + timedelta(days=1))


def test_the_guidelines_own_example_of_a_late_fee():
    """Filed 1997-06-03, granted 2001-08-01: year 6 is due 2002-06-03, a month late is free."""
    kept = terms.Kept("invention", filing=date(1997, 6, 3), grant=date(2001, 8, 1), paid_through=5)
    due = terms.unpaid(terms.schedule(kept, date(2002, 6, 1)))[0]
    late = [due.surcharge(date(2002, 7, 3)), due.surcharge(date(2002, 7, 4))]
    assert (due.number, due.due, late) == (6, date(2002, 6, 3), [0, 60_00])


# ---- what can be done with each kind ---------------------------------------------------------------

WISHES = {
    "transfer": bundle.Act.TRANSFER,
    "licence": bundle.Act.LICENCE,
    "equity": bundle.Act.EQUITY,
    "pledge": bundle.Act.PLEDGE,
}


@pytest.mark.parametrize("kind", list(AssetKind))
@pytest.mark.parametrize("act", terms.ACTS)
def test_the_help_page_and_the_calculus_agree_about_what_is_never_possible(kind, act):
    right = bundle.Right("A-1", kind.value, owners=(bundle.Owner("甲"),))
    answer = bundle.can(right, bundle.Wish(WISHES[act]), TODAY)
    said = terms.dealing(kind.value, act, TODAY)["possible"]
    assert (said == "no") == (answer.verdict is bundle.Verdict.IMPOSSIBLE)
