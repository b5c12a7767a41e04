"""Verbs of invoices: ask, take back, decline, issue, reverse by a red one."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy.exc import IntegrityError

from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, Refused
from marketplace.core.lifecycle import advance
from marketplace.core.money import Money
from marketplace.core.policy import Actor, require
from marketplace.core.references import next_reference
from marketplace.documents import services as documents
from marketplace.documents.models import Document
from marketplace.invoices import policy, queries
from marketplace.invoices.models import Invoice, InvoiceFee, InvoiceKind
from marketplace.organisations import uscc

NUMBER = re.compile(r"\d{20}")  # 数电发票: 20 digits


@dataclass(frozen=True)
class Details:
    """What the tax office wants printed on an invoice."""

    kind: InvoiceKind
    title: str
    tax_number: str = ""
    address: str = ""
    phone: str = ""
    bank_name: str = ""
    bank_account: str = ""
    note: str = ""


@dataclass(frozen=True)
class Issued:
    """An invoice as the tax office's system made it: number, day, tax in it, the file."""

    number: str
    on: date
    tax: Money
    document: Document


def request(actor: Actor, posting_ids: Collection[int], details: Details) -> Invoice:
    """Ask for one invoice for some fees of one's own.

    Refused where a fee is on another standing invoice or is not one's own (`invoice.fee_taken`), where
    fees of two rates or currencies are mixed (`invoice.mixed`), and where the details do not do.
    """
    require(actor, policy.request)
    _must_be_complete(details)
    wanted = set(posting_ids)
    found = queries.fees_of(actor.organisation, of_postings=wanted)
    if not wanted:
        raise Invalid("invoice.no_fee", fields={"fees": "invoice.no_fee"})
    if {fee.posting_id for fee in found} != wanted:
        raise Invalid("invoice.fee_taken", fields={"fees": "invoice.fee_taken"})
    if len({(fee.amount.currency, fee.taxed.rate) for fee in found}) > 1:
        raise Invalid("invoice.mixed", fields={"fees": "invoice.mixed"})
    invoice = Invoice(
        reference=next_reference("I"),
        organisation_id=actor.organisation,
        requested_by_id=actor.user,
        kind=details.kind,
        title=details.title.strip(),
        tax_number=uscc.canonical(details.tax_number),
        address=details.address,
        phone=details.phone,
        bank_name=details.bank_name,
        bank_account=details.bank_account,
        note=details.note,
        amount_minor=sum(fee.amount.minor for fee in found),
        tax_minor=sum(fee.taxed.tax.minor for fee in found),
        tax_rate=found[0].taxed.rate,
        currency=found[0].amount.currency,
    )
    try:
        with db.session.begin_nested():
            invoice.fees = [InvoiceFee(posting_id=fee.posting_id) for fee in found]
            db.session.add(invoice)
    except IntegrityError as error:  # a colleague asked for the same fee at this very moment
        raise Invalid("invoice.fee_taken", fields={"fees": "invoice.fee_taken"}) from error
    events.record(invoice, "invoice.request", by=actor, amount=invoice.amount)
    return invoice


def withdraw(actor: Actor, invoice: Invoice) -> None:
    """Take a request back before it is issued: its fees are free for another."""
    require(actor, policy.withdraw, invoice)
    lock(invoice)
    advance(invoice, "withdraw", by=actor)
    _free_fees(invoice)


def decline(actor: Actor, invoice: Invoice, *, because: str) -> None:
    """The exchange cannot issue it as asked, and says why; its fees are free for another."""
    require(actor, policy.issue, invoice)
    said = _reason(because)
    lock(invoice)
    advance(invoice, "decline", by=actor, because=said)
    invoice.because = said
    _free_fees(invoice)


def issue(actor: Actor, invoice: Invoice, issued: Issued) -> None:
    """The tax office's system has made it: number, day and file go to whoever asked.

    The tax must be what we worked out, to the fen for each fee (`invoice.other_tax`); a number is
    used once (`invoice.number_known`).
    """
    require(actor, policy.issue, invoice)
    lock(invoice)
    invoice.lifecycle.target(invoice.state, "issue")
    number = _number(issued.number)
    if abs(issued.tax.minor - invoice.tax_minor) > len(invoice.fees):
        raise Invalid("invoice.other_tax", fields={"tax": "invoice.other_tax"}, tax=invoice.tax)
    invoice.number, invoice.issued_on = number, _day(issued.on)
    invoice.tax_minor = issued.tax.minor
    invoice.document = issued.document
    documents.share(actor, issued.document, [invoice.organisation_id])
    documents.attach(actor, issued.document, invoice)
    advance(invoice, "issue", by=actor, number=number, amount=invoice.amount)


def reverse(
    actor: Actor, invoice: Invoice, *, number: str, on: date, document: Document, because: str
) -> None:
    """A red invoice (红字发票) takes an issued one back; its fees are free for another."""
    require(actor, policy.issue, invoice)
    said = _reason(because)
    lock(invoice)
    invoice.lifecycle.target(invoice.state, "reverse")
    invoice.red_number, invoice.red_on = _number(number), _day(on)
    invoice.red_document, invoice.because = document, said
    documents.share(actor, document, [invoice.organisation_id])
    documents.attach(actor, document, invoice)
    advance(invoice, "reverse", by=actor, number=invoice.red_number, because=said)
    _free_fees(invoice)


def _free_fees(invoice: Invoice) -> None:
    for fee in invoice.fees:
        fee.stands = False


def _must_be_complete(details: Details) -> None:
    """A title always; the buyer's number where it is to deduct the tax, and a right one."""
    wrong = {}
    if not details.title.strip():
        wrong["title"] = "invoice.title"
    number = details.tax_number
    if details.kind is InvoiceKind.SPECIAL and not number:
        wrong["tax_number"] = "invoice.tax_number_missing"
    if number and uscc.fault(number):
        wrong["tax_number"] = "invoice.tax_number"
    if wrong:
        raise Invalid("invoice.details", fields=wrong)


def _number(text: str) -> str:
    number = "".join(text.split())
    if not NUMBER.fullmatch(number):
        raise Invalid("invoice.number", fields={"number": "invoice.number"})
    known = queries.number_known(number)
    if known is not None:
        raise Invalid(
            "invoice.number_known",
            fields={"number": "invoice.number_known"},
            reference=known.reference,
        )
    return number


def _day(on: date) -> date:
    if on > clock.today():
        raise Invalid("invoice.future", fields={"on": "invoice.future"})
    return on


def _reason(because: str) -> str:
    if not because.strip():
        raise Refused("invoice.reason", fields={"because": "invoice.reason"})
    return because.strip()[:300]
