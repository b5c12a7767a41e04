"""Money: what is expected, what came in, what is to be sent, and the books behind it."""

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, NotAllowed, Refused
from marketplace.core.money import EXPONENTS, Money
from marketplace.core.policy import require
from marketplace.deals import queries as deal_queries
from marketplace.deals import services as deals
from marketplace.forms.absorb import absorb
from marketplace.forms.money import ConfirmAccountForm, MatchForm, ReceiptForm, SentForm
from marketplace.ledger import policy as books_policy
from marketplace.ledger import queries as books
from marketplace.organisations.models import Organisation
from marketplace.payments import codes, queries
from marketplace.payments import services as payments
from marketplace.payments.models import PaymentState, PayoutState
from marketplace.web.export import Column, table_response
from marketplace.web.incoming import day
from marketplace.web.locale import gettext
from marketplace.web.own_money import subject
from marketplace.web.paging import paginate
from marketplace.web.presentation import locale_code, money, org_name, words
from marketplace.web.session import current_actor, operators_only

bp = Blueprint("console_money", __name__, url_prefix="/console/money")
bp.before_request(operators_only)
EXPORT_ROWS = 20_000


def _search() -> str:
    return request.args.get("q", "").strip()[:100]


def _sought() -> dict[str, Any]:
    """What is looked for; it may be the number of a deal."""
    return {"search": _search(), "deals": deal_queries.ids_numbered(_search())}


def _days() -> dict[str, date | None]:
    return {name: request.args.get(name, type=day) for name in ("since", "until")}


def _wants_export() -> bool:
    return request.args.get("format") in {"csv", "xlsx"}


@bp.context_processor
def _shared() -> dict[str, object]:
    return {"shown_code": codes.shown, "money_of": lambda p: Money(p.currency, p.minor)}


@bp.get("")
def index() -> ResponseReturnValue:
    """What is expected, the most urgent first; and the totals."""
    actor = current_actor()
    state = request.args.get("state", PaymentState.AWAITED.value)
    wanted = PaymentState(state) if state in set(PaymentState) else None
    rows = queries.expected(actor, **_sought(), state=wanted)
    if _wants_export():
        found = db.session.scalars(rows.limit(EXPORT_ROWS))
        return table_response(found, _payment_columns(), "payments", request.args["format"])
    return render_template(
        "console/money/index.html",
        page=paginate(rows),
        search=_search(),
        state=wanted.value if wanted else "all",
        subjects=subjects,
        totals=totals(),
        states=[
            ("all", gettext("全部状态")),
            *((s.value, words("states", f"payment.{s.value}")) for s in PaymentState),
        ],
    )


def totals() -> dict[str, object]:
    """The figures on top of every page of money, in yuan."""
    held = books.balances("")
    escrow = sum(m for (name, c), m in held.items() if name.startswith("escrow:") and c == "CNY")
    owed = sum(m for (name, c), m in held.items() if name.startswith("org:") and c == "CNY")
    return {
        "bank": -books.balance(queries.BANK),
        "escrow": Money("CNY", escrow),
        "owed": Money("CNY", owed),
        "suspense": books.balance(queries.SUSPENSE),
        "commission": books.balance(queries.COMMISSION),
    }


def subjects(subject_kind: str, subject_id: int) -> tuple[str, str]:
    """What a payment or payout is for: its name and its page."""
    return subject(subject_kind, subject_id, deals="console_deals.show")


def _payment_columns() -> list[Column]:
    return [
        (gettext("参考码"), lambda p: codes.shown(p.reference)),
        (gettext("付款方"), lambda p: org_name(p.payer)),
        (gettext("应付金额"), lambda p: p.amount),
        (gettext("已到账"), lambda p: p.received),
        (gettext("币种"), lambda p: p.currency),
        (gettext("期限"), lambda p: p.due_at),
        (gettext("状态"), lambda p: words("states", f"payment.{p.state.value}")),
    ]


# ---- receipts ----------------------------------------------------------------------------------


@bp.get("/receipts")
def receipts() -> ResponseReturnValue:
    """What came in, newest first; or what nobody could place."""
    unplaced = request.args.get("show") == "suspense"
    rows = queries.receipts(current_actor(), search=_search(), in_suspense=unplaced, **_days())
    if _wants_export():
        found = db.session.scalars(rows.limit(EXPORT_ROWS))
        return table_response(found, _receipt_columns(), "receipts", request.args["format"])
    return render_template(
        "console/money/receipts.html",
        page=paginate(rows),
        search=_search(),
        unplaced=unplaced,
        days=_days(),
        totals=totals(),
    )


def _receipt_columns() -> list[Column]:
    return [
        (gettext("到账日期"), lambda r: r.received_on),
        (gettext("银行流水号"), lambda r: r.bank_reference),
        (gettext("付款户名"), lambda r: r.payer_name),
        (gettext("金额"), lambda r: r.amount),
        (gettext("币种"), lambda r: r.currency),
        (gettext("参考码"), lambda r: codes.shown(r.payment.reference) if r.payment else ""),
        (gettext("备注"), lambda r: r.note),
    ]


@bp.route("/receipts/new", methods=["GET", "POST"])
def new_receipt() -> ResponseReturnValue:
    """Book a credit of the bank's statement."""
    form = ReceiptForm()
    status = 200
    if form.validate_on_submit():
        try:
            said = _booked(form)
        except NotAllowed:
            raise
        except Refused as refusal:
            absorb(form, refusal, locale_code())
            status = 422
        else:
            flash(said, "ok")
            return redirect(url_for("console_money.receipts"), 303)
    elif form.is_submitted():
        status = 422
    elif request.args.get("reference"):
        form.reference.data = request.args["reference"][:40]
    return render_template("console/money/receipt_new.html", form=form), status


def _booked(form: ReceiptForm) -> str:
    """Book it and say what became of the money."""
    actor = current_actor()
    if not form.reference.data:
        with transaction():
            payments.book_unmatched(actor, form.seen())
        return gettext("已挂账，待匹配或退回。")
    payment = queries.get(actor, form.reference.data)
    with transaction():
        receipt = deals.receive(actor, payment, form.seen())
    excess, short = receipt.excess, payment.outstanding
    if excess:
        return gettext("已登记；%(amount)s 计入付款方余额，可退回。", amount=money(excess))
    if short.minor > 0:
        return gettext("已登记；尚欠 %(amount)s。", amount=money(short))
    return gettext("已登记，款项全额到账。")


@bp.route("/receipts/<int:receipt_id>", methods=["GET", "POST"])
def receipt(receipt_id: int) -> ResponseReturnValue:
    """One receipt; money in suspense is matched here."""
    actor = current_actor()
    found = queries.receipt(actor, receipt_id)
    form = MatchForm()
    status = 200
    if form.validate_on_submit():
        try:
            payment = queries.get(actor, form.reference.data or "")
            with transaction():
                deals.match_receipt(actor, found, payment, because=form.because.data or "")
        except NotAllowed:
            raise
        except Refused as refusal:
            absorb(form, refusal, locale_code())
            status = 422
        else:
            flash(gettext("已匹配。"), "ok")
            return redirect(url_for("console_money.receipt", receipt_id=receipt_id), 303)
    elif form.is_submitted():
        status = 422
    page = render_template(
        "console/money/receipt.html",
        receipt=found,
        form=form,
        sent_form=SentForm(formdata=None),
        subjects=subjects,
    )
    return page, status


@bp.post("/receipts/<int:receipt_id>/return")
def send_back(receipt_id: int) -> ResponseReturnValue:
    """Money that was not for us went back."""
    actor = current_actor()
    found = queries.receipt(actor, receipt_id)
    form = SentForm()
    if form.validate_on_submit():
        try:
            with transaction():
                payments.send_back(
                    actor,
                    found,
                    bank_reference=form.bank_reference.data or "",
                    sent_on=form.sent_on.data,
                )
        except NotAllowed:
            raise
        except Refused as refusal:
            absorb(form, refusal, locale_code())
        else:
            flash(gettext("已登记退回。"), "ok")
            return redirect(url_for("console_money.receipt", receipt_id=receipt_id), 303)
    page = render_template(
        "console/money/receipt.html",
        receipt=queries.receipt(actor, receipt_id),
        form=MatchForm(formdata=None),
        sent_form=form,
        subjects=subjects,
    )
    return page, 422


# ---- payouts -----------------------------------------------------------------------------------


@bp.get("/payouts")
def payouts() -> ResponseReturnValue:
    """What is to be sent, and what was; and credits that nobody ordered yet."""
    actor = current_actor()
    state = request.args.get("state", PayoutState.ORDERED.value)
    wanted = PayoutState(state) if state in set(PayoutState) else None
    rows = queries.payouts(actor, **_sought(), state=wanted)
    if _wants_export():
        found = db.session.scalars(rows.limit(EXPORT_ROWS))
        return table_response(found, _payout_columns(), "payouts", request.args["format"])
    there = queries.still_at_providers()
    return render_template(
        "console/money/payouts.html",
        at_provider=lambda payout: queries.waits_at_provider(payout, there),
        page=paginate(rows),
        search=_search(),
        state=wanted.value if wanted else "all",
        owed=queries.credits_owed(actor),
        subjects=subjects,
        totals=totals(),
        states=[
            ("all", gettext("全部状态")),
            *((s.value, words("states", f"payout.{s.value}")) for s in PayoutState),
        ],
    )


def _payout_columns() -> list[Column]:
    return [
        (gettext("收款方"), lambda p: org_name(p.payee)),
        (gettext("开户银行"), lambda p: p.bank_name),
        (gettext("账号"), lambda p: p.bank_account),
        (gettext("用途"), lambda p: words("enums", f"payout_purpose.{p.purpose}")),
        (gettext("金额"), lambda p: p.amount),
        (gettext("币种"), lambda p: p.currency),
        (gettext("状态"), lambda p: words("states", f"payout.{p.state.value}")),
        (gettext("银行流水号"), lambda p: p.bank_reference or ""),
        (gettext("汇出日期"), lambda p: p.sent_on),
    ]


@bp.route("/payouts/<int:payout_id>", methods=["GET", "POST"])
def payout(payout_id: int) -> ResponseReturnValue:
    """One payout; say here that the bank sent it."""
    form = SentForm()
    if form.validate_on_submit():
        answer = _payout_command(
            form,
            lambda: deals.send_payout(
                current_actor(),
                queries.payout(current_actor(), payout_id),
                bank_reference=form.bank_reference.data or "",
                sent_on=form.sent_on.data,
            ),
        )
        if answer:
            flash(gettext("已登记汇出。"), "ok")
            return redirect(url_for("console_money.payouts"), 303)
    return _payout_page(payout_id, form, ConfirmAccountForm(formdata=None))


@bp.post("/payouts/<int:payout_id>/account")
def confirm_account(payout_id: int) -> ResponseReturnValue:
    """The payee's account changed after the order: staff asked, and say how."""
    form = ConfirmAccountForm()
    if form.validate_on_submit():
        answer = _payout_command(
            form,
            lambda: deals.confirm_account(
                current_actor(),
                queries.payout(current_actor(), payout_id),
                because=form.because.data or "",
            ),
        )
        if answer:
            flash(gettext("收款账户已确认，由另一位工作人员登记汇出。"), "ok")
            return redirect(url_for("console_money.payout", payout_id=payout_id), 303)
    return _payout_page(payout_id, SentForm(formdata=None), form)


def _payout_command(form: FlaskForm, command: Callable[[], None]) -> bool:
    """Carry it out; what is wrong is said on the form, what cannot be done above the page."""
    try:
        with transaction():
            command()
    except NotAllowed:
        raise
    except Invalid as refusal:
        absorb(form, refusal, locale_code())
        return False
    except Refused as refusal:
        flash(words("refusals", refusal.code, **refusal.facts), "bad")
        return False
    return True


def _payout_page(
    payout_id: int, form: SentForm, account_form: ConfirmAccountForm
) -> ResponseReturnValue:
    found = queries.payout(current_actor(), payout_id)
    page = render_template(
        "console/money/payout.html",
        payout=found,
        by_card=queries.card_payouts_of(found),
        goes_by_card=queries.goes_by_card(found),
        at_provider=found.state is PayoutState.ORDERED
        and queries.waits_at_provider(found, queries.still_at_providers()),
        cards_possible=payments.can_go_by_card(found),
        form=form,
        account_form=account_form,
        subjects=subjects,
    )
    return page, 422 if request.method == "POST" else 200


@bp.post("/credits/<int:organisation_id>/<currency>/refund")
def refund_credit(organisation_id: int, currency: str) -> ResponseReturnValue:
    """Order an organisation's credit to be sent back."""
    organisation = db.get_or_404(Organisation, organisation_id)
    if currency not in EXPONENTS:
        return redirect(url_for("console_money.payouts"), 303)
    try:
        with transaction():
            payments.refund_credit(current_actor(), organisation, currency)
    except NotAllowed:
        raise
    except Refused as refusal:
        flash(words("refusals", refusal.code, **refusal.facts), "bad")
    else:
        flash(gettext("已下达退款，请在汇出后登记。"), "ok")
    return redirect(url_for("console_money.payouts"), 303)


# ---- the books ---------------------------------------------------------------------------------


@bp.get("/books")
def accounts() -> ResponseReturnValue:
    """The trial balance."""
    rows = books.accounts(current_actor(), search=_search())
    if _wants_export():
        return table_response(rows, _account_columns(), "accounts", request.args["format"])
    sums: dict[str, int] = {}
    for row in rows:
        sums[row.balance.currency] = sums.get(row.balance.currency, 0) + row.balance.minor
    return render_template(
        "console/money/accounts.html",
        accounts=rows,
        search=_search(),
        sums=[Money(currency, minor) for currency, minor in sorted(sums.items())],
        totals=totals(),
    )


def _account_columns() -> list[Column]:
    return [
        (gettext("账户"), lambda a: a.name),
        (gettext("币种"), lambda a: a.balance.currency),
        (gettext("余额"), lambda a: a.balance),
        (gettext("分录数"), lambda a: a.postings),
        (gettext("最近一笔"), lambda a: a.last_at),
    ]


@bp.get("/books/journal")
def journal() -> ResponseReturnValue:
    """Transfers with their postings, newest first; of one account if asked."""
    account = request.args.get("account", "")[:80]
    rows = books.transfers(current_actor(), account=account, search=_search(), **_days())
    if _wants_export():
        found = [p for t in db.session.scalars(rows.limit(EXPORT_ROWS)) for p in t.postings]
        return table_response(found, _posting_columns(), "journal", request.args["format"])
    return render_template(
        "console/money/journal.html",
        page=paginate(rows),
        account=account,
        search=_search(),
        days=_days(),
    )


def _posting_columns() -> list[Column]:
    return [
        (gettext("时间"), lambda p: p.transfer.created_at),
        (gettext("凭证"), lambda p: p.transfer.key),
        (gettext("摘要"), lambda p: p.transfer.memo),
        (gettext("账户"), lambda p: p.account),
        (gettext("币种"), lambda p: p.currency),
        (gettext("金额"), lambda p: Money(p.currency, p.minor)),
    ]


@bp.get("/check")
def check() -> ResponseReturnValue:
    """The proof of the books, run now."""
    require(current_actor(), books_policy.read_books)
    return render_template("console/money/check.html", proof=deals.self_check(), totals=totals())
