"""Reading valuation reports."""

from collections.abc import Iterable

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import joinedload

from marketplace.assets.models import Asset
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.policy import Actor, require
from marketplace.valuation import policy
from marketplace.valuation.models import ReportState, ValuationReport

READS_EVERYTHING = {"operator", "regulator"}


def of(asset: Asset) -> list[ValuationReport]:
    """Every report on a right, the latest base date first."""
    return list(
        db.session.scalars(
            select(ValuationReport)
            .where(ValuationReport.asset_id == asset.id)
            .order_by(ValuationReport.base_date.desc(), ValuationReport.id.desc())
        )
    )


def valid_report(asset: Asset) -> ValuationReport | None:
    """The latest confirmed report that is valid today."""
    return valid_reports([asset.id]).get(asset.id)


def valid_reports(asset_ids: Iterable[int]) -> dict[int, ValuationReport]:
    """For each right its latest confirmed report that is valid today, in one statement."""
    today = clock.today()
    rows = db.session.scalars(
        select(ValuationReport)
        .where(
            ValuationReport.asset_id.in_(list(asset_ids)),
            ValuationReport.state == ReportState.CONFIRMED,
            ValuationReport.base_date <= today,
            ValuationReport.valid_until >= today,
        )
        .order_by(ValuationReport.base_date, ValuationReport.id)
    )
    return {report.asset_id: report for report in rows}


def valued_by(actor: Actor, reference: str) -> Asset | None:
    """The right of this reference, for the firm that valued it."""
    if actor.organisation_id is None:
        return None
    filed = exists().where(
        ValuationReport.asset_id == Asset.id,
        ValuationReport.filed_by_id == actor.organisation_id,
        ValuationReport.state != ReportState.WITHDRAWN,
    )
    return db.session.scalar(select(Asset).where(Asset.reference == reference, filed))


def may_read(actor: Actor, report: ValuationReport) -> bool:
    """Its filer, the keeper of the right, the exchange and the authority."""
    return bool(actor.capabilities & READS_EVERYTHING) or policy.filed_report(actor, report)


def get(actor: Actor, report_id: int) -> ValuationReport:
    """A report, for those who may read it."""
    found = db.session.get(ValuationReport, report_id)
    if found is None or not may_read(actor, found):
        raise NotFound("valuation")
    return found


def queue(actor: Actor, *, state: str = "", text: str = "") -> Select[tuple[ValuationReport]]:
    """The operators' list of reports, the oldest first."""
    require(actor, policy.decide_report)
    found = (
        select(ValuationReport)
        .join(ValuationReport.asset)
        .options(joinedload(ValuationReport.asset), joinedload(ValuationReport.document))
        .order_by(ValuationReport.id)
    )
    if state in set(ReportState):
        found = found.where(ValuationReport.state == ReportState(state))
    if text:
        like = f"%{text}%"
        found = found.where(
            or_(
                ValuationReport.firm_name.ilike(like),
                ValuationReport.number.ilike(like),
                Asset.title.ilike(like),
                Asset.reference.ilike(like),
            )
        )
    return found
