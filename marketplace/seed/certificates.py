"""The demonstration's free-to-deal certificates: fresh, old, superseded, revoked."""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import select

from marketplace.assets import services as assets
from marketplace.assets.bundle import Act, Grant, Wish
from marketplace.assets.models import Asset, TitleVerification, VerificationState
from marketplace.assets.scopes import scope
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.seed.people import Cast
from marketplace.seed.stories import Story, after

REVOKED = "所附登记簿副本页码缺失，重新核验后另行出具（演示）。"


def stories(cast: Cast) -> Iterator[Story]:
    """Each issues one certificate, or what becomes of it."""
    yield _issue(cast, "lingnan", 0, days=9)
    yield _issue(cast, "lingnan", 1, days=47)  # nobody should rely on it any more
    yield _superseded(cast, "lingnan", 2)
    yield _revoked(cast, "lingnan", 3)
    yield _issue(cast, "lingnan", 4, days=3, asked=True)
    yield _issue(cast, "pearl", 0, days=6, asked=True)
    yield _issue(cast, "guangye", 0, days=5)


def _issue(cast: Cast, key: str, place: int, *, days: int, asked: bool = False) -> Story:
    yield cast.ago(days, 10)
    asset = _right(cast, key, place)
    if asset is not None:
        assets.issue_certificate(
            cast.actors[key], asset, wish=_wish(clock.today()) if asked else None
        )


def _superseded(cast: Cast, key: str, place: int) -> Story:
    yield cast.ago(21, 15)
    asset = _right(cast, key, place)
    if asset is None:
        return
    assets.issue_certificate(cast.actors[key], asset)
    yield after(clock.now(), 18)
    assets.issue_certificate(cast.actors[key], asset)


def _revoked(cast: Cast, key: str, place: int) -> Story:
    yield cast.ago(16, 11)
    asset = _right(cast, key, place)
    if asset is None:
        return
    made = assets.issue_certificate(cast.actors[key], asset)
    yield after(clock.now(), 4)
    assets.revoke_certificate(cast.operator, made, because=REVOKED)


def _wish(today: date) -> Wish:
    """An exclusive licence for the mainland and Hong Kong, in electronics, for five years."""
    wanted = scope(
        today, today.replace(year=today.year + 5, day=1), territory=("CN", "HK"), fields=("C39",)
    )
    return Wish(Act.LICENCE, Grant.EXCLUSIVE, wanted)


def _right(cast: Cast, key: str, place: int) -> Asset | None:
    """The keeper's rights with a verified title, in the order of their record."""
    verified = Asset.verifications.any(TitleVerification.state == VerificationState.CONFIRMED)
    found = (
        select(Asset)
        .where(Asset.keeper_id == cast.organisations[key].id, verified)
        .order_by(Asset.id)
        .offset(place)
        .limit(1)
    )
    return db.session.scalar(found)
