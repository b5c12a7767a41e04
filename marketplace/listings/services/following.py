"""A person's own: what is watched, which searches are kept."""

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.errors import Invalid
from marketplace.core.policy import Actor, require
from marketplace.listings import policy
from marketplace.listings.models import (
    Listing,
    SavedSearch,
    Watch,
)


def watch(actor: Actor, listing: Listing) -> None:
    """Keep an eye on a listing; twice is once."""
    require(actor, policy.watch, listing)
    try:
        with db.session.begin_nested():
            db.session.add(Watch(user_id=actor.user, listing_id=listing.id))
    except IntegrityError:
        return  # watched already


def unwatch(actor: Actor, listing: Listing) -> None:
    """No longer."""
    require(actor, policy.watch, listing)
    db.session.execute(
        delete(Watch).where(Watch.user_id == actor.user, Watch.listing_id == listing.id)
    )


def save_search(actor: Actor, *, name: str, query: str, alerts: bool = True) -> SavedSearch:
    """Remember a search under a name; the same search again is renamed."""
    require(actor, policy.save_search)
    if not name.strip():
        raise Invalid("saved_search.name_missing", fields={"name": "saved_search.name_missing"})
    if len(query) > 1000:
        raise Invalid(
            "saved_search.query_too_long", fields={"query": "saved_search.query_too_long"}
        )
    found = db.session.scalar(
        select(SavedSearch).where(SavedSearch.user_id == actor.user, SavedSearch.query == query)
    )
    if found is None:
        found = SavedSearch(user_id=actor.user, query=query)
        db.session.add(found)
    found.name, found.alerts = name.strip()[:120], alerts
    db.session.flush()
    return found


def toggle_alerts(actor: Actor, saved: SavedSearch) -> None:
    """Be told of what is new in a search of one's own, or no longer; what came meanwhile is past."""
    require(actor, policy.save_search)
    if saved.user_id == actor.user:
        saved.alerts = not saved.alerts
        saved.checked_at = clock.now()


def forget_search(actor: Actor, saved: SavedSearch) -> None:
    """Drop a saved search of one's own."""
    require(actor, policy.save_search)
    if saved.user_id == actor.user:
        db.session.delete(saved)
