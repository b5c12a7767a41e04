"""How the owner means to reward its inventors: kept for its own people, paid by nobody here."""

from collections.abc import Sequence
from datetime import date

from marketplace.core import events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid
from marketplace.core.money import Money
from marketplace.core.policy import Actor, require
from marketplace.deals import policy, rewards
from marketplace.deals.models import Deal, RewardPlan

MOST_INVENTORS = 30


def plan_rewards(
    actor: Actor,
    deal: Deal,
    *,
    costs: Money,
    share_bps: int,
    inventors: Sequence[rewards.Inventor],
    announced_from: date | None = None,
    announced_until: date | None = None,
) -> RewardPlan:
    """Enter costs, the inventors' part and its division; not below the floor (`reward.floor`).

    促进科技成果转化法 art. 45: at least half of the net income; a rule of the owner's own may give more.
    """
    require(actor, policy.edit_rewards, deal)
    wrong = {}
    if costs.currency != deal.currency or costs.minor < 0:
        wrong["costs"] = "reward.costs"
    if not rewards.FLOOR_BPS <= share_bps <= rewards.WHOLE:
        wrong["share_bps"] = "reward.floor"
    if inventors and (
        len(inventors) > MOST_INVENTORS
        or sum(one.bps for one in inventors) != rewards.WHOLE
        or any(not one.name.strip() or one.bps <= 0 for one in inventors)
    ):
        wrong["inventors"] = "reward.shares"
    if announced_from and announced_until and announced_until < announced_from:
        wrong["announced_until"] = "reward.period"
    if wrong:
        raise Invalid(next(iter(wrong.values())), fields=wrong)
    lock(deal)
    plan = deal.reward_plan
    if plan is None:
        plan = RewardPlan(deal=deal, share_bps=share_bps, currency=deal.currency)
        db.session.add(plan)
    plan.costs_minor, plan.share_bps = costs.minor, share_bps
    plan.inventors_data = [{"name": one.name.strip(), "bps": one.bps} for one in inventors]
    plan.announced_from, plan.announced_until = announced_from, announced_until
    db.session.flush()
    events.record(plan, "reward_plan.set", by=actor)
    return plan
