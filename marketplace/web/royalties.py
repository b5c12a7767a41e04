"""Royalties after closing: what is due, a statement with its money, audits, the owner's registers."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from marketplace.core.db import transaction
from marketplace.core.errors import NotAllowed, NotFound, Refused
from marketplace.core.money import Money
from marketplace.documents import services as documents
from marketplace.documents import sniff
from marketplace.documents.models import Document
from marketplace.forms.absorb import absorb
from marketplace.forms.deals import ReasonForm
from marketplace.forms.royalties import (
    AnswerForm,
    AskAuditForm,
    ConcludeForm,
    DirectForm,
    StatementForm,
)
from marketplace.payments import codes
from marketplace.royalties import policy, queries
from marketplace.royalties import services as royalties
from marketplace.royalties.models import RoyaltyStatement, StatementState
from marketplace.web import history
from marketplace.web.export import Column, table_response
from marketplace.web.locale import gettext
from marketplace.web.paging import everything, paginate
from marketplace.web.presentation import locale_code, org_name, words
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("royalties", __name__, url_prefix="/workbench/royalties")
FILES = frozenset({sniff.Kind.PDF, sniff.Kind.XLSX, sniff.Kind.CSV})
SIDES = (queries.LICENSEE, queries.LICENSOR)


def _columns() -> list[Column]:
    return [
        (gettext("编号"), lambda s: s.reference),
        (gettext("交易"), lambda s: s.deal.reference),
        (gettext("许可方"), lambda s: org_name(s.deal.seller)),
        (gettext("被许可方"), lambda s: org_name(s.deal.buyer)),
        (gettext("期间起"), lambda s: s.begins),
        (gettext("期间止"), lambda s: s.ends),
        (gettext("报送期限"), lambda s: s.report_by),
        (
            gettext("计费基数"),
            lambda s: "" if s.base_minor is None else Money(s.currency, s.base_minor),
        ),
        (gettext("提成费"), lambda s: s.royalty),
        (gettext("已收"), queries.received),
        (gettext("币种"), lambda s: s.currency),
        (gettext("状态"), lambda s: words("states", f"royalty_statement.{s.state.value}")),
    ]


@bp.get("")
@sign_in_required
def index() -> ResponseReturnValue:
    """What is due first, then every statement; and what the licences granted brought a year."""
    actor = current_actor()
    side = request.args.get("side", "")
    side = side if side in SIDES else ""
    named = request.args.get("state", "")
    state = StatementState(named) if named in set(StatementState) else None
    search = request.args.get("q", "").strip()[:100]
    rows = queries.statements(actor, side=side, state=state, search=search)
    if request.args.get("format") in {"csv", "xlsx"}:
        return table_response(everything(rows), _columns(), "royalties", request.args["format"])
    return render_template(
        "royalties/index.html",
        page=paginate(rows),
        years=queries.report(actor),
        received=queries.received,
        which=side,
        state=named if state else "",
        search=search,
        sides=[("", gettext("全部")), *((s, words("enums", f"royalty_side.{s}")) for s in SIDES)],
        states=[
            ("", gettext("全部状态")),
            *((s.value, words("states", f"royalty_statement.{s.value}")) for s in StatementState),
        ],
    )


@bp.get("/licences")
@sign_in_required
def licences() -> ResponseReturnValue:
    """The owner's register of the licences on its rights."""
    search = request.args.get("q", "").strip()[:100]
    rows = queries.licences_granted(current_actor(), search=search)
    if request.args.get("format") in {"csv", "xlsx"}:
        columns: list[Column] = [
            (gettext("权利"), lambda x: x.asset.title),
            (gettext("号码"), lambda x: x.asset.number),
            (gettext("被许可方"), lambda x: x.licensee_name),
            (gettext("许可方式"), lambda x: words("enums", f"grant.{x.grant}")),
            (gettext("自"), lambda x: x.starts_on),
            (gettext("至"), lambda x: x.ends_on),
            (gettext("备案号"), lambda x: x.recordal_number),
        ]
        return table_response(everything(rows), columns, "licences", request.args["format"])
    return render_template("royalties/licences.html", page=paginate(rows), search=search)


@bp.get("/<reference>")
@sign_in_required
def show(reference: str) -> ResponseReturnValue:
    """One statement, its figures and money, and what the reader may do with it."""
    return _page(reference)


def _page(reference: str, at_fault: FlaskForm | None = None) -> ResponseReturnValue:
    actor = current_actor()
    statement = queries.get(actor, reference)
    page = render_template(
        "royalties/show.html",
        statement=statement,
        money_in=[(one, codes.shown(one.reference)) for one in queries.payments_of(statement)],
        received=queries.received(statement),
        terms=statement.deal.terms,
        audits=queries.audits_of(statement.deal),
        may={
            "report": policy.report.allows(actor, statement),
            "judge": policy.judge.allows(actor, statement),
            "answer": policy.answer_audit.allows(actor, statement),
        },
        forms=_forms(statement, at_fault),
        minor=lambda figure: Money(statement.currency, figure),
        history=history.entries(statement, *queries.audits_of(statement.deal)),
    )
    return page, 422 if at_fault else 200


SHAPES: dict[str, type[FlaskForm]] = {
    "report": StatementForm,
    "query": ReasonForm,
    "direct": DirectForm,
    "audit": AskAuditForm,
    "answer": AnswerForm,
    "conclude": ConcludeForm,
}


def _forms(statement: RoyaltyStatement, at_fault: FlaskForm | None) -> dict[str, Any]:
    forms: dict[str, Any] = {
        name: at_fault if type(at_fault) is shape else shape(formdata=None)
        for name, shape in SHAPES.items()
    }
    for name, form in forms.items():
        if name != "report":  # several forms on a page: each field its own id
            for field in form:
                field.id = field.label.field_id = f"{name}-{field.name}"
    if at_fault is None:
        forms["report"].begin_with(statement.lines_data, statement.currency)
        forms["report"].note.data = statement.note
    return forms


def _done(
    reference: str, form: FlaskForm, work: Callable[[RoyaltyStatement], None], said: str
) -> ResponseReturnValue:
    """Carry it out, or show the page again with what is wrong."""
    if not form.validate_on_submit():
        return _page(reference, form)
    try:
        with transaction():
            work(queries.get(current_actor(), reference))
    except (NotAllowed, NotFound):
        raise
    except Refused as refusal:
        if type(form) in SHAPES.values():
            absorb(form, refusal, locale_code())
            return _page(reference, form)
        flash(words("refusals", refusal.code, **refusal.facts), "bad")
    else:
        flash(said, "ok")
    return redirect(url_for("royalties.show", reference=reference), 303)


def _kept(form: Any, statement: RoyaltyStatement) -> Document | None:
    upload = form.document.data
    if not upload:
        return None
    return documents.store(
        current_actor(),
        upload.stream,
        upload.filename or "statement",
        purpose="royalty_statement",
        subject=statement,
        allowed=FILES,
    )


@bp.post("/<reference>/report")
@sign_in_required
def report(reference: str) -> ResponseReturnValue:
    """The licensee reports the period."""
    form = StatementForm()

    def work(statement: RoyaltyStatement) -> None:
        royalties.submit(
            current_actor(),
            statement,
            form.typed(),
            note=form.note.data or "",
            document=_kept(form, statement),
        )

    return _done(reference, form, work, gettext("已报送，应付提成费已算出。"))


@bp.post("/<reference>/query")
@sign_in_required
def query(reference: str) -> ResponseReturnValue:
    """The owner asks about it."""
    form = ReasonForm()

    def work(statement: RoyaltyStatement) -> None:
        royalties.query(current_actor(), statement, because=form.because.data or "")

    return _done(reference, form, work, gettext("已发出询问。"))


@bp.post("/<reference>/accept")
@sign_in_required
def accept(reference: str) -> ResponseReturnValue:
    """The owner takes it as right."""

    def work(statement: RoyaltyStatement) -> None:
        royalties.accept(current_actor(), statement)

    return _done(reference, FlaskForm(), work, gettext("报表已确认。"))


@bp.post("/<reference>/direct")
@sign_in_required
def direct(reference: str) -> ResponseReturnValue:
    """The owner was paid past the exchange."""
    form = DirectForm()

    def work(statement: RoyaltyStatement) -> None:
        royalties.confirm_direct(current_actor(), statement, on=form.on.data)

    return _done(reference, form, work, gettext("已登记直接收款。"))


@bp.post("/<reference>/audit")
@sign_in_required
def ask_audit(reference: str) -> ResponseReturnValue:
    """The owner has the books looked at."""
    form = AskAuditForm()

    def work(statement: RoyaltyStatement) -> None:
        royalties.ask_audit(
            current_actor(),
            statement,
            accountant=form.accountant.data or "",
            begins_on=form.begins_on.data,
            because=form.because.data or "",
        )

    return _done(reference, form, work, gettext("已通知被许可方。"))


@bp.post("/<reference>/audits/<int:audit_id>/answer")
@sign_in_required
def answer_audit(reference: str, audit_id: int) -> ResponseReturnValue:
    """The licensee says where and when."""
    form = AnswerForm()

    def work(_: RoyaltyStatement) -> None:
        actor = current_actor()
        royalties.answer_audit(actor, queries.audit(actor, audit_id), answer=form.answer.data or "")

    return _done(reference, form, work, gettext("已答复。"))


@bp.post("/<reference>/audits/<int:audit_id>/conclude")
@sign_in_required
def conclude_audit(reference: str, audit_id: int) -> ResponseReturnValue:
    """What the accountant found."""
    form = ConcludeForm()

    def work(statement: RoyaltyStatement) -> None:
        actor = current_actor()
        royalties.conclude_audit(
            actor,
            queries.audit(actor, audit_id),
            short=Money(statement.currency, form.short.data.minor),
            document=_kept(form, statement),
            because=form.because.data or "",
        )

    return _done(reference, form, work, gettext("查账结论已登记。"))


@bp.post("/<reference>/audits/<int:audit_id>/withdraw")
@sign_in_required
def withdraw_audit(reference: str, audit_id: int) -> ResponseReturnValue:
    """The owner lets it be."""

    def work(_: RoyaltyStatement) -> None:
        actor = current_actor()
        royalties.withdraw_audit(actor, queries.audit(actor, audit_id))

    return _done(reference, FlaskForm(), work, gettext("查账已撤回。"))
