"""Planting the demonstration, once."""

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.events import Event, EventDelivery
from marketplace.jobs import worker
from marketplace.listings.models import Listing, ListingState
from marketplace.notifications import services as notifications
from marketplace.organisations import passwords
from marketplace.organisations.models import Organisation, User
from marketplace.seed import (
    auction_turns,
    auctions,
    brokers,
    burdens,
    certificates,
    clauses,
    duties,
    everyday,
    indications,
    invoices,
    legal,
    market,
    open_licences,
    payee_accounts,
    people,
    publicity,
    rooms,
    standing,
    stories,
    tenders,
    term_sheets,
    trust,
    upkeep,
)

READ_BEFORE = timedelta(days=3)  # people of the demonstration have read what is older


def plant() -> dict[str, Any]:
    """Make the demonstration's data unless it stands already; how much there is.

    Cut short, it leaves nothing, or the data without its messages and index: those are made up
    for the next time.
    """
    planted = not _stands()
    refused = _plant() if planted else []
    if planted or _is_unread():
        _hand_over()
    return {
        "planted": planted,
        "refused": refused,
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


def _plant() -> list[str]:
    """All of it in one transaction: a seed cut short leaves nothing. What the law refused."""
    password_hash = passwords.hashed(people.PASSWORD)
    with transaction():
        cast = people.gather(password_hash)
        told = [
            *brokers.stories(cast),
            *clauses.stories(cast),
            *market.stories(cast),
            *everyday.stories(cast),
            *certificates.stories(cast),
            *indications.stories(cast),
            *legal.stories(cast),
            *publicity.stories(cast),
            *burdens.stories(cast),
            *upkeep.stories(cast),
            *people.latecomers(cast, password_hash),
            *duties.stories(cast),
            *invoices.stories(cast),
            *payee_accounts.stories(cast),
            *auctions.stories(cast),
            *auction_turns.stories(cast),
            *tenders.stories(cast),
            *rooms.stories(cast),
            *standing.stories(cast),
            *term_sheets.stories(cast),
            *trust.stories(cast),
            *open_licences.stories(cast),
        ]
        return stories.play(told, until=cast.present)


def _is_unread() -> bool:
    """Old events that no reader was handed yet: planting was cut short after its transaction."""
    old = Event.created_at < clock.now() - READ_BEFORE
    waiting = (
        select(EventDelivery.id)
        .join(EventDelivery.event)
        .where(EventDelivery.done_at.is_(None), old)
    )
    return db.session.scalar(waiting.limit(1)) is not None


def _hand_over() -> None:
    """Every event to its readers; what is old counts as read; the index made at one go."""
    while worker.deliver_inside("messages"):
        pass
    with transaction():
        notifications.forget_older(clock.now() - READ_BEFORE)
    worker.rebuild_index()
    worker.run_until_idle()
