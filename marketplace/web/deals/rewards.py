"""How the owner shares a deal's net income with its inventors: for the owner's own people."""

from datetime import date

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from marketplace.core.db import transaction
from marketplace.core.errors import NotAllowed, Refused
from marketplace.core.money import Money
from marketplace.core.policy import require
from marketplace.deals import policy, queries, rewards, shares
from marketplace.deals import services as deals
from marketplace.deals.models import Deal
from marketplace.deals.waterfall import Part
from marketplace.forms.absorb import absorb
from marketplace.forms.settlement import RewardForm
from marketplace.web import wording
from marketplace.web.deals.shared import bp
from marketplace.web.export import Column, table_response
from marketplace.web.limits import limiter
from marketplace.web.locale import gettext
from marketplace.web.presentation import locale_code
from marketplace.web.session import current_actor, sign_in_required


@bp.route("/<reference>/rewards", methods=["GET", "POST"])
@sign_in_required
@limiter.limit("30 per minute", methods=["POST"])
def rewards_of(reference: str) -> ResponseReturnValue:
    """Net income, the inventors' part, each one's share; entered and read by the owner alone."""
    actor = current_actor()
    deal = queries.get(actor, reference)
    form = RewardForm()
    require(actor, policy.edit_rewards if form.is_submitted() else policy.see_rewards, deal)
    status = 200
    if form.validate_on_submit():
        try:
            with transaction():
                _plan(deal, form)
        except NotAllowed:
            raise
        except Refused as refusal:
            absorb(form, refusal, locale_code())
            status = 422
        else:
            flash(gettext("已保存。"), "ok")
            return redirect(url_for("deals.rewards_of", reference=reference), 303)
    elif form.is_submitted():
        status = 422
    else:
        _fill(form, deal)
    page = render_template(
        "deals/rewards.html",
        deal=deal,
        form=form,
        shared=_shared(deal),
        plan=deal.reward_plan,
        received=income(deal)[1],
        may_edit=policy.edit_rewards.allows(actor, deal),
        title=wording.own_title(deal.listing)[0],
    )
    return page, status


def _plan(deal: Deal, form: RewardForm) -> None:
    costs = form.costs.data.minor if form.costs.data is not None else 0
    deals.plan_rewards(
        current_actor(),
        deal,
        costs=Money(deal.currency, costs),
        share_bps=form.share_bps.data,
        inventors=form.people(),
        announced_from=form.announced_from.data,
        announced_until=form.announced_until.data,
    )


def _fill(form: RewardForm, deal: Deal) -> None:
    plan = deal.reward_plan
    form.share_bps.data = plan.share_bps if plan else rewards.FLOOR_BPS
    if plan is None:
        return
    form.costs.data = plan.costs
    form.announced_from.data, form.announced_until.data = plan.announced_from, plan.announced_until
    rows = [
        f"{one['name']},{one['bps'] // 100}.{one['bps'] % 100:02d}" for one in plan.inventors_data
    ]
    form.inventors.data = "\n".join(row.removesuffix(".00") for row in rows)


def income(deal: Deal) -> tuple[Money, bool]:
    """What the seller gets of the price: so far, or as a preview of the whole; whether it is so far."""
    got = [
        line.amount.minor
        for release in deal.releases
        for line in shares.kept_lines(release)
        if line.part is Part.SELLER
    ]
    if got:
        return Money(deal.currency, sum(got)), True
    return shares.split_of(deal, deal.price).of(Part.SELLER), False


def _shared(deal: Deal) -> rewards.Shared:
    plan = deal.reward_plan
    people = (
        [rewards.Inventor(one["name"], one["bps"]) for one in plan.inventors_data] if plan else []
    )
    costs = plan.costs if plan else Money(deal.currency, 0)
    share = plan.share_bps if plan else rewards.FLOOR_BPS
    return rewards.divide(income(deal)[0], costs, share, people)


@bp.get("/<reference>/rewards.csv")
@sign_in_required
def rewards_table(reference: str) -> ResponseReturnValue:
    """The division as a table, for the owner's own books."""
    actor = current_actor()
    deal = queries.get(actor, reference)
    require(actor, policy.see_rewards, deal)
    found, plan = _shared(deal), deal.reward_plan

    def day(of: date | None) -> date | str:
        return of or ""

    columns: list[Column] = [
        (gettext("完成人"), lambda row: row[0].name),
        (gettext("份额（万分比）"), lambda row: row[0].bps),
        (gettext("奖励金额"), lambda row: row[1]),
        (gettext("币种"), lambda row: row[1].currency),
        (gettext("净收入"), lambda _: found.net),
        (gettext("公示开始"), lambda _: day(plan.announced_from if plan else None)),
        (gettext("公示结束"), lambda _: day(plan.announced_until if plan else None)),
    ]
    return table_response(found.each, columns, f"{reference}-rewards", "csv")
