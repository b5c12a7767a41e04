"""Lenders: deals about rights that are pledged to us, and the sum for which we let the pledge go."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from marketplace.core.db import transaction
from marketplace.core.errors import NotAllowed, NotFound, Refused
from marketplace.core.money import Money
from marketplace.deals import queries
from marketplace.deals import services as deals
from marketplace.documents import services as documents
from marketplace.documents import sniff
from marketplace.forms.absorb import absorb
from marketplace.forms.settlement import PayoffForm
from marketplace.web import wording
from marketplace.web.limits import limiter
from marketplace.web.locale import gettext
from marketplace.web.presentation import locale_code
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("payoffs", __name__, url_prefix="/workbench/payoffs")


@bp.get("")
@sign_in_required
def index() -> ResponseReturnValue:
    """The deals, and the letters that we have given."""
    return render_template(
        "payoffs/index.html", rows=queries.pledged_deals(current_actor()), wording=wording
    )


@bp.route("/<reference>/<int:pledge_id>", methods=["GET", "POST"])
@sign_in_required
@limiter.limit("30 per minute", methods=["POST"])
def enter(reference: str, pledge_id: int) -> ResponseReturnValue:
    """Say the sum on a day, what each later day adds, until when it holds; with the letter itself."""
    actor = current_actor()
    found = [
        (deal, pledge)
        for deal, pledge in queries.pledged_deals(actor)
        if deal.reference == reference and pledge.id == pledge_id
    ]
    if not found:
        raise NotFound("deal.unknown")
    [(deal, pledge)] = found
    form, status = PayoffForm(), 200
    if form.validate_on_submit():
        try:
            with transaction():
                daily = form.per_day.data.minor if form.per_day.data is not None else 0
                deals.enter_payoff(
                    actor,
                    deal,
                    pledge,
                    amount=Money(deal.currency, form.amount.data.minor),
                    per_day=Money(deal.currency, daily),
                    as_of=form.as_of.data,
                    valid_until=form.valid_until.data,
                    document=documents.store(
                        actor,
                        form.document.data.stream,
                        form.document.data.filename or "",
                        purpose="payoff_letter",
                        subject=deal,
                        allowed=sniff.PAPERS,
                    ),
                )
        except NotAllowed:
            raise
        except Refused as refusal:
            absorb(form, refusal, locale_code())
            status = 422
        else:
            flash(gettext("结清函已提交，放款时按此金额支付。"), "ok")
            return redirect(url_for("payoffs.index"), 303)
    elif form.is_submitted():
        status = 422
    return render_template(
        "payoffs/enter.html",
        deal=deal,
        pledge=pledge,
        form=form,
        title=wording.own_title(deal.listing)[0],
    ), status
