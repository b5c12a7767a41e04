"""Auctions under way: their health, their log in codes, and what two people do to them."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.auctions import policy_control as policy
from marketplace.auctions.engine.deciding import phases
from marketplace.auctions.models import OrderKind, OrderState
from marketplace.auctions.queries import alerts, opening, priority
from marketplace.auctions.queries import control as queries
from marketplace.auctions.services import controlling, first_refusal
from marketplace.core.db import transaction
from marketplace.core.errors import NotAllowed, NotFound, Refused
from marketplace.forms.absorb import absorb
from marketplace.forms.auction_control import ProposalForm, RemarkForm
from marketplace.forms.priority_rights import DeliveryForm
from marketplace.web import history
from marketplace.web.announcements import announcement
from marketplace.web.locale import gettext
from marketplace.web.paging import paginate
from marketplace.web.presentation import locale_code, words
from marketplace.web.session import current_actor, operators_only

bp = Blueprint("console_auction_control", __name__, url_prefix="/console/auction-control")
bp.before_request(operators_only)


@bp.get("")
def index() -> ResponseReturnValue:
    """Running auctions with their health, and the proposals that wait for me."""
    actor = current_actor()
    asked = {
        "state": request.args.get("state", ""),
        "text": request.args.get("q", "")[:100].strip(),
        "states": [
            ("", gettext("进行中")),
            ("suspended", words("states", "auction.suspended")),
            ("all", gettext("全部")),
        ],
    }
    page = paginate(queries.running(actor, state=str(asked["state"]), text=str(asked["text"])))
    return render_template(
        "console/auctions/running.html",
        page=page,
        health=queries.health(page.items),
        waiting=queries.waiting_for(actor),
        asked=asked,
    )


@bp.get("/<reference>")
def show(reference: str) -> ResponseReturnValue:
    """One auction: how it does, its log, every proposal about it."""
    actor = current_actor()
    auction = queries.auction(actor, reference)
    return render_template(
        "console/auctions/control.html",
        auction=auction,
        health=queries.health([auction])[0],
        announcement=announcement(auction),
        log=queries.log_of(actor, auction),
        moment=queries.moment,
        orders=queries.orders_of(actor, auction),
        kinds=[kind for kind in OrderKind if auction.state in phases(kind.value)],
        may_propose=policy.propose.allows(actor, auction),
        alerts=alerts.of_auction(actor, auction),
        holders=priority.of_auction(auction),
        shares=opening.shares_of(auction),
        hidden=opening.hides_envelopes(auction),
        delivery=DeliveryForm(formdata=None),
    )


@bp.post("/priority-rights/<int:right_id>/delivery")
def deliver(right_id: int) -> ResponseReturnValue:
    """A notice of the right of first refusal was served on paper."""
    actor = current_actor()
    right = priority.right(actor, right_id)
    form = DeliveryForm()
    if not form.validate_on_submit():
        flash(gettext("请填写送达日。"), "bad")
    else:
        try:
            with transaction():
                first_refusal.deliver(actor, priority.right(actor, right_id), on=form.on.data)
        except NotAllowed:
            raise
        except Refused as refusal:
            flash(words("refusals", refusal.code, **refusal.facts), "bad")
        else:
            flash(gettext("已登记送达。"), "ok")
    reference = right.auction.reference
    return redirect(url_for("console_auction_control.show", reference=reference), 303)


@bp.route("/<reference>/propose/<kind>", methods=["GET", "POST"])
def propose(reference: str, kind: str) -> ResponseReturnValue:
    """Propose something to a second person."""
    actor = current_actor()
    if kind not in set(OrderKind):
        raise NotFound("auction_order")
    wanted = OrderKind(kind)
    auction = queries.auction(actor, reference)
    form = ProposalForm()
    form.ask_for(wanted)
    if form.validate_on_submit():
        try:
            with transaction():
                controlling.propose(
                    actor,
                    queries.auction(actor, reference),
                    wanted,
                    cause=form.cause.data,
                    reason=form.reason.data or "",
                    arguments=form.arguments(),
                )
        except NotAllowed:
            raise
        except Refused as refusal:
            absorb(form, refusal, locale_code())
            auction = queries.auction(actor, reference)
        else:
            flash(gettext("已提议，等待另一人复核。24 小时内无人复核即作废。"), "ok")
            return redirect(url_for("console_auction_control.show", reference=reference), 303)
    page = render_template(
        "console/auctions/propose.html", auction=auction, kind=wanted.value, form=form
    )
    return page, 422 if form.is_submitted() else 200


@bp.route("/orders/<int:order_id>", methods=["GET", "POST"])
def order(order_id: int) -> ResponseReturnValue:
    """One proposal; somebody else than its maker decides it here."""
    actor = current_actor()
    found = queries.order(actor, order_id)
    form = RemarkForm()
    decision = request.form.get("decision", "")
    if form.validate_on_submit() and decision in {"confirm", "refuse"}:
        decide = controlling.confirm if decision == "confirm" else controlling.refuse
        try:
            with transaction():
                decide(actor, queries.order(actor, order_id), remark=form.remark.data or "")
        except NotAllowed:
            raise
        except Refused as refusal:
            absorb(form, refusal, locale_code())
            found = queries.order(actor, order_id)
        else:
            flash(gettext("已执行。") if decision == "confirm" else gettext("已退回。"), "ok")
            return redirect(url_for("console_auction_control.order", order_id=order_id), 303)
    page = render_template(
        "console/auctions/order.html",
        order=found,
        auction=found.auction,
        form=form,
        may_check=found.state is OrderState.PROPOSED and policy.check.allows(actor, found),
        may_look=found.kind is OrderKind.OPEN_IDENTITY
        and found.state is OrderState.DONE
        and policy.see_identity.allows(actor, found),
        events=history.entries(found),
    )
    return page, 422 if form.is_submitted() else 200


@bp.post("/orders/<int:order_id>/identity")
def identity(order_id: int) -> ResponseReturnValue:
    """Who is behind the code; shown once, and each look is on record."""
    actor = current_actor()
    with transaction():
        found = queries.order(actor, order_id)
        behind = controlling.identity(actor, found)
    return render_template(
        "console/auctions/identity.html", order=found, auction=found.auction, behind=behind
    )
