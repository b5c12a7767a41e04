import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.negotiation.redline import MOST_COMPARED, Kind, Piece, after, before, redline

TEXT = st.text(alphabet="乙方应当于付款。； abc12\n", max_size=80)


@settings(deadline=None)
@given(TEXT, TEXT)
def test_a_redline_holds_both_texts_whole(old, new):
    pieces = redline(old, new)
    assert before(pieces) == old
    assert after(pieces) == new


@settings(deadline=None)
@given(st.text(), st.text())
def test_whatever_people_write(old, new):
    pieces = redline(old, new)
    assert (before(pieces), after(pieces)) == (old, new)
    assert all(one.kind is not other.kind for one, other in itertools.pairwise(pieces))


def test_words_change_and_the_rest_stays():
    assert redline("交付 30 days 内", "交付 45 days 内") == [
        Piece(Kind.SAME, "交付 "),
        Piece(Kind.REMOVED, "30"),
        Piece(Kind.ADDED, "45"),
        Piece(Kind.SAME, " days 内"),
    ]
    assert redline("同", "同") == [Piece(Kind.SAME, "同")]
    assert redline("", "") == []


def test_long_texts_are_compared_sentence_by_sentence():
    old = "甲方交付图纸。" * MOST_COMPARED
    pieces = redline(old, old + "乙方验收。")
    assert pieces[-1] == Piece(Kind.ADDED, "乙方验收。")
    assert before(pieces) == old
