"""Verbs of valuation reports."""

from datetime import date, timedelta

from marketplace.assets.models import Asset
from marketplace.core import clock, events
from marketplace.core.db import db
from marketplace.core.errors import Invalid
from marketplace.core.lifecycle import advance
from marketplace.core.money import Money
from marketplace.core.policy import Actor, require
from marketplace.documents.models import Document
from marketplace.valuation import policy, queries
from marketplace.valuation.models import ValuationReport

LONGEST_VALIDITY = timedelta(days=366)  # 资产评估执业准则: as a rule one year from the base date


def file_report(  # noqa: PLR0913 -- the parts of a report
    actor: Actor,
    asset: Asset,
    *,
    firm_name: str,
    number: str,
    signers: tuple[str, str],
    base_date: date,
    valid_until: date,
    purpose: str,
    value: Money,
    document: Document,
    method: str = "",
    firm_id: int | None = None,
) -> ValuationReport:
    """Put a report on record; an operator confirms it against its file.

    Two different appraisers sign (资产评估法 art. 27 and, for statutory valuations, art. 28).
    """
    require(actor, policy.file_report, asset)
    one, two = (name.strip() for name in signers)
    if not one or not two or one == two:
        raise Invalid("valuation.two_signers", fields={"signer_two": "valuation.two_signers"})
    if base_date > clock.today():
        raise Invalid("valuation.future", fields={"base_date": "valuation.future"})
    if not base_date < valid_until <= base_date + LONGEST_VALIDITY:
        raise Invalid("valuation.validity", fields={"valid_until": "valuation.validity"})
    if value.minor <= 0:
        raise Invalid("valuation.value", fields={"value": "valuation.value"})
    if any(r.number == number and r.firm_name == firm_name for r in queries.of(asset)):
        raise Invalid("valuation.known", fields={"number": "valuation.known"})
    report = ValuationReport(
        asset=asset,
        firm_name=firm_name,
        firm_id=firm_id,
        filed_by_id=actor.organisation_id,
        number=number,
        signer_one=one,
        signer_two=two,
        base_date=base_date,
        valid_until=valid_until,
        purpose=purpose,
        method=method,
        value_minor=value.minor,
        currency=value.currency,
        document_id=document.id,
    )
    db.session.add(report)
    events.record(report, "valuation.file", by=actor, asset=asset.reference)
    return report


def confirm(actor: Actor, report: ValuationReport, *, because: str = "") -> None:
    """The file shows what the record says: the report counts."""
    require(actor, policy.decide_report, report)
    advance(report, "confirm", by=actor, because=because, asset=report.asset.reference)
    report.reason = because


def refuse(actor: Actor, report: ValuationReport, *, because: str) -> None:
    """The file does not bear the record out; the reason goes to whoever filed it."""
    require(actor, policy.decide_report, report)
    if not because.strip():
        raise Invalid("reason.required", fields={"because": "reason.required"})
    advance(report, "refuse", by=actor, because=because, asset=report.asset.reference)
    report.reason = because


def withdraw(actor: Actor, report: ValuationReport, *, because: str = "") -> None:
    """Take a report off the record."""
    require(actor, policy.withdraw_report, report)
    advance(report, "withdraw", by=actor, because=because, asset=report.asset.reference)
