"""A principal, a broker, and a mandate between them, made through the services."""

from datetime import timedelta
from typing import Any

from marketplace.core import clock
from marketplace.core.db import transaction
from marketplace.core.money import Money, yuan
from marketplace.core.policy import Actor
from marketplace.mandates import services as mandates
from marketplace.mandates.commission import FeeTable, Tier
from marketplace.mandates.models import Act, Mandate, Side
from marketplace.mandates.services import Draft
from marketplace.organisations.models import Organisation
from tests import factories as a

FEES = FeeTable((Tier(300),))
ALL = (Act.LIST, Act.ANSWER, Act.NEGOTIATE, Act.ACCEPT)


def drafted(
    principal: Organisation, broker: Organisation, *, by: Actor | None = None, **over: Any
) -> Mandate:
    """A draft of a seller's mandate for a right of the principal, unless said otherwise."""
    if over.get("side") is Side.BUY:
        over = {"kinds": ("invention",), "acts": ALL[1:], "limit": yuan(600_000)} | over
    elif "assets" not in over:
        over["assets"] = (a.asset(keeper=principal),)
    wanted = Draft(
        **{
            "principal_id": principal.id,
            "broker_id": broker.id,
            "side": Side.SELL,
            "expires_on": clock.today() + timedelta(days=90),
            "fees": FEES,
            "acts": ALL,
            "limit": Money("CNY", 40_000_000),
        }
        | over
    )
    with transaction():
        return mandates.draft(by or a.actor(principal), wanted)


def offered(principal: Organisation, broker: Organisation, **over: Any) -> Mandate:
    by = a.actor(principal)
    made = drafted(principal, broker, by=by, **over)
    with transaction():
        mandates.offer(by, made)
    return made


def signed(mandate: Mandate, by: Actor, **over: Any) -> None:
    with transaction():
        mandates.sign(
            by, mandate, **{"password_proved": True, "sha256": mandate.document.sha256} | over
        )


def in_force(principal: Organisation, broker: Organisation, **over: Any) -> Mandate:
    made = offered(principal, broker, **over)
    signed(made, a.actor(principal))
    signed(made, a.actor(broker))
    return made
