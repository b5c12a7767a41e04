"""How a right stands by its events, and who held it."""

import itertools
import random
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.assets.legal_status.chain import GAPS, title_chain
from marketplace.assets.legal_status.codes import (
    CATEGORIES,
    ENDS,
    MEANINGS,
    Code,
    codes_for,
    sign,
)
from marketplace.assets.legal_status.happenings import Happening
from marketplace.assets.legal_status.parties import key, split
from marketplace.assets.legal_status.replay import Calendar, replay
from marketplace.assets.legal_status.steps import CONTRADICTIONS
from marketplace.core.words import knows

DAY = date(2020, 1, 1)
TODAY = date(2026, 11, 25)


def at(days: int, code: str, **more: object) -> Happening:
    return Happening(Code(code), DAY + timedelta(days=days), **more)


def told(*events: Happening, kind: str = "invention", calendar: Calendar | None = None):
    return replay(events, kind, TODAY, calendar)


@pytest.mark.parametrize(
    ("codes", "state"),
    [
        ("", ""),
        ("filed", "pending"),
        ("filed published examined", "pending"),
        ("filed refused", "cancelled"),
        ("filed withdrawn", "cancelled"),
        ("filed granted", "in_force"),
        ("granted", "in_force"),
        ("filed granted fee_paid fee_unpaid", "in_force"),
        ("filed granted lapsed", "lapsed"),
        ("filed granted lapsed restored", "in_force"),
        ("filed lapsed restored", "pending"),
        ("filed granted lapsed expired", "expired"),
        ("filed granted surrendered", "cancelled"),
        ("filed granted expired", "expired"),
        ("filed granted invalidation_filed", "in_force"),
        ("filed granted invalidation_filed invalidation_rejected", "in_force"),
        ("filed granted invalidation_filed invalidated_partly", "in_force"),
        ("filed granted invalidation_filed invalidated", "invalidated"),
        ("filed granted lapsed invalidated", "invalidated"),
    ],
)
def test_a_life_ends_where_its_events_lead(codes, state):
    status = told(*(at(n, code) for n, code in enumerate(codes.split())))
    assert (status.state, status.contradictions) == (state, ())


@pytest.mark.parametrize(
    ("codes", "complaint", "state"),
    [
        ("filed granted granted", "granted_again", "in_force"),
        ("granted filed", "filed_after_grant", "in_force"),
        ("filed filed", "filed_again", "pending"),
        ("filed granted lapsed fee_paid", "paid_after_lapse", "lapsed"),
        ("filed granted expired fee_paid", "after_end", "expired"),
        ("filed refused granted", "granted_after_end", "cancelled"),
        ("filed granted restored", "restored_without_lapse", "in_force"),
        ("filed granted refused", "discontinued_after_grant", "in_force"),
        ("filed granted expired lapsed", "ended_again", "expired"),
        ("filed granted released", "released_without_pledged", "in_force"),
        ("filed granted pledged released released", "released_without_pledged", "in_force"),
        ("filed granted pledged pledged", "pledged_again", "in_force"),
        ("filed granted unfrozen", "unfrozen_without_frozen", "in_force"),
        ("granted invalidation_rejected",
         "invalidation_rejected_without_invalidation_filed", "in_force"),
        ("granted open_licence_withdrawn",
         "open_licence_withdrawn_without_open_licence_stated", "in_force"),
    ],
)  # fmt: skip
def test_what_cannot_have_happened_so_is_named_and_changes_nothing(codes, complaint, state):
    status = told(*(at(n, code) for n, code in enumerate(codes.split())))
    assert [c.code for c in status.contradictions] == [complaint]
    assert status.state == state


def test_the_calendar_ends_what_no_event_has_ended():
    events = (at(0, "filed"), at(400, "granted"))
    over = Calendar(last_day=date(2026, 11, 24))
    assert (told(*events, calendar=over).state, told(*events, calendar=over).since) == (
        "expired",
        TODAY,
    )
    late = Calendar(fee_due=date(2026, 10, 1), fee_grace_ends=date(2027, 4, 1))
    status = told(*events, calendar=late)
    assert (status.state, status.expected.code, status.expected.by) == (
        "annuity_grace",
        Code.FEE_PAID,
        date(2027, 4, 1),
    )
    mark = told(
        at(0, "filed"),
        at(1, "granted"),
        kind="trademark",
        calendar=Calendar(last_day=date(2026, 11, 1), grace_ends=date(2027, 5, 1)),
    )
    assert (mark.state, mark.expected.code) == ("renewal_grace", Code.RENEWED)
    ended = told(*events, at(500, "invalidated"), calendar=over)
    assert ended.state == "invalidated"


def test_pledges_licences_and_freezes_stand_until_they_end_by_number():
    status = told(
        at(0, "granted"),
        at(1, "pledged", number="Y1"),
        at(2, "pledged", number="Y2"),
        at(3, "released", number="Y1"),
        at(4, "licensed", number="L1"),
        at(5, "frozen", number="F"),
        at(6, "open_licence_stated"),
        at(7, "invalidation_filed", number="W1"),
    )
    assert [e.number for e in status.pledges] == ["Y2"]
    assert [e.number for e in status.licences] == ["L1"]
    assert [e.number for e in status.freezes] == ["F"]
    assert [e.number for e in status.attacked] == ["W1"]
    assert status.open_licence is not None
    assert status.contradictions == ()


happenings = st.lists(
    st.builds(
        Happening,
        code=st.sampled_from(Code),
        on=st.dates(date(2020, 1, 1), date(2020, 1, 9)),
        number=st.sampled_from(["", "1", "2"]),
        givers=st.sampled_from([(), ("甲",), ("乙",)]),
        takers=st.sampled_from([(), ("乙",), ("丙",)]),
    ),
    max_size=12,
)


@given(happenings, st.sampled_from(["invention", "trademark", "software"]), st.randoms())
def test_the_order_in_which_events_are_told_changes_nothing(events, kind, chance: random.Random):
    shuffled = list(events)
    chance.shuffle(shuffled)
    assert replay(events, kind, TODAY) == replay(shuffled, kind, TODAY)
    assert title_chain(events, ["丙"]) == title_chain(shuffled, ["丙"])


@given(happenings)
def test_every_event_counts_or_is_complained_of(events):
    status = replay(events, "invention", TODAY)
    both = [*status.counted, *(c.event for c in status.contradictions)]
    assert sorted(e.order for e in both) == sorted(e.order for e in events)
    assert {c.code for c in status.contradictions} <= set(CONTRADICTIONS)


@given(happenings, st.integers(0, 12))
def test_what_happens_later_does_not_change_how_it_stood(events, days):
    day = DAY + timedelta(days=days)
    assert replay(events, "invention", day) == replay(
        [e for e in events if e.on <= day], "invention", day
    )


@given(happenings)
def test_a_lapse_and_its_restoration_leave_things_as_they_were(events):
    before = replay(events, "invention", TODAY)
    if before.state not in {"pending", "in_force"}:
        return
    after = replay([*events, at(20, "lapsed"), at(21, "restored")], "invention", TODAY)
    assert (after.state, after.contradictions) == (before.state, before.contradictions)


@given(happenings)
def test_the_links_of_a_chain_meet(events):
    links = title_chain(events, ["丙"]).links
    assert all(one.until == other.since for one, other in itertools.pairwise(links))
    assert links[-1].until is None


def chain(*events: Happening, now: tuple[str, ...], first: tuple[str, ...] = ()):
    return title_chain(events, now, first=first)


def test_a_chain_without_gaps_leads_from_the_first_owner_to_todays():
    found = chain(
        at(0, "filed", takers=("LARSEN, OLE", "Smith, Jane")),
        at(10, "assigned", givers=("Ole Larsen",), takers=("Google, Inc.",)),
        at(20, "assigned", givers=("JANE SMITH",), takers=("GOOGLE INC",)),
        at(30, "name_changed", givers=("GOOGLE INC.",), takers=("GOOGLE LLC",)),
        now=("Google LLC",),
    )
    assert found.is_whole
    assert [link.holders for link in found.links] == [
        ("LARSEN, OLE", "Smith, Jane"),
        ("Smith, Jane", "Google, Inc."),
        ("Google, Inc.",),
        ("GOOGLE LLC",),
    ]


@pytest.mark.parametrize(
    ("events", "now", "gaps"),
    [
        ([], ("甲",), []),
        ([at(0, "filed", takers=("甲",))], ("乙",), ["end_differs"]),
        ([at(0, "filed", takers=("甲",))], (), ["owners_unknown"]),
        ([at(9, "assigned", givers=("甲",), takers=("乙",))], ("乙",), ["first_owner_missing"]),
        (
            [at(0, "filed", takers=("甲",)), at(9, "assigned", givers=("丙",), takers=("乙",))],
            ("乙",),
            ["assignor_not_holder"],
        ),
        (
            [at(0, "filed", takers=("甲",)), at(9, "assigned", takers=("乙",))],
            ("乙",),
            ["assignor_unnamed"],
        ),
        (
            [at(0, "filed", takers=("甲",)), at(9, "assigned", givers=("甲",))],
            ("甲",),
            ["assignee_unnamed"],
        ),
    ],
)
def test_gaps_are_flagged_with_their_reason(events, now, gaps):
    assert [gap.code for gap in chain(*events, now=now).gaps] == gaps


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("WIDEX A/S", "WIDEX, A/S", True),
        ("APPLE", "Apple Inc.", True),
        ("GOOGLE LLC (FORMERLY GOOGLE, INC.)", "Google Inc", True),
        ("PALUDAN-MUELLER, CARSTEN", "Carsten Paludan-Mueller", True),
        ("华为技术有限公司", "华为技术 有限公司", True),
        ("华为技术有限公司", "华为终端有限公司", False),
        ("GOOGLE INC.", "APPLE INC.", False),
        ("NESTLÉ SA", "Nestle S.A.", True),
    ],
)
def test_spellings_of_one_party(one, other, same):
    assert (key(one) == key(other)) is same


@given(st.text(max_size=40))
def test_a_spelling_is_its_own(name):
    assert key(name) == key(name.upper().lower()) or not name.isascii()
    assert len(split(name)) <= 1 + name.count("|") + name.count(";") + name.count("；")


def test_every_code_has_a_letter_and_somebody_it_happens_to():
    assert set(MEANINGS) == set(Code)
    assert set(ENDS) <= set(codes_for("invention"))
    assert (sign("granted", "invention"), sign("granted", "trademark")) == ("F", "TM-F")
    assert Code.RENEWED not in codes_for("invention")
    assert Code.FEE_PAID not in codes_for("copyright")


def test_every_code_gap_and_contradiction_has_words():
    wanted = [f"legal_event.{code}" for code in Code]
    wanted += [f"legal_category.{letter}" for letter in CATEGORIES]
    wanted += [f"{part}.{gap}" for gap in GAPS for part in ("title_gap", "title_gap_cure")]
    wanted += [f"legal_contradiction.{code}" for code in CONTRADICTIONS]
    assert [code for code in wanted if not knows("enums", code)] == []
