"""One number, many spellings."""

import pytest

from marketplace.search import identifiers
from marketplace.search.analysis import fold, parse
from tests.search.examples import document, found


@pytest.mark.parametrize(
    "spelling",
    [
        "CN202011068945.9",
        "202011068945.9",
        "ZL 2020 1 1068945.9",
        "ZL202011068945.9",
        "2020110689459",
        "202011068945",
        "cn 202011068945.9",
        "ＣＮ２０２０１１０６８９４５．９",
        "CN2020\u200b11068945.9",
        "专利号：ZL 2020 1 1068945.9",
    ],
)
def test_an_application_number_is_found_in_any_spelling(indexed, spelling):
    index = indexed(
        document(1, "轮椅", numbers=("CN202011068945.9",)),
        document(2, "电池", numbers=("CN202011073216.2",)),
    )
    assert found(index, spelling)[:1] == [1]


@pytest.mark.parametrize(
    "spelling", ["CN112244877A", "CN112244877B", "CN 112244877 A", "112244877", "cn 112 244 877 b"]
)
def test_a_publication_number_is_found_with_and_without_its_kind_letter(indexed, spelling):
    index = indexed(
        document(1, "轮椅", numbers=("CN112244877A",)), document(2, numbers=("CN112223288A",))
    )
    assert found(index, spelling) == [1]


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("16435657", "16435657"),
        ("第16435657号", "16435657"),
        ("16435657", "16435657A"),
        ("US 10,123,456 B2", "US10123456"),
        ("US10123456B2", "us 10,123,456"),
        ("PCT/CN2020/123456", "PCTCN2020123456"),
        ("WO2020/123456A1", "WO 2020/123456"),
        ("EP1234567A1", "EP 1 234 567 B1"),
        ("85100001.4", "CN 85100001.4"),
        ("国作登字-2020-F-01234567", "国作登字-2020-F-01234567"),
        ("国作登字-2020-F-01234567", "2020F01234567"),
        ("2020SR0123456", "2020 SR 0123456"),
        ("BS.20500123.4", "BS 20500123.4"),
        ("CNA20160123.4", "cna20160123.4"),
    ],
)
def test_other_registers_numbers_are_found_too(indexed, written, asked):
    index = indexed(document(1, "甲", numbers=(written,)), document(2, "乙", numbers=("9999999",)))
    assert found(index, asked) == [1]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("H01M", {1, 2, 3}),
        ("h01m10", {1, 2}),
        ("H01M 10/613", {1}),
        ("H01M10/613", {1}),
        ("H01M  10 / 613", {1}),
        ("H01M0010613000", {1}),
        ("G06F", {4}),
        ("第9类", {5}),
        ("class 9", {5}),
    ],
)
def test_a_class_is_found_at_every_level(indexed, asked, expected):
    index = indexed(
        document(1, "甲", classes=("H01M10/613",)),
        document(2, "乙", classes=("H01M 10/05",)),
        document(3, "丙", classes=("H01M",)),
        document(4, "丁", classes=("G06F 3/01",)),
        document(5, "戊", nice=(9,)),
    )
    assert set(found(index, asked)) == expected


def test_a_class_that_nobody_has_is_answered_with_the_class_above_and_said():
    assert parse("H01M 10/613").words[0].ways[:3] == (("h01m10/613",), ("h01m10",), ("h01m",))


def test_two_years_side_by_side_are_not_swallowed_as_a_number(indexed):
    index = indexed("2020 2021 年度报告软件", "别的")
    assert found(index, "2020 2021") == [1]


@pytest.mark.parametrize("text", ["", "-", "cn", "zl..", "h01", "2020", "第类"])
def test_what_is_no_number_has_no_forms(text):
    assert list(identifiers.find(fold(text))) == []


@pytest.mark.real_data
def test_every_real_application_number_meets_itself_without_prefix_and_dot(real_data):
    lines = (real_data / "cn_patents/application_numbers.csv").read_text(encoding="utf-8")
    numbers = [line.split(",")[0] for line in lines.splitlines()[1:]]
    assert len(numbers) > 200
    for number in numbers:
        known = set(identifiers.register_forms(fold(number)))
        bare = number.removeprefix("CN")
        for spelling in (number, bare, bare.replace(".", ""), f"ZL {bare}", bare.split(".")[0]):
            assert parse(spelling).words[0].ways[0][0] in known, spelling
