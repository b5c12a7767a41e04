"""Which marks somebody should look at before one of them is transferred alone."""

import pytest

from marketplace.assets.similar import Mark, left_out, near


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("粤江", "粤江", True),
        ("粤江", "粤江山泉", True),
        ("YUE JIANG", "ｙｕｅ－ｊｉａｎｇ", True),
        ("美厨小满", "美厨小滿", True),
        ("粤江", "岭南", False),
        ("粤", "粤江", False),
        ("", "", False),
    ],
)
def test_two_names(one, other, alike):
    assert (near(one, other), near(other, one)) == (alike, alike)


def test_only_a_shared_class_makes_a_mark_one_to_look_at():
    chosen = [Mark(1, "粤江", frozenset({"32"}))]
    others = [Mark(2, "粤江山泉", frozenset({"32", "33"})), Mark(3, "粤江", frozenset({"09"}))]
    assert left_out(chosen, others) == [2]
