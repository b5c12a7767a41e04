"""The deals of one's organisation: the list, the page of a deal, and its steps."""

import io
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from marketplace.core import clock, settings
from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, NotAllowed, NotFound, Refused, Unlawful, WrongState
from marketplace.core.policy import require
from marketplace.deals import checklist as lists
from marketplace.deals import facts, papers, policy, progress, queries
from marketplace.deals import services as deals
from marketplace.deals.models import Deal, DealState
from marketplace.documents import services as documents
from marketplace.documents import sniff, storage, typeset
from marketplace.forms.absorb import absorb
from marketplace.forms.deals import (
    ClearForm,
    EvidenceForm,
    ReasonForm,
    SignForm,
    answers,
    facts_form,
)
from marketplace.organisations import passwords
from marketplace.payments import queries as payments
from marketplace.web import deal_page, inbox, wording
from marketplace.web.export import Column, table_response
from marketplace.web.limits import limiter
from marketplace.web.locale import gettext
from marketplace.web.paging import paginate
from marketplace.web.presentation import locale_code, org_name, words
from marketplace.web.session import current_actor, current_sign_in, sign_in_required

bp = Blueprint("deals", __name__, url_prefix="/workbench/deals")
EXPORT_ROWS = 5_000
SORTS = ("due", "newest", "price")


@bp.get("")
@sign_in_required
def index() -> ResponseReturnValue:
    """One's deals, the most urgent first."""
    actor = current_actor()
    wanted = wanted_of(request.args)
    rows = queries.listed(actor, wanted)
    if request.args.get("format") in {"csv", "xlsx"}:
        found = db.session.scalars(rows.limit(EXPORT_ROWS)).unique()
        return table_response(found, columns(), "deals", request.args["format"])
    page = paginate(rows)
    return render_template(
        "deals/index.html",
        page=page,
        wanted=wanted,
        filtered=any((wanted.side, wanted.state, wanted.search)),
        counts=queries.counts(actor),
        unread=inbox.unread("deal"),
        steps={deal.id: progress.brief(deal, actor) for deal in page.items},
        states=state_options(),
        sides_text=deal_page.sides_text,
        wording=wording,
        mode_of=deal_page.mode_of,
    )


def wanted_of(args: Any) -> queries.Wanted:
    """What the list's address asks for; nonsense is ignored."""
    side, sort = args.get("side", ""), args.get("sort", "")
    return queries.Wanted(
        side=side if side in {"seller", "buyer"} else "",
        state=args.get("state", "")[:20],
        search=args.get("q", "").strip()[:100],
        sort=sort if sort in SORTS else "due",
    )


def state_options() -> list[tuple[str, str]]:
    """For the filter of a list of deals."""
    return [
        ("", gettext("全部状态")),
        ("open", gettext("进行中")),
        *((state.value, words("states", f"deal.{state.value}")) for state in DealState),
    ]


def columns() -> list[Column]:
    """For the export of a list of deals."""
    return [
        (gettext("编号"), lambda d: d.reference),
        (gettext("标的"), lambda d: d.listing.title),
        (gettext("交易方式"), deal_page.mode_of),
        (gettext("卖方"), lambda d: org_name(d.seller)),
        (gettext("买方"), lambda d: org_name(d.buyer)),
        (gettext("价格"), lambda d: d.price),
        (gettext("币种"), lambda d: d.currency),
        (gettext("状态"), lambda d: words("states", f"deal.{d.state.value}")),
        (gettext("期限"), lambda d: d.due_at),
        (gettext("建立时间"), lambda d: d.created_at),
        (gettext("签署时间"), lambda d: d.signed_at),
        (gettext("完成时间"), lambda d: d.closed_at),
    ]


@bp.get("/<reference>")
@sign_in_required
def show(reference: str) -> ResponseReturnValue:
    """All about one deal, the next step on top."""
    deal = queries.get(current_actor(), reference)
    return _page(queries.get(current_actor(), reference) if inbox.opened(deal) else deal)


def _page(deal: Deal, status: int = 200, **forms: Any) -> ResponseReturnValue:
    sha256 = deal.contract.sha256 if deal.contract else ""
    given: dict[str, Any] = {
        "clear_form": ClearForm(formdata=None),
        "sign_form": SignForm(formdata=None, contract_sha256=sha256),
        "reason_form": ReasonForm(formdata=None),
        "reopen_form": ReasonForm(formdata=None, prefix="reopen-"),
    } | forms
    actor = current_actor()
    shown = deal_page.context(actor, deal, console=actor.is_operator, **given)
    return render_template("deals/show.html", **shown), status


def _back(reference: str, anchor: str = "") -> ResponseReturnValue:
    page = "console_deals.show" if current_actor().is_operator else "deals.show"
    return redirect(url_for(page, reference=reference, _anchor=anchor or None), 303)


def _do(
    reference: str, command: Callable[[Deal], Any], done: str, anchor: str = ""
) -> ResponseReturnValue:
    """One command without a form: what is refused is said on the deal's page."""
    deal = queries.get(current_actor(), reference)
    try:
        with transaction():
            command(deal)
    except (NotAllowed, NotFound):
        raise
    except Refused as refusal:
        flash(refused_text(refusal), "bad")
    else:
        flash(done, "ok")
    return _back(reference, anchor)


def refused_text(refusal: Refused) -> str:
    """A refusal in a sentence; one of the law names its rules."""
    text = words("refusals", refusal.code, **refusal.facts)
    if not isinstance(refusal, Unlawful):
        return text
    rules = gettext("、").join(rule_title(rule) for rule in refusal.needs)
    return gettext("%(sentence)s（%(rules)s）", sentence=text, rules=rules)


def rule_title(rule_id: str) -> str:
    """The title of a rule on file."""
    rule = lists.rule(rule_id)
    return rule.title.say(locale_code()) if rule else rule_id


def _with_reason(
    reference: str, command: Callable[[Deal, str], Any], done: str, *, form_name: str, anchor: str
) -> ResponseReturnValue:
    """One command that wants a reason; what is wrong is said beside it."""
    deal = queries.get(current_actor(), reference)
    form = ReasonForm(prefix="reopen-" if form_name == "reopen_form" else "")
    if not form.validate_on_submit():
        return _page(deal, 422, **{form_name: form})
    try:
        with transaction():
            command(deal, form.because.data or "")
    except (NotAllowed, NotFound):
        raise
    except Invalid as refusal:
        absorb(form, refusal, locale_code())
        return _page(queries.get(current_actor(), reference), 422, **{form_name: form})
    except Refused as refusal:  # the deal went on meanwhile: the form may be gone from its page
        flash(refused_text(refusal), "bad")
        return _back(reference, anchor)
    flash(done, "ok")
    return _back(reference, anchor)


# ---- checklist ---------------------------------------------------------------------------------


@bp.route("/<reference>/facts", methods=["GET", "POST"])
@sign_in_required
def answer(reference: str) -> ResponseReturnValue:
    """The facts that this side knows, all on one page."""
    actor = current_actor()
    deal = queries.get(actor, reference)
    require(actor, policy.answer, deal)
    asked = [q for q in lists.of(deal).questions if deal_page.answers_it(actor, deal, q)]
    form = facts_form(asked)
    status = 200
    if form.validate_on_submit():
        try:
            with transaction():
                for field, value in answers(form, asked):
                    deals.answer(actor, deal, field.record, field.name, value)
        except NotAllowed:
            raise
        except Refused as refusal:
            refusal.fields = {k.replace(".", "__"): v for k, v in refusal.fields.items()}
            absorb(form, refusal, locale_code())
            status = 422
        else:
            more = [
                q
                for q in lists.of(queries.get(actor, reference)).open_questions
                if deal_page.answers_it(actor, deal, q)
            ]
            if more:
                flash(gettext("已保存。根据您的回答，还有几项需要补充。"), "info")
                return redirect(url_for("deals.answer", reference=reference), 303)
            flash(gettext("事实已保存，系统已重新核查。"), "ok")
            return _back(reference, "checklist")
    elif form.is_submitted():
        status = 422
    page = render_template(
        "deals/facts.html",
        deal=deal,
        form=form,
        asked=[(q, form[q.path.replace(".", "__")]) for q in asked],
        title=wording.own_title(deal.listing)[0],
    )
    return page, status


@bp.route("/<reference>/evidence", methods=["GET", "POST"])
@sign_in_required
@limiter.limit("30 per minute", methods=["POST"])
def file_evidence(reference: str) -> ResponseReturnValue:
    """Upload a paper that settles a finding, or proves the recordal."""
    actor = current_actor()
    deal = queries.get(actor, reference)
    require(actor, policy.file_evidence, deal)
    names = deal_page.names_to_file(deal, lists.of(deal))
    form = EvidenceForm()
    form.offer(names)
    status = 200
    if form.validate_on_submit():
        try:
            with transaction():
                _file(deal, form)
        except NotAllowed:
            raise
        except Refused as refusal:
            absorb(form, refusal, locale_code())
            status = 422
        else:
            flash(gettext("材料已提交，交易所核对后会通知双方。"), "ok")
            proves = form.name.data in {
                name for group in facts.recordal_wanted(deal) for name in group
            }
            return _back(reference, "recordal" if proves else "checklist")
    elif form.is_submitted():
        status = 422
    elif request.args.get("name") in names:
        form.name.data = request.args["name"]
    page = render_template(
        "deals/evidence.html",
        deal=deal,
        form=form,
        names=names,
        title=wording.own_title(deal.listing)[0],
    )
    return page, status


def _file(deal: Deal, form: EvidenceForm) -> None:
    upload = form.document.data
    document = documents.store(
        current_actor(),
        upload.stream,
        upload.filename or "",
        purpose="evidence",
        subject=deal,
        readers=[deal.seller_id, deal.buyer_id],
        allowed=sniff.PAPERS,
    )
    deals.file_evidence(
        current_actor(),
        deal,
        name=form.name.data,
        document=document,
        issuer=form.issuer.data or "",
        issued_on=form.issued_on.data,
        number=form.number.data or "",
    )


@bp.post("/<reference>/evidence/<int:evidence_id>/withdraw")
@sign_in_required
def withdraw_evidence(reference: str, evidence_id: int) -> ResponseReturnValue:
    """Take back a paper that nobody has looked at."""
    evidence = queries.evidence(current_actor(), evidence_id)
    if evidence.deal.reference != reference:
        raise NotFound("evidence.unknown")
    return _do(
        reference,
        lambda _: deals.withdraw_evidence(current_actor(), evidence),
        gettext("材料已撤回。"),
        "checklist",
    )


# ---- contract and signatures -------------------------------------------------------------------


@bp.post("/<reference>/clear")
@sign_in_required
def clear(reference: str) -> ResponseReturnValue:
    """The checklist is done: draw the contract up."""
    form = ClearForm()
    return _do(
        reference,
        lambda deal: deals.clear(current_actor(), deal, bilingual=bool(form.bilingual.data)),
        gettext("合同已生成，请双方阅读后签署。"),
        "contract",
    )


@bp.post("/<reference>/reopen")
@sign_in_required
def reopen(reference: str) -> ResponseReturnValue:
    """Back to the checklist."""
    return _with_reason(
        reference,
        lambda deal, because: deals.reopen(current_actor(), deal, because=because),
        gettext("已退回核查清单，原合同草案作废。"),
        form_name="reopen_form",
        anchor="checklist",
    )


@bp.get("/<reference>/contract")
@sign_in_required
@limiter.limit("30 per minute")
def contract(reference: str) -> ResponseReturnValue:
    """The contract to read: the file to be signed, or before that a draft printed now."""
    deal = queries.get(current_actor(), reference)
    if deal.contract is not None:
        return inline(storage.open_file(deal.contract.sha256), deal.contract.filename)
    draft = typeset.print_paper(papers.contract(deal, drawn_at=clock.now()))
    return inline(io.BytesIO(draft), f"{deal.reference}-draft.pdf")


def inline(content: Any, filename: str) -> Response:
    """A PDF of our own making, shown by the browser."""
    response = send_file(content, mimetype="application/pdf", download_name=filename)
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@bp.post("/<reference>/sign")
@sign_in_required
@limiter.limit("10 per minute")
def sign(reference: str) -> ResponseReturnValue:
    """Sign the file that was shown, with the password once more."""
    actor = current_actor()
    deal = queries.get(actor, reference)
    require(actor, policy.sign, deal)
    form = SignForm()
    if not form.validate_on_submit():
        return _page(deal, 422, sign_form=form)
    row = current_sign_in()
    user = row.user if row else None
    proved = passwords.matches(user, form.password.data or "")  # slow: before the transaction
    second = bool(user and user.has_second_factor)
    try:
        with transaction():
            deals.sign(
                actor,
                deal,
                password_proved=proved,
                contract_sha256=form.contract_sha256.data or "",
                second_factor=second,
            )
    except NotAllowed:
        raise
    except Unlawful as refusal:
        form.form_errors.append(refused_text(refusal))
        return _page(queries.get(actor, reference), 422, sign_form=form)
    except WrongState as refusal:
        flash(refused_text(refusal), "bad")
        return _back(reference)
    except Refused as refusal:
        absorb(form, refusal, locale_code())
        found = queries.get(actor, reference)
        form.contract_sha256.data = found.contract.sha256 if found.contract else ""
        return _page(found, 422, sign_form=form)
    flash(gettext("签署成功。"), "ok")
    return _back(reference)


# ---- payment -----------------------------------------------------------------------------------


@bp.get("/<reference>/payment")
@sign_in_required
@limiter.limit("30 per minute")
def payment(reference: str) -> ResponseReturnValue:
    """The payment instruction as a paper, for the bank."""
    actor = current_actor()
    deal = queries.get(actor, reference)
    require(actor, policy.see_payment, deal)
    expected = payments.of(deal)
    if not expected:
        raise NotFound("payment.unknown")
    paper = papers.payment(deal, expected[-1], demo=settings.current().demo)
    return inline(io.BytesIO(typeset.print_paper(paper)), f"{deal.reference}-payment.pdf")


# ---- ways out ----------------------------------------------------------------------------------


@bp.post("/<reference>/cancel")
@sign_in_required
def cancel(reference: str) -> ResponseReturnValue:
    """Leave before it is signed."""
    return _with_reason(
        reference,
        lambda deal, because: deals.cancel(current_actor(), deal, because=because),
        gettext("交易已取消。"),
        form_name="reason_form",
        anchor="",
    )


@bp.post("/<reference>/cancellation")
@sign_in_required
def request_cancellation(reference: str) -> ResponseReturnValue:
    """Ask the other party to undo it."""
    return _with_reason(
        reference,
        lambda deal, because: deals.request_cancellation(current_actor(), deal, because=because),
        gettext("解除申请已发给对方。"),
        form_name="reason_form",
        anchor="cancellation",
    )


@bp.post("/<reference>/cancellation/withdraw")
@sign_in_required
def withdraw_cancellation(reference: str) -> ResponseReturnValue:
    """The deal goes on."""
    return _do(
        reference,
        lambda deal: deals.withdraw_cancellation(current_actor(), deal),
        gettext("解除申请已撤回，交易继续。"),
    )


@bp.post("/<reference>/cancellation/agree")
@sign_in_required
def agree_cancellation(reference: str) -> ResponseReturnValue:
    """Both want out."""
    return _do(
        reference,
        lambda deal: deals.agree_cancellation(current_actor(), deal),
        gettext("交易已解除；监管账户中的款项将退回买方。"),
    )


@bp.post("/<reference>/cancellation/oppose")
@sign_in_required
def oppose_cancellation(reference: str) -> ResponseReturnValue:
    """The exchange decides then."""
    return _with_reason(
        reference,
        lambda deal, because: deals.oppose_cancellation(current_actor(), deal, because=because),
        gettext("已记录您的反对意见，由交易所裁决。"),
        form_name="reason_form",
        anchor="cancellation",
    )
