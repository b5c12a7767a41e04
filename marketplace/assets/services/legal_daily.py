"""What the calendar does to rights every day: fees and terms that come due, once each to its keeper."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import and_, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.assets.models import Asset, AssetKind, AssetReminder, LegalStatus
from marketplace.assets.queries import is_fresh
from marketplace.assets.queries.legal import OVER
from marketplace.assets.services.records.ageing import refresh_status
from marketplace.core import clock, events
from marketplace.core.db import db
from marketplace.core.policy import SYSTEM

BEFORE = (90, 30, 0)  # days
_MATTERS: dict[str, InstrumentedAttribute[date | None]] = {
    "fee": Asset.fee_due_on,
    "term": Asset.last_day,
}
_WITH_FEES = (AssetKind.INVENTION, AssetKind.UTILITY_MODEL, AssetKind.DESIGN)
LATEST = 14  # days after the day itself, in case the worker was away
CHUNK = 500


@dataclass(frozen=True)
class Counts:
    """How many rights stand how, in one look."""

    rights: int
    due: int  # a fee or the last day within 90 days, or overdue
    over: int
    green: int
    amber: int
    red: int


def remind_due(matter: str, limit: int = CHUNK) -> int:
    """Tell keepers of a fee, or of the end of a term, 90, 30 and 0 days before; how many were told.

    The note that somebody was told is written with the telling: killed in between, neither is
    there; a day that was missed is told the next, once, for the nearest step.
    """
    today = clock.today()
    column = _MATTERS[matter]
    told = 0
    for days, nearer in zip(BEFORE, (*BEFORE[1:], None), strict=True):
        upper = today + timedelta(days=days)
        lower = today + timedelta(days=-LATEST if nearer is None else nearer + 1)
        done = select(AssetReminder.id).where(
            AssetReminder.asset_id == Asset.id,
            AssetReminder.matter == matter,
            AssetReminder.due_on == column,
            AssetReminder.days == days,
        )
        due = db.session.execute(
            select(Asset)
            .where(column.between(lower, upper), Asset.status.not_in(OVER), ~done.exists())
            .order_by(Asset.id)
            .limit(limit - told)
        ).scalars()
        for asset in due.all():
            _tell(asset, matter, days)
            told += 1
        if told >= limit:
            break
    return told


def _tell(asset: Asset, matter: str, days: int) -> None:
    due_on = getattr(asset, _MATTERS[matter].key)
    db.session.add(AssetReminder(asset_id=asset.id, matter=matter, due_on=due_on, days=days))
    left, day = (due_on - clock.today()).days, due_on.isoformat()  # the day goes into the mail
    if matter == "fee":
        events.record(asset, "asset.fee_due", by=SYSTEM, because=day, days=days, left=left)
    else:
        events.record(asset, "asset.term_ends", by=SYSTEM, because=day, days=days, left=left)


def reckon_fees(limit: int = CHUNK) -> int:
    """Work out anew when a fee is due that was not known yet, or has passed unnoticed; how many.

    A patent with more than a year to run always has a next fee, so none is looked at twice.
    """
    today = clock.today()
    patent = and_(
        Asset.kind.in_(_WITH_FEES),
        Asset.jurisdiction == "CN",
        Asset.status.in_([LegalStatus.IN_FORCE, LegalStatus.ANNUITY_GRACE]),
        Asset.grant_date <= today,
        Asset.filing_date.is_not(None),
    )
    unknown = and_(Asset.fee_due_on.is_(None), Asset.last_day > today + timedelta(days=366))
    passed = and_(Asset.fee_due_on < today, Asset.fee_paid_through.is_(None))
    rows = db.session.scalars(
        select(Asset).where(patent, or_(unknown, passed)).order_by(Asset.id).limit(limit)
    ).all()
    for asset in rows:
        refresh_status(asset, today)
    return len(rows)


def counts() -> Counts:
    """How many rights there are, how many are due, over, fresh: one statement."""
    today = clock.today()
    soon = today + timedelta(days=BEFORE[0])
    stands = Asset.status.not_in(OVER)
    wanted = (
        literal(value=True),
        stands & or_(Asset.fee_due_on <= soon, Asset.last_day <= soon),
        Asset.status.in_(OVER),
        is_fresh("green"),
        is_fresh("amber"),
        is_fresh("red"),
    )
    row = db.session.execute(select(*(func.count().filter(w) for w in wanted)).select_from(Asset))
    return Counts(*row.one())
