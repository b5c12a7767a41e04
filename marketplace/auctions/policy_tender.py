"""Who names the jury of a tender, who gives points, and who reads what the winner promised."""

from marketplace.auctions.models import Award, Juror
from marketplace.core.policy import Actor, Permission, is_operator, is_regulator, may_manage


def is_the_juror(actor: Actor, juror: Juror) -> bool:
    """You are the juror, and act for the organisation by which you were named."""
    return (
        actor.user_id is not None
        and actor.user_id == juror.user_id
        and actor.organisation_id == juror.organisation_id
    )


def sold_it(actor: Actor, award: Award) -> bool:
    """You act for the seller of the auction."""
    return actor.organisation_id is not None and actor.organisation_id == award.auction.seller_id


def won_it(actor: Actor, award: Award) -> bool:
    """You act for the winner."""
    return (
        actor.organisation_id is not None
        and actor.organisation_id == award.participant.organisation_id
    )


name = Permission("auction_juror.name", ((is_operator, may_manage),))
watch = Permission("auction_juror.watch", ((is_operator,),))
see = Permission("auction_juror.see", ((is_the_juror,),))
declare = Permission("auction_juror.declare", ((is_the_juror,),))
give = Permission("auction_juror.give", ((is_the_juror,),))
read_winning = Permission(
    "auction_tender.read", ((sold_it,), (won_it,), (is_operator,), (is_regulator,))
)
