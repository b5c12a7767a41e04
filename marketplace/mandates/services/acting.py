"""Acting for another: the actor keeps its own name and carries the mandate that lets it act."""

from dataclasses import replace

from marketplace.core import clock
from marketplace.core.db import lock
from marketplace.core.errors import Refused
from marketplace.core.money import Money
from marketplace.core.policy import Acting, Actor, require
from marketplace.mandates import policy
from marketplace.mandates.models import Mandate, MandateState


def acting(actor: Actor, mandate: Mandate) -> Actor:
    """The broker's person with the mandate in hand, good for this transaction.

    The mandate's row stays locked until then: a revocation that came first is seen, and one that
    comes at the same moment waits for what is being done.
    """
    require(actor, policy.act_under, mandate)
    lock(mandate)
    if mandate.state is not MandateState.IN_FORCE:
        raise Refused("mandate.not_in_force", reference=mandate.reference)
    if mandate.expires_on < clock.today():
        raise Refused("mandate.over", reference=mandate.reference)
    under = Acting(
        reference=mandate.reference,
        principal_id=mandate.principal_id,
        side=mandate.side.value,
        acts=frozenset(mandate.acts),
        assets=frozenset(item.asset_id for item in mandate.items),
        kinds=frozenset(mandate.kinds),
        capabilities=mandate.principal.capabilities,
        limit=mandate.limit,
    )
    return replace(actor, under=under)


def must_be_within(by: Actor, price: Money | None) -> None:
    """What a broker binds its principal to keeps the limit of the mandate.

    Beyond it the act would bind nobody but by ratification (民法典 art. 171), so it is refused. Who
    acts for itself has no limit here.
    """
    if by.under is None:
        return
    limit = by.under.limit
    if limit is None or price is None:
        raise Refused("mandate.no_limit", reference=by.under.reference)
    if price.currency != limit.currency:
        raise Refused("mandate.other_currency", reference=by.under.reference)
    if by.under.side == "sell" and price < limit:
        raise Refused("mandate.below_floor", reference=by.under.reference)
    if by.under.side == "buy" and price > limit:
        raise Refused("mandate.above_ceiling", reference=by.under.reference)
