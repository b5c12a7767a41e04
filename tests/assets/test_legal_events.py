"""Events of rights: noted, declared, confirmed; and what they do to the record."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from marketplace.assets.importing.records import AssetRecord, Owner
from marketplace.assets.legal_status.happenings import Details
from marketplace.assets.models import EventSource, LegalEventState, LegalStatus, PledgeState
from marketplace.assets.queries import is_fresh, legal
from marketplace.assets.services import (
    add,
    burdens,
    confirm_title,
    legal_events,
    put,
    request_verification,
    revise,
)
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.errors import Invalid, NotAllowed
from marketplace.core.policy import SYSTEM
from marketplace.organisations.models import Organisation
from tests import factories as a

DAY = date(2024, 5, 6)


@pytest.fixture
def keeper(app):  # noqa: ARG001 -- for its context
    return a.actor(a.organisation())


@pytest.fixture
def right(keeper):
    found = a.asset(keeper=db.session.get(Organisation, keeper.organisation_id))
    legal_events.keep_in_step(found, by=SYSTEM, source=EventSource.KEEPER)
    return found


def told(asset):
    return [(e.code, e.state.value) for e in reversed(legal.standing_events(asset))]


def test_a_right_put_on_record_has_its_days_as_events(keeper):
    made = add(
        keeper,
        AssetRecord(
            kind="invention",
            title="一种装置",
            application_number="CN202010988506.8",
            filing_date=date(2020, 9, 18),
            publication_date=date(2021, 1, 5),
            grant_date=date(2022, 3, 4),
        ),
    )
    assert told(made) == [
        ("filed", "recorded"),
        ("published", "recorded"),
        ("granted", "recorded"),
    ]
    revise(keeper, made, publication_date=date(2021, 1, 8))
    assert [(e.code, e.happened_on.day) for e in reversed(legal.standing_events(made))] == [
        ("filed", 18),
        ("published", 8),
        ("granted", 4),
    ]
    assert len(legal.events_of(made)) == 4


def test_a_document_names_the_first_owner(keeper):
    change = put(
        keeper,
        AssetRecord(
            kind="invention",
            title="一种装置",
            application_number="CN202010988506.8",
            filing_date=date(2020, 9, 18),
            owners=(Owner("甲大学"),),
        ),
    )
    chain = legal.chain_of(change.asset)
    assert (chain.links[0].holders, chain.is_whole) == (("甲大学",), True)


def test_catching_up_does_nothing_twice(keeper):
    a.asset(keeper=db.session.get(Organisation, keeper.organisation_id))
    assert (legal_events.catch_up(), legal_events.catch_up()) == (1, 0)


def test_the_same_happening_is_kept_once_and_the_office_confirms_it(right, keeper):
    said = legal_events.declare(
        keeper,
        right,
        "assigned",
        happened_on=DAY,
        details=Details(givers=("WIDEX A/S",), takers=("Google Inc.",)),
    )
    again = legal_events.note(
        right,
        "assigned",
        happened_on=DAY,
        by=SYSTEM,
        source=EventSource.REGISTER,
        details=Details(givers=("Widex, A/S",), takers=("GOOGLE, INC.",)),
    )
    assert again is said
    assert said.state is LegalEventState.CONFIRMED
    assert said.givers == ["WIDEX A/S"]


def test_a_keepers_word_counts_against_the_right_at_once_and_for_it_once_confirmed(right, keeper):
    operator = a.operator()
    legal_events.declare(keeper, right, "lapsed", happened_on=DAY)
    assert right.status is LegalStatus.LAPSED
    back = legal_events.declare(keeper, right, "restored", happened_on=DAY + timedelta(days=30))
    assert right.status is LegalStatus.LAPSED
    legal_events.confirm(operator, back)
    assert right.status is LegalStatus.IN_FORCE
    assert right.checked_on == clock.today()


def test_what_was_refused_or_taken_back_has_no_effect_and_may_be_said_again(right, keeper):
    for end in (
        lambda e: legal_events.refuse(a.operator(), e, because="登记簿无此记录"),
        lambda e: legal_events.withdraw(keeper, e, because="填错了"),
    ):
        said = legal_events.declare(keeper, right, "lapsed", happened_on=DAY)
        end(said)
        assert right.status is LegalStatus.IN_FORCE
    assert told(right) == [("filed", "recorded"), ("granted", "recorded")]


@pytest.mark.parametrize(
    ("code", "day", "details", "refusal"),
    [
        ("renewed", DAY, Details(), "legal_event.code"),
        ("lapsed", date(2999, 1, 1), Details(), "legal_event.in_future"),
        ("lapsed", DAY, Details(published_on=date(2024, 1, 1)), "legal_event.published_before"),
        ("assigned", DAY, Details(takers=("乙",)), "legal_event.parties"),
    ],
)
def test_what_cannot_be_declared(right, keeper, code, day, details, refusal):
    with pytest.raises(Invalid) as refused:
        legal_events.declare(keeper, right, code, happened_on=day, details=details)
    assert refused.value.code == refusal


def test_who_may_declare_and_decide(right, keeper):
    stranger = a.actor(a.organisation())
    with pytest.raises(NotAllowed):
        legal_events.declare(stranger, right, "lapsed", happened_on=DAY)
    said = legal_events.declare(keeper, right, "lapsed", happened_on=DAY)
    with pytest.raises(Invalid):
        legal_events.declare(keeper, right, "lapsed", happened_on=DAY)
    with pytest.raises(NotAllowed):
        legal_events.confirm(keeper, said)


def test_a_fee_paid_moves_the_next_one(right, keeper):
    legal_events.declare(keeper, right, "fee_paid", happened_on=DAY, details=Details(number="9"))
    assert right.fee_paid_through == 9


def test_freshness_is_the_age_of_the_last_look_into_the_register(right):
    assert legal.freshness_of(right) == "red"
    today = clock.today()
    for age, light in ((0, "green"), (90, "green"), (91, "amber"), (180, "amber"), (181, "red")):
        right.checked_on = today - timedelta(days=age)
        db.session.flush()
        assert legal.freshness_of(right) == light
        assert [
            other
            for other in ("green", "amber", "red")
            if db.session.scalar(
                select(type(right).id).where(type(right).id == right.id, is_fresh(other))
            )
        ] == [light]


def test_a_confirmed_title_is_a_look_into_the_register(right, keeper):
    day = clock.today() - timedelta(days=20)
    asked = request_verification(keeper, right, extract=a.document(), extract_date=day)
    confirm_title(a.operator(), asked)
    assert right.checked_on == day


def test_what_the_register_of_burdens_says_are_events_too(right):
    operator, buyer = a.operator(), a.organisation()
    seller = right.owners[0].name
    pledge = a.pledge(right, state=PledgeState.DECLARED, lender_name="广州银行")
    burdens.register_pledge(operator, pledge)
    assert [e.number for e in legal.status_of(right).pledges] == [pledge.register_number]
    burdens.release_pledge(operator, pledge, released_on=clock.today())
    burdens.change_owner(right, by=SYSTEM, owner=buyer, deal_reference="D-00000001")
    status, chain = legal.status_of(right), legal.chain_of(right)
    assert (status.pledges, status.contradictions) == ((), ())
    assert [link.holders for link in chain.links] == [(seller,), (buyer.name,)]
    assert [gap.code for gap in chain.gaps] == ["first_owner_missing"]
    assert [e.source.value for e in legal.events_of(right) if e.code == "assigned"] == ["deal"]
