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
from marketplace.valuation.models import ReportState, ValuationReport

FILINGS = ("", "filed", "approved")  # 备案, 核准 of state assets
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
    single_method_reason: str = "",
    filing: str = "",
    filing_number: str = "",
    firm_id: int | None = None,
) -> ValuationReport:
    """Put a report on record; an operator confirms it against its file.

    Two different appraisers sign (资产评估法 art. 27 and, for statutory valuations, art. 28).
    """
    require(actor, policy.file_report, asset)
    one, two = _signers(signers)
    _check_filing(filing, filing_number)
    _check(asset, firm_name, number, base_date, valid_until, value)
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
        single_method_reason=single_method_reason,
        filing=filing,
        filing_number=filing_number,
        value_minor=value.minor,
        currency=value.currency,
        document_id=document.id,
    )
    db.session.add(report)
    events.record(report, "valuation.file", by=actor, asset=asset.reference)
    return report


def revise(  # noqa: PLR0913 -- the parts of a report
    actor: Actor,
    report: ValuationReport,
    *,
    firm_name: str,
    number: str,
    signers: tuple[str, str],
    base_date: date,
    valid_until: date,
    purpose: str,
    value: Money,
    method: str = "",
    single_method_reason: str = "",
    filing: str = "",
    filing_number: str = "",
    document: Document | None = None,
) -> None:
    """Correct a report that nobody has decided yet; its file stays unless there is a new one."""
    require(actor, policy.revise_report, report)
    one, two = _signers(signers)
    _check_filing(filing, filing_number)
    _check(report.asset, firm_name, number, base_date, valid_until, value, but=report)
    advance(report, "revise", by=actor, asset=report.asset.reference)
    report.firm_name, report.number = firm_name, number
    report.signer_one, report.signer_two = one, two
    report.base_date, report.valid_until = base_date, valid_until
    report.purpose, report.method = purpose, method
    report.single_method_reason = single_method_reason
    report.filing, report.filing_number = filing, filing_number
    report.value_minor, report.currency = value.minor, value.currency
    report.document_id = document.id if document else report.document_id


def _signers(names: tuple[str, str]) -> tuple[str, str]:
    one, two = (name.strip() for name in names)
    if not one or not two or one == two:
        raise Invalid("valuation.two_signers", fields={"signer_two": "valuation.two_signers"})
    return one, two


def _check_filing(filing: str, number: str) -> None:
    """A filing or approval by the authority over state assets has a number to look it up by."""
    if filing not in FILINGS:
        raise Invalid("valuation.filing", fields={"filing": "valuation.filing"})
    if filing and not number.strip():
        raise Invalid("valuation.filing", fields={"filing_number": "valuation.filing"})


def _check(
    asset: Asset,
    firm_name: str,
    number: str,
    base_date: date,
    valid_until: date,
    value: Money,
    *,
    but: ValuationReport | None = None,
) -> None:
    """The days and the value can be true, and the report is not on record already."""
    if base_date > clock.today():
        raise Invalid("valuation.future", fields={"base_date": "valuation.future"})
    if not base_date < valid_until <= base_date + LONGEST_VALIDITY:
        raise Invalid("valuation.validity", fields={"valid_until": "valuation.validity"})
    if value.minor <= 0:
        raise Invalid("valuation.value", fields={"value": "valuation.value"})
    gone = {ReportState.REFUSED, ReportState.WITHDRAWN}
    others = [r for r in queries.of(asset) if r is not but and r.state not in gone]
    if any(r.number == number and r.firm_name == firm_name for r in others):
        raise Invalid("valuation.known", fields={"number": "valuation.known"})


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


def withdraw(actor: Actor, report: ValuationReport, *, because: str) -> None:
    """Take a report off the record, with the reason: it counts no more."""
    require(actor, policy.withdraw_report, report)
    if not because.strip():
        raise Invalid("reason.required", fields={"because": "reason.required"})
    advance(report, "withdraw", by=actor, because=because, asset=report.asset.reference)
    report.reason = because
