"""Folding, cutting, positions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.search import analysis
from marketplace.search.analysis import Folded, analyse, fold, parse, stem, title_key


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ＡＢＣ１２３", "abc123"),
        ("動力電池熱管理系統", "动力电池热管理系统"),
        ("Café", "cafe"),
        ("ﬁne", "fine"),
        ("Ⅳ", "iv"),
        ("a\u200bb", "ab"),
        ("a\x00b", "a b"),
        ("\ud800", " "),
        ("cafe\u0301", "cafe"),
    ],
)
def test_text_is_folded(text, folded):
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("word", "stemmed"),
    [
        ("batteries", "battery"),
        ("battery", "battery"),
        ("boxes", "box"),
        ("sensors", "sensor"),
        ("glasses", "glass"),
        ("glass", "glass"),
        ("status", "status"),
        ("analysis", "analysis"),
        ("gas", "gas"),
        ("5s", "5s"),
    ],
)
def test_plurals_are_stemmed_lightly(word, stemmed):
    assert stem(word) == stemmed


def test_a_long_word_is_indexed_with_the_words_inside_it():
    assert {"动力", "电池", "动力电池"} <= {token.text for token in analyse("动力电池")}


def test_a_query_asks_for_a_long_word_once():
    assert [word.text for word in parse("动力电池").words] == ["动力电池"]


def test_positions_count_characters_and_words():
    positions = {token.text: token.position for token in analyse("锂电池 fast charging 系统")}
    assert (positions["fast"], positions["charging"], positions["系统"]) == (3, 4, 5)


def test_titles_are_compared_without_punctuation_width_and_variant():
    assert title_key("基於ＳＳＭＶＥＰ—ERP的輪椅！") == title_key("基于 ssmvep erp 的轮椅")


def test_quotes_make_phrases():
    for quoted in ('"fast charging"', "“fast charging”", "「fast charging」", "＂fast charging＂"):
        assert parse(quoted).phrases[0].terms == (("fast", 0), ("charging", 1))


@pytest.mark.parametrize("text", ["", "   ", "???", "，。！", "\x00\x01\x02", "\ud800", "“”", "…"])
def test_nothing_to_find_is_no_words(text):
    assert parse(text).words == ()


def test_a_very_long_query_is_cut():
    assert len(parse("电池热管理系统 number " * 2000).words) <= analysis.MAX_WORDS
    assert len(parse("".join(chr(0x4E00 + i) for i in range(9000))).words) <= analysis.MAX_WORDS


TEXT = st.text(alphabet=st.characters(), max_size=60) | st.text(
    alphabet="電池电池的ＣＮcn2020 11068945.9ZLh01m10/613“”é①ﬁİ\u0301\u200b\n", max_size=60
)


@given(TEXT)
def test_folding_twice_changes_no_more_than_once_and_offsets_stay_inside(text):
    folded = Folded(text)
    for token in analyse(text):
        assert 0 <= token.start <= token.end <= len(text)
    for start in range(len(folded.text)):
        first, last = folded.original(start, start + 1)
        assert 0 <= first <= last <= len(text)


@given(TEXT)
def test_a_query_never_asks_for_what_its_own_text_does_not_have(text):
    """A document with the text of a query is found by it: each word has a way that it satisfies."""
    known = {token.text for token in analyse(text)} | analysis.grams(text)
    for word in parse(text).words:
        assert any(set(way) <= known for way in (*word.ways, word.grams or ("\0",))), word
