"""Codes have words in Chinese and English; Traditional Chinese is converted."""

import re

import pytest

from marketplace.core import words


def test_a_code_is_said_in_each_language():
    said = [words.say("states", "deal.signing", locale) for locale in ("zh_Hans", "zh_Hant", "en")]
    assert len(set(said)) == 3
    assert all(said)


def test_a_code_without_words_is_said_as_it_is():
    assert words.say("refusals", "no.such_code") == "no.such_code"
    assert not words.knows("refusals", "no.such_code")


def test_a_place_without_a_fact_shows_a_dash():
    code = next(c for c, w in words.catalogue()["refusals"].items() if "%(" in w["zh"])
    assert "–" in words.say("refusals", code)
    assert "%(" not in words.say("refusals", code, "en")


@pytest.mark.parametrize("section", words.SECTIONS)
def test_every_code_has_both_languages_with_the_same_places(section):
    for code, said in words.catalogue()[section].items():
        assert said["zh"].strip(), code
        assert said["en"].strip(), code
        places = [set(re.findall(r"%\((\w+)\)", said[language])) for language in ("zh", "en")]
        assert places[0] == places[1], code
