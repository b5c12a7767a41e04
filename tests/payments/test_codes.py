"""Reference codes survive what people do to them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.payments import codes

BODY = st.text(codes.ALPHABET, min_size=9, max_size=9)
WHOLE = BODY.map(lambda body: body + codes.check_character(body))


def test_a_new_code_is_valid_and_never_the_same():
    made = {codes.new() for _ in range(500)}
    assert len(made) == 500
    assert all(codes.is_valid(code) for code in made)
    assert not set("".join(made)) & set("01OIL")


@given(code=WHOLE)
def test_it_is_read_in_any_spelling(code):
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in code)
    for text in (codes.shown(code), code.lower(), f" {code[:3]} {code[3:]} ", wide):
        assert codes.canonical(text) == code


@given(code=WHOLE, place=st.integers(0, 9), sign=st.sampled_from(codes.ALPHABET))
def test_every_single_slip_is_caught(code, place, sign):
    slipped = code[:place] + sign + code[place + 1 :]
    assert codes.is_valid(slipped) == (slipped == code)


@given(code=WHOLE, first=st.integers(0, 9), second=st.integers(0, 9))
def test_every_swap_is_caught(code, first, second):
    signs = list(code)
    signs[first], signs[second] = signs[second], signs[first]
    assert codes.is_valid("".join(signs)) == ("".join(signs) == code)


@pytest.mark.parametrize(
    "text", ["", "A", "23456789AB", "2345-67890", "O" * 10, "2" * 11, "中" * 10]
)
def test_nonsense_is_not_a_code(text):
    assert codes.canonical(text) == codes.canonical(codes.canonical(text))
    assert not codes.is_valid(codes.canonical(text)) or text == "23456789AB"
