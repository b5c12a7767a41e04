"""What can be done with a right: the law by cases, the calculus by its properties."""

import re
from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.assets import articles
from marketplace.assets.bundle import (
    DEEDS,
    Act,
    Burden,
    BurdenKind,
    Consent,
    Grant,
    Owner,
    Party,
    Priority,
    Right,
    Verdict,
    Wish,
    after,
    can,
    conflicting,
    what_can_be_done,
    without,
)
from marketplace.assets.scopes import Scope, scope
from marketplace.core.words import knows
from marketplace.rules import citations

ON = date(2026, 11, 25)
LAST = date(2040, 1, 1)
KEEPER = Owner(Party("甲大学", 1), acts=True)
CO_OWNER = Owner(Party("乙公司", 2))
BANK = Party("丙银行", 3)
BUYER = Party("丁公司", 4)
K = BurdenKind
PLEDGE = Burden(K.PLEDGE, "pledge:1", BANK, date(2026, 1, 1))
FREEZE = Burden(K.FREEZE, "burden:1", Party("广州知识产权法院"), date(2026, 1, 1))
OPEN = Burden(K.OPEN_LICENCE, "burden:2", starts=date(2026, 1, 1))
CHINA = scope(ON, LAST)


def right(kind="invention", *burdens, **more) -> Right:
    return Right(
        "A-1",
        kind,
        **({"last_day": LAST, "owners": (KEEPER,), "burdens": frozenset(burdens)} | more),
    )


def licence(grant, where=CHINA, *, to=BUYER, reference="licence:1") -> Burden:
    return Burden(K.LICENCE, reference, to, where.starts, where.ends, Grant(grant), where)


def wish(deed, where=CHINA, **more) -> Wish:
    if deed in set(Grant):
        return Wish(Act.LICENCE, Grant(deed), where, **more)
    return Wish(Act(deed), **more)


def codes(reasons) -> list[str]:
    return [reason.code for reason in reasons]


@pytest.mark.parametrize(
    ("standing", "wanted", "obstacles"),
    [
        (licence("exclusive"), "non_exclusive", ["licence_exclusive"]),
        (licence("sole"), "exclusive", ["licence_sole"]),
        (licence("non_exclusive"), "exclusive", ["licence_standing"]),
        (licence("non_exclusive"), "non_exclusive", []),
        (licence("exclusive"), "transfer", []),
        (licence("exclusive"), "open_licence", ["exclusive_bars_open_licence"]),
        (licence("exclusive", scope(ON, LAST, fields=["C39"])), "exclusive", ["licence_exclusive"]),
        (licence("exclusive", scope(ON, territory=["HK"])), "exclusive", []),
        (licence("exclusive", scope(date(2020, 1, 1), date(2026, 11, 24))), "exclusive", []),
        (OPEN, "exclusive", ["open_licence_stands"]),
        (OPEN, "non_exclusive", []),
        (OPEN, "open_licence", ["open_licence_twice"]),
        (OPEN, "transfer", []),
        (PLEDGE, "pledge", ["pledged_already"]),
        (FREEZE, "transfer", ["frozen"]),
        (FREEZE, "non_exclusive", ["frozen_licence"]),
        (Burden(K.DISPUTE, "burden:3", suspended=True), "transfer", ["dispute_suspended"]),
        (Burden(K.DISPUTE, "burden:3"), "transfer", []),
        (Burden(K.INVALIDATION, "burden:4"), "transfer", []),
    ],
)
def test_what_a_burden_on_a_patent_forbids(standing, wanted, obstacles):
    assert codes(can(right("invention", standing), wish(wanted), ON).obstacles) == obstacles


@pytest.mark.parametrize(
    ("kind", "deed", "asks"),
    [
        ("invention", "transfer", True),
        ("invention", "sole", True),
        ("invention", "non_exclusive", False),
        ("software", "sole", False),
        ("software", "exclusive", True),
        ("copyright", "pledge", True),
        ("trade_secret", "exclusive", True),
        ("trade_secret", "non_exclusive", False),
        ("trademark", "transfer", True),
    ],
)
def test_when_the_other_owners_must_agree(kind, deed, asks):
    answer = can(right(kind, owners=(KEEPER, CO_OWNER)), wish(deed), ON)
    assert [r.party for r in answer.missing] == (["乙公司"] if asks else [])


def test_an_agreement_of_the_co_owners_replaces_the_law():
    agreed = Burden(K.COOWNERSHIP, "burden:1", deeds=frozenset({"exclusive"}))
    shared = right("invention", agreed, owners=(KEEPER, CO_OWNER))
    assert can(shared, wish("sole"), ON).verdict is Verdict.POSSIBLE
    assert can(shared, wish("transfer"), ON).verdict is Verdict.WITH_CONSENT


def test_a_consent_counts_for_what_it_was_given_for():
    given_to = Consent(BANK, Act.LICENCE, "consent:1", Grant.NON_EXCLUSIVE, CHINA, until=ON)
    pledged = right("invention", PLEDGE, consents=frozenset({given_to}))
    assert can(pledged, wish("non_exclusive"), ON).verdict is Verdict.POSSIBLE
    wider = {
        "another grant": wish("sole"),
        "another act": wish("transfer"),
        "more ground": wish("non_exclusive", replace(CHINA, territory=frozenset({"WORLD"}))),
        "sub-licences": wish("non_exclusive", sublicence=True),
    }
    verdicts = {name: can(pledged, one, ON).verdict for name, one in wider.items()}
    assert verdicts == dict.fromkeys(wider, Verdict.WITH_CONSENT)
    late = can(pledged, wish("non_exclusive"), ON + timedelta(days=1))
    assert codes(late.missing) == ["pledgee"]


def test_a_patent_under_attack_is_pledged_only_if_both_declare_to_go_on():
    attacked = right("invention", Burden(K.INVALIDATION, "burden:1"))
    wanted = wish("pledge", to=BANK)
    assert codes(can(attacked, wanted, ON).missing) == ["invalidation_declaration"] * 2
    both = frozenset(Consent(who, Act.PLEDGE, "c") for who in (BANK, KEEPER.party))
    assert can(replace(attacked, consents=both), wanted, ON).verdict is Verdict.POSSIBLE


@pytest.mark.parametrize(
    ("one", "wanted", "obstacles"),
    [
        (right("gi_product"), wish("non_exclusive"), ["never"]),
        (right("copyright"), wish("transfer", moral_rights=True), ["moral_rights"]),
        (right(status="invalidated"), wish("transfer"), ["right_ended"]),
        (right(last_day=date(2026, 11, 24)), wish("equity"), ["right_ended"]),
        (right("patent_application", status="pending"), wish("pledge"), ["right_not_granted"]),
        (right("patent_application", status="pending"), wish("transfer"), []),
        (right(status="annuity_grace"), wish("pledge"), ["fee_unpaid"]),
        (right(status="annuity_grace"), wish("transfer"), []),
        (right(), wish("pledge", debt_due=date(2041, 1, 1)), ["debt_outlives_right"]),
        (right(), wish("sole", scope(ON, date(2041, 1, 1))), ["licence_outlives_right"]),
        (right("trademark"), wish("sole", scope(ON, date(2041, 1, 1))), []),
        (right("trademark", last_day=date(2026, 9, 1), status="renewal_grace"), wish("sole"), []),
        (right("trademark"), wish("open_licence"), ["open_licence_patents_only"]),
    ],
)
def test_what_the_right_itself_forbids(one, wanted, obstacles):
    assert codes(can(one, wanted, ON).obstacles) == obstacles


def test_a_mark_of_a_group_goes_only_to_who_may_hold_it_once_the_new_law_stands():
    mark = right("collective_mark")
    unfit = wish("transfer", qualified=False)
    assert can(mark, unfit, date(2026, 12, 31)).verdict is Verdict.POSSIBLE
    assert codes(can(mark, unfit, date(2027, 1, 1)).obstacles) == ["transferee_unqualified"]


def test_a_priority_right_is_told_and_bars_nothing():
    holder = Burden(K.PRIORITY, "burden:1", Party("王工"), priority=Priority.INVENTOR)
    answer = can(right("invention", holder), wish("transfer"), ON)
    assert (answer.verdict, codes(answer.notices)) == (Verdict.POSSIBLE, ["priority_inventor"])
    assert answer.notices[0].article == "民法典第847条"


def test_what_is_left_of_a_wish_is_offered():
    taken = licence("exclusive", scope(ON, date(2028, 12, 31), territory=["GD"], fields=["C39"]))
    answer = can(right("invention", taken), wish("sole", scope(ON, LAST, fields=["C"])), ON)
    assert list(answer.alternatives) == [
        wish("sole", scope(ON, LAST, territory=["CN-GD"], fields=["C"])),
        wish("sole", scope(ON, LAST, fields=["C", "-C39"])),
        wish("sole", scope(date(2029, 1, 1), LAST, fields=["C"])),
    ]


def test_the_table_of_a_patent_asks_seven_questions():
    table = {w.deed: a.verdict.value for w, a in what_can_be_done(right("invention", PLEDGE), ON)}
    assert table == {
        "transfer": "with_consent",
        "exclusive": "with_consent",
        "sole": "with_consent",
        "non_exclusive": "with_consent",
        "equity": "with_consent",
        "pledge": "impossible",
        "open_licence": "with_consent",
    }


# ---- properties --------------------------------------------------------------------------------

KINDS = sorted(articles.PATENTS | articles.MARKS | articles.WORKS | {"trade_secret", "ic_layout"})
PARTIES = [KEEPER.party, CO_OWNER.party, BANK, BUYER, Party("戊公司", 5), Party("己所")]
DAYS = st.integers(-400, 400).map(lambda days: ON + timedelta(days=days))
PLACES = st.frozensets(
    st.sampled_from(["WORLD", "CN", "GD", "HK", "US", "湾区"]), min_size=1, max_size=2
)
FIELDS = st.frozensets(st.sampled_from(["C", "C39", "C391", "A", "电池"]), max_size=2)
GRANTS = st.sampled_from(list(Grant))
PARTY = st.sampled_from(PARTIES)


@st.composite
def some_scope(draw, starts=DAYS):
    start = draw(starts)
    length = draw(st.none() | st.integers(0, 500))
    ends = None if length is None else start + timedelta(days=length)
    return Scope(draw(PLACES), draw(FIELDS), start, ends)


@st.composite
def wishes(draw):
    act = draw(st.sampled_from(list(Act)))
    if act is not Act.LICENCE:
        return Wish(act, to=draw(PARTY))
    return Wish(act, draw(GRANTS), draw(some_scope()), draw(st.booleans()), to=draw(PARTY))


@st.composite
def burdens(draw):
    kind = draw(st.sampled_from(list(K)))
    where = draw(some_scope())
    is_licence = kind is K.LICENCE
    return Burden(
        kind,
        f"b:{draw(st.integers(1, 9))}",
        draw(PARTY),
        where.starts,
        where.ends,
        draw(GRANTS) if is_licence else None,
        where if is_licence else None,
        suspended=draw(st.booleans()),
        registered=draw(st.booleans()),
        priority=draw(st.sampled_from(list(Priority))),
        deeds=draw(st.frozensets(st.sampled_from(DEEDS), max_size=3)),
    )


@st.composite
def consents(draw):
    return Consent(
        draw(PARTY),
        draw(st.sampled_from(list(Act))),
        f"c:{draw(st.integers(1, 9))}",
        draw(st.none() | GRANTS),
        draw(st.none() | some_scope()),
        draw(st.booleans()),
        until=draw(st.none() | DAYS),
    )


@st.composite
def rights(draw, most=5):
    return Right(
        "A-1",
        draw(st.sampled_from(KINDS)),
        draw(st.sampled_from(["in_force", "pending", "annuity_grace", "renewal_grace"])),
        draw(st.none() | DAYS),
        frozenset({"CN"}),
        (KEEPER, *draw(st.sampled_from([(), (CO_OWNER,)]))),
        frozenset(draw(st.lists(burdens(), max_size=most))),
        frozenset(draw(st.lists(consents(), max_size=most))),
    )


def open_reasons(answer):
    return set(answer.obstacles) | set(answer.missing)


ORDER = list(Verdict)


@settings(max_examples=150, deadline=None)
@given(rights(most=0), st.lists(st.tuples(wishes(), DAYS), max_size=8))
def test_granting_what_is_allowed_never_makes_two_burdens_that_conflict(one, asked):
    for number, (wanted, day) in enumerate(asked):
        if can(one, wanted, day).verdict is Verdict.POSSIBLE:
            one = after(one, wanted, day, reference=f"g:{number}")
    for some, other in combinations(one.burdens, 2):
        assert not conflicting(some, other, one.kind)


@settings(deadline=None)
@given(rights(), wishes())
def test_the_answer_depends_on_the_set_of_burdens_not_on_their_order(one, wanted):
    backwards = replace(
        one,
        burdens=frozenset(reversed(list(one.burdens))),
        consents=frozenset(reversed(list(one.consents))),
        owners=tuple(reversed(one.owners)),
    )
    assert can(backwards, wanted, ON).as_dict() == can(one, wanted, ON).as_dict()


@settings(deadline=None)
@given(rights(), wishes(), wishes())
def test_what_is_granted_and_revoked_leaves_the_answers_as_they_were(one, granted, wanted):
    if granted.act in {Act.TRANSFER, Act.EQUITY}:
        return
    back = without(after(one, granted, ON, reference="g:1"), "g:1")
    assert can(back, wanted, ON) == can(one, wanted, ON)


@settings(max_examples=150, deadline=None)
@given(rights(), wishes(), some_scope(), GRANTS)
def test_a_narrower_wish_is_never_worse(one, wanted, inner, lesser):
    if wanted.act is not Act.LICENCE:
        return
    narrow = replace(wanted, sublicence=False)
    if list(Grant).index(lesser) > list(Grant).index(wanted.grant):
        narrow = replace(narrow, grant=lesser)
    ends = min((d for d in (inner.ends, wanted.scope.ends) if d), default=None)
    begin = max(inner.starts, wanted.scope.starts)
    candidate = replace(inner, starts=begin, ends=ends)
    has_days = not (ends and ends < ON) and begin <= (one.last_day or begin)
    if has_days and not candidate.is_empty and wanted.scope.covers(candidate):
        narrow = replace(narrow, scope=candidate)
    assert open_reasons(can(one, narrow, ON)) <= open_reasons(can(one, wanted, ON))


@settings(deadline=None)
@given(rights(), wishes(), consents())
def test_a_consent_never_harms(one, wanted, given_now):
    with_it = replace(one, consents=one.consents | {given_now})
    assert open_reasons(can(with_it, wanted, ON)) <= open_reasons(can(one, wanted, ON))


@settings(deadline=None)
@given(rights(), wishes(), burdens())
def test_only_an_agreement_of_the_owners_ever_frees(one, wanted, more):
    if more.kind is K.COOWNERSHIP:
        return
    burdened = replace(one, burdens=one.burdens | {more})
    assert open_reasons(can(burdened, wanted, ON)) >= open_reasons(can(one, wanted, ON))


@settings(deadline=None)
@given(rights())
def test_a_transfer_keeps_all_but_the_bond_between_the_former_owners(one):
    moved = after(one, Wish(Act.TRANSFER, to=BUYER), ON)
    assert moved.burdens == {b for b in one.burdens if b.kind is not K.COOWNERSHIP}
    assert [owner.party for owner in moved.owners] == [BUYER]


@settings(deadline=None)
@given(some_scope(), some_scope(), GRANTS, GRANTS)
def test_licences_apart_in_place_field_or_time_never_conflict(one, other, first, second):
    here, there = licence(first, one), licence(second, other, to=BANK, reference="licence:2")
    assert conflicting(here, there, "invention") == conflicting(there, here, "invention")
    if not one.overlaps(other):
        assert not conflicting(here, there, "invention")


@settings(deadline=None)
@given(rights(), wishes())
def test_every_alternative_lies_within_the_wish_and_nothing_stands_against_it(one, wanted):
    for narrower in can(one, wanted, ON).alternatives:
        assert can(one, narrower, ON).obstacles == ()
        assert wanted.scope.covers(narrower.scope) or not wanted.scope.is_clear


@given(st.sampled_from(KINDS), st.sampled_from(sorted(articles.CODES - {"never"})))
def test_every_reason_has_its_article(kind, code):
    assert isinstance(articles.behind(code, kind, ON).text, str)


@pytest.mark.parametrize("code", sorted(articles.CODES))
def test_every_reason_has_words(code):
    assert knows("enums", f"bundle.{code}")


def test_every_article_can_be_read_in_english():
    kinds = [*KINDS, *articles.NEVER]
    cited = {
        citations.english(articles.behind(code, kind, ON).text)
        for code in articles.CODES - {"never"}
        for kind in kinds
    }
    assert [one for one in cited if re.search(r"[\u4e00-\u9fff]", one)] == []
