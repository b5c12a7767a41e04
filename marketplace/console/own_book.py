"""The exchange's own book: what it earned, what of it is tax, and what still lies with clients' money."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.console.money import totals
from marketplace.core.db import transaction
from marketplace.core.errors import NotAllowed, Refused
from marketplace.core.money import EXPONENTS
from marketplace.deals import queries as deal_queries
from marketplace.ledger import queries as books
from marketplace.ledger.queries import Book
from marketplace.payments import codes, queries
from marketplace.payments import services as payments
from marketplace.web.export import Column, table_response
from marketplace.web.locale import gettext
from marketplace.web.paging import everything, paginate
from marketplace.web.presentation import org_name, words
from marketplace.web.session import current_actor, operators_only

bp = Blueprint("console_own_book", __name__, url_prefix="/console/money/own")
bp.before_request(operators_only)


@bp.get("")
def index() -> ResponseReturnValue:
    """What is held for us, the months, and the trial balance of our own book."""
    actor = current_actor()
    months = queries.months(actor)
    if request.args.get("format") in {"csv", "xlsx"}:
        return table_response(months, _columns(), "own-book", request.args["format"])
    return render_template(
        "console/money/own.html",
        held=queries.held_for_us(),
        months=months,
        accounts=books.accounts(actor, book=Book.OWN),
        totals=totals(),
    )


@bp.get("/receivables")
def receivables() -> ResponseReturnValue:
    """Fees that sellers owe because a pledgee took the price: open ones first asked, all on demand."""
    every = request.args.get("show") == "all"
    rows = deal_queries.receivables(current_actor(), open_only=not every)
    if request.args.get("format") in {"csv", "xlsx"}:
        return table_response(
            everything(rows), _owed_columns(), "receivables", request.args["format"]
        )
    return render_template(
        "console/money/receivables.html",
        page=paginate(rows),
        every=every,
        shown_code=codes.shown,
        totals=totals(),
    )


def _owed_columns() -> list[Column]:
    return [
        (gettext("欠款方"), lambda one: org_name(one.debtor)),
        (gettext("交易"), lambda one: one.deal.reference),
        (gettext("金额"), lambda one: one.amount),
        (gettext("币种"), lambda one: one.currency),
        (gettext("已到账"), lambda one: one.payment.received if one.payment else ""),
        (gettext("参考码"), lambda one: codes.shown(one.payment.reference) if one.payment else ""),
        (gettext("发生时间"), lambda one: one.created_at),
        (gettext("状态"), lambda one: words("states", f"receivable.{one.state.value}")),
    ]


@bp.post("/sweep/<currency>")
def sweep(currency: str) -> ResponseReturnValue:
    """Order what is ours to our own account."""
    if currency not in EXPONENTS:
        return redirect(url_for("console_own_book.index"), 303)
    try:
        with transaction():
            payments.sweep(current_actor(), currency)
    except NotAllowed:
        raise
    except Refused as refusal:
        flash(words("refusals", refusal.code, **refusal.facts), "bad")
    else:
        flash(gettext("已下达划转，由另一位工作人员汇出。"), "ok")
    return redirect(url_for("console_own_book.index"), 303)


def _columns() -> list[Column]:
    return [
        (gettext("月份"), lambda m: m.begins.strftime("%Y-%m")),
        (gettext("币种"), lambda m: m.commission.currency),
        (gettext("服务费（不含税）"), lambda m: m.commission),
        (gettext("销项税额"), lambda m: m.tax),
        (gettext("没收保证金归交易所"), lambda m: m.forfeits),
        (gettext("银行手续费"), lambda m: m.charges),
        (gettext("结余"), lambda m: m.result),
    ]
