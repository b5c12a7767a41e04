"""Why a text was found."""

from hypothesis import given
from hypothesis import strategies as st

from marketplace.search.highlight import ELLIPSIS, excerpt, highlight


def marked(text: str, query: str, **more: object) -> list[str]:
    return [piece for piece, found in highlight(text, query, **more) if found]


def test_the_original_is_marked_whatever_its_width_and_variant():
    assert marked("一種動力電池（Ｈ０１Ｍ）的Batteries", "动力电池 h01m battery") == [
        "動力電池",
        "Ｈ０１Ｍ",
        "Batteries",
    ]


def test_a_number_is_marked_in_any_spelling():
    assert marked("专利 ZL 2020 1 1068945.9 转让", "CN202011068945.9") == ["ZL 2020 1 1068945.9"]


def test_stop_words_are_not_marked():
    assert marked("电池的管理和控制", "电池的控制") == ["电池", "控制"]


def test_a_corrected_word_is_marked():
    assert marked("Battery cells", "battrey", corrected=["battery"]) == ["Battery"]


def test_markup_stays_text():
    assert highlight("<b>电池</b>", "电池") == [("<b>", False), ("电池", True), ("</b>", False)]


def test_an_excerpt_shows_where_it_was_found():
    pieces = excerpt("前言。" * 200 + "石墨烯散热" + "后记。" * 200, "石墨烯", length=40)
    assert ("石墨烯", True) in pieces
    assert pieces[0] == pieces[-1] == (ELLIPSIS, False)
    assert len("".join(text for text, _ in pieces)) == 42


TEXT = st.text(alphabet="电電池的a bＡé\u0301①<&\n锂ﬁİ", max_size=40) | st.text(max_size=40)


@given(TEXT, TEXT)
def test_the_pieces_are_the_text_again(text, query):
    assert "".join(piece for piece, _ in highlight(text, query)) == text
    for piece, _ in highlight(text, query):
        assert piece
