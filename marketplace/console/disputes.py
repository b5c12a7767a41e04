"""The desk for disputes: one person proposes how to end one, another decides."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.core.db import transaction
from marketplace.core.errors import NotAllowed, NotFound, Refused
from marketplace.deals import queries
from marketplace.deals import services as deals
from marketplace.deals.models import Basis, Dispute, Outcome
from marketplace.forms.absorb import absorb
from marketplace.forms.disputes import DecisionForm
from marketplace.web import wording
from marketplace.web.deals import refused_text
from marketplace.web.deals.disputes import kept
from marketplace.web.locale import gettext
from marketplace.web.paging import paginate
from marketplace.web.presentation import locale_code
from marketplace.web.session import current_actor, operators_only

bp = Blueprint("console_disputes", __name__, url_prefix="/console/disputes")
bp.before_request(operators_only)


@bp.get("")
def index() -> ResponseReturnValue:
    """Open disputes first, the oldest on top."""
    page = paginate(queries.disputes(current_actor()))
    return render_template("console/disputes/index.html", page=page, wording=wording)


@bp.route("/<int:dispute_id>", methods=["GET", "POST"])
def show(dispute_id: int) -> ResponseReturnValue:
    """One dispute with both sides; propose a decision."""
    actor = current_actor()
    dispute = queries.dispute(actor, dispute_id)
    form, status = DecisionForm(), 200
    if form.validate_on_submit():
        try:
            with transaction():
                _propose(dispute, form)
        except NotAllowed:
            raise
        except Refused as refusal:
            absorb(form, refusal, locale_code())
            status = 422
        else:
            flash(gettext("已提出处理意见，须由另一位工作人员决定。"), "ok")
            return redirect(url_for("console_disputes.show", dispute_id=dispute_id), 303)
    elif form.is_submitted():
        status = 422
    dispute = queries.dispute(actor, dispute_id)
    page = render_template(
        "console/disputes/show.html",
        dispute=dispute,
        deal=dispute.deal,
        title=wording.own_title(dispute.deal.listing)[0],
        form=form,
        held=dispute.deal.in_escrow,
        own_proposal=dispute.proposed_by_id == actor.user_id,
    )
    return page, status


def _propose(dispute: Dispute, form: DecisionForm) -> None:
    deals.propose_decision(
        current_actor(),
        dispute,
        deals.Decision(
            outcome=Outcome(form.outcome.data),
            basis=Basis(form.basis.data),
            because=form.because.data or "",
            refund=form.refund.data,
            number=form.number.data or "",
            document=kept(dispute.deal, form.document.data),
        ),
    )


@bp.post("/<int:dispute_id>/decide")
def decide(dispute_id: int) -> ResponseReturnValue:
    """The second person agrees."""
    actor = current_actor()
    return _do(
        dispute_id,
        lambda dispute: deals.decide_dispute(actor, dispute),
        gettext("争议已处理，双方会收到通知。"),
    )


@bp.post("/<int:dispute_id>/return")
def send_back(dispute_id: int) -> ResponseReturnValue:
    """The second person does not agree."""
    actor, because = current_actor(), request.form.get("because", "")[:1000]
    return _do(
        dispute_id,
        lambda dispute: deals.return_decision(actor, dispute, because=because),
        gettext("已退回，重新提出处理意见。"),
    )


def _do(dispute_id: int, command: Callable[[Dispute], None], said: str) -> ResponseReturnValue:
    dispute = queries.dispute(current_actor(), dispute_id)
    try:
        with transaction():
            command(dispute)
    except (NotAllowed, NotFound):
        raise
    except Refused as refusal:
        flash(refused_text(refusal), "bad")
    else:
        flash(said, "ok")
    return redirect(url_for("console_disputes.show", dispute_id=dispute_id), 303)
