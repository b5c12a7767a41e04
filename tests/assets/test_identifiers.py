"""Numbers of rights: check digits, spellings, reasons."""

import csv

import pytest
from hypothesis import given
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


def test_every_credit_code_on_file_is_valid(real_data):
    with (real_data / "companies/uscc_valid.csv").open(encoding="utf-8-sig") as file:
        wrong = [r["uscc"] for r in csv.DictReader(file) if not identifiers.check(r["uscc"]).valid]
    assert wrong == []
