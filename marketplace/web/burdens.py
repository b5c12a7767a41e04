"""One entry of a register and its end; consents asked of an organisation and by it."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.assets import policy, services
from marketplace.assets.models import Burden, Consent, ConsentState, Licence
from marketplace.assets.queries import registers
from marketplace.core.db import db, transaction
from marketplace.core.errors import Refused
from marketplace.core.policy import require
from marketplace.documents import services as documents
from marketplace.documents import sniff
from marketplace.documents.models import Document
from marketplace.forms.absorb import absorb
from marketplace.forms.assets import PaperForm
from marketplace.forms.burdens import AnswerForm, EndForm
from marketplace.web import burden_words, history
from marketplace.web.export import Column, table_response
from marketplace.web.locale import gettext
from marketplace.web.paging import paginate
from marketplace.web.presentation import locale_code, words
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("burdens", __name__, url_prefix="/workbench")
Entry = Licence | Burden


# ---- an entry ----------------------------------------------------------------------------------


@bp.get("/licences/<int:licence_id>")
@sign_in_required
def licence(licence_id: int) -> ResponseReturnValue:
    """One licence, for the keeper and the licensee."""
    return _entry_page(registers.licence(current_actor(), licence_id))


@bp.get("/burdens/<int:burden_id>")
@sign_in_required
def burden(burden_id: int) -> ResponseReturnValue:
    """One burden, for the keeper and its holder."""
    return _entry_page(registers.burden(current_actor(), burden_id))


@bp.post("/licences/<int:licence_id>/withdraw")
@sign_in_required
def withdraw_licence(licence_id: int) -> ResponseReturnValue:
    """Take the declaration of a licence back."""
    return _withdraw(lambda: registers.licence(current_actor(), licence_id))


@bp.post("/burdens/<int:burden_id>/withdraw")
@sign_in_required
def withdraw_burden(burden_id: int) -> ResponseReturnValue:
    """Take the declaration of a burden back."""
    return _withdraw(lambda: registers.burden(current_actor(), burden_id))


@bp.post("/licences/<int:licence_id>/end")
@sign_in_required
def end_licence(licence_id: int) -> ResponseReturnValue:
    """Say that a licence ended before its time."""
    return _end(lambda: registers.licence(current_actor(), licence_id))


@bp.post("/burdens/<int:burden_id>/end")
@sign_in_required
def end_burden(burden_id: int) -> ResponseReturnValue:
    """Say that a burden is over."""
    return _end(lambda: registers.burden(current_actor(), burden_id))


def _withdraw(found: Callable[[], Entry]) -> ResponseReturnValue:
    form = AnswerForm()
    actor, because = current_actor(), form.because.data or ""
    try:
        with transaction():
            entry = found()
            if isinstance(entry, Licence):
                services.withdraw_licence(actor, entry, because=because)
            else:
                services.withdraw_burden(actor, entry, because=because)
        flash(gettext("申报已撤回。"), "ok")
        return _back(found())
    except Refused as refusal:
        if not refusal.fields:
            raise
        absorb(form, refusal, locale_code())
    return _entry_page(found(), because=form)


def _end(found: Callable[[], Entry]) -> ResponseReturnValue:
    form = EndForm()
    actor = current_actor()
    if form.validate():
        try:
            with transaction():
                entry = found()
                require(actor, policy.declare_burden, entry.asset)
                if isinstance(entry, Licence):
                    paper = _kept(form, entry, "licence_end")
                    services.declare_licence_end(
                        actor, entry, ended_on=form.ended_on.data, evidence=paper
                    )
                else:
                    paper = _kept(form, entry, "burden_lift")
                    services.declare_lift(
                        actor, entry, lifted_on=form.ended_on.data, evidence=paper
                    )
            flash(gettext("已申报，交易所核对后生效；核对前仍计入负担。"), "ok")
            return _back(found())
        except Refused as refusal:
            if refusal.status == 403:
                raise
            absorb(form, refusal, locale_code())
    return _entry_page(found(), end=form)


def _back(entry: Entry) -> ResponseReturnValue:
    return redirect(url_for("asset_burdens.show", reference=entry.asset.reference), 303)


def _kept(form: PaperForm, found: Any, purpose: str) -> Document:
    upload = form.document.data
    return documents.store(
        current_actor(),
        upload.stream,
        upload.filename or "",
        purpose=purpose,
        subject=found.asset,
        allowed=sniff.PAPERS,
    )


def _entry_page(
    found: Entry, *, because: AnswerForm | None = None, end: EndForm | None = None
) -> ResponseReturnValue:
    actor = current_actor()
    may = policy.declare_burden.allows(actor, found.asset)
    actions = found.lifecycle.actions(found.state)
    is_licence = isinstance(found, Licence)
    ending = found.end_is_declared if isinstance(found, Licence) else found.lift_is_declared
    page = render_template(
        "assets/entry.html",
        found=found,
        asset=found.asset,
        noun=burden_words.noun(found),
        heading=burden_words.heading(found),
        rows=burden_words.rows(found),
        papers=burden_words.papers(found) if may else [],
        base="burdens.withdraw_licence" if is_licence else "burdens.withdraw_burden",
        end_at="burdens.end_licence" if is_licence else "burdens.end_burden",
        key={"licence_id" if is_licence else "burden_id": found.id},
        ending=ending,
        because=because or AnswerForm(formdata=None),
        end=end or EndForm(formdata=None),
        may_withdraw=may and "withdraw" in actions,
        may_end=may and not ending and bool({"declare_end", "declare_lift"} & set(actions)),
        may_read_asset=actor.is_operator or policy.keeps_asset(actor, found.asset),
        events=history.entries(found),
    )
    return page, 422 if request.method == "POST" else 200


# ---- consents ----------------------------------------------------------------------------------


@bp.get("/consents")
@sign_in_required
def consents() -> ResponseReturnValue:
    """Consents that others ask of the organisation, and those that it asks of others."""
    actor = current_actor()
    asked = {
        "side": "mine" if request.args.get("side") == "mine" else "ours",
        "state": request.args.get("state", ""),
        "text": request.args.get("q", "")[:200].strip(),
    }
    lists = {"ours": registers.asked_of, "mine": registers.asked_by}
    rows = lists[asked["side"]](actor, state=asked["state"], text=asked["text"])
    if request.args.get("format") in {"csv", "xlsx"}:
        found = db.session.scalars(rows).unique()
        return table_response(found, columns(), "consents", request.args["format"])
    return render_template(
        "assets/consents.html",
        page=paginate(rows),
        asked=asked,
        states=[(s.value, words("states", f"consent.{s.value}")) for s in ConsentState],
        burden_words=burden_words,
    )


def columns() -> list[Column]:
    """What a downloaded list of consents says."""
    return [
        (gettext("资产"), lambda c: c.asset.reference),
        (gettext("名称"), lambda c: c.asset.title),
        (gettext("被征询方"), lambda c: c.party_name),
        (gettext("拟办理的事项"), burden_words.wish_text),
        (gettext("相对方"), lambda c: c.to_name),
        (gettext("有效期至"), lambda c: c.until),
        (gettext("状态"), lambda c: words("states", f"consent.{c.state}")),
        (gettext("征询时间"), lambda c: c.created_at),
        (gettext("答复时间"), lambda c: c.answered_at),
    ]


@bp.route("/consents/<int:consent_id>", methods=["GET", "POST"])
@sign_in_required
def consent(consent_id: int) -> ResponseReturnValue:
    """What is asked; the party asked answers, who asks takes it back."""
    actor = current_actor()
    form = AnswerForm()
    decision = request.form.get("decision", "")
    said: dict[str, tuple[Callable[..., None], str]] = {
        "give": (services.give_consent, gettext("已同意。")),
        "refuse": (services.refuse_consent, gettext("已答复不同意。")),
        "revoke": (services.revoke_consent, gettext("同意已撤销。")),
        "take_back": (services.take_back_consent, gettext("征询已撤回。")),
    }
    if form.validate_on_submit() and decision in said:
        verb, done = said[decision]
        try:
            with transaction():
                verb(actor, registers.consent(actor, consent_id), because=form.because.data or "")
            flash(done, "ok")
            return redirect(url_for("burdens.consent", consent_id=consent_id), 303)
        except Refused as refusal:
            if refusal.status == 403:
                raise
            absorb(form, refusal, locale_code())
    return _consent_page(registers.consent(actor, consent_id), form)


@bp.post("/consents/<int:consent_id>/paper")
@sign_in_required
def consent_paper(consent_id: int) -> ResponseReturnValue:
    """The party agreed on paper."""
    actor = current_actor()
    form = PaperForm()
    if form.validate():
        try:
            with transaction():
                found = registers.consent(actor, consent_id)
                require(actor, policy.ask_consent, found.asset)
                services.file_consent(actor, found, evidence=_kept(form, found, "consent"))
            flash(gettext("书面同意已提交，交易所核对后生效。"), "ok")
            return redirect(url_for("burdens.consent", consent_id=consent_id), 303)
        except Refused as refusal:
            if refusal.status == 403:
                raise
            absorb(form, refusal, locale_code())
    return _consent_page(registers.consent(actor, consent_id), AnswerForm(formdata=None), form)


def _consent_page(
    found: Consent, form: AnswerForm, paper: PaperForm | None = None
) -> ResponseReturnValue:
    actor = current_actor()
    actions = set(found.lifecycle.actions(found.state))
    answers = policy.answer_consent.allows(actor, found)
    asks = policy.ask_consent.allows(actor, found.asset)
    page = render_template(
        "assets/consent.html",
        found=found,
        asset=found.asset,
        rows=burden_words.rows(found),
        papers=burden_words.papers(found),
        form=form,
        paper=paper or PaperForm(formdata=None),
        may_answer=answers and "give" in actions,
        may_revoke=answers and "revoke" in actions,
        may_file=asks and "file" in actions,
        may_take_back=asks and "take_back" in actions,
        may_read_asset=actor.is_operator or policy.keeps_asset(actor, found.asset),
        events=history.entries(found),
    )
    return page, 422 if request.method == "POST" else 200
