"""More time for a step of a deal, given by the exchange with a reason."""

from datetime import datetime

from marketplace.core import events
from marketplace.core.db import lock
from marketplace.core.errors import WrongState
from marketplace.core.policy import Actor
from marketplace.deals.models import Deal, DealState
from marketplace.deals.services.impartial import must_be_impartial
from marketplace.payments import queries as money
from marketplace.payments import services as payments

EXTENDABLE = frozenset({DealState.CHECKLIST, DealState.SIGNING, DealState.PAYMENT})


def extend(by: Actor, deal: Deal, *, until: datetime, because: str) -> None:
    """Move the day of the step, and of a payment that is awaited; both parties are told why.

    Answers for its callers: they have found who may ask for it, and how long it may be.
    """
    must_be_impartial(by, deal)
    lock(deal)
    if deal.state not in EXTENDABLE:
        raise WrongState("deal.extend")
    before, deal.due_at = deal.due_at, until
    for payment in money.of(deal):
        if payment.due_at is None or payment.due_at < until:  # not the later instalments
            payments.postpone(payment, until=until)
    events.record(deal, "deal.extend", by=by, because=because, before=before, due_at=until)
