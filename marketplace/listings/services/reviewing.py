"""Asking for publication, and the answer."""

from collections.abc import Mapping

from marketplace.core import clock, events
from marketplace.core.db import lock
from marketplace.core.errors import Invalid, Refused
from marketplace.core.lifecycle import advance
from marketplace.core.policy import Actor, require
from marketplace.listings import policy, queries
from marketplace.listings.models import (
    Listing,
)
from marketplace.listings.services.checking import (
    lock_assets,
    must_be_lawful,
    obstacles,
    problems,
)
from marketplace.listings.services.drafting import snapshot
from marketplace.listings.services.keeping import FRESH_FOR

PARTS = ("assets", "terms", "text", "price")  # of a listing, as its owner fills them in


def submit(actor: Actor, listing: Listing) -> None:
    """Ask for publication. Everything is checked here, every field named that is wrong."""
    require(actor, policy.submit, listing)
    lock(listing)  # first the listing, then its rights: everybody in this order
    listing.lifecycle.target(listing.state, "submit")
    lock_assets(listing)
    _must_be_complete(listing)
    must_be_lawful(listing)
    advance(listing, "submit", by=actor)
    listing.submitted_at = clock.now()


def _must_be_complete(listing: Listing) -> None:
    """Every field that is wrong, and what the registers hold against it, reason by reason."""
    wrong = problems(listing)
    if wrong:
        reasons = [reason for _, reason in obstacles(listing)] if "assets" in wrong else []
        raise Invalid("listing.incomplete", fields=wrong, reasons=reasons)


def take_back(actor: Actor, listing: Listing, *, because: str = "") -> None:
    """Make a draft again of what waits for review."""
    require(actor, policy.take_back, listing)
    advance(listing, "take_back", by=actor, because=because)
    listing.submitted_at = None


def publish(actor: Actor, listing: Listing, *, because: str = "") -> None:
    """Let everybody see it, for 90 days from now. Every title must be verified by then."""
    require(actor, policy.publish, listing)
    lock(listing)
    listing.lifecycle.target(listing.state, "publish")
    lock_assets(listing)
    if any(asset.title_verification is None for asset in listing.assets):
        raise Refused("listing.title_unverified", needs=["title.confirmed"])
    _must_be_complete(listing)
    must_be_lawful(listing)
    advance(listing, "publish", by=actor, because=because, snapshot=snapshot(listing))
    listing.published_at = clock.now()
    listing.reconfirm_by = clock.now() + FRESH_FOR


def return_(
    actor: Actor, listing: Listing, because: str = "", *, remarks: Mapping[str, str] | None = None
) -> None:
    """Send it back to its owner, who reads why: in general, and part by part (PARTS)."""
    require(actor, policy.return_, listing)
    told = {part: text.strip() for part, text in (remarks or {}).items() if text.strip()}
    if not because.strip() and not told:
        raise Invalid("listing.reason_missing", fields={"because": "listing.reason_missing"})
    advance(listing, "return", by=actor, because=because.strip(), remarks=told)


def refuse(actor: Actor, listing: Listing, because: str) -> None:
    """Turn it down for good; the owner reads why. The same rights may be listed anew."""
    require(actor, policy.refuse, listing)
    if not because.strip():
        raise Invalid("listing.reason_missing", fields={"because": "listing.reason_missing"})
    advance(listing, "refuse", by=actor, because=because.strip())
    listing.closed_at = clock.now()


def claim(actor: Actor, listing: Listing) -> None:
    """Say that one reviews it, so that no colleague begins too; an old claim can be taken over."""
    require(actor, policy.claim, listing)
    lock(listing)
    listing.lifecycle.target(listing.state, "publish")
    holder = queries.claims([listing]).get(listing.id)
    if holder is not None and holder != actor.user_id:
        raise Refused("listing.claimed")
    if holder is None:
        events.record(listing, "listing.claim", by=actor)
