"""Marks of the owner's that may have to pass together with those of a listing."""

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from marketplace.assets.models import MARKS, Asset, LegalStatus
from marketplace.assets.similar import Mark, left_out
from marketplace.core.db import db
from marketplace.listings.models import Listing
from marketplace.listings.terms import DealKind

_GONE = (
    LegalStatus.LAPSED, LegalStatus.EXPIRED, LegalStatus.INVALIDATED, LegalStatus.CANCELLED,
)  # fmt: skip


def similar_left_out(listing: Listing) -> list[Asset]:
    """The seller's other marks of a shared class and a near name; none where nothing is transferred."""
    chosen = [asset for asset in listing.assets if asset.kind in MARKS]
    if not chosen or listing.terms.kind is DealKind.LICENCE:
        return []
    others = db.session.scalars(
        select(Asset)
        .options(selectinload(Asset.classes), selectinload(Asset.numbers))
        .where(
            Asset.keeper_id == listing.seller_id,
            Asset.kind.in_(MARKS),
            Asset.id.not_in([asset.id for asset in listing.assets]),
            Asset.status.not_in(_GONE),
        )
        .order_by(Asset.id)
    ).all()
    found = set(left_out(map(_mark, chosen), map(_mark, others)))
    return [asset for asset in others if asset.id in found]


def _mark(asset: Asset) -> Mark:
    classes = frozenset(c.symbol.zfill(2) for c in asset.classes if c.scheme == "nice")
    return Mark(asset.id, asset.title, classes)
