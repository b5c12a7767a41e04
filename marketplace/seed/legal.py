"""What happened to some rights of the demonstration: a gap in a title, a lapse, a restoration.

All of it is fictional and says so.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy import select

from marketplace.assets.legal_status.happenings import Details
from marketplace.assets.models import Asset, AssetKind, LegalStatus
from marketplace.assets.services import legal_events
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.listings import services as listings
from marketplace.listings.models import Listing, ListingAsset, ListingState
from marketplace.negotiation.models import Offer
from marketplace.seed.people import Cast
from marketplace.seed.stories import Story

STRANGER = "岭南脑科学研究所（演示）"


def stories(cast: Cast) -> Iterator[Story]:
    """Each in its time."""
    yield _restored_and_gap(cast)
    yield _declared(cast)
    yield _suspended(cast)


def _rights(cast: Cast, key: str, *, listed: bool) -> list[Asset]:
    """Granted inventions of a portfolio, on offer or not."""
    offered = (
        select(ListingAsset.id)
        .join(Listing, Listing.id == ListingAsset.listing_id)
        .where(ListingAsset.asset_id == Asset.id, Listing.state == ListingState.PUBLISHED)
        .exists()
    )
    return list(
        db.session.scalars(
            select(Asset)
            .where(
                Asset.keeper_id == cast.organisations[key].id,
                Asset.kind == AssetKind.INVENTION,
                Asset.status == LegalStatus.IN_FORCE,
                Asset.grant_date.is_not(None),
                offered if listed else ~offered,
            )
            .order_by(Asset.id)
        )
    )


def _restored_and_gap(cast: Cast) -> Story:
    """The same university: one right that came back, one whose title has a hole."""
    yield cast.ago(20, 10)
    back, holed = _rights(cast, "lingnan", listed=True)[:2]
    for code, day, note in (
        ("lapsed", date(2025, 3, 4), "未缴年费终止（演示）"),
        ("restored", date(2025, 8, 12), "补缴年费并准予恢复（演示）"),
    ):
        legal_events.declare(cast.operator, back, code, happened_on=day, details=Details(text=note))
    name = holed.owners[0].name
    legal_events.declare(
        cast.operator,
        holed,
        "assigned",
        happened_on=date(2024, 6, 18),
        details=Details(
            givers=(STRANGER,),
            takers=(name,),
            published_on=date(2024, 7, 5),
            text="登记簿载明的转让人不在此前的权利人之列（演示）",
        ),
    )


def _declared(cast: Cast) -> Story:
    """What a keeper said lately and the exchange has not checked yet."""
    yield cast.ago(1, 9)
    keeper = cast.people["tto@demo.example"]
    right = _rights(cast, "lingnan", listed=True)[2]
    legal_events.declare(
        keeper,
        right,
        "name_changed",
        happened_on=clock.today() - timedelta(days=12),
        details=Details(
            givers=(right.owners[0].name,),
            takers=("岭南理工大学（原校名变更，演示）",),
            text="学校更名，登记簿变更手续办理中（演示）",
        ),
    )


def _suspended(cast: Cast) -> Story:
    """A right on offer lapses, so its listing waits."""
    yield cast.ago(2, 15)
    quiet = db.session.scalars(
        select(Listing)
        .where(
            Listing.seller_id == cast.organisations["pearl"].id,
            Listing.state == ListingState.PUBLISHED,
            ~select(Offer.id).where(Offer.listing_id == Listing.id).exists(),
        )
        .order_by(Listing.id)
    ).all()
    listing = next(
        each for each in quiet if not each.is_bundle and each.assets[0].kind is AssetKind.INVENTION
    )
    legal_events.declare(
        cast.operator,
        listing.assets[0],
        "lapsed",
        happened_on=clock.today() - timedelta(days=9),
        details=Details(text="未缴年费，专利权终止（演示）"),
    )
    listings.suspend_due()
