"""A listing whose right has lapsed waits until the right is restored. The clock looks."""

from sqlalchemy import Select, select

from marketplace.assets.models import Asset
from marketplace.assets.queries.legal import OVER
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.lifecycle import advance
from marketplace.core.policy import SYSTEM
from marketplace.listings.models import Listing, ListingAsset, ListingState
from marketplace.listings.services.reserving import AFTER_RELEASE


def suspend_due(limit: int = 500) -> int:
    """Take listings out of the market whose right is not there any more; how many.

    Their pages stay and say so; offers on them wait.
    """
    due = db.session.scalars(
        select(Listing)
        .where(Listing.state == ListingState.PUBLISHED, Listing.id.in_(_of_rights_gone()))
        .order_by(Listing.id)
        .limit(limit)
    ).all()
    for listing in due:
        gone = [a for a in listing.assets if a.status in OVER]
        advance(
            listing,
            "suspend",
            by=SYSTEM,
            assets=[a.reference for a in gone],
            status=gone[0].status if gone else "",
        )
    return len(due)


def resume_due(limit: int = 500) -> list[Listing]:
    """Put listings back whose rights all stand again, with time for the owner to reconfirm."""
    due = db.session.scalars(
        select(Listing)
        .where(Listing.state == ListingState.SUSPENDED, Listing.id.not_in(_of_rights_gone()))
        .order_by(Listing.id)
        .limit(limit)
    ).all()
    least = clock.now() + AFTER_RELEASE
    for listing in due:
        advance(listing, "resume", by=SYSTEM)
        if listing.reconfirm_by is None or listing.reconfirm_by < least:
            listing.reconfirm_by = least
    return list(due)


def _of_rights_gone() -> Select[tuple[int]]:
    return (
        select(ListingAsset.listing_id)
        .join(Asset, Asset.id == ListingAsset.asset_id)
        .where(Asset.status.in_(OVER))
    )
