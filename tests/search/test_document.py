"""Bands, levels and facet values."""

from datetime import date

import pytest

from marketplace.core import words
from marketplace.search.document import (
    FACETS,
    OPEN_TERM,
    PRICE_BANDS,
    TERM_BANDS,
    price_band,
    term_band,
)
from marketplace.search.executor import SORTS
from tests.search.examples import document


@pytest.mark.parametrize(
    ("yuan", "band"),
    [
        (0, "under_10k"),
        (9_999.99, "under_10k"),
        (10_000, "10k_to_50k"),
        (50_000, "50k_to_100k"),
        (499_999, "100k_to_500k"),
        (1_000_000, "1m_to_5m"),
        (5_000_000, "from_5m"),
    ],
)
def test_the_lower_bound_belongs_to_the_price_band(yuan, band):
    assert price_band(round(yuan * 100)) == band


def test_no_price_is_negotiable():
    assert price_band(None) == "negotiable"


@pytest.mark.parametrize(
    ("expires", "band"),
    [
        (date(2026, 11, 21), "expired"),
        (date(2026, 11, 22), "under_3y"),
        (date(2029, 11, 21), "under_3y"),
        (date(2029, 11, 22), "3y_to_5y"),
        (date(2031, 11, 22), "5y_to_10y"),
        (date(2036, 11, 22), "from_10y"),
        (None, "open"),
    ],
)
def test_the_remaining_term_depends_on_the_day(expires, band):
    assert term_band(expires, date(2026, 11, 22)) == band


def test_the_term_is_counted_from_a_leap_day():
    assert term_band(date(2031, 2, 28), date(2028, 2, 29)) == "3y_to_5y"


def test_an_industry_counts_as_section_and_division_and_a_bundle_has_many_values():
    values = document(
        1, "甲", industries=("C3841", "C38", "I"), classes=("H01M 10/613", "h01m"), nice=(9,)
    ).facets()
    assert values["industry"] == ("C", "C38", "I")
    assert values["class"] == ("H01M", "nice-9")


def test_every_facet_band_and_sort_order_has_words():
    codes = [f"facet.{name}" for name in FACETS]
    codes += [f"price_band.{band}" for band in (*PRICE_BANDS, "negotiable")]
    codes += [f"term_band.{band}" for band in (*TERM_BANDS, OPEN_TERM)]
    codes += [f"search_sort.{sort}" for sort in SORTS]
    assert [code for code in codes if not words.knows("enums", code)] == []
