"""The daily look at every right: what falls due, what has ended, what it means for the market.

Each step works in chunks, each chunk in its own transaction: killed anywhere, the next look goes on
where this one stopped, and nobody is told twice.
"""

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import Any

import structlog

from marketplace.assets import services as assets
from marketplace.assets.services import legal_daily
from marketplace.core.db import transaction
from marketplace.listings import services as listings
from marketplace.negotiation import lapsing
from marketplace.payments import services as payments
from marketplace.payments.services.own_book import CHUNK

log = structlog.get_logger()
MOST_ROUNDS = 10_000


def run() -> dict[str, Any]:
    """All of it; what was done and how the rights stand. The clock starts it (jobs.schedule)."""
    done = {
        "events_of_old_rights": _until_done(assets.legal_events.catch_up, 1000),
        "fees_reckoned": _until_done(legal_daily.reckon_fees, legal_daily.CHUNK),
        "aged": _until_done(assets.age_due, 500),
        "told_of_fees": _until_done(partial(legal_daily.remind_due, "fee"), legal_daily.CHUNK),
        "told_of_terms": _until_done(partial(legal_daily.remind_due, "term"), legal_daily.CHUNK),
    } | follow_rights()
    standing = asdict(legal_daily.counts())
    log.info("daily status", **done, **standing)
    return done | standing


def follow_rights() -> dict[str, int]:
    """Suspend the listings of rights that are gone, put back those whose rights were restored."""
    suspended = _until_done(listings.suspend_due, 500)
    with transaction():
        resumed = listings.resume_due()
        waited = sum(lapsing.go_on(listing) for listing in resumed)
    return {"suspended": suspended, "resumed": len(resumed), "offers_going_on": waited}


def follow_books() -> int:
    """Enter in the exchange's own book what moved of ours in the clients' book."""
    return _until_done(payments.follow, CHUNK)


def _until_done(step: Callable[..., int], chunk: int) -> int:
    """A step chunk by chunk until it finds less than a chunk; how many in all."""
    total = 0
    for _ in range(MOST_ROUNDS):
        with transaction():
            found = step(limit=chunk)
        total += found
        if found < chunk:
            break
    return total
