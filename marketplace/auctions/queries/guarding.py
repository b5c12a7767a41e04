"""What the registers say today of the rights that are being sold: lapsed, sealed, newly pledged."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, exists, func, or_, select

from marketplace.assets.bundle import Answer, BurdenKind, Reason
from marketplace.assets.models import Asset, Burden, LegalStatus, Pledge, PledgeState
from marketplace.assets.queries.legal import OVER
from marketplace.assets.queries.registers import BURDEN_STANDS
from marketplace.auctions.engine.deciding import phases
from marketplace.auctions.models import Auction, AuctionEvent
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.events import Event
from marketplace.listings import gates
from marketplace.listings.models import ListingAsset

STOPPABLE = phases("suspend")
HINDERING = (BurdenKind.FREEZE, BurdenKind.DISPUTE, BurdenKind.SECURITY, BurdenKind.OPEN_LICENCE)
FROZEN = frozenset({"frozen", "frozen_licence"})


@dataclass(frozen=True)
class Hindrance:
    """Why an auction may not go on selling: a code that is announced, and of which right."""

    cause: str
    asset: str


def to_look_at() -> list[int]:
    """Auctions announced or under way whose rights are gone or carry something: few, by an index."""
    gone = Asset.status.in_(OVER) | (Asset.last_day < clock.today())
    rows = (
        select(Auction.id)
        .join(ListingAsset, ListingAsset.listing_id == Auction.listing_id)
        .join(Asset, Asset.id == ListingAsset.asset_id)
        .where(Auction.state.in_(STOPPABLE), or_(gone, _is_burdened()))
        .distinct()
        .order_by(Auction.id)
    )
    return list(db.session.scalars(rows))


def _is_burdened() -> ColumnElement[bool]:
    pledged = exists().where(Pledge.asset_id == Asset.id, Pledge.state == PledgeState.REGISTERED)
    burdened = exists().where(
        Burden.asset_id == Asset.id, Burden.kind.in_(HINDERING), Burden.state.in_(BURDEN_STANDS)
    )
    return or_(pledged, burdened)


def bar(auction: Auction) -> Hindrance | None:
    """What no consent can heal, as long as it stands: the right is gone, sealed or given away."""
    for asset, answer in _answers(auction):
        if answer.obstacles:
            return Hindrance(_cause(asset, answer.obstacles), asset.reference)
    return None


def hindrance(auction: Auction) -> Hindrance | None:
    """A bar, or a pledge or security that came after the announcement, or after the last suspension."""
    since = _known_since(auction)
    if found := bar(auction):
        return found
    for asset, answer in _answers(auction):
        if any(_is_new(reason.burden, since) for reason in answer.missing if reason.burden):
            return Hindrance("right_pledged", asset.reference)
    return None


def _answers(auction: Auction) -> list[tuple[Asset, Answer]]:
    return gates.answers(auction.listing.assets, auction.listing.terms)


def _cause(asset: Asset, obstacles: Collection[Reason]) -> str:
    codes = {reason.code for reason in obstacles}
    if "right_ended" in codes:
        invalid = asset.status is LegalStatus.INVALIDATED
        return "right_invalidated" if invalid else "right_ended"
    return "right_frozen" if codes & FROZEN else "right_barred"


def _known_since(auction: Auction) -> datetime:
    """Up to when two people have looked: the announcement, or the last suspension they ended."""
    last = db.session.scalar(
        select(func.max(AuctionEvent.at)).where(
            AuctionEvent.auction_id == auction.id, AuctionEvent.kind.in_(("published", "suspended"))
        )
    )
    return clock.now() if last is None else datetime.fromtimestamp(last / 1_000_000, UTC)


def _is_new(reference: str, since: datetime) -> bool:
    """Whether a pledge or burden came on record, or was confirmed, since a moment."""
    kind, number = reference.split(":")
    model = {"pledge": Pledge, "burden": Burden}.get(kind)
    if model is None:
        return False
    created = db.session.scalar(select(model.created_at).where(model.id == int(number)))
    return (created is not None and created > since) or bool(
        db.session.scalar(
            select(Event.id)
            .where(
                Event.subject_kind == kind,
                Event.subject_id == int(number),
                Event.kind.in_(("pledge.register", "burden.confirm")),
                Event.created_at > since,
            )
            .limit(1)
        )
    )
