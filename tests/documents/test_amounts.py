import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core.money import Money
from marketplace.documents.amounts import DIGITS, capitals, figures, integer

VALUES = {digit: number for number, digit in enumerate(DIGITS)}
UNITS = {"拾": 10, "佰": 100, "仟": 1000}


def value(words: str) -> int:
    """Read capital numerals back."""
    total = section = digit = 0
    for word in words:
        if word in VALUES:
            digit = VALUES[word]
        elif word in UNITS:
            section, digit = section + digit * UNITS[word], 0
        elif word == "万":
            section, digit = (section + digit) * 10_000, 0
            total, section = total + section, 0
        else:  # 亿
            total, section, digit = (total + section + digit) * 10**8, 0, 0
    return total + section + digit


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (0, "零元整"),
        (5, "伍分"),
        (50, "伍角整"),
        (55, "伍角伍分"),
        (100, "壹元整"),
        (1_000, "壹拾元整"),
        (140_950, "壹仟肆佰零玖元伍角整"),
        (600_714, "陆仟零柒元壹角肆分"),
        (168_032, "壹仟陆佰捌拾元叁角贰分"),
        (10_700_053, "壹拾万柒仟元伍角叁分"),
        (1_640_902, "壹万陆仟肆佰零玖元零贰分"),
        (32_504, "叁佰贰拾伍元零肆分"),
        (486_000_000, "肆佰捌拾陆万元整"),
        (1_000_000_100, "壹仟万零壹元整"),
        (10_000_000_000, "壹亿元整"),
        (1_000_020_000_000, "壹佰亿零贰拾万元整"),
        (100_000_000_000_000, "壹万亿元整"),
        (120_000_000_000_000, "壹万贰仟亿元整"),
        (100_000_000_000_500, "壹万亿零伍元整"),
    ],
)
def test_amounts_in_words(fen, words):
    assert capitals(Money("CNY", fen)) == f"人民币{words}"


def test_other_currencies():
    assert capitals(Money("USD", 100_000)) == "美元壹仟元整"
    assert capitals(Money("JPY", 1_200)) == "日元壹仟贰佰元整"


@given(st.integers(0, 10**12 - 1))
def test_words_read_back_to_the_number(number):
    words = integer(number)
    assert value(words) == number
    assert "零零" not in words
    assert not words.endswith("零") or number == 0


@pytest.mark.parametrize("fen", [-1, 10**18])
def test_what_cannot_be_said(fen):
    with pytest.raises(ValueError, match="words"):
        capitals(Money("CNY", fen))


def test_amounts_in_figures():
    assert figures(Money("CNY", 12_304_567)) == "123,045.67"
    assert figures(Money("JPY", 1_200)) == "1,200"
