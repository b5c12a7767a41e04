"""Whoever is to answer an offer is told once before it runs out."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import contains_eager, selectinload

from marketplace.core import clock, events
from marketplace.core.db import db
from marketplace.core.events import Event
from marketplace.core.policy import SYSTEM
from marketplace.listings.models import Listing, ListingState
from marketplace.negotiation.models import OPEN, Offer

AT_MOST_BEFORE = timedelta(days=3)
PART_OF_ITS_TIME = 3  # of a short offer the last third


def remind_due(now: datetime | None = None) -> int:
    """Tell who is to answer that an offer runs out soon, once a version; how many were told.

    That is three days before, or in the last third of the time that the version gave. On a
    suspended listing no time runs.
    """
    now = now or clock.now()
    soon = [offer for offer in _open_until(now, now + AT_MOST_BEFORE) if _is_near(offer, now)]
    told = _told(soon)
    due = [offer for offer in soon if (offer.id, offer.version) not in told]
    for offer in due:
        events.record(
            offer,
            "offer.remind",
            by=SYSTEM,
            version=offer.version,
            expires_at=offer.expires_at,
            told=offer.awaits,
        )
    return len(due)


def _open_until(since: datetime, until: datetime) -> list[Offer]:
    rows = (
        select(Offer)
        .join(Offer.listing)
        .where(
            Offer.state.in_(OPEN),
            Offer.expires_at > since,
            Offer.expires_at <= until,
            Listing.state == ListingState.PUBLISHED,
        )
        .options(contains_eager(Offer.listing), selectinload(Offer.versions))
        .order_by(Offer.id)
    )
    return list(db.session.scalars(rows))


def _is_near(offer: Offer, now: datetime) -> bool:
    given = offer.expires_at - offer.versions[-1].created_at
    return offer.expires_at - now <= min(AT_MOST_BEFORE, given / PART_OF_ITS_TIME)


def _told(offers: Sequence[Offer]) -> set[tuple[int, int]]:
    """(offer, version) of the reminders that were sent."""
    if not offers:
        return set()
    found = db.session.scalars(
        select(Event).where(
            Event.kind == "offer.remind",
            Event.subject_kind == Offer.__tablename__,
            Event.subject_id.in_([offer.id for offer in offers]),
        )
    )
    return {(event.subject_id, event.facts["version"]) for event in found}
