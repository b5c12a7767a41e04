"""Names and account numbers as banks write them, and the ones that only look alike."""

import pytest

from marketplace.payments import names

FIRM = "湾区智能科技有限公司（演示）"


@pytest.mark.parametrize(
    ("seen", "is_so"),
    [
        (FIRM, True),
        ("湾区智能科技有限公司(演示)", True),
        (" 湾区智能科技 有限公司（演示） ", True),
        (FIRM + "6222020000001234", True),
        (FIRM + "123", False),
        (FIRM + "二分公司", False),
        ("湾区智能科技有限公司", False),
        ("", False),
    ],
)
def test_a_name_is_known_again_and_no_other_taken_for_it(seen, is_so):
    assert names.same(seen, FIRM) is is_so


@pytest.mark.parametrize(
    ("seen", "known", "is_so"),
    [
        ("6200000000001234", "6200 0000 0000 1234", True),
        ("006200000000001234", "6200000000001234", True),
        ("6200****1234", "6200000000001234", True),
        ("6200**00**1234", "6200000000001234", True),
        ("6200****1235", "6200000000001234", False),
        ("**34", "6200000000001234", False),
        ("****", "6200000000001234", False),
        ("62000000000012345", "6200000000001234", False),
        ("", "", False),
    ],
)
def test_an_account_is_known_again_blotted_or_not(seen, known, is_so):
    assert names.same_account(seen, known) is is_so
