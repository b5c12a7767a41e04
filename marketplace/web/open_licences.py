"""An owner's open-licence statements: drawn up, filed, published, withdrawn; who has taken one."""

import io
from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.assets import queries as rights
from marketplace.core import clock
from marketplace.core.db import transaction
from marketplace.core.errors import Invalid, NotAllowed, NotFound, Refused
from marketplace.core.policy import Actor, require
from marketplace.documents import services as documents
from marketplace.documents import sniff, typeset
from marketplace.documents.models import Document
from marketplace.forms.absorb import absorb
from marketplace.forms.deals import ReasonForm
from marketplace.forms.facts import answers, facts_form, in_groups, name_of
from marketplace.forms.open_licences import PublicationForm, StatementForm
from marketplace.open_licences import facts, policy, prints, queries, services
from marketplace.open_licences.models import OpenStatement, StatementState
from marketplace.web import history, open_licence_words
from marketplace.web.deals.contract import inline
from marketplace.web.deals.shared import refused_text
from marketplace.web.export import Column, table_response
from marketplace.web.limits import limiter
from marketplace.web.locale import gettext
from marketplace.web.paging import everything, paginate
from marketplace.web.presentation import locale_code, org_name, words
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("open_licences", __name__, url_prefix="/workbench/open-licences")


@bp.get("")
@sign_in_required
def index() -> ResponseReturnValue:
    """The statements of one's own patents, and the patents that have none."""
    actor = current_actor()
    named = request.args.get("state", "")
    state = StatementState(named) if named in set(StatementState) else None
    text = request.args.get("q", "").strip()[:100]
    rows = queries.statements(actor, state=state, text=text)
    if request.args.get("format") in {"csv", "xlsx"}:
        found = everything(rows)
        return table_response(found, _columns(), "open-licences", request.args["format"])
    page = paginate(rows)
    return render_template(
        "open_licences/index.html",
        page=page,
        taken={one.id: len(queries.licensees(one)) for one in page.items},
        state=named if state else "",
        text=text,
        states=[
            ("", gettext("全部状态")),
            *((s.value, words("states", f"open_statement.{s.value}")) for s in StatementState),
        ],
        fee=open_licence_words.fee,
        may_state=policy.state_any.allows(actor),
    )


def _columns() -> list[Column]:
    return [
        (gettext("编号"), lambda s: s.reference),
        (gettext("专利号"), lambda s: s.asset.number),
        (gettext("名称"), lambda s: s.asset.title),
        (gettext("费用标准"), lambda s: open_licence_words.fee(s.terms)),
        (gettext("状态"), lambda s: words("states", f"open_statement.{s.state.value}")),
        (gettext("声明公告号"), lambda s: s.number),
        (gettext("被许可方数量"), lambda s: len(queries.licensees(s))),
    ]


@bp.route("/new", methods=["GET", "POST"])
@sign_in_required
def new() -> ResponseReturnValue:
    """Draw a statement up: the patent first, then what it says."""
    actor = current_actor()
    require(actor, policy.state_any)
    wanted = request.values.get("asset", "")
    if not wanted:
        text = request.args.get("q", "").strip()[:100]
        page = paginate(queries.patents_to_state(actor, text=text))
        return render_template("open_licences/choose.html", page=page, text=text)
    asset = rights.get(actor, wanted)
    require(actor, policy.state, asset)
    form = StatementForm()
    if not form.is_submitted():
        form.payment_way.data = open_licence_words.usual_way()

    def work() -> OpenStatement:
        found = services.draw_up(actor, rights.get(actor, wanted), form.said())
        _keep_report(actor, found, form)
        return found

    return _edited(form, asset, work, gettext("声明已起草，请核对下面的检查结果。"))


@bp.route("/<reference>/edit", methods=["GET", "POST"])
@sign_in_required
def edit(reference: str) -> ResponseReturnValue:
    """Change a draft."""
    actor = current_actor()
    statement = queries.get(actor, reference)
    require(actor, policy.state, statement)
    if statement.state is not StatementState.DRAFT:
        return redirect(url_for("open_licences.show", reference=reference), 303)
    form = StatementForm()
    if not form.is_submitted():
        form.begin_with(statement)

    def work() -> OpenStatement:
        found = queries.get(actor, reference)
        services.revise(actor, found, form.said())
        _keep_report(actor, found, form)
        return found

    return _edited(form, statement.asset, work, gettext("已保存。"), statement)


def _edited(
    form: StatementForm,
    asset: Any,
    work: Callable[[], OpenStatement],
    said: str,
    statement: OpenStatement | None = None,
) -> ResponseReturnValue:
    if form.validate_on_submit():
        try:
            with transaction():
                reference = work().reference
        except NotAllowed:
            raise
        except Refused as refusal:
            absorb(form, refusal, locale_code())
        else:
            flash(said, "ok")
            return redirect(url_for("open_licences.show", reference=reference), 303)
    page = render_template("open_licences/edit.html", form=form, asset=asset, statement=statement)
    return page, 422 if form.is_submitted() else 200


def _keep_report(actor: Actor, statement: OpenStatement, form: StatementForm) -> None:
    paper = _stored(form.report, statement, "evaluation_report")
    if paper is not None:
        services.attach_report(actor, statement, paper)


def _stored(field: Any, statement: OpenStatement, purpose: str) -> Document | None:
    upload = field.data
    if upload is None or not upload.filename:
        return None
    return documents.store(
        current_actor(),
        upload.stream,
        upload.filename,
        purpose=purpose,
        subject=statement,
        allowed=sniff.PAPERS,
    )


@bp.get("/<reference>")
@sign_in_required
def show(reference: str) -> ResponseReturnValue:
    """A statement: where it stands, what is in its way, who has taken a licence under it."""
    actor = current_actor()
    statement = queries.get(actor, reference)
    if request.args.get("format") in {"csv", "xlsx"}:
        rows = queries.licensees(statement)
        name = f"{statement.reference}-licensees"
        return table_response(rows, licensee_columns(), name, request.args["format"])
    return _page(statement)


def licensee_columns() -> list[Column]:
    """Who has taken a licence, from when to when, and what was paid at the beginning."""
    until = open_licence_words.until
    return [
        (gettext("交易"), lambda d: d.reference),
        (gettext("被许可方"), lambda d: org_name(d.buyer)),
        (gettext("通知时间"), lambda d: d.notice.created_at if d.notice else None),
        (gettext("付清日期"), lambda d: d.notice.paid_on if d.notice else None),
        (gettext("生效日期"), lambda d: d.signed_at.astimezone(clock.BEIJING).date()),
        (gettext("至"), until),
        (gettext("首期费用"), lambda d: d.price),
        (gettext("币种"), lambda d: d.currency),
        (gettext("状态"), lambda d: words("states", f"deal.{d.state.value}")),
    ]


def _page(
    statement: OpenStatement, status: int = 200, at_fault: dict[str, Any] | None = None
) -> ResponseReturnValue:
    actor = current_actor()
    forms: dict[str, Any] = {
        "publication": PublicationForm(formdata=None, prefix="publication-"),
        "withdrawn": PublicationForm(formdata=None, prefix="withdrawn-"),
        "take_back": ReasonForm(formdata=None, prefix="back-"),
        "drop": ReasonForm(formdata=None, prefix="drop-"),
        "withdraw": ReasonForm(formdata=None, prefix="withdraw-"),
    } | (at_fault or {})
    draft = statement.state is StatementState.DRAFT
    page = render_template(
        "open_licences/show.html",
        statement=statement,
        outlook=facts.of(statement) if draft else None,
        licensees=queries.licensees(statement),
        listed=open_licence_words.listings_of(actor, statement),
        may_state=policy.state.allows(actor, statement),
        forms=forms,
        olw=open_licence_words,
        history=history.entries(statement),
    )
    return page, status


@bp.route("/<reference>/answers", methods=["GET", "POST"])
@sign_in_required
def answer(reference: str) -> ResponseReturnValue:
    """What no register knows of the right; said once, kept with the right."""
    actor = current_actor()
    statement = queries.get(actor, reference)
    require(actor, policy.state, statement)
    asked = facts.of(statement).questions
    form = facts_form(asked)
    if form.validate_on_submit():
        try:
            with transaction():
                found = queries.get(actor, reference)
                for field, value in answers(form, asked):
                    services.answer(actor, found, field.path, value)
        except NotAllowed:
            raise
        except Refused as refusal:
            refusal.fields = {name_of(k): v for k, v in refusal.fields.items()}
            absorb(form, refusal, locale_code())
        else:
            flash(gettext("陈述已保存。"), "ok")
            return redirect(url_for("open_licences.show", reference=reference), 303)
    page = render_template(
        "open_licences/answers.html",
        statement=statement,
        form=form,
        groups=in_groups(form, asked),
    )
    return page, 422 if form.is_submitted() else 200


@bp.get("/<reference>/paper")
@sign_in_required
@limiter.limit("30 per minute")
def paper(reference: str) -> ResponseReturnValue:
    """The statement as a PDF: a draft printed now; what was filed is among its documents."""
    statement = queries.get(current_actor(), reference)
    draft = typeset.print_paper(prints.statement(statement, drawn_at=clock.now()))
    return inline(io.BytesIO(draft), f"{statement.reference}-draft.pdf")


# ---- commands ----------------------------------------------------------------------------------


@bp.post("/<reference>/file")
@sign_in_required
def file(reference: str) -> ResponseReturnValue:
    """Hand it in."""

    def work(statement: OpenStatement) -> None:
        services.file(current_actor(), statement)

    said = gettext("检查通过，声明已定稿。请打印并提交国务院专利行政部门，公告后在此登记公告号。")
    return _done(reference, work, said)


@bp.post("/<reference>/take-back")
@sign_in_required
def take_back(reference: str) -> ResponseReturnValue:
    """Back to the draft."""
    return _with_reason(
        reference, "take_back", "back-", services.take_back, gettext("已退回起草。")
    )


@bp.post("/<reference>/drop")
@sign_in_required
def drop(reference: str) -> ResponseReturnValue:
    """Let it be."""
    return _with_reason(reference, "drop", "drop-", services.drop, gettext("已放弃这份声明。"))


@bp.post("/<reference>/withdraw")
@sign_in_required
def withdraw(reference: str) -> ResponseReturnValue:
    """Withdraw a published statement in writing."""
    said = gettext("撤回书已定稿，被许可方已收到通知。公告前仍可取得许可；公告后请在此登记。")
    return _with_reason(reference, "withdraw", "withdraw-", services.ask_withdrawal, said)


@bp.post("/<reference>/publication")
@sign_in_required
def publication(reference: str) -> ResponseReturnValue:
    """The office has published the statement."""
    said = gettext("已登记公告，交易所核对后声明生效。")
    return _published(reference, "publication", services.announce, said)


@bp.post("/<reference>/withdrawal-publication")
@sign_in_required
def withdrawal_publication(reference: str) -> ResponseReturnValue:
    """The office has published the withdrawal."""
    said = gettext("已登记撤回公告，交易所核对后终止开放许可。")
    return _published(reference, "withdrawn", services.announce_withdrawal, said)


@bp.post("/<reference>/listing")
@sign_in_required
def listing(reference: str) -> ResponseReturnValue:
    """Put the right up on the terms of the statement: a draft of a listing."""
    actor = current_actor()
    try:
        with transaction():
            number = services.put_up(actor, queries.get(actor, reference)).reference
    except (NotAllowed, NotFound):
        raise
    except Refused as refusal:
        flash(refused_text(refusal), "bad")
        return redirect(url_for("open_licences.show", reference=reference), 303)
    flash(gettext("已按声明的条款起草挂牌，请核对后提交审核；发布后开放直接许可。"), "ok")
    return redirect(url_for("my_listings.show", reference=number), 303)


def _done(reference: str, work: Callable[[OpenStatement], Any], said: str) -> ResponseReturnValue:
    try:
        with transaction():
            work(queries.get(current_actor(), reference))
    except (NotAllowed, NotFound):
        raise
    except Invalid as refusal:
        flash(refused_text(refusal), "bad")
        return redirect(url_for("open_licences.edit", reference=reference), 303)
    except Refused as refusal:
        flash(refused_text(refusal), "bad")
    else:
        flash(said, "ok")
    return redirect(url_for("open_licences.show", reference=reference), 303)


def _with_reason(
    reference: str, name: str, prefix: str, verb: Callable[..., Any], said: str
) -> ResponseReturnValue:
    actor = current_actor()
    statement = queries.get(actor, reference)
    form = ReasonForm(prefix=prefix)
    if not form.validate_on_submit():
        return _page(statement, 422, {name: form})
    return _done(reference, lambda found: verb(actor, found, because=form.because.data or ""), said)


def _published(
    reference: str, name: str, verb: Callable[..., Any], said: str
) -> ResponseReturnValue:
    actor = current_actor()
    statement = queries.get(actor, reference)
    require(actor, policy.state, statement)
    form = PublicationForm(prefix=f"{name}-")
    if not form.validate_on_submit():
        return _page(statement, 422, {name: form})
    try:
        with transaction():
            found = queries.get(actor, reference)
            evidence = _stored(form.document, found, "open_statement_publication")
            verb(
                actor,
                found,
                number=form.number.data or "",
                published_on=form.published_on.data,
                evidence=evidence,
            )
    except NotAllowed:
        raise
    except Refused as refusal:
        absorb(form, refusal, locale_code())
        return _page(queries.get(actor, reference), 422, {name: form})
    flash(said, "ok")
    return redirect(url_for("open_licences.show", reference=reference), 303)
