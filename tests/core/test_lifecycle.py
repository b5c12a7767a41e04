"""A lifecycle is a table; one function changes a state, and writes it down."""

import pytest
from sqlalchemy import select

from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.errors import WrongState
from marketplace.core.events import Event, EventDelivery, plain
from marketplace.core.lifecycle import advance
from marketplace.core.money import yuan
from marketplace.core.references import next_reference
from marketplace.listings.models import LISTING, ListingState
from tests import factories as a


def test_what_can_be_done_is_read_off_the_table():
    submitted = set(LISTING.actions(ListingState.SUBMITTED))
    assert {"take_back", "return", "publish", "withdraw"} <= submitted
    assert not {"submit", "reserve", "close"} & submitted
    assert LISTING.target(ListingState.DRAFT, "submit") is ListingState.SUBMITTED


def test_an_action_out_of_turn_says_from_where_it_starts():
    with pytest.raises(WrongState) as refusal:
        LISTING.target(ListingState.CLOSED, "publish")
    assert (refusal.value.code, refusal.value.needs) == ("listing.publish", ("listing.submitted",))


@pytest.mark.usefixtures("app")
def test_a_change_of_state_is_on_record_with_who_when_and_why():
    listing, actor = a.listing(), a.operator()
    event = advance(listing, "withdraw", by=actor, because="旧了", price=yuan(3))
    assert listing.state is ListingState.WITHDRAWN
    assert (event.kind, event.subject_kind, event.subject_id) == (
        "listing.withdraw",
        "listing",
        listing.id,
    )
    assert (event.user_id, event.because) == (actor.user_id, "旧了")
    assert event.facts == {
        "before": "published",
        "after": "withdrawn",
        "price": {"currency": "CNY", "minor": 300},
    }


@pytest.mark.usefixtures("app")
def test_a_refused_action_leaves_no_event():
    listing = a.listing()
    before = db.session.scalar(select(Event.id).order_by(Event.id.desc()).limit(1))
    with pytest.raises(WrongState):
        advance(listing, "submit", by=a.operator())
    assert db.session.scalar(select(Event.id).order_by(Event.id.desc()).limit(1)) == before
    assert listing.state is ListingState.PUBLISHED


@pytest.mark.usefixtures("app")
def test_every_event_is_owed_to_each_reader_once():
    event = advance(a.listing(), "withdraw", by=a.operator())
    db.session.flush()
    owed = select(EventDelivery.reader).where(EventDelivery.event_id == event.id)
    assert sorted(db.session.scalars(owed)) == ["audit", "index", "messages"]


def test_facts_of_events_are_kept_as_plain_json():
    today = clock.today()
    assert plain({"when": today, "of": (ListingState.DRAFT, {1: yuan(1)})}) == {
        "when": today.isoformat(),
        "of": ["draft", {"1": {"currency": "CNY", "minor": 100}}],
    }


@pytest.mark.usefixtures("app")
def test_references_count_up_series_by_series():
    first, second = next_reference("Z"), next_reference("Z")
    assert (first, second) == ("Z-00000001", "Z-00000002")
    assert next_reference("Y") == "Y-00000001"
