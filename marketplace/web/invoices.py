"""One's own invoices: the fees that have none, asking for one, what became of it."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.core.db import db, transaction
from marketplace.core.errors import NotAllowed, Refused
from marketplace.core.money import Money
from marketplace.forms.absorb import absorb
from marketplace.forms.invoices import InvoiceForm
from marketplace.invoices import queries
from marketplace.invoices import services as invoices
from marketplace.invoices.models import Invoice, InvoiceState
from marketplace.organisations.models import Organisation
from marketplace.web.export import Column, table_response
from marketplace.web.locale import gettext
from marketplace.web.paging import everything, paginate
from marketplace.web.presentation import locale_code, org_name, words
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("invoices", __name__, url_prefix="/workbench/money/invoices")


def columns() -> list[Column]:
    """For the export of a list of invoices."""
    return [
        (gettext("编号"), lambda i: i.reference),
        (gettext("机构"), lambda i: org_name(i.organisation)),
        (gettext("发票种类"), lambda i: words("enums", f"invoice_kind.{i.kind.value}")),
        (gettext("发票抬头"), lambda i: i.title),
        (gettext("纳税人识别号"), lambda i: i.tax_number),
        (gettext("金额"), lambda i: i.amount),
        (gettext("税额"), lambda i: i.tax),
        (gettext("币种"), lambda i: i.currency),
        (gettext("状态"), lambda i: words("states", f"invoice.{i.state.value}")),
        (gettext("数电发票号码"), lambda i: i.number or ""),
        (gettext("开票日期"), lambda i: i.issued_on),
        (gettext("红字发票号码"), lambda i: i.red_number or ""),
    ]


def state_options() -> list[tuple[str, str]]:
    """For the filter."""
    named = [(one.value, words("states", f"invoice.{one.value}")) for one in InvoiceState]
    return [("", gettext("全部状态")), *named]


def state_of(text: str) -> InvoiceState | None:
    """The state that an address names; none: all."""
    return InvoiceState(text) if text in set(InvoiceState) else None


@bp.get("")
@sign_in_required
def index() -> ResponseReturnValue:
    """Fees without an invoice first, then every invoice, the newest first."""
    actor = current_actor()
    state = state_of(request.args.get("state", ""))
    rows = queries.own(actor, state=state)
    if request.args.get("format") in {"csv", "xlsx"}:
        return table_response(everything(rows), columns(), "invoices", request.args["format"])
    fees = queries.open_fees(actor)
    return render_template(
        "invoices/index.html",
        fees=fees,
        sums=_sums(fees),
        page=paginate(rows),
        state=state.value if state else "",
        states=state_options(),
    )


def _sums(fees: list[queries.Fee]) -> list[Money]:
    sums: dict[str, int] = {}
    for fee in fees:
        sums[fee.amount.currency] = sums.get(fee.amount.currency, 0) + fee.amount.minor
    return [Money(currency, minor) for currency, minor in sorted(sums.items())]


@bp.route("/new", methods=["GET", "POST"])
@sign_in_required
def new() -> ResponseReturnValue:
    """Ask for one, for the fees that are ticked."""
    actor = current_actor()
    fees = queries.open_fees(actor)
    form = InvoiceForm()
    form.fees.choices = [(fee.posting_id, fee.deal) for fee in fees]
    status = 200
    if form.validate_on_submit():
        try:
            with transaction():
                made = invoices.request(actor, form.fees.data or [], form.details())
                reference = made.reference
        except NotAllowed:
            raise
        except Refused as refusal:
            absorb(form, refusal, locale_code())
            status = 422
        else:
            flash(gettext("已申请，开具后会通知您。"), "ok")
            return redirect(url_for("invoices.show", reference=reference), 303)
    elif form.is_submitted():
        status = 422
    else:
        organisation = db.session.get_one(Organisation, actor.organisation)
        form.begin_with(queries.last_details(actor), organisation)
        form.fees.data = [fee.posting_id for fee in fees]
    return render_template("invoices/new.html", form=form, fees=fees), status


@bp.get("/<reference>")
@sign_in_required
def show(reference: str) -> ResponseReturnValue:
    """One invoice: what it is for, and its file once issued."""
    invoice = queries.get(current_actor(), reference)
    return render_template("invoices/show.html", invoice=invoice, deals=queries.deals_on(invoice))


@bp.post("/<reference>/withdraw")
@sign_in_required
def withdraw(reference: str) -> ResponseReturnValue:
    """Take the request back."""
    actor = current_actor()
    found: Invoice = queries.get(actor, reference)
    try:
        with transaction():
            invoices.withdraw(actor, found)
    except NotAllowed:
        raise
    except Refused as refusal:
        flash(words("refusals", refusal.code, **refusal.facts), "bad")
    else:
        flash(gettext("申请已撤回。"), "ok")
    return redirect(url_for("invoices.show", reference=reference), 303)
