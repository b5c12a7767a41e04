"""Licences of the demonstration that anyone may take as offered."""

from collections.abc import Iterator

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.listings import terms as agreed
from marketplace.listings.models import Listing, ListingState
from marketplace.negotiation import policy, standing
from marketplace.seed.people import Cast
from marketplace.seed.stories import Story

HOW_MANY = 6


def stories(cast: Cast) -> Iterator[Story]:
    """After the listings of all others are told."""
    yield _stated(cast)


def _stated(cast: Cast) -> Story:
    yield cast.present
    published = select(Listing).where(Listing.state == ListingState.PUBLISHED)
    made = 0
    for listing in db.session.scalars(published.order_by(Listing.id.desc())):
        terms = agreed.normalised(listing.terms)
        if terms.excludes_others or agreed.problems(terms, firm=True) or not listing.takes_offers:
            continue
        for actor in cast.actors.values():
            if policy.state_standing.allows(actor, listing):
                standing.state(actor, listing)
                made += 1
                break
        if made == HOW_MANY:
            break
