"""A holder's rights of first refusal in auctions: the list, the notice, the answer."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.auctions import policy_priority as policy
from marketplace.auctions.models import PriorityState
from marketplace.auctions.queries import priority as queries
from marketplace.auctions.services import first_refusal
from marketplace.core import clock
from marketplace.core.db import transaction
from marketplace.core.errors import NotAllowed, Refused
from marketplace.core.money import Money
from marketplace.forms.absorb import absorb
from marketplace.forms.priority_rights import AnswerForm
from marketplace.web import history
from marketplace.web.locale import gettext
from marketplace.web.presentation import locale_code
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("priority_rights", __name__, url_prefix="/workbench/priority-rights")


@bp.get("")
@sign_in_required
def index() -> ResponseReturnValue:
    """Those of my organisation, what waits for an answer first."""
    return render_template("priority_rights/index.html", rights=queries.mine(current_actor()))


@bp.route("/<int:right_id>", methods=["GET", "POST"])
@sign_in_required
def show(right_id: int) -> ResponseReturnValue:
    """The terms as notified; exercised or waived by typing the organisation's name."""
    actor = current_actor()
    right = queries.right(actor, right_id)
    form = AnswerForm()
    answer = request.form.get("answer", "")
    if form.validate_on_submit() and answer in {"exercise", "waive"}:
        act = first_refusal.exercise if answer == "exercise" else first_refusal.waive
        try:
            with transaction():
                act(actor, queries.right(actor, right_id), typed=form.typed.data or "")
        except NotAllowed:
            raise
        except Refused as refusal:
            absorb(form, refusal, locale_code())
            right = queries.right(actor, right_id)
        else:
            flash(_said(answer), "ok")
            return redirect(url_for("priority_rights.show", right_id=right_id), 303)
    told = queries.terms_of(right)
    runs = right.state is PriorityState.NOTIFIED and right.due_at and clock.now() < right.due_at
    page = render_template(
        "priority_rights/show.html",
        right=right,
        auction=right.auction,
        told=told,
        price=_money(told, "price_minor"),
        deposit=_money(told, "deposit_minor"),
        form=form,
        may_exercise=bool(runs)
        and right.deposit_due_at is None
        and policy.exercise.allows(actor, right),
        may_waive=right.state in queries.OPEN and policy.waive.allows(actor, right),
        events=history.entries(right),
    )
    return page, 422 if form.is_submitted() else 200


def _said(answer: str) -> str:
    if answer == "exercise":
        return gettext("已收到行使声明。请在 48 小时内交纳保证金，到账后即成为买受人。")
    return gettext("已放弃优先购买权。")


def _money(told: dict[str, object], name: str) -> Money | None:
    minor = told.get(name)
    return Money(str(told["currency"]), minor) if isinstance(minor, int) and minor else None
