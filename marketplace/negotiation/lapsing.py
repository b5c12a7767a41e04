"""Offers whose time is over, and those that waited: what the clock and the listings bring about."""

from datetime import datetime, timedelta

from sqlalchemy import or_, select

from marketplace.core import clock, events
from marketplace.core.db import db
from marketplace.core.lifecycle import advance
from marketplace.core.policy import SYSTEM
from marketplace.listings.models import Listing, ListingState
from marketplace.negotiation.models import OPEN, Offer
from marketplace.negotiation.services import ON_OFFER

AFTER_RESUMPTION = timedelta(days=3)  # at least, for an offer that waited


def expire_due(now: datetime | None = None) -> int:
    """End offers whose time is over, and those whose listing is no longer there; how many.

    On a suspended listing no time runs.
    """
    now = now or clock.now()
    over = (Offer.expires_at <= now) & (Listing.state != ListingState.SUSPENDED)
    due = list(
        db.session.scalars(
            select(Offer)
            .join(Offer.listing)
            .where(
                Offer.state.in_(OPEN),
                or_(over, Listing.state.not_in(ON_OFFER)),
            )
            .order_by(Offer.id)
            .limit(500)
        )
    )
    for offer in due:
        if offer.expires_at <= now:
            advance(offer, "expire", by=SYSTEM)
        else:
            advance(offer, "lapse", by=SYSTEM, reason="listing_gone")
    return len(due)


def go_on(listing: Listing) -> int:
    """A suspended listing is back: the offers that waited get time to be answered; how many."""
    least = clock.now() + AFTER_RESUMPTION
    waited = db.session.scalars(
        select(Offer).where(
            Offer.listing_id == listing.id, Offer.state.in_(OPEN), Offer.expires_at < least
        )
    ).all()
    for offer in waited:
        offer.expires_at = least
        events.record(offer, "offer.go_on", by=SYSTEM, expires_at=least)
    return len(waited)
