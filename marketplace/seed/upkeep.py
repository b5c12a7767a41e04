"""Fees of the demonstration: what some keepers paid, with its receipt, and who pays reduced fees."""

from collections.abc import Iterator

from sqlalchemy import select

from marketplace.assets import services as assets
from marketplace.assets import terms
from marketplace.assets.models import PATENTS, Asset, FeeReduction
from marketplace.assets.queries import upkeep
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.money import Money
from marketplace.seed.market import paper
from marketplace.seed.people import Cast
from marketplace.seed.stories import Story

REDUCED = {"lingnan": FeeReduction.INSTITUTION, "chenlan": FeeReduction.INDIVIDUAL}
PAYS = ("lingnan", "bay", "shunde")
MOST = 3  # payments of each


def stories(cast: Cast) -> Iterator[Story]:
    """Declared and paid in the last days, when the portfolios stand."""
    for position, key in enumerate(sorted({*REDUCED, *PAYS})):
        yield _keeps(cast, key, position)


def _keeps(cast: Cast, key: str, position: int) -> Story:
    yield cast.ago(3, 10 + position)
    actor = cast.actors[key]
    own = select(Asset).where(Asset.keeper_id == actor.organisation_id, Asset.jurisdiction == "CN")
    held = list(db.session.scalars(own.order_by(Asset.id)).unique())
    if key in REDUCED:
        assets.reduce_fees(actor, [a for a in held if a.kind in PATENTS], REDUCED[key])
    if key not in PAYS:
        return
    today, paid = clock.today(), 0
    for asset in held:
        due = next(iter(terms.unpaid(upkeep.schedule_of(asset, today))), None)
        if due is None or paid == MOST or due.is_over(today) or not due.is_late(today):
            continue
        assets.record_payment(
            actor,
            asset,
            number=due.number,
            paid_on=today,
            amount=Money("CNY", due.total(today)),
            receipt=paper(cast, key, f"Receipt {asset.number}", "fee_receipt"),
        )
        paid += 1
