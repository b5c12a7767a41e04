"""The grade as a pure function: tables, bounds, order, expiry, repair."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core.words import knows
from marketplace.trust import grading
from marketplace.trust.grading import Item, Letter
from marketplace.trust.tables import published, tables

DAY = date(2026, 11, 27)
CODES = sorted(tables()[0].costs)
days = st.dates(date(2022, 1, 1), date(2026, 12, 31))
items = st.lists(
    st.builds(Item, st.uuids().map(str), st.sampled_from(CODES), days, st.none() | days),
    max_size=12,
)
praise = st.lists(days, max_size=12)


def points(found, praised=(), day=DAY):
    return grading.grade(tables(), found, praised, day).points


@pytest.mark.parametrize(
    ("faults", "praised", "expected"),
    [
        ([], 0, (100, "A")),
        ([], 9, (100, "A")),  # praise makes good what faults cost, and lifts nobody above the start
        (["complaint_ordinary"], 0, (90, "A")),
        (["complaint_ordinary", "unanswered"], 0, (85, "B")),
        (["complaint_ordinary", "unanswered"], 3, (88, "B")),
        (["complaint_ordinary", "unanswered"], 9, (90, "A")),  # bounded
        (["complaint_grave", "complaint_minor"], 0, (76, "C")),
        (["complaint_grave", "sanction_suspension"], 0, (55, "D")),
        (["sanction_revocation", "sanction_suspension", "complaint_grave"], 0, (0, "D")),
    ],
)
def test_the_points_follow_the_table(faults, praised, expected):
    found = [Item(str(n), code, DAY - timedelta(days=9)) for n, code in enumerate(faults)]
    grade = grading.grade(tables(), found, [DAY] * praised, DAY)

    assert (grade.points, grade.letter.value) == expected


@pytest.mark.parametrize(
    ("on", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 11, 27), 3, date(2027, 2, 27)),
        (date(2026, 12, 31), 24, date(2028, 12, 31)),
    ],
)
def test_months_end_on_the_same_day_or_the_month_s_last(on, months, expected):
    assert grading.months_after(on, months) == expected


def test_every_code_has_words_and_every_table_names_its_sources():
    assert [code for code in CODES if not knows("enums", f"grade_item.{code}")] == []
    assert [row["since"] for row in published() if not (row["sources"] and row["model"])] == []


def test_a_fault_keeps_the_points_of_the_table_of_its_day():
    old = tables()[0]
    dearer = {code: grading.Cost(c.points * 2, c.life, c.repair) for code, c in old.costs.items()}
    new = grading.Table(date(2026, 11, 1), old.start, old.least, dearer, old.praise)
    before = Item("1", "complaint_ordinary", date(2026, 10, 31))
    after = Item("2", "complaint_ordinary", date(2026, 11, 1))

    assert grading.grade((old, new), [before], [], DAY).points == 90
    assert grading.grade((new, old), [after], [], DAY).points == 80


@given(items, praise, st.randoms())
def test_the_order_of_items_does_not_count(found, praised, random):
    mixed, days_ = list(found), list(praised)
    random.shuffle(mixed)
    random.shuffle(days_)

    assert grading.grade(tables(), mixed, days_, DAY) == grading.grade(
        tables(), found, praised, DAY
    )


@given(items, praise, st.sampled_from(CODES), days)
def test_one_more_fault_never_raises_and_one_more_praise_never_lowers(found, praised, code, on):
    assert points([*found, Item("more", code, on)], praised) <= points(found, praised)
    assert points(found, [*praised, on]) >= points(found, praised)


@given(items, praise)
def test_points_lie_between_nothing_and_the_start_and_the_letter_follows_them(found, praised):
    grade = grading.grade(tables(), found, praised, DAY)
    table = grading.table_on(tables(), DAY)

    assert 0 <= grade.points <= table.start
    assert grade.letter is max(
        (one for one in Letter if grade.points >= table.least[one]),
        key=lambda one: table.least[one],
    )


@given(items)
def test_when_every_fault_is_over_or_lifted_the_start_is_restored(found):
    last = max((grading.expires_on(tables(), item) for item in found), default=DAY)
    lifted = [Item(one.key, one.code, one.on, DAY) for one in found]

    assert points(found, day=last) == 100
    assert points(lifted, day=DAY) == 100


@given(st.sampled_from(CODES), days)
def test_a_fault_counts_from_its_day_to_the_day_before_its_end(code, on):
    item = Item("1", code, on)
    end = grading.expires_on(tables(), item)
    one = timedelta(days=1)

    assert [grading.counts(tables(), item, d) for d in (on - one, on, end - one, end)] == [
        False, True, True, False,
    ]  # fmt: skip
    repair = grading.repairable_from(tables(), item)
    assert repair is None or on < repair < end
