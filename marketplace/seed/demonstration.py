"""Planting the demonstration, once."""

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.jobs import indexing, worker
from marketplace.listings.models import Listing, ListingState
from marketplace.notifications import services as notifications
from marketplace.organisations import passwords
from marketplace.organisations.models import Organisation, User
from marketplace.seed import market, people, rights

READ_BEFORE = timedelta(days=3)  # people of the demonstration have read what is older
BEGINS_BEFORE = timedelta(days=75)  # the demonstration's history


def plant() -> dict[str, Any]:
    """Make the demonstration's data unless it stands already; how much there is."""
    planted = not _stands()
    if planted:
        _plant()
        worker.run_until_idle()
        indexing.rebuild()
        with transaction():
            notifications.forget_older(clock.now() - READ_BEFORE)
    return {
        "planted": planted,
        "users": _count(User),
        "organisations": _count(Organisation),
        "listings": db.session.scalar(
            select(func.count(Listing.id)).where(Listing.state == ListingState.PUBLISHED)
        ),
    }


def _stands() -> bool:
    return db.session.scalar(select(User.id).where(User.email == people.OPERATOR[0])) is not None


def _count(model: type[User] | type[Organisation]) -> int:
    return db.session.scalar(select(func.count(model.id))) or 0


def _plant() -> None:
    """All of it in one transaction: a seed cut short leaves nothing."""
    password_hash = passwords.hashed(people.PASSWORD)
    with transaction():
        with clock.freeze(clock.now() - BEGINS_BEFORE):
            cast = people.found_all(password_hash)
            portfolio = rights.put_on_record(cast)
        listed = market.list_all(cast, portfolio, BEGINS_BEFORE)
        market.trade(cast, listed)
