"""How terms stand to what an organisation holds to."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.core.money import Money, yuan
from marketplace.listings import terms as agreed
from marketplace.listings.terms import TERRITORIES, DealKind, Grant, RoyaltyBase, Terms
from marketplace.listings.termsheet import (
    CapPer,
    Forum,
    Improvements,
    Language,
    Lapse,
    Law,
    Pay,
    Sublicensing,
    Use,
    Warranty,
)
from marketplace.negotiation import positions
from marketplace.negotiation.positions import Bound, Position, Rank, Stand

TRANSFER, LICENCE, EQUITY = DealKind.TRANSFER, DealKind.LICENCE, DealKind.EQUITY
SALE = Terms(TRANSFER, yuan(100_000))


def held(name, *stands, kind=TRANSFER):
    return Position(kind, name, stands[0], stands[1:])


def ranked(position, value):
    found = positions.weigh(position, value)
    return found.rank, found.number, found.wants_owner


def test_the_first_stand_that_holds_decides():
    forum = held("forum", Stand(Forum.GZAC), Stand(Forum.SCIA), Stand(Forum.CIETAC, owner=True))
    assert ranked(forum, Forum.GZAC) == (Rank.PREFERRED, 0, False)
    assert ranked(forum, Forum.SCIA) == (Rank.FALLBACK, 1, False)
    assert ranked(forum, Forum.CIETAC) == (Rank.FALLBACK, 2, True)
    assert ranked(forum, Forum.BUYER) == (Rank.OUTSIDE, 0, True)


@pytest.mark.parametrize(
    ("name", "stand", "inside", "outside"),
    [
        ("confidentiality_years", Stand(3, Bound.AT_LEAST), (3, 10, None), (2,)),
        ("confidentiality_years", Stand(5, Bound.AT_MOST), (1, 5), (6, None)),
        ("late_interest_bps", Stand(5, Bound.AT_MOST), (5, 1, None), (6,)),
        ("late_interest_bps", Stand(5), (5, None), (4,)),
        ("inspection_days", Stand(None), (None, 15), (14, 30)),
        ("audit_times", Stand(1, Bound.AT_LEAST), (1, 2, None), (0,)),
        ("support_days", Stand(5, Bound.AT_LEAST), (5, 20), (4, None)),
        ("delivery_days", Stand(30, Bound.AT_MOST), (0, 30), (31, None)),
        ("cap", Stand(yuan(10), Bound.AT_LEAST), (yuan(10), None), (yuan(9),)),
        ("improvements", Stand(Improvements.OWN), (None, Improvements.OWN), (Improvements.SHARED,)),
        ("lapse", Stand(None), (None, Lapse.STATUTE), (Lapse.TERMINATE,)),
        ("language", Stand(Language.ZH), (None,), (Language.EQUAL,)),
        (
            "warranties",
            Stand((Warranty.TITLE,), Bound.AT_LEAST),
            ((Warranty.TITLE,), (Warranty.FEES_PAID, Warranty.TITLE)),
            ((), (Warranty.FEES_PAID,)),
        ),
        ("warranties", Stand((), Bound.AT_MOST), ((),), ((Warranty.TITLE,),)),
        ("territory", Stand(("CN",), Bound.AT_MOST), (("GD",), ("GD", "CN")), (("WORLD",), ("HK",))),
        ("territory", Stand(("CN", "HK"), Bound.AT_LEAST), (("WORLD",), ("HK", "CN")), (("CN",),)),
    ],
)  # fmt: skip
def test_numbers_and_ticks_are_meant_exactly_at_least_or_at_most(name, stand, inside, outside):
    for value in inside:
        assert positions.holds(name, stand, value), value
    for value in outside:
        assert not positions.holds(name, stand, value), value


def test_texts_are_compared_without_spaces_and_widths():
    stand = Stand("良率不低于 90%，\n按双方大纲。")
    assert positions.holds("acceptance", stand, "良率不低于９０％,按双方大纲。")
    assert not positions.holds("acceptance", stand, "良率不低于 80%，按双方大纲。")
    within = replace(stand, bound=Bound.AT_LEAST)
    assert positions.holds("acceptance", within, f"一、{stand.value} 二、试制三批。")
    assert not positions.holds("acceptance", within, "")


def test_what_has_no_place_in_the_terms_is_not_weighed():
    royalty = [
        held("cap_per", Stand(CapPer.TOTAL), kind=LICENCE),
        held("audit_times", Stand(2), kind=LICENCE),
        held("improvement_terms", Stand("合理对价"), kind=LICENCE),
    ]
    plain = Terms(LICENCE, yuan(1), grant=Grant.SOLE)
    assert positions.weighed(royalty, plain) == []
    full = replace(
        plain,
        royalty_bps=300,
        royalty_base=RoyaltyBase.NET_SALES,
        pay=Pay(cap=yuan(5), cap_per=CapPer.YEAR),
        use=Use(improvements=Improvements.SHARED),
    )
    assert [one.name for one in positions.weighed(royalty, full)] == [
        "cap_per", "audit_times", "improvement_terms",
    ]  # fmt: skip
    assert not positions.applies("royalty_bps", Terms(EQUITY))


def test_what_is_better_than_the_value_on_the_table():
    forum = held("forum", Stand(Forum.GZAC), Stand(Forum.SCIA), Stand(Forum.CIETAC))
    better = [positions.weigh(forum, v).better for v in (Forum.GZAC, Forum.CIETAC, Forum.BUYER)]
    assert [[number for number, _ in one] for one in better] == [[], [0, 1], [0, 1, 2]]


@pytest.mark.parametrize(
    ("position", "wrong"),
    [
        (held("grant", Stand(Grant.SOLE)), {"term": "clause.not_of_kind"}),
        (held("price", Stand(yuan(1))), {"term": "clause.not_of_kind"}),
        (held("late_interest_bps", Stand(99)), {"late_interest_bps": "terms.late_interest_out_of_range"}),
        (held("forum", Stand(Forum.GZAC, Bound.AT_MOST)), {"bound": "clause.bound"}),
        (held("notes", Stand("", Bound.AT_LEAST)), {"bound": "clause.bound_of_nothing"}),
        (held("support_days", Stand(None, Bound.AT_MOST)), {"bound": "clause.bound_of_nothing"}),
        (held("notes", Stand("一", guidance="长" * 1001)), {"guidance": "clause.guidance_too_long"}),
        (held("notes", Stand("甲 乙"), Stand("甲乙")), {"notes": "clause.same_twice"}),
        (held("late_interest_bps", Stand(5), Stand(None)), {"late_interest_bps": "clause.same_twice"}),
        (
            held("support_days", *(Stand(n) for n in range(11))),
            {"value": "clause.too_many"},
        ),
        (held("warranties", Stand((), Bound.AT_MOST)), {}),
        (held("improvements", Stand(Improvements.GRANT_BACK), Stand(Improvements.OWN)), {}),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_named(position, wrong):
    assert positions.problems(position) == wrong


def test_every_term_of_the_sheet_is_of_one_shape_or_of_none():
    shapes = [positions.NUMBERS, positions.TEXTS, positions.SETS, positions.CODES]
    assert sum(map(len, shapes)) == len(positions.POSITIONED)
    left = set(agreed.IN_ORDER) - set(positions.POSITIONED)
    assert left == {
        "kind", "price", "tiers", "instalments", "guarantee", "milestones", "free_then_days",
        "company", "promises",
    }  # fmt: skip


# ---- whatever is held to -----------------------------------------------------------------------

CODES = {
    "grant": Grant, "sublicence": Sublicensing, "royalty_base": RoyaltyBase, "cap_per": CapPer,
    "improvements": Improvements, "lapse": Lapse, "forum": Forum, "language": Language,
}  # fmt: skip
LETTERS = "甲乙，,。 \n\u3000ＡAbé９9か\u3099e\u0301"
AMOUNTS = st.integers(1, 10**9).map(lambda minor: Money("CNY", minor))


def values_of(name):
    if name in positions.TEXTS:
        return st.text(LETTERS, max_size=12)
    if name == "territory":
        return st.lists(st.sampled_from(TERRITORIES), min_size=1, unique=True).map(tuple)
    if name == "warranties":
        return st.lists(st.sampled_from(list(Warranty)), unique=True).map(tuple)
    if name in CODES:
        said = st.sampled_from(list(CODES[name]))
        return said if name == "sublicence" else st.none() | said
    return st.none() | (AMOUNTS if name in {"cap", "minimum_royalty"} else st.integers(0, 100))


def stands_of(name):
    return st.builds(
        Stand,
        value=values_of(name),
        bound=st.sampled_from(positions.bounds_of(name)),
        guidance=st.text(LETTERS, max_size=5),
        owner=st.booleans(),
    )


@st.composite
def held_positions(draw):
    kind = draw(st.sampled_from(list(DealKind)))
    name = draw(st.sampled_from(positions.of_kind(kind)))
    return held(name, *draw(st.lists(stands_of(name), min_size=1, max_size=4)), kind=kind)


@given(held_positions())
@settings(max_examples=300)
def test_what_is_kept_is_read_back(position):
    again = Position.from_json(position.kind, position.name, position.to_json())
    assert again == position


@given(st.data())
@settings(max_examples=300)
def test_a_stand_that_is_taken_holds(data):
    position = data.draw(held_positions())
    stand = position.preferred
    sound = positions.problems(replace(position, fallbacks=()))
    if "bound" in sound:
        return
    base = positions.put(Terms(position.kind), position.name, data.draw(values_of(position.name)))
    terms = positions.taken(base, position.name, stand)
    value = positions.value_of(terms, position.name)
    assert positions.holds(position.name, stand, value)
    assert positions.weigh(position, value).rank is Rank.PREFERRED
    assert positions.taken(terms, position.name, stand) == terms
    changed = {one.name for one in agreed.differences(base, terms)}
    assert changed <= {position.name}


@given(st.data())
@settings(max_examples=300)
def test_the_rank_names_the_first_stand_that_holds(data):
    position = data.draw(held_positions())
    found = positions.weigh(position, data.draw(values_of(position.name)))
    agreeing = [
        at
        for at, one in enumerate(position.stands)
        if positions.holds(position.name, one, found.value)
    ]
    if found.rank is Rank.OUTSIDE:
        assert agreeing == []
        assert found.wants_owner
    else:
        assert found.number == agreeing[0]
        assert (found.rank is Rank.PREFERRED) == (found.number == 0)
        assert found.wants_owner == (found.number > 0 and position.stands[found.number].owner)


@given(st.text())
@settings(suppress_health_check=[HealthCheck.too_slow])  # the table of all characters is read first
def test_a_text_in_its_normal_form_stays_so(text):
    once = positions.normal(text)
    assert positions.normal(once) == once
    assert positions.normal(f" {text}\n") == once


@given(
    st.integers(0, 50),
    st.integers(0, 50),
    st.sampled_from(sorted(positions.NUMBERS - {"cap", "minimum_royalty"})),
)
def test_at_least_and_at_most_meet_at_the_number_itself(ours, theirs, name):
    least = positions.holds(name, Stand(ours, Bound.AT_LEAST), theirs)
    most = positions.holds(name, Stand(ours, Bound.AT_MOST), theirs)
    assert least or most
    assert (least and most) == positions.holds(name, Stand(ours), theirs) == (ours == theirs)


def test_a_law_group_is_set_without_its_neighbours():
    base = replace(SALE, law=Law(warranties=(Warranty.TITLE,)))
    again = positions.put(base, "forum", Forum.GZAC)
    assert again.law == Law(warranties=(Warranty.TITLE,), forum=Forum.GZAC)
