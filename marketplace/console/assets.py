"""What the exchange confirms of rights: titles, valuation reports, pledges."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.assets import queries, services
from marketplace.assets.models import Pledge, PledgeState, TitleVerification, VerificationState
from marketplace.core.db import transaction
from marketplace.core.errors import Refused
from marketplace.forms.absorb import absorb
from marketplace.forms.assets import DecisionForm, ReleaseForm
from marketplace.valuation import queries as valuations
from marketplace.valuation import services as valuation
from marketplace.valuation.models import ReportState, ValuationReport
from marketplace.web import history, wording
from marketplace.web.locale import gettext
from marketplace.web.paging import paginate
from marketplace.web.presentation import locale_code, words
from marketplace.web.session import current_actor, operators_only

bp = Blueprint("console_assets", __name__, url_prefix="/console")
bp.before_request(operators_only)


def _asked(default: str, states: Any, noun: str) -> dict[str, Any]:
    """State and text of the list, and the states to choose from."""
    return {
        "state": request.args.get("state", default),
        "text": request.args.get("q", "")[:200].strip(),
        "states": [(s.value, words("states", f"{noun}.{s.value}")) for s in states],
    }


@bp.get("/titles")
def titles() -> ResponseReturnValue:
    """Title verifications, the oldest first."""
    asked = _asked("requested", VerificationState, "title")
    rows = queries.verifications(current_actor(), state=asked["state"], text=asked["text"])
    return render_template("console/assets/titles.html", page=paginate(rows), asked=asked)


@bp.route("/titles/<int:verification_id>", methods=["GET", "POST"])
def title(verification_id: int) -> ResponseReturnValue:
    """The record beside the extract; confirm or refuse."""
    actor = current_actor()
    found = queries.verification(actor, verification_id)

    def act(form: DecisionForm, *, confirmed: bool) -> None:
        record = queries.verification(actor, verification_id)
        if confirmed:
            services.confirm_title(actor, record, because=form.because.data)
        else:
            services.refuse_title(actor, record, because=form.because.data)

    return _decide("title", found, act, "console_assets.titles")


@bp.get("/valuations")
def reports() -> ResponseReturnValue:
    """Valuation reports, the oldest first."""
    asked = _asked("filed", ReportState, "valuation")
    rows = valuations.queue(current_actor(), state=asked["state"], text=asked["text"])
    return render_template("console/assets/valuations.html", page=paginate(rows), asked=asked)


@bp.route("/valuations/<int:report_id>", methods=["GET", "POST"])
def report(report_id: int) -> ResponseReturnValue:
    """The record beside the report's file; confirm or refuse."""
    actor = current_actor()
    found = valuations.get(actor, report_id)

    def act(form: DecisionForm, *, confirmed: bool) -> None:
        record = valuations.get(actor, report_id)
        if confirmed:
            valuation.confirm(actor, record, because=form.because.data)
        else:
            valuation.refuse(actor, record, because=form.because.data)

    return _decide("valuation", found, act, "console_assets.reports")


@bp.get("/pledges")
def pledges() -> ResponseReturnValue:
    """Pledges, the newest first."""
    asked = _asked("declared", PledgeState, "pledge")
    rows = queries.pledges(current_actor(), state=asked["state"], text=asked["text"])
    return render_template("console/assets/pledges.html", page=paginate(rows), asked=asked)


@bp.route("/pledges/<int:pledge_id>", methods=["GET", "POST"])
def pledge(pledge_id: int) -> ResponseReturnValue:
    """The record beside the registration notice; register or refuse."""
    actor = current_actor()
    found = queries.pledge(actor, pledge_id)

    def act(form: DecisionForm, *, confirmed: bool) -> None:
        record = queries.pledge(actor, pledge_id)
        if confirmed:
            services.register_pledge(actor, record, because=form.because.data)
        else:
            services.refuse_pledge(actor, record, because=form.because.data)

    return _decide("pledge", found, act, "console_assets.pledges")


@bp.post("/pledges/<int:pledge_id>/release")
def release(pledge_id: int) -> ResponseReturnValue:
    """The pledge was struck from the register."""
    actor = current_actor()
    form = ReleaseForm()
    is_refused = request.form.get("decision") == "refuse"
    if form.validate():
        try:
            with transaction():
                found = queries.pledge(actor, pledge_id)
                if is_refused:
                    services.refuse_release(actor, found, because=form.because.data)
                else:
                    services.release_pledge(
                        actor, found, released_on=form.released_on.data, because=form.because.data
                    )
            flash(gettext("解除申报未通过。") if is_refused else gettext("质押已解除。"), "ok")
            return redirect(url_for("console_assets.pledge", pledge_id=pledge_id), 303)
        except Refused as refusal:
            absorb(form, refusal, locale_code())
    return _page("pledge", queries.pledge(actor, pledge_id), DecisionForm(formdata=None), form, 422)


Subject = TitleVerification | ValuationReport | Pledge


def _decide(noun: str, found: Subject, act: Callable[..., None], back: str) -> ResponseReturnValue:
    form = DecisionForm()
    decision = request.form.get("decision", "")
    if form.validate_on_submit() and decision in {"confirm", "refuse"}:
        try:
            with transaction():
                act(form, confirmed=decision == "confirm")
            flash(gettext("已处理，结果会通知申请机构。"), "ok")
            return redirect(url_for(back), 303)
        except Refused as refusal:
            absorb(form, refusal, locale_code())
    release = ReleaseForm(formdata=None, released_on=getattr(found, "released_on", None))
    return _page(noun, found, form, release, 422 if form.is_submitted() else 200)


def _page(
    noun: str, found: Subject, form: DecisionForm, release_form: ReleaseForm, status: int
) -> ResponseReturnValue:
    page = render_template(
        "console/assets/decide.html",
        noun=noun,
        found=found,
        asset=found.asset,
        form=form,
        release_form=release_form,
        owners="；".join(wording.owner(o) for o in found.asset.owners),
        events=history.entries(found),
    )
    return page, status
