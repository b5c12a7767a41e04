"""What the calendar says of a right: last day, fees behind, expired."""

from datetime import date

from sqlalchemy import select

from marketplace.assets import terms
from marketplace.assets.models import (
    MARKS,
    Asset,
    LegalStatus,
)
from marketplace.assets.queries.upkeep import term_facts
from marketplace.core import clock, events
from marketplace.core.db import db
from marketplace.core.policy import SYSTEM


def refresh_status(asset: Asset, today: date | None = None) -> None:
    """Work out last day, and what the calendar says of the right: expired, or in its grace time."""
    today = today or clock.today()
    if asset.jurisdiction == "CN":
        asset.last_day = _last_day(asset) or asset.last_day
    asset.fee_due_on = _fee_due(asset, today)
    if asset.status in ENDED:
        return
    if asset.status is LegalStatus.PENDING and asset.grant_date is not None:
        asset.status = LegalStatus.IN_FORCE
    if asset.last_day is not None and asset.last_day < today:
        asset.status = _past_its_term(asset, today)
    elif asset.status is not LegalStatus.PENDING:
        late = annuities_of(asset, today)
        is_late = late is not None and late.state in {"annuity_grace", "lapsed"}
        asset.status = LegalStatus.ANNUITY_GRACE if is_late else LegalStatus.IN_FORCE


ENDED = frozenset({LegalStatus.INVALIDATED, LegalStatus.CANCELLED, LegalStatus.LAPSED})


def _past_its_term(asset: Asset, today: date) -> LegalStatus:
    is_mark = asset.kind in MARKS and asset.jurisdiction == "CN"
    if is_mark and terms.trademark_state(asset.last_day or today, today) == "renewal_grace":
        return LegalStatus.RENEWAL_GRACE
    return LegalStatus.EXPIRED


def annuities_of(asset: Asset, today: date) -> terms.AnnuityState | None:
    """Where a Chinese patent stands with its fees, by the year its keeper says is paid for.

    None where that is not stated: what the register calls in force is taken for paid.
    """
    if (
        asset.jurisdiction != "CN"
        or asset.kind.value not in terms.PATENTS
        or asset.filing_date is None
        or asset.grant_date is None
        or asset.fee_paid_through is None
    ):
        return None
    return terms.annuity_state(
        asset.kind.value,
        asset.filing_date,
        asset.grant_date,
        asset.fee_paid_through,
        today,
        compensation_days=asset.compensation_days or 0,
    )


def _fee_due(asset: Asset, today: date) -> date | None:
    """When the next annual fee of a Chinese patent is due; overdue where its keeper says so.

    Where nobody says up to which year it is paid, it is taken for paid until today.
    """
    stated = annuities_of(asset, today)
    if stated is not None:
        return stated.next_due
    if (
        asset.jurisdiction != "CN"
        or asset.kind.value not in terms.PATENTS
        or asset.filing_date is None
        or asset.grant_date is None
        or asset.grant_date > today
    ):
        return None
    schedule = terms.annuity_schedule(asset.kind.value, asset.filing_date, asset.grant_date)
    return next((fee.due for fee in schedule if fee.due >= today), None)


def age_due(limit: int = 500) -> int:
    """Let the calendar act: rights that ran out or fell behind since; how many changed.

    The clock starts it (jobs.schedule).
    """
    today = clock.today()
    standing = [LegalStatus.IN_FORCE, LegalStatus.PENDING, LegalStatus.ANNUITY_GRACE]
    over = Asset.last_day < today
    grace_over = Asset.last_day < terms.add_months(today, -terms.GRACE_MONTHS)
    behind = Asset.fee_paid_through.is_not(None) & (Asset.fee_due_on < today)
    rows = db.session.scalars(
        select(Asset)
        .where(
            (over & Asset.status.in_(standing))
            | (grace_over & (Asset.status == LegalStatus.RENEWAL_GRACE))
            | (behind & (Asset.status == LegalStatus.IN_FORCE)),
        )
        .order_by(Asset.last_day, Asset.id)
        .limit(limit)
    )
    changed = 0
    for asset in rows:
        before = asset.status
        refresh_status(asset, today)
        if asset.status is not before:
            changed += 1
            events.record(asset, "asset.age", by=SYSTEM, before=before, after=asset.status)
    return changed


def _last_day(asset: Asset) -> date | None:
    return terms.last_day(asset.kind.value, term_facts(asset))
