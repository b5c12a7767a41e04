"""Invoices at the exchange: what waits, issuing, declining, taking back by a red one."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from marketplace.console.money import totals
from marketplace.core.db import transaction
from marketplace.core.errors import NotAllowed, Refused
from marketplace.documents import services as documents
from marketplace.documents import sniff
from marketplace.documents.models import Document
from marketplace.forms.absorb import absorb
from marketplace.forms.deals import ReasonForm
from marketplace.forms.invoices import IssueForm, RedForm
from marketplace.invoices import queries
from marketplace.invoices import services as invoices
from marketplace.invoices.models import Invoice, InvoiceState
from marketplace.web.export import table_response
from marketplace.web.invoices import columns, state_of, state_options
from marketplace.web.locale import gettext
from marketplace.web.paging import everything, paginate
from marketplace.web.presentation import locale_code
from marketplace.web.session import current_actor, operators_only

bp = Blueprint("console_invoices", __name__, url_prefix="/console/money/invoices")
bp.before_request(operators_only)
FILES = frozenset({sniff.Kind.PDF, sniff.Kind.XML, sniff.Kind.OFD})


@bp.get("")
def index() -> ResponseReturnValue:
    """What waits to be issued, the oldest first; others by state."""
    state = state_of(request.args.get("state", InvoiceState.REQUESTED.value))
    search = request.args.get("q", "").strip()[:100]
    rows = queries.all_of(current_actor(), search=search, state=state)
    if request.args.get("format") in {"csv", "xlsx"}:
        return table_response(everything(rows), columns(), "invoices", request.args["format"])
    return render_template(
        "console/invoices/index.html",
        page=paginate(rows),
        search=search,
        state=state.value if state else "",
        states=state_options(),
        totals=totals(),
    )


@bp.get("/<reference>")
def show(reference: str) -> ResponseReturnValue:
    """One request, and the forms of what can be done with it."""
    return _page(reference)


def _page(reference: str, at_fault: FlaskForm | None = None) -> ResponseReturnValue:
    invoice = queries.get(current_actor(), reference)
    forms: dict[str, FlaskForm] = {}
    for name, shape in (("issue", IssueForm), ("decline", ReasonForm), ("red", RedForm)):
        forms[name] = at_fault if type(at_fault) is shape else shape(formdata=None)
    if at_fault is None:
        forms["issue"].tax.data = invoice.tax
    page = render_template(
        "console/invoices/show.html",
        invoice=invoice,
        deals=queries.deals_on(invoice),
        forms=forms,
    )
    return page, 422 if at_fault else 200


@bp.post("/<reference>/issue")
def issue(reference: str) -> ResponseReturnValue:
    """The tax office's system made it."""
    form = IssueForm()

    def work(invoice: Invoice) -> None:
        made = invoices.Issued(
            form.number.data or "", form.on.data, form.tax.data, _kept(form, invoice)
        )
        invoices.issue(current_actor(), invoice, made)

    return _done(reference, form, work, gettext("发票已开具并通知申请人。"))


@bp.post("/<reference>/decline")
def decline(reference: str) -> ResponseReturnValue:
    """It cannot be issued as asked."""
    form = ReasonForm()

    def work(invoice: Invoice) -> None:
        invoices.decline(current_actor(), invoice, because=form.because.data or "")

    return _done(reference, form, work, gettext("已谢绝并通知申请人。"))


@bp.post("/<reference>/reverse")
def reverse(reference: str) -> ResponseReturnValue:
    """A red invoice takes it back."""
    form = RedForm()

    def work(invoice: Invoice) -> None:
        invoices.reverse(
            current_actor(),
            invoice,
            number=form.number.data or "",
            on=form.on.data,
            document=_kept(form, invoice),
            because=form.because.data or "",
        )

    return _done(reference, form, work, gettext("已红冲并通知申请人。"))


def _kept(form: IssueForm, invoice: Invoice) -> Document:
    upload = form.document.data
    return documents.store(
        current_actor(),
        upload.stream,
        upload.filename or "invoice",
        purpose="invoice",
        subject=invoice,
        allowed=FILES,
    )


def _done(
    reference: str, form: FlaskForm, work: Callable[[Invoice], None], said: str
) -> ResponseReturnValue:
    """Carry it out, or show the page again with what is wrong."""
    if not form.validate_on_submit():
        return _page(reference, form)
    try:
        with transaction():
            work(queries.get(current_actor(), reference))
    except NotAllowed:
        raise
    except Refused as refusal:
        absorb(form, refusal, locale_code())
        return _page(reference, form)
    flash(said, "ok")
    return redirect(url_for("console_invoices.show", reference=reference), 303)
