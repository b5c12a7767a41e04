"""The exchange's desk for complaints about brokers: accept or not, ask, decide, review."""

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.core.policy import require
from marketplace.forms.trust import BecauseForm, RulingForm, WordsForm
from marketplace.trust import policy
from marketplace.trust import services as trust
from marketplace.trust.models import Complaint
from marketplace.trust.queries import complaints
from marketplace.web.complaints import asked, columns, options, shown
from marketplace.web.doing import do, do_form
from marketplace.web.export import table_response
from marketplace.web.locale import gettext
from marketplace.web.paging import everything, paginate
from marketplace.web.session import current_actor, operators_only

bp = Blueprint("console_complaints", __name__, url_prefix="/console/complaints")
bp.before_request(operators_only)


@bp.get("")
def index() -> ResponseReturnValue:
    """What is open first."""
    wanted = asked()
    rows = complaints.listed(current_actor(), **wanted)
    if request.args.get("format") in {"csv", "xlsx"}:
        return table_response(everything(rows), columns(), "complaints", request.args["format"])
    return render_template(
        "console/complaints/index.html", page=paginate(rows), asked=wanted, options=options()
    )


@bp.get("/<reference>")
def show(reference: str) -> ResponseReturnValue:
    """One complaint with what may be done next."""
    return _page(complaints.get(current_actor(), reference))


def _page(complaint: Complaint, status: int = 200, **forms: Any) -> ResponseReturnValue:
    given = {
        "refuse": BecauseForm(formdata=None, prefix="refuse-"),
        "say": WordsForm(formdata=None, prefix="say-"),
        "decide": RulingForm(formdata=None, prefix="decide-"),
        "review": RulingForm(formdata=None, prefix="review-"),
    } | forms
    actions = complaint.lifecycle.actions(complaint.state)
    waits = "decide" in actions and "answer" in actions and not complaint.is_over_time
    page = render_template(
        "console/complaints/show.html",
        forms=given,
        actions=actions,
        waits=waits,
        own_decision=complaint.decided_by_id == current_actor().user_id,
        **shown(complaint),
    )
    return page, status


@bp.post("/<reference>/accept")
def accept(reference: str) -> ResponseReturnValue:
    """Take it up: the broker is told and owes an answer."""
    actor = current_actor()

    def work() -> None:
        trust.accept(actor, complaints.get(actor, reference))

    back = url_for("console_complaints.show", reference=reference)
    return do(work, gettext("已受理，机构须按期答复。"), back)


@bp.post("/<reference>/<any(refuse, say, decide, review):verb>")
def judge(reference: str, verb: str) -> ResponseReturnValue:
    """Not taken up, a question to the sides, the decision, the review."""
    actor = current_actor()
    complaint = complaints.get(actor, reference)
    require(actor, policy.decide_complaint, complaint)
    shapes: dict[str, Any] = {"refuse": BecauseForm, "say": WordsForm}
    form = shapes.get(verb, RulingForm)(prefix=f"{verb}-")

    def work() -> None:
        found = complaints.get(actor, reference)
        match verb:
            case "refuse":
                trust.refuse(actor, found, because=form.because.data or "")
            case "say":
                trust.say(actor, found, form.text.data or "")
            case "decide":
                trust.decide(actor, found, form.ruling)
            case _:
                trust.review(actor, found, form.ruling)

    back = url_for("console_complaints.show", reference=reference)
    done = do_form(form, work, gettext("已办理。"), back)
    return done or _page(complaints.get(actor, reference), 422, **{verb: form})
