"""Many at once; each stands or falls by itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from marketplace.assets.models import Asset
from marketplace.core import events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, Refused
from marketplace.core.policy import Actor, require
from marketplace.listings import policy, queries
from marketplace.listings.models import (
    Listing,
    PriceMode,
)
from marketplace.listings.services.drafting import draft
from marketplace.listings.services.keeping import reconfirm, withdraw
from marketplace.listings.services.reviewing import publish, submit
from marketplace.listings.terms import Terms
from marketplace.organisations.models import Organisation

LARGEST_BATCH = 500


def publish_many(actor: Actor, found: Sequence[Listing]) -> events.Event:
    """Publish each that can be; the event that it answers keeps the outcome line by line."""
    require(actor, policy.review)
    lines = _each(found, lambda listing: publish(actor, listing), done="published")
    return _on_record(actor, "listing.publish_many", lines=lines)


def many(actor: Actor, found: Sequence[Listing], action: str, *, because: str = "") -> events.Event:
    """Submit, reconfirm or withdraw each of one's own listings that can be.

    The event that it answers keeps the outcome line by line.
    """
    verbs: dict[str, Callable[[Listing], None]] = {
        "submit": lambda listing: submit(actor, listing),
        "reconfirm": lambda listing: reconfirm(actor, listing),
        "withdraw": lambda listing: withdraw(actor, listing, because),
    }
    require(actor, policy.draft)
    if action not in verbs:
        raise Invalid("listing.bulk", fields={"action": "listing.bulk"})
    if action == "withdraw" and not because.strip():
        raise Invalid("listing.reason_missing", fields={"because": "listing.reason_missing"})
    lines = _each(sorted(found, key=lambda listing: listing.id), verbs[action], done="done")
    return _on_record(actor, "listing.bulk", action=action, lines=lines)


def _each(
    found: Sequence[Listing], verb: Callable[[Listing], None], *, done: str
) -> list[dict[str, Any]]:
    """Each stands or falls by itself."""
    lines = []
    for listing in found:
        line: dict[str, Any] = {"listing": listing.reference, "title": listing.title}
        try:
            with db.session.begin_nested():
                verb(listing)
        except Refused as refusal:
            lines.append(line | {"outcome": "refused"} | _told(refusal))
        else:
            lines.append(line | {"outcome": done})
    return lines


def _on_record(actor: Actor, kind: str, **facts: Any) -> events.Event:
    organisation = db.session.get_one(Organisation, actor.organisation)
    event = events.record(organisation, kind, by=actor, **facts)
    db.session.flush()  # the event's number is the address of the result
    return event


@dataclass(frozen=True)
class BatchLine:
    """A right of a batch with what is its own: price, text."""

    asset: Asset
    terms: Terms


def batch(
    actor: Actor,
    lines: Sequence[BatchLine],
    *,
    price_mode: PriceMode,
    summary: str = "",
    submit_all: bool = False,
    key: str = "",
) -> events.Event:
    """A listing for each right, and, if asked, its submission; each stands or falls by itself.

    The event that it answers keeps the outcome line by line. The same key again answers the
    same event.
    """
    require(actor, policy.draft)
    if len(lines) > LARGEST_BATCH:
        raise Invalid("listing.batch_too_large", fields={"assets": "listing.batch_too_large"})
    seller = db.session.get_one(Organisation, actor.organisation)
    lock(seller)  # of two equal forms the second waits here and then finds the first one's event
    done = queries.batch_by_key(actor, key) if key else None
    if done is not None:
        return done
    done_by_asset = {
        line.asset.id: _batch_line(
            actor, line, price_mode=price_mode, summary=summary, submit_it=submit_all
        )
        for line in sorted(lines, key=lambda line: line.asset.id)  # rights are locked in order
    }
    outcomes = [done_by_asset[line.asset.id] for line in lines]
    event = events.record(
        seller, "listing.batch", by=actor, key=key, submitted=submit_all, lines=outcomes
    )
    db.session.flush()  # the event's number is the address of the result
    return event


def _batch_line(
    actor: Actor, line: BatchLine, *, price_mode: PriceMode, summary: str, submit_it: bool
) -> dict[str, Any]:
    outcome: dict[str, Any] = {"asset": line.asset.reference, "title": line.asset.title}
    try:
        with db.session.begin_nested():
            listing = draft(
                actor,
                [line.asset],
                terms=line.terms,
                price_mode=price_mode,
                summary="" if line.asset.abstract else summary,
            )
    except Refused as refusal:
        return outcome | {"outcome": "refused"} | _told(refusal)
    outcome |= {"listing": listing.reference, "outcome": "drafted"}
    if not submit_it:
        return outcome
    try:
        with db.session.begin_nested():
            submit(actor, listing)
    except Refused as refusal:
        return outcome | _told(refusal)
    return outcome | {"outcome": "submitted"}


def _told(refusal: Refused) -> dict[str, Any]:
    codes = list(dict.fromkeys(refusal.fields.values())) or [refusal.code]
    return {"codes": codes, "needs": list(refusal.needs)}
