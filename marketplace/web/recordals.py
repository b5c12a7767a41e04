"""Entries in registers: one's organisation's list, a page of each, what is reported, the pack."""

import io
from collections.abc import Callable
from typing import Any

from flask import (
    Blueprint,
    Response,
    flash,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from marketplace.core import settings
from marketplace.core.db import transaction
from marketplace.core.errors import NotAllowed, NotFound, Refused
from marketplace.deals import facts, recordal_list, recordal_papers
from marketplace.deals import services as deals
from marketplace.deals.models import Recordal
from marketplace.documents import services as documents
from marketplace.documents import sniff
from marketplace.documents.models import Document
from marketplace.forms import recordals as shapes
from marketplace.forms.absorb import absorb
from marketplace.web import history, ics, wording
from marketplace.web.deals.shared import refused_text
from marketplace.web.export import table_response
from marketplace.web.limits import limiter
from marketplace.web.locale import gettext
from marketplace.web.paging import everything, paginate
from marketplace.web.presentation import locale_code, words
from marketplace.web.recordal_words import (
    columns,
    may_of,
    name_of,
    options,
    right_of,
    step_of,
    wish_of,
    words_for_template,
)
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("recordals", __name__, url_prefix="/workbench/recordals")
FORMS: dict[str, type[FlaskForm]] = {
    "file": shapes.FileForm,
    "ask": shapes.AskForm,
    "extend": shapes.ExtendForm,
    "cure": shapes.CureForm,
    "refuse": shapes.RefuseForm,
    "withdraw": shapes.WithdrawForm,
    "dispense": shapes.DispenseForm,
    "pay": shapes.PayForm,
    "rescind": shapes.RescindForm,
    "resume": FlaskForm,
}
VERBS: dict[str, Callable[..., None]] = {
    "file": deals.file_recordal,
    "ask": deals.ask_supplement,
    "extend": deals.extend_supplement,
    "cure": deals.cure,
    "refuse": deals.refuse_recordal,
    "withdraw": deals.withdraw_recordal,
    "dispense": deals.dispense,
    "pay": deals.pay_fee,
    "rescind": deals.rescind_for_refusal,
    "resume": deals.resume_recordal,
}
PAPERS = {"ask": "notice", "refuse": "notice", "pay": "receipt"}


@bp.get("")
@sign_in_required
def index() -> ResponseReturnValue:
    """What the organisation's deals need in the registers, the most urgent first."""
    if current_actor().is_operator:
        return redirect(url_for("console_recordals.index"), 303)
    return listed("workbench")


def listed(side: str) -> ResponseReturnValue:
    """What the reader may see, as a page of this side or as a table."""
    wish = wish_of(request.args)
    rows = recordal_list.listed(current_actor(), wish)
    if request.args.get("format") in {"csv", "xlsx"}:
        return table_response(everything(rows), columns(), "recordals", request.args["format"])
    return render_template(
        "recordals/index.html",
        page=paginate(rows),
        wish=wish,
        filtered=bool(request.args),
        options=options(),
        side=side,
        **words_for_template(),
    )


@bp.get("/calendar.ics")
@sign_in_required
def calendar() -> ResponseReturnValue:
    """The days to keep, for a calendar program."""
    wish = recordal_list.Wish(when="dated")
    site = settings.current().site_url
    host = site.split("//", 1)[-1].split("/", 1)[0]
    days = [
        ics.Entry(
            uid=f"recordal-{one.id}@{host}",
            day=one.next_day,
            title=gettext("%(name)s：%(step)s", name=name_of(one), step=step_of(one)),
            text=f"{one.reference} {one.deal.reference} {right_of(one)}",
            url=f"{site}{url_for('recordals.show', reference=one.reference)}",
        )
        for one in everything(recordal_list.listed(current_actor(), wish))
        if one.next_day is not None
    ]
    response = Response(ics.calendar(gettext("登记备案"), days), mimetype="text/calendar")
    response.headers["Content-Disposition"] = 'attachment; filename="recordals.ics"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


@bp.get("/<reference>")
@sign_in_required
def show(reference: str) -> ResponseReturnValue:
    """One entry: what, where, by when, how it stands, what may be reported now."""
    return page_of(recordal_list.get(current_actor(), reference))


def page_of(recordal: Recordal, status: int = 200, **failed: FlaskForm) -> ResponseReturnValue:
    """Its page; a form that was refused is shown open."""
    actor = current_actor()
    fresh = {verb: form(formdata=None, prefix=f"{verb}-") for verb, form in FORMS.items()}
    deal = recordal.deal
    page = render_template(
        "recordals/show.html",
        recordal=recordal,
        deal=deal,
        side="console" if actor.is_operator else "authority" if actor.is_regulator else "workbench",
        title=wording.own_title(deal.listing)[0],
        may=may_of(actor, recordal),
        forms=fresh | failed,
        failed=set(failed),
        proof=facts.proof_of(deal, recordal),
        siblings=[
            one for one in deal.recordals
            if one.procedure == recordal.procedure and one.id != recordal.id
        ],
        history=history.entries(recordal),
        **words_for_template(),
    )  # fmt: skip
    return page, status


@bp.get("/<reference>/pack")
@sign_in_required
def pack(reference: str) -> ResponseReturnValue:
    """Data sheet, power of attorney, contract and list of enclosures in one ZIP."""
    actor = current_actor()
    found = recordal_list.get(actor, reference)
    return send_file(
        io.BytesIO(recordal_papers.pack(actor, found)),
        mimetype="application/zip",
        as_attachment=True,
        download_name=f"{found.reference}-recordal.zip",
    )


@bp.post(
    "/<reference>/<any(file,ask,extend,cure,refuse,withdraw,dispense,pay,rescind,resume):verb>"
)
@sign_in_required
@limiter.limit("30 per minute")
def act(reference: str, verb: str) -> ResponseReturnValue:
    """Report what happened."""
    actor = current_actor()
    found = recordal_list.get(actor, reference)
    form = FORMS[verb](prefix=f"{verb}-")
    if not form.validate_on_submit():
        return page_of(found, 422, **{verb: form})
    try:
        with transaction():
            VERBS[verb](actor, found, **_given(found, verb, form))
    except (NotAllowed, NotFound):
        raise
    except Refused as refusal:
        if not refusal.fields:
            flash(refused_text(refusal), "bad")
            return redirect(url_for("recordals.show", reference=reference), 303)
        absorb(form, refusal, locale_code())
        return page_of(recordal_list.get(actor, reference), 422, **{verb: form})
    flash(gettext("已记录：%(what)s", what=words("events", f"recordal.{verb}")), "ok")
    if verb == "rescind":
        return redirect(url_for("deals.show", reference=found.deal.reference), 303)
    return redirect(url_for("recordals.show", reference=reference), 303)


def _given(recordal: Recordal, verb: str, form: FlaskForm) -> dict[str, Any]:
    given = {
        field.short_name: field.data
        for field in form
        if field.short_name not in {"document", "csrf_token"}
    }
    if verb == "file":
        given["number"] = given["number"] or ""
    if verb in PAPERS:
        given[PAPERS[verb]] = _kept(recordal, form)
    return given


def _kept(recordal: Recordal, form: Any) -> Document | None:
    upload = form.document.data
    if not upload:
        return None
    return documents.store(
        current_actor(),
        upload.stream,
        upload.filename or "",
        purpose="recordal",
        subject=recordal,
        readers=[recordal.deal.seller_id, recordal.deal.buyer_id],
        allowed=sniff.PAPERS,
    )
