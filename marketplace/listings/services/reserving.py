"""For deals, which have proved who may: keep a listing, offer it again, close it."""

from datetime import timedelta

from marketplace.core import clock
from marketplace.core.lifecycle import advance
from marketplace.core.policy import Actor
from marketplace.listings.models import (
    Listing,
)

AFTER_RELEASE = timedelta(days=14)


def reserve(listing: Listing, *, by: Actor, because: str = "") -> None:
    """Keep it for one deal. Of two who try at once, one finds it reserved: WrongState."""
    advance(listing, "reserve", by=by, because=because)


def release(listing: Listing, *, by: Actor, because: str = "") -> None:
    """The deal came to nothing: offer it again, with time for the owner to reconfirm."""
    advance(listing, "release", by=by, because=because)
    least = clock.now() + AFTER_RELEASE
    if listing.reconfirm_by is None or listing.reconfirm_by < least:
        listing.reconfirm_by = least


def close(listing: Listing, *, by: Actor, because: str = "") -> None:
    """The deal is done; the page stays and says so."""
    advance(listing, "close", by=by, because=because)
    listing.closed_at = clock.now()
