"""Everybody's tasks, those that are late first, and the waivers to be decided."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.compliance import worklist
from marketplace.compliance.worklist import Wish
from marketplace.core.db import transaction
from marketplace.core.errors import Invalid, NotAllowed, NotFound, Refused
from marketplace.deals import queries
from marketplace.deals import services as deals
from marketplace.deals.models import Deal
from marketplace.forms.absorb import absorb
from marketplace.forms.deals import ReasonForm
from marketplace.rules.library import load
from marketplace.web import tasks as pages
from marketplace.web import wording
from marketplace.web.deals import refused_text
from marketplace.web.export import table_response
from marketplace.web.locale import gettext
from marketplace.web.paging import everything, paginate
from marketplace.web.presentation import locale_code
from marketplace.web.session import current_actor, operators_only

bp = Blueprint("console_tasks", __name__, url_prefix="/console")
bp.before_request(operators_only)
FILTERS = frozenset({"q", "when", "state", "rule", "owner", "deal"})


@bp.get("/tasks")
def index() -> ResponseReturnValue:
    """All tasks; without a filter those past their day."""
    actor = current_actor()
    chosen = request.args.keys() & FILTERS
    wish = pages.wish_of(request.args) if chosen else Wish(when="overdue")
    rows = worklist.listed_tasks(actor, wish)
    kind = request.args.get("format")
    if kind in {"csv", "xlsx"}:
        return table_response(everything(rows), pages.columns(), "tasks", kind)
    return render_template(
        "console/tasks/index.html",
        page=paginate(rows),
        wish=wish,
        filtered=bool(chosen),
        options=pages.options(wish),
        overdue=worklist.count_tasks(actor, Wish(when="overdue")),
        own=worklist.count_tasks(actor, Wish(owner="exchange")),
        open=worklist.count_tasks(actor, Wish()),
        **pages.words_for_template(),
    )


@bp.get("/waivers")
def waivers() -> ResponseReturnValue:
    """Waivers that wait for the exchange, the oldest first."""
    page = paginate(worklist.waivers_to_decide(current_actor()))
    found = {one.id: queries.by_id(one.subject_id) for one in page.items}
    return render_template(
        "console/tasks/waivers.html", page=page, deals=found, **pages.words_for_template()
    )


@bp.route("/waivers/<int:waiver_id>", methods=["GET", "POST"])
def waiver(waiver_id: int) -> ResponseReturnValue:
    """One waiver beside the rule and who may waive it: confirm it, or refuse it with a reason."""
    found = worklist.waiver(waiver_id)
    deal = queries.by_id(found.subject_id) if found.subject_kind == "deal" else None
    if deal is None:
        raise NotFound("waiver.unknown")
    form = ReasonForm()
    if request.method == "POST":
        refuse = request.form.get("decision") == "refuse"
        if not refuse or form.validate_on_submit():
            answer = _decided(waiver_id, deal, form, refuse=refuse)
            if answer is not None:
                return answer
    rule = load().by_id.get(found.rule)
    page = render_template(
        "console/tasks/waiver.html",
        waiver=found,
        deal=deal,
        rule=rule,
        form=form,
        title=wording.own_title(deal.listing)[0],
        **pages.words_for_template(),
    )
    return page, 422 if request.method == "POST" else 200


def _decided(
    waiver_id: int, deal: Deal, form: ReasonForm, *, refuse: bool
) -> ResponseReturnValue | None:
    """Carry the decision out; None when it was refused and the form says why."""
    actor = current_actor()
    reason = (form.because.data or "").strip()
    try:
        with transaction():
            found = worklist.waiver(waiver_id)
            deals.decide_waiver(actor, deal, found, confirm=not refuse, because=reason)
    except NotAllowed:
        raise
    except Invalid as refusal:
        absorb(form, refusal, locale_code())
        return None
    except Refused as refusal:  # somebody else decided it, or one's own
        flash(refused_text(refusal), "bad")
    else:
        flash(gettext("豁免未获确认，已告知双方。") if refuse else gettext("豁免已确认。"), "ok")
    return redirect(url_for("console_tasks.waivers"), 303)
