"""The daily look at rights: told once, suspended, put back; killed anywhere it goes on."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import select

from marketplace.assets.models import AssetReminder, LegalStatus
from marketplace.assets.services import legal_daily, legal_events
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import WrongState
from marketplace.core.events import Event
from marketplace.jobs import daily, worker
from marketplace.listings import services as listings
from marketplace.listings.models import ListingState
from marketplace.negotiation import lapsing
from marketplace.negotiation import services as negotiation
from marketplace.negotiation.models import OfferState
from marketplace.notifications.models import Mail, Notification
from tests import factories as a

pytestmark = pytest.mark.usefixtures("app")
DUE = date(2027, 1, 2)  # the next anniversary of the factory's patent


def at(day: date):
    return clock.freeze(datetime.combine(day, time(4), UTC))


def told(kind: str) -> list[int]:
    found = db.session.scalars(select(Event).where(Event.kind == kind).order_by(Event.id))
    return [event.facts["days"] for event in found]


def test_the_keeper_is_told_of_a_fee_at_90_30_and_0_days_once_each():
    keeper = a.member(a.organisation(), "owner")
    a.asset(keeper=keeper.organisation)
    days_before = (120, 91, 90, 89, 60, 30, 29, 1, 0, 0)
    for days in days_before:
        with at(DUE - timedelta(days=days)):
            daily.run()
    assert told("asset.fee_due") == [90, 30, 0]
    with at(DUE):
        worker.run_until_idle()
    about_fees = select(Notification).join(Event).where(Event.kind == "asset.fee_due")
    assert len(db.session.scalars(about_fees).all()) == 3
    assert db.session.query(Mail).count() >= 3


def test_the_end_of_a_term_is_told_and_what_was_missed_is_told_for_the_nearest_step():
    a.asset(last_day=date(2040, 1, 1))
    for day in (date(2039, 12, 20), date(2040, 1, 3)):
        with at(day):
            daily.run()
    assert told("asset.term_ends") == [30]


def test_killed_between_two_chunks_it_goes_on_and_tells_nobody_twice(monkeypatch):
    for _ in range(3):
        a.asset()
    tell, calls = legal_daily._tell, []

    def dies(*args):
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        tell(*args)

    monkeypatch.setattr(legal_daily, "CHUNK", 1)
    monkeypatch.setattr(legal_daily, "_tell", dies)
    with at(DUE - timedelta(days=30)):
        with pytest.raises(KeyboardInterrupt):
            daily.run()
        daily.run()
    assert told("asset.fee_due") == [30, 30, 30]
    assert db.session.query(AssetReminder).count() == 3


def lapsed_and_back(asset, days=(0, 30)):
    for code, day in zip(("lapsed", "restored"), days, strict=False):
        with transaction():
            legal_events.declare(
                a.operator(), asset, code, happened_on=date(2026, 1, 1) + timedelta(days=day)
            )
        yield code


def test_a_listing_waits_while_its_right_has_lapsed():
    listing = a.listing()
    buyer = a.member(a.organisation(), "owner")
    watcher = a.actor(a.organisation())
    offer = a.offer(listing=listing, buyer=buyer.organisation)
    with transaction():
        listings.watch(watcher, listing)
    steps = lapsed_and_back(listing.assets[0])
    next(steps)
    assert daily.follow_rights()["suspended"] == 1
    assert daily.follow_rights()["suspended"] == 0
    assert listing.state is ListingState.SUSPENDED
    with pytest.raises(WrongState) as refused, transaction():
        negotiation.accept(a.actor(listing.seller), offer, version=1)
    assert refused.value.code == "offer.listing_suspended"
    with clock.freeze(clock.now() + timedelta(days=40)):
        with transaction():
            lapsing.expire_due()
        assert offer.state is OfferState.SENT
        next(steps)
        assert listing.assets[0].status is LegalStatus.IN_FORCE
        assert daily.follow_rights()["resumed"] == 1
        assert listing.state is ListingState.PUBLISHED
        assert listing.takes_offers
        assert offer.expires_at > clock.now() + timedelta(days=2)
        worker.run_until_idle()
    about = select(Notification.user_id).join(Event).where(Event.kind == "listing.suspend")
    told_of_it = set(db.session.scalars(about))
    assert {buyer.user_id, watcher.user_id} <= told_of_it


def test_rights_in_force_are_counted_by_how_they_stand():
    a.asset(checked_on=clock.today())
    a.asset(status=LegalStatus.LAPSED, checked_on=clock.today() - timedelta(days=100))
    counts = legal_daily.counts()
    assert (counts.rights, counts.over, counts.green, counts.amber, counts.red) == (2, 1, 1, 1, 0)


def test_a_suspended_listing_ends_with_the_term_of_its_right():
    right = a.asset(status=LegalStatus.LAPSED, last_day=clock.today() - timedelta(days=1))
    listing = a.listing(right, state=ListingState.SUSPENDED)
    with transaction():
        listings.expire_due()
    assert listing.state is ListingState.EXPIRED
