"""The exchange's desk for what keepers say happened to their rights."""

from operator import attrgetter

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.assets.models import LegalEventState
from marketplace.assets.queries import legal
from marketplace.assets.services import legal_events
from marketplace.core.db import db, transaction
from marketplace.core.errors import Refused
from marketplace.forms.absorb import absorb
from marketplace.forms.assets import DecisionForm
from marketplace.web import history, wording
from marketplace.web.export import Column, table_response
from marketplace.web.locale import gettext
from marketplace.web.paging import paginate
from marketplace.web.presentation import locale_code, words
from marketplace.web.session import current_actor, operators_only

bp = Blueprint("console_legal", __name__, url_prefix="/console/legal-events")
bp.before_request(operators_only)
EXPORT_ROWS = 20_000


@bp.get("")
def index() -> ResponseReturnValue:
    """What was declared, the oldest first."""
    asked = {
        "state": request.args.get("state", "declared"),
        "text": request.args.get("q", "")[:200].strip(),
        "states": [(s.value, words("states", f"legal_event.{s.value}")) for s in LegalEventState],
    }
    rows = legal.declared(current_actor(), state=str(asked["state"]), text=str(asked["text"]))
    if request.args.get("format") == "csv":
        found = db.session.scalars(rows.limit(EXPORT_ROWS)).all()
        return table_response(found, _columns(), "legal-events")
    return render_template("console/assets/legal_events.html", page=paginate(rows), asked=asked)


def _columns() -> list[Column]:
    return [
        (gettext("编号"), lambda e: e.asset.reference),
        (gettext("号码"), lambda e: e.asset.number),
        (gettext("机构"), lambda e: e.asset.keeper.name),
        (gettext("事件"), lambda e: words("enums", f"legal_event.{e.code}")),
        (gettext("发生日"), attrgetter("happened_on")),
        (gettext("转出方"), lambda e: "；".join(e.givers)),
        (gettext("受让方"), lambda e: "；".join(e.takers)),
        (gettext("文号"), attrgetter("number")),
        (gettext("状态"), lambda e: words("states", f"legal_event.{e.state.value}")),
        (gettext("理由"), attrgetter("reason")),
    ]


@bp.route("/<int:legal_event_id>", methods=["GET", "POST"])
def show(legal_event_id: int) -> ResponseReturnValue:
    """The record beside the declaration; confirmed or refused by the register."""
    actor = current_actor()
    event = legal.legal_event(actor, legal_event_id)
    form = DecisionForm()
    decision = request.form.get("decision", "")
    if form.validate_on_submit() and decision in {"confirm", "refuse"}:
        try:
            with transaction():
                event = legal.legal_event(actor, legal_event_id)
                decide = legal_events.confirm if decision == "confirm" else legal_events.refuse
                decide(actor, event, because=form.because.data or "")
            flash(gettext("已处理，结果会通知申请机构。"), "ok")
            return redirect(url_for("console_legal.index"), 303)
        except Refused as refusal:
            absorb(form, refusal, locale_code())
            event = legal.legal_event(actor, legal_event_id)
    page = render_template(
        "console/assets/legal_event.html",
        event=event,
        asset=event.asset,
        owners="；".join(wording.owner(o) for o in event.asset.owners),
        form=form,
        events=history.entries(event),
    )
    return page, 422 if form.is_submitted() else 200
