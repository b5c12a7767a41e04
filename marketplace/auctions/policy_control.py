"""Who watches over an auction, proposes, and checks what another has proposed."""

from marketplace.auctions.models import Order
from marketplace.core.policy import Actor, Permission, is_operator, may_manage


def is_another_person(actor: Actor, order: Order) -> bool:
    """Somebody else made the proposal."""
    return actor.user_id is not None and actor.user_id != order.made_by_id


def is_one_of_the_two(actor: Actor, order: Order) -> bool:
    """You proposed it, or you checked it."""
    return actor.user_id is not None and actor.user_id in {order.made_by_id, order.checked_by_id}


watch_over = Permission("auction.watch_over", ((is_operator,),))
propose = Permission("auction_order.propose", ((is_operator, may_manage),))
check = Permission("auction_order.check", ((is_operator, may_manage, is_another_person),))
see_identity = Permission("auction_order.see_identity", ((is_operator, is_one_of_the_two),))
dismiss_alert = Permission("auction_alert.dismiss", ((is_operator, may_manage),))
