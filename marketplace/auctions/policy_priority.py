"""Who answers for a holder of a right of first refusal, and who serves the notice on paper."""

from marketplace.auctions.models import PriorityHolder
from marketplace.core.policy import Actor, Permission, is_operator, may_manage


def is_priority_holder(actor: Actor, right: PriorityHolder) -> bool:
    """You act for the holder of the right of first refusal."""
    return actor.organisation_id is not None and actor.organisation_id == right.holder_id


def holder_is_not_with_us(_: Actor, right: PriorityHolder) -> bool:
    """The holder has no account here and answers on paper."""
    return right.holder_id is None


exercise = Permission("auction_priority.exercise", ((is_priority_holder, may_manage),))
waive = Permission(
    "auction_priority.waive",
    ((is_priority_holder, may_manage), (is_operator, may_manage, holder_is_not_with_us)),
)
deliver = Permission(
    "auction_priority.deliver", ((is_operator, may_manage, holder_is_not_with_us),)
)
see = Permission("auction_priority.see", ((is_priority_holder,), (is_operator,)))
