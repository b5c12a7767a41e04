"""The bank's statements: taken in, and booked movement by movement."""

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from marketplace.console.money import EXPORT_ROWS, subjects, totals
from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, NotAllowed, Refused, WrongState
from marketplace.deals import services as deals
from marketplace.documents import queries as documents
from marketplace.forms.absorb import absorb
from marketplace.forms.bank import LineForm, StatementForm
from marketplace.payments import codes, queries
from marketplace.payments import services as payments
from marketplace.payments.models import BankLine, BankLineState, Payment, Payout, Receipt
from marketplace.payments.statements.reading import LARGEST
from marketplace.web.export import Column, table_response
from marketplace.web.locale import gettext, ngettext
from marketplace.web.paging import paginate
from marketplace.web.presentation import locale_code, words
from marketplace.web.session import current_actor, operators_only

bp = Blueprint("console_bank", __name__, url_prefix="/console/money/bank")
bp.before_request(operators_only)


@bp.context_processor
def _shared() -> dict[str, object]:
    return {
        "shown_code": codes.shown,
        "subjects": subjects,
        "key_of": _key_of,
        "hints_of": queries.hints,
    }


def _key_of(target: Payment | Payout | Receipt) -> str:
    return f"{target.__tablename__}:{target.id}"


def _filters() -> tuple[dict[str, Any], BankLineState | None]:
    given = {
        "search": request.args.get("q", "").strip()[:100],
        "direction": request.args.get("direction", ""),
    }
    state = request.args.get("state", "")
    return given, BankLineState(state) if state in set(BankLineState) else None


@bp.route("", methods=["GET", "POST"])
def index() -> ResponseReturnValue:
    """Every statement, the newest first; a new one is taken in here."""
    form = StatementForm()
    status = 200
    if form.validate_on_submit():
        try:
            taken = _take_in(form)
        except NotAllowed:
            raise
        except Refused as refusal:
            absorb(form, refusal, locale_code())
            status = 422
        else:
            flash(_said_of(taken), "ok")
            number = taken.statements[0].id
            return redirect(url_for("console_bank.statement", statement_id=number), 303)
    elif form.is_submitted():
        status = 422
    actor = current_actor()
    search = request.args.get("q", "").strip()[:100]
    page = render_template(
        "console/bank/index.html",
        form=form,
        page=paginate(queries.statements(actor, search=search)),
        search=search,
        reconciliations=queries.reconciliations(actor),
        open_lines=queries.open_lines(),
        totals=totals(),
    )
    return page, status


def _take_in(form: StatementForm) -> payments.TakenIn:
    upload: FileStorage = form.statement.data
    with transaction():
        return deals.take_in_statement(
            current_actor(),
            upload.stream.read(LARGEST + 1),
            upload.filename or "statement",
            account=current_app.config["ESCROW_ACCOUNT"],
            vouched_for=bool(form.vouched_for.data),
        )


def _said_of(taken: payments.TakenIn) -> str:
    said = ngettext("读入 %(num)s 笔新流水。", "读入 %(num)s 笔新流水。", taken.fresh)
    if taken.known:
        said += ngettext("另有 %(num)s 笔此前已读入。", "另有 %(num)s 笔此前已读入。", taken.known)
    return said


@bp.get("/<int:statement_id>")
def statement(statement_id: int) -> ResponseReturnValue:
    """One statement with its movements, and what each probably is."""
    actor = current_actor()
    found = queries.statement(actor, statement_id)
    before = queries.statement_before(found)
    return render_template(
        "console/bank/statement.html",
        statement=found,
        before=before,
        gap=_gap(before.closing_minor, found.opening_minor) if before else None,
        files=documents.of(actor, found, purpose="bank_statement"),
        open_here=len(queries.open_of(found)),
        **_page_of_lines(of=found),
    )


def _gap(closing: int | None, opening: int | None) -> int | None:
    """What is missing between two statements that ought to follow each other."""
    return None if closing is None or opening is None else opening - closing


def _page_of_lines(**narrowed: Any) -> dict[str, Any]:
    given, state = _filters()
    rows = queries.lines(current_actor(), state=state, **given, **narrowed)
    return {
        "page": paginate(rows),
        "search": given["search"],
        "direction": given["direction"],
        "state": state.value if state else "",
        "states": [("", gettext("全部")), *((s.value, _state_word(s)) for s in BankLineState)],
    }


def _state_word(state: BankLineState) -> str:
    return words("states", f"bank_line.{state.value}")


@bp.post("/<int:statement_id>/book")
def book(statement_id: int) -> ResponseReturnValue:
    """Book all of a statement that is certain; each movement in a transaction of its own."""
    actor = current_actor()
    found = queries.statement(actor, statement_id)
    done = {"booked": 0, "suspended": 0, "left": 0}
    for number in queries.open_of(found):
        try:
            with transaction():
                done[deals.settle_line(actor, queries.line(actor, number))] += 1
        except NotAllowed:
            raise
        except WrongState:  # somebody was faster
            continue
        except Refused:  # said on the movement's own page
            done["left"] += 1
    flash(
        gettext(
            "已入账 %(booked)s 笔，挂账 %(suspended)s 笔；%(left)s 笔须人工判断。",
            **{name: str(number) for name, number in done.items()},
        ),
        "warn" if done["left"] else "ok",
    )
    return redirect(url_for("console_bank.statement", statement_id=statement_id), 303)


@bp.get("/lines")
def lines() -> ResponseReturnValue:
    """The movements of all statements, for a search, a queue or an export."""
    if request.args.get("format") in {"csv", "xlsx"}:
        given, state = _filters()
        rows = queries.lines(current_actor(), state=state, **given)
        found = db.session.scalars(rows.limit(EXPORT_ROWS))
        return table_response(found, _columns(), "bank-lines", request.args["format"])
    return render_template("console/bank/lines.html", totals=totals(), **_page_of_lines())


def _columns() -> list[Column]:
    return [
        (gettext("记账日期"), lambda line: line.booked_on),
        (gettext("银行流水号"), lambda line: line.reference),
        (gettext("对方户名"), lambda line: line.counterparty),
        (gettext("对方账号"), lambda line: line.counterparty_account),
        (gettext("收入"), lambda line: line.amount if line.came_in else ""),
        (gettext("支出"), lambda line: "" if line.came_in else line.amount),
        (gettext("币种"), lambda line: line.currency),
        (gettext("附言"), lambda line: line.text),
        (gettext("状态"), lambda line: _state_word(line.state)),
    ]


@bp.route("/lines/<int:line_id>", methods=["GET", "POST"])
def line(line_id: int) -> ResponseReturnValue:
    """One movement: what it may be, and booking it as that."""
    actor = current_actor()
    found = queries.line(actor, line_id)
    form = LineForm()
    status = 200
    if form.validate_on_submit():
        try:
            with transaction():
                _book(found, form)
        except NotAllowed:
            raise
        except Refused as refusal:
            absorb(form, refusal, locale_code())
            status = 409 if isinstance(refusal, WrongState) else 422
        else:
            flash(gettext("已入账。"), "ok")
            return redirect(url_for("console_bank.line", line_id=line_id), 303)
        found = queries.line(actor, line_id)
    is_open = found.state is BankLineState.UNBOOKED
    page = render_template(
        "console/bank/line.html",
        line=found,
        hints=queries.hints(found) if is_open else [],
        on_their_way=queries.on_their_way(found.amount) if is_open and found.came_in else [],
        form=form,
    )
    return page, status


def _book(found: BankLine, form: LineForm) -> None:
    actor = current_actor()
    because = form.because.data or ""
    match request.form.get("as"):
        case "hint":
            hint = next(
                (h for h in queries.hints(found) if _key_of(h.of) == form.target.data), None
            )
            if hint is None:
                raise Refused("bank_line.stale")
            if hint.speaks_against:
                _must_say_why(because)
            deals.book_line(actor, found, hint.of, because=because)
        case "payment":
            _must_say_why(because)
            payment = queries.get(actor, form.reference.data or "")
            deals.book_line(actor, found, payment, because=because)
        case "suspense":
            deals.book_line(actor, found, None, because=because)
        case "fee":
            payments.book_fee(actor, found, because=because)
        case _:
            raise Refused("bank_line.stale")


def _must_say_why(because: str) -> None:
    if not because.strip():
        raise Invalid("bank_line.reason", fields={"because": "bank_line.reason"})
