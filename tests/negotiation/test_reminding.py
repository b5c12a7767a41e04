"""Whoever is to answer an offer hears once that it runs out."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.events import Event
from marketplace.core.money import yuan
from marketplace.listings.models import ListingState
from marketplace.listings.terms import DealKind, Terms
from marketplace.negotiation import reminding, services
from marketplace.notifications import services as notifications
from marketplace.notifications.models import Notification
from tests import factories as a

pytestmark = pytest.mark.usefixtures("app")
OFFERED = Terms(kind=DealKind.TRANSFER, price=yuan(400_000))
DEARER = replace(OFFERED, price=yuan(450_000))


def offered(valid_days=14):
    listing = a.listing()
    seller, buyer = a.actor(listing.seller), a.actor(a.organisation())
    with transaction():
        offer = services.make(buyer, listing, terms=OFFERED, valid_days=valid_days)
    return offer, seller, buyer


def looked(offer, before):
    """The clock looks so long before the offer runs out; how many were told."""
    with transaction():
        return reminding.remind_due(offer.expires_at - before)


@pytest.mark.parametrize(
    ("valid_days", "too_early", "near"),
    [
        (14, timedelta(days=3, hours=1), timedelta(days=3)),
        (90, timedelta(days=3, hours=1), timedelta(hours=1)),
        (3, timedelta(days=1, hours=1), timedelta(days=1)),
        (1, timedelta(hours=9), timedelta(hours=8)),
    ],
)
def test_three_days_before_or_in_the_last_third_of_a_short_time(valid_days, too_early, near):
    offer, _, _ = offered(valid_days)
    assert looked(offer, too_early) == 0
    assert looked(offer, near - timedelta(minutes=1)) == 1
    assert looked(offer, near / 2) == 0


def test_each_version_is_told_of_once_and_to_who_is_to_answer_it():
    offer, seller, buyer = offered()
    looked(offer, timedelta(days=1))
    with transaction():
        services.counter(seller, offer, version=1, terms=DEARER)
    assert looked(offer, timedelta(days=1)) == 1
    told = db.session.scalars(select(Event).where(Event.kind == "offer.remind")).all()
    assert [event.facts["told"] for event in told] == [
        seller.organisation_id,
        buyer.organisation_id,
    ]


def test_the_side_that_waits_is_not_told():
    offer, seller, _ = offered()
    looked(offer, timedelta(days=1))
    [event] = db.session.scalars(select(Event).where(Event.kind == "offer.remind"))
    notifications.tell(event)
    db.session.flush()
    told = db.session.scalars(
        select(Notification.organisation_id).where(Notification.event_id == event.id)
    )
    assert set(told) == {seller.organisation_id}


def test_nobody_is_told_of_what_is_over_or_suspended():
    declined, seller, _ = offered()
    with transaction():
        services.decline(seller, declined)
    suspended, _, _ = offered()
    suspended.listing.state = ListingState.SUSPENDED
    late, _, _ = offered()
    db.session.flush()
    assert looked(declined, timedelta(hours=1)) == 1  # the third one alone
    assert looked(late, timedelta(0)) == 0
    assert clock.now() < late.expires_at
