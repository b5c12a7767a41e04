"""The owner's care for what is public, and the clock's."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import or_, select

from marketplace.assets.models import Asset
from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, Refused, WrongState
from marketplace.core.lifecycle import advance
from marketplace.core.money import Money
from marketplace.core.policy import SYSTEM, Actor, require
from marketplace.listings import policy, queries
from marketplace.listings import terms as agreed
from marketplace.listings.models import (
    Listing,
    ListingAsset,
    ListingState,
    PriceMode,
)
from marketplace.listings.services.checking import has_ended, must_be_lawful
from marketplace.listings.services.drafting import basis_of, snapshot

FRESH_FOR = timedelta(days=90)

REMIND_BEFORE = (14, 3)  # days


def withdraw(actor: Actor, listing: Listing, because: str) -> None:
    """Take it off; open offers on it lapse when the worker next looks."""
    require(actor, policy.withdraw, listing)
    if not because.strip():
        raise Invalid("listing.reason_missing", fields={"because": "listing.reason_missing"})
    _must_be_unbound(listing)
    advance(listing, "withdraw", by=actor, because=because.strip())
    listing.closed_at = clock.now()


def reconfirm(actor: Actor, listing: Listing) -> None:
    """The owner says that it still stands: another 90 days."""
    require(actor, policy.reconfirm, listing)
    lock(listing)
    if listing.state is not ListingState.PUBLISHED:
        raise WrongState("listing.reconfirm", needs=["listing.published"])
    if any(has_ended(asset) for asset in listing.assets):
        raise Invalid("listing.asset_ended", fields={"assets": "listing.asset_ended"})
    listing.reconfirm_by = clock.now() + FRESH_FOR
    events.record(listing, "listing.reconfirm", by=actor, reconfirm_by=listing.reconfirm_by)


def reprice(
    actor: Actor,
    listing: Listing,
    *,
    price: Money | None,
    price_mode: PriceMode,
    because: str = "",
    basis: str = "",
) -> None:
    """Change the price of a public listing, at once and without another review.

    Everything else that it says was reviewed and changes only through withdraw and relist. Offers
    that stand are not touched: an offer carries its own price.
    """
    require(actor, policy.reprice, listing)
    lock(listing)
    _must_be_unbound(listing)
    if listing.state is not ListingState.PUBLISHED:
        raise WrongState("listing.reprice", needs=["listing.published"])
    if basis and basis != basis_of(listing):
        raise Refused("listing.changed")
    before = snapshot(listing)
    listing.terms_data = events.plain(replace(listing.terms, price=price).to_json())
    listing.price_mode = price_mode
    after = snapshot(listing)
    if after == before:
        return
    wrong = agreed.problems(listing.terms, firm=False)
    if price_mode is PriceMode.POSTED and price is None:
        wrong["price"] = "listing.price_missing"
    if wrong:
        raise Invalid("listing.incomplete", fields=wrong)
    must_be_lawful(listing)
    events.record(
        listing, "listing.reprice", by=actor, because=because.strip(), before=before, snapshot=after
    )


def is_due_soon(listing: Listing) -> bool:
    """The owner should reconfirm now: the first reminder is due."""
    deadline = listing.reconfirm_by
    return deadline is not None and deadline <= clock.now() + timedelta(days=max(REMIND_BEFORE))


def relist(actor: Actor, listing: Listing) -> None:
    """Make a draft again of what expired or was withdrawn."""
    require(actor, policy.relist, listing)
    advance(listing, "relist", by=actor)
    listing.submitted_at = listing.reconfirm_by = listing.closed_at = None


def remind_due(now: datetime | None = None) -> int:
    """Tell owners 14 and 3 days before a listing expires, once each; how many were told."""
    now = now or clock.now()
    soon = list(
        db.session.scalars(
            select(Listing)
            .where(
                Listing.state == ListingState.PUBLISHED,
                Listing.reconfirm_by > now,
                Listing.reconfirm_by <= now + timedelta(days=max(REMIND_BEFORE)),
            )
            .order_by(Listing.id)
        )
    )
    told = queries.reminders(soon)
    count = 0
    for listing in soon:
        deadline = listing.reconfirm_by
        if deadline is None:
            continue
        days = min(d for d in REMIND_BEFORE if deadline <= now + timedelta(days=d))
        if (listing.id, deadline.isoformat(), days) not in told:
            events.record(listing, "listing.remind", by=SYSTEM, reconfirm_by=deadline, days=days)
            count += 1
    return count


def expire_due(now: datetime | None = None) -> int:
    """Take off what its owner did not reconfirm and what lost its right; how many."""
    now = now or clock.now()
    lost = (
        select(ListingAsset.listing_id)
        .join(Asset, Asset.id == ListingAsset.asset_id)
        .where(Asset.last_day < clock.today())
    )
    due = list(
        db.session.scalars(
            select(Listing)
            .where(
                or_(
                    (Listing.state == ListingState.PUBLISHED)
                    & (Listing.reconfirm_by <= now)
                    & Listing.bound_by.is_(None),
                    Listing.state.in_((ListingState.PUBLISHED, ListingState.SUSPENDED))
                    & Listing.id.in_(lost),
                )
            )
            .order_by(Listing.id)
            .limit(500)
        )
    )
    for listing in due:
        reconfirmable = listing.reconfirm_by is not None and listing.reconfirm_by > now
        reason = "right_ended" if reconfirmable else "not_reconfirmed"
        advance(listing, "expire", by=SYSTEM, reason=reason)
        listing.closed_at = now
    return len(due)


def bind(listing: Listing, reference: str) -> None:
    """An auction is announced: until it is over the listing is neither withdrawn nor repriced."""
    listing.bound_by = reference


def unbind(listing: Listing, *, unsold: bool = False) -> None:
    """The auction is over; where nothing was sold, the next time is another round for the law."""
    reference, listing.bound_by = listing.bound_by, None
    if unsold:
        events.record(listing, "listing.unsold", by=SYSTEM, auction=reference)


def _must_be_unbound(listing: Listing) -> None:
    lock(listing)
    if listing.bound_by is not None:
        raise Refused("listing.in_auction", reference=listing.bound_by)
