"""Numbers of rights: check digits, spellings, reasons."""

import csv
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.assets import identifiers
from marketplace.core.words import knows

WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)


@pytest.mark.parametrize(
    "number",
    ["ZL201110269715.3", "ZL02139508.X", "ZL99117225.6", "201430009113.9", "97248479.5",
     "201710601862.3", "97101765.4", "ZL95115608.X", "201080063196.9"],
)  # fmt: skip
def test_numbers_of_known_cases_are_right(number):
    found = identifiers.check(number)
    assert (found.kind, found.valid, found.reason) == ("patent_application", True, None)


@pytest.mark.parametrize(
    "spelling",
    ["CN202011068945.9", "202011068945.9", "ZL 2020 1 1068945.9", "ＣＮ２０２０１１０６８９４５．９",
     "cn 202011068945.9", "2020110689459"],
)  # fmt: skip
def test_one_number_in_any_spelling_is_one_number(spelling):
    found = identifiers.check(spelling)
    assert (found.valid, found.digits) == (True, identifiers.check("CN202011068945.9").digits)


@given(st.integers(2004, 2026), st.sampled_from("12389"), st.integers(0, 9_999_999))
def test_of_eleven_check_digits_one_is_right(year, kind, serial):
    body = f"{year}{kind}{serial:07d}"
    rest = sum(int(d) * w for d, w in zip(body, WEIGHTS, strict=True)) % 11
    right = "X" if rest == 10 else str(rest)
    verdicts = {c: identifiers.check(f"CN{body}.{c}").valid for c in "0123456789X"}
    assert verdicts == {c: c == right for c in "0123456789X"}


@given(st.text(max_size=60))
def test_whatever_is_typed_gets_an_answer(text):
    found = identifiers.check(text)
    assert found.valid or found.reason


@pytest.mark.parametrize(
    ("number", "kind"),
    [("CN112244877A", "patent_publication"), ("CN 216139080 U", "patent_publication"),
     ("H01M 10/613", "ipc"), ("2024SR0345678", "software"), ("91440300708461136T", "uscc")],
)  # fmt: skip
def test_the_kind_is_told_from_the_number(number, kind):
    assert identifiers.check(number).kind == kind


def test_a_wrong_check_digit_says_which_would_be_right():
    found = identifiers.check("CN202011068945.8")
    assert (found.valid, found.reason) == (False, "identifier.check_digit")
    assert knows("refusals", found.reason)


def test_every_application_number_on_file_is_judged_as_expected(real_data):
    with (real_data / "cn_patents/application_numbers.csv").open(encoding="utf-8-sig") as file:
        wrong = [
            row["application_number"]
            for row in csv.DictReader(file)
            if identifiers.check(row["application_number"]).valid
            != (row["expected_valid"].lower() == "true")
        ]
    assert wrong == []


def true_numbers(real_data):
    with (real_data / "cn_patents/application_numbers.csv").open(encoding="utf-8-sig") as file:
        return [
            row["application_number"]
            for row in csv.DictReader(file)
            if row["expected_valid"].lower() == "true"
        ]


def slips(number):
    """The number with one digit mistyped, in every way; a check character may also become X."""
    for place, character in enumerate(number):
        if character.isdigit() or (character == "X" and place == len(number) - 1):
            others = "0123456789X" if place == len(number) - 1 else "0123456789"
            yield from (
                number[:place] + other + number[place + 1 :]
                for other in others
                if other != character
            )


def swaps(number):
    """The number with two neighbouring characters exchanged; a dot between them stays."""
    places = [i for i, c in enumerate(number) if c.isdigit() or c == "X"]
    for one, other in pairwise(places):
        if number[one] != number[other] and number[one] != "X":
            listed = list(number)
            listed[one], listed[other] = listed[other], listed[one]
            yield "".join(listed)


def test_every_single_digit_change_of_a_true_number_on_file_is_refused(real_data):
    numbers = true_numbers(real_data)
    assert len(numbers) > 100
    passed = [s for n in numbers for s in slips(n) if identifiers.check(s).valid]
    assert passed == []


def test_every_exchange_of_neighbours_in_a_true_number_on_file_is_refused(real_data):
    changed = [s for n in true_numbers(real_data) for s in swaps(n)]
    assert len(changed) > 1000
    assert [s for s in changed if identifiers.check(s).valid] == []


@settings(max_examples=30)
@given(st.integers(2004, 2026), st.sampled_from("12389"), st.integers(0, 9_999_999))
def test_every_slip_in_a_patent_number_is_refused(year, kind, serial):
    body = f"{year}{kind}{serial:07d}"
    number = f"CN{body}.{identifiers.check_digit(body)}"
    assert identifiers.check(number).valid
    assert [s for s in slips(number) if identifiers.check(s).valid] == []


@settings(max_examples=30)
@given(st.integers(1, 26), st.integers(0, 99_999))
def test_every_slip_in_a_layout_number_is_refused(year, serial):
    body = f"{year:02d}5{serial:05d}"
    number = f"BS.{body}.{identifiers.check_digit(body)}"
    assert identifiers.check(number).valid
    assert [s for s in slips(number) if identifiers.check(s).valid] == []


@settings(max_examples=10)
@given(st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=8, max_size=8))
def test_every_slip_in_a_credit_code_is_refused(inner):
    body = "91440300" + inner + identifiers.organisation_check_digit(inner)
    number = body + identifiers.uscc_check_digit(body)
    assert identifiers.check(number, "uscc").valid
    wrong = (
        number[:i] + c + number[i + 1 :]
        for i in range(18)
        for c in "0123456789ABCDEFGHJKLMNPQRTUWXY"
        if c != number[i]
    )
    assert [w for w in wrong if identifiers.check(w, "uscc").valid] == []


@pytest.mark.parametrize(
    ("number", "kind", "canonical"),
    [
        ("ZL02139508.X", "patent_application", "CN02139508.X"),
        ("PCT/CN2021/081234", "patent_application", "PCT/CN2021/081234"),
        ("CN 112244877 B", "patent_publication", "CN112244877B"),
        ("CN2777030Y", "patent_publication", "CN2777030Y"),
        ("BS.10500001.9", "ic_layout", "BS.10500001.9"),
        ("G1234567", "trademark", "G1234567"),
        ("第16435657号", "trademark", "16435657"),
        ("软著登字第3456789号", "software", "软著登字第3456789号"),
        ("国作登字-2018-F-00512345", "work", "国作登字-2018-F-00512345"),
        ("CNA20080123.4", "plant_variety", "CNA20080123.4"),
        ("CNA20191000123", "plant_variety", "CNA20191000123"),
        ("品种权号：20200123", "plant_variety", "20200123"),
        ("2024 09 4400 0001234", "data_right", "20240944000001234"),
        ("AGI01234", "gi_product", "AGI01234"),
        ("原质检总局公告2006年第117号", "gi_product", "2006年第117号"),
        ("91440300708461136T", "uscc", "91440300708461136T"),
        ("G06F 16/3329", "ipc", "G06F16/3329"),
        ("Y02E 10/50", "cpc", "Y02E10/50"),
        ("第9类", "nice", "09"),
        ("14-02", "locarno", "14-02"),
    ],
)
def test_a_number_of_every_kind_is_known_by_its_form(number, kind, canonical):
    found = identifiers.check(number)
    assert (found.kind, found.valid, found.canonical) == (kind, True, canonical)


@pytest.mark.parametrize(
    ("number", "kind", "reason"),
    [
        ("CNA30201000123", "plant_variety", "year"),
        ("20241344000001234", "data_right", "month"),
        ("20240999990001234", "data_right", "institution"),
        ("AGI1", "gi_product", "length"),
        ("2190年第1号", "gi_product", "year"),
        ("46", "nice", "section"),
        ("33-01", "locarno", "section"),
        ("BS.10600001.9", "ic_layout", "kind_digit"),
        ("2019SR1", "software", "length"),
        ("CN512244877A", "patent_publication", "kind_digit"),
    ],
)
def test_what_no_number_of_a_kind_can_be_has_its_reason(number, kind, reason):
    found = identifiers.check(number, kind, 2026)
    assert (found.valid, found.reason) == (False, f"identifier.{reason}")
    assert knows("refusals", found.reason)


def test_every_credit_code_on_file_is_valid(real_data):
    with (real_data / "companies/uscc_valid.csv").open(encoding="utf-8-sig") as file:
        wrong = [r["uscc"] for r in csv.DictReader(file) if not identifiers.check(r["uscc"]).valid]
    assert wrong == []
