"""Scopes of licences: where, in what, how long."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.assets.scopes import (
    Scope,
    after,
    atoms,
    before,
    fields_of,
    named,
    scope,
    without_fields,
    without_places,
)

DAY = date(2026, 6, 1)
PLACES = st.frozensets(
    st.sampled_from(["WORLD", "CN", "GD", "CN-GD", "HK", "MO", "TW", "US", "DE"]),
    min_size=1,
    max_size=3,
)
FIELDS = st.frozensets(
    st.sampled_from(["C", "C39", "C391", "C3911", "C40", "A", "电池"]), max_size=2
)


@st.composite
def scopes(draw):
    start = DAY + timedelta(days=draw(st.integers(0, 60)))
    days = draw(st.none() | st.integers(0, 60))
    ends = None if days is None else start + timedelta(days=days)
    return Scope(draw(PLACES), draw(FIELDS), start, ends)


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ({"WORLD"}, {"US"}, True),
        ({"CN"}, {"GD"}, True),
        ({"CN"}, {"HK", "MO", "TW"}, False),
        ({"CN-GD"}, {"GD"}, False),
        ({"WORLD", "-CN"}, {"GD"}, False),
        ({"WORLD", "-CN"}, {"TW"}, True),
        ({"大湾区"}, {"US"}, True),
    ],
)
def test_territories_meet_where_they_share_ground(one, other, meet):
    assert scope(DAY, territory=one).overlaps(scope(DAY, territory=other)) is meet


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ([], ["C39"], True),
        (["C"], ["C3911"], True),
        (["C39"], ["C40"], False),
        (["C", "-C39"], ["C391"], False),
        (["C", "-C39"], ["C40"], True),
        (["-C39"], ["C39"], False),
        (["动力电池"], ["A01"], True),
    ],
)
def test_fields_meet_where_one_code_begins_the_other(one, other, meet):
    assert scope(DAY, fields=one).overlaps(scope(DAY, fields=other)) is meet


def test_a_text_is_read_as_codes_only_where_it_is_nothing_else():
    assert fields_of("C39, C40") == {"C39", "C40"}
    assert fields_of("  ") == frozenset()
    assert fields_of("C39 电池") == {"C39 电池"}


@given(PLACES)
def test_places_are_named_so_that_they_read_the_same(places):
    assert atoms(named(atoms(places))) == atoms(places)


@given(scopes(), scopes())
def test_overlap_is_mutual_and_days_apart_never_meet(one, other):
    assert one.overlaps(other) == other.overlaps(one)
    if one.ends is not None and one.ends < other.starts:
        assert not one.overlaps(other)


@given(scopes(), scopes())
def test_what_covers_another_holds_all_that_meets_it(one, other):
    if one.covers(other) and not other.is_empty:
        assert one.overlaps(other)


@given(scopes(), scopes())
def test_what_is_left_of_a_scope_lies_within_it_and_meets_nothing_taken(wished, taken):
    for narrow in (without_places, without_fields, after, before):
        left = narrow(wished, [taken])
        if left is not None and not left.is_empty:
            assert not left.overlaps(taken)
            assert wished.covers(left) or not wished.is_clear
