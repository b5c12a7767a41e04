"""What the exchange confirms of licences, other burdens and consents on paper."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.assets import services
from marketplace.assets.bundle import Grant
from marketplace.assets.models import (
    Burden,
    BurdenState,
    Consent,
    ConsentState,
    Licence,
    LicenceState,
)
from marketplace.assets.queries import registers
from marketplace.core.db import db, transaction
from marketplace.core.errors import Refused
from marketplace.forms.absorb import absorb
from marketplace.forms.assets import DecisionForm
from marketplace.forms.burdens import DECLARABLE, RecordEndForm
from marketplace.negotiation import standing
from marketplace.web import burden_words, history, wording
from marketplace.web.burdens import columns
from marketplace.web.export import Column, table_response
from marketplace.web.locale import gettext
from marketplace.web.paging import paginate
from marketplace.web.presentation import locale_code, org_name, words
from marketplace.web.session import current_actor, operators_only

bp = Blueprint("console_burdens", __name__, url_prefix="/console")
bp.before_request(operators_only)
Found = Licence | Burden | Consent


# ---- lists -------------------------------------------------------------------------------------


@bp.get("/licences")
def licences() -> ResponseReturnValue:
    """Licences on record, those that wait first asked for."""
    asked = _asked("declared", LicenceState, "licence")
    asked["kind"] = request.args.get("kind", "")
    asked["kinds"] = [(g.value, words("enums", f"deed.{g}")) for g in Grant]
    rows = registers.licences(
        current_actor(), state=asked["state"], grant=asked["kind"], text=asked["text"]
    )
    return _list("licence", rows, asked)


@bp.get("/burdens")
def burdens() -> ResponseReturnValue:
    """Other burdens on record."""
    asked = _asked("declared", BurdenState, "burden")
    asked["kind"] = request.args.get("kind", "")
    asked["kinds"] = [(k.value, words("enums", f"burden_kind.{k}")) for k in DECLARABLE]
    rows = registers.burdens(
        current_actor(), state=asked["state"], kind=asked["kind"], text=asked["text"]
    )
    return _list("burden", rows, asked)


@bp.get("/consents")
def consents() -> ResponseReturnValue:
    """Consents asked, and papers to be looked at."""
    asked = _asked("filed", ConsentState, "consent")
    rows = registers.consents(current_actor(), state=asked["state"], text=asked["text"])
    return _list("consent", rows, asked)


def _asked(default: str, states: Any, noun: str) -> dict[str, Any]:
    return {
        "state": request.args.get("state", default),
        "text": request.args.get("q", "")[:200].strip(),
        "states": [(s.value, words("states", f"{noun}.{s.value}")) for s in states],
    }


def _list(noun: str, rows: Any, asked: dict[str, Any]) -> ResponseReturnValue:
    if request.args.get("format") in {"csv", "xlsx"}:
        found = db.session.scalars(rows).unique()
        said = columns() if noun == "consent" else _columns(noun)
        return table_response(found, said, f"{noun}s", request.args["format"])
    return render_template(
        "console/assets/entries.html",
        noun=noun,
        page=paginate(rows),
        asked=asked,
        burden_words=burden_words,
    )


def _columns(noun: str) -> list[Column]:
    what = (lambda e: words("enums", f"deed.{e.grant}")) if noun == "licence" else burden_words.noun
    return [
        (gettext("资产"), lambda e: e.asset.reference),
        (gettext("名称"), lambda e: e.asset.title),
        (gettext("机构"), lambda e: org_name(e.asset.keeper)),
        (gettext("类型"), what),
        (gettext("持有人"), burden_words.heading),
        (gettext("开始日期"), lambda e: e.starts_on),
        (gettext("结束日期"), lambda e: e.ends_on),
        (
            gettext("登记号"),
            lambda e: getattr(e, "recordal_number", "") or getattr(e, "register_number", ""),
        ),
        (gettext("状态"), lambda e: words("states", f"{noun}.{e.state}")),
    ]


# ---- one of them -------------------------------------------------------------------------------


@bp.route("/licences/<int:licence_id>", methods=["GET", "POST"])
def licence(licence_id: int) -> ResponseReturnValue:
    """The record beside its paper; confirm, refuse, or record the end."""
    actor = current_actor()

    def act(decision: str, form: Any) -> None:
        found = registers.licence(actor, licence_id)
        because = form.because.data or ""
        match decision:
            case "confirm":
                services.register_licence(actor, found, because=because)
            case "refuse":
                services.refuse_licence(actor, found, because=because)
            case "end":
                services.end_licence(actor, found, ended_on=form.ended_on.data, because=because)
            case "refuse_end":
                services.refuse_licence_end(actor, found, because=because)

    return _decide("licence", registers.licence(actor, licence_id), act)


@bp.route("/burdens/<int:burden_id>", methods=["GET", "POST"])
def burden(burden_id: int) -> ResponseReturnValue:
    """The record beside its paper; confirm, refuse, or record the end."""
    actor = current_actor()

    def act(decision: str, form: Any) -> None:
        found = registers.burden(actor, burden_id)
        because = form.because.data or ""
        match decision:
            case "confirm":
                services.confirm_burden(actor, found, because=because)
            case "refuse":
                services.refuse_burden(actor, found, because=because)
            case "end":
                services.lift_burden(actor, found, lifted_on=form.ended_on.data, because=because)
            case "refuse_end":
                services.refuse_lift(actor, found, because=because)
        standing.follow_register(found.asset, by=actor)

    return _decide("burden", registers.burden(actor, burden_id), act)


@bp.route("/consents/<int:consent_id>", methods=["GET", "POST"])
def consent(consent_id: int) -> ResponseReturnValue:
    """What was asked beside the paper; confirm or return it."""
    actor = current_actor()

    def act(decision: str, form: Any) -> None:
        found = registers.consent(actor, consent_id)
        because = form.because.data or ""
        match decision:
            case "confirm":
                services.confirm_consent(actor, found, because=because)
            case "refuse":
                services.return_consent(actor, found, because=because)

    return _decide("consent", registers.consent(actor, consent_id), act)


def _decide(noun: str, found: Found, act: Any) -> ResponseReturnValue:
    decision = request.form.get("decision", "")
    ends = decision in {"end", "refuse_end"}
    form = DecisionForm() if not ends else DecisionForm(formdata=None)
    end_form = RecordEndForm() if ends else RecordEndForm(formdata=None, ended_on=_said_end(found))
    used: Any = end_form if ends else form
    if used.validate_on_submit() and decision in {"confirm", "refuse", "end", "refuse_end"}:
        try:
            with transaction():
                act(decision, used)
            flash(gettext("已处理，结果会通知申请机构。"), "ok")
            return redirect(url_for(f"console_burdens.{noun}s"), 303)
        except Refused as refusal:
            absorb(used, refusal, locale_code())
            db.session.refresh(found)
    is_open = found.state.value in {"declared", "filed"}
    page = render_template(
        "console/assets/entry.html",
        noun=noun,
        found=found,
        asset=found.asset,
        rows=burden_words.rows(found),
        papers=burden_words.papers(found),
        conflicts=burden_words.conflicts(registers.right_of(found.asset)),
        form=form,
        end_form=end_form,
        is_open=is_open,
        stands=found.state.value in {"registered", "confirmed"},
        ending=_said_end(found) is not None,
        owners="；".join(wording.owner(o) for o in found.asset.owners),
        events=history.entries(found),
    )
    return page, 422 if used.is_submitted() else 200


def _said_end(found: Found) -> Any:
    """The day on which the keeper says it ended."""
    return getattr(found, "ended_on", None) or getattr(found, "lifted_on", None)
