"""Rows of one right are one asset, whatever the order; every row has one fate."""

import io
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.assets.importing import command
from marketplace.assets.importing.merge import merge
from marketplace.assets.importing.records import AssetRecord, Rejected, keys
from marketplace.web import export

records = st.builds(
    AssetRecord,
    kind=st.just("invention"),
    title=st.sampled_from(["甲", "乙", None]),
    application_number=st.sampled_from([None, "CN202011100067.4", "CN202011073216.2"]),
    publication_numbers=st.lists(
        st.sampled_from(["CN112244877A", "CN112244877B", "CN112223288A"]), max_size=2, unique=True
    ).map(tuple),
    publication_date=st.sampled_from([None, date(2021, 1, 22), date(2022, 5, 6)]),
)


def numbered(items):
    return [
        AssetRecord(
            **{f: getattr(r, f) for f in r.__slots__ if f != "source_rows"}, source_rows=(i,)
        )
        if isinstance(r, AssetRecord)
        else Rejected(i, "import.date")
        for i, r in enumerate(items, 1)
    ]


@given(st.lists(st.one_of(records, st.just(Rejected(0, "import.date"))), max_size=12))
def test_every_row_ends_once(items):
    rows = numbered(items)
    result = merge(rows)
    assert result.created + result.merged + result.unchanged + len(result.rejected) == len(rows)
    ends = [n for a in result.assets for n in a.source_rows] + [r.row for r in result.rejected]
    assert sorted(ends) == list(range(1, len(rows) + 1))


@given(st.lists(records, max_size=10))
def test_no_two_assets_share_a_number(items):
    bearers = [key for asset in merge(numbered(items)).assets for key in set(keys(asset))]
    assert len(bearers) == len(set(bearers))


def test_the_same_file_twice_makes_no_more_assets():
    text = "申请号,公开号,名称\nCN202011100067.4,CN112244877A,甲\n,CN112223288A,乙\n"
    once = command.read_file(text.encode())
    again = command.read_file((text + text.split("\n", 1)[1]).encode())
    assert [keys(a) for a in again.assets] == [keys(a) for a in once.assets]
    assert (again.created, again.merged, again.unchanged) == (2, 0, 2)


@pytest.mark.parametrize("typed", ["=1+1", "+cmd|x", "-2+3", "@SUM(A1)"])
def test_a_formula_is_data_when_read_and_harmless_when_written(typed):
    outcome = command.read_file(f"专利名称,申请号\n{typed},CN202011100067.4\n".encode())
    assert outcome.assets[0].title == typed
    assert export.safe_cell(typed) == "'" + typed


def test_a_quote_that_nobody_closes_costs_its_own_row_only():
    text = '专利名称,申请号\n"甲,CN202011100067.4\n乙,CN202011073216.2\n丙,CN202011068945.9\n'
    outcome = command.read_file(io.BytesIO(text.encode()))
    assert [(r.row, r.code) for r in outcome.rejected] == [(1, "import.quotes")]
    assert [a.title for a in outcome.assets] == ["乙", "丙"]


def test_a_wrong_check_digit_refuses_the_row_and_names_the_right_one():
    outcome = command.read_file("专利名称,申请号\n甲,CN202011100067.5\n".encode())
    [refused] = outcome.rejected
    assert (refused.code, refused.params["expected"]) == ("identifier.check_digit", "4")


def test_shares_are_read_and_must_be_whole():
    head = "专利名称,申请号,专利权人\n甲,CN202011100067.4,"
    good = command.read_file((head + "一公司(60%);二大学(40%)\n").encode())
    bad = command.read_file((head + "一公司(60%);二大学(30%)\n").encode())
    assert [(o.name, o.share_bps) for o in good.assets[0].owners] == [
        ("一公司", 6000),
        ("二大学", 4000),
    ]
    assert [r.code for r in bad.rejected] == ["import.shares"]
