"""What an organisation pays to the exchange and gets from it, as its own people see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from marketplace.core.db import db
from marketplace.core.money import Money
from marketplace.core.policy import Actor, require
from marketplace.payments import policy
from marketplace.payments.models import Payment, PaymentState, Payout, PayoutState, Receipt
from marketplace.payments.queries.paying import credits_of, visible_to


@dataclass(frozen=True)
class Movement:
    """Money that reached the exchange from us, or us from the exchange."""

    on: date
    paid: bool  # by us
    amount: Money
    what: str  # payment, release, refund (enums `movement.*`)
    subject_kind: str
    subject_id: int
    number: str  # the bank's


@dataclass(frozen=True)
class Position:
    """What we owe at the moment, what is on its way to us, and what lies here for us."""

    awaited: Sequence[Payment]
    ordered: Sequence[Payout]
    credits: Sequence[Money]


def position(actor: Actor) -> Position:
    """Of the actor's own organisation."""
    require(actor, policy.see_own)
    number = actor.organisation
    awaited = visible_to(actor).where(
        Payment.payer_id == number, Payment.state == PaymentState.AWAITED
    )
    ordered = select(Payout).where(Payout.payee_id == number, Payout.state == PayoutState.ORDERED)
    return Position(
        db.session.scalars(awaited.order_by(Payment.due_at.asc().nulls_last(), Payment.id)).all(),
        db.session.scalars(ordered.order_by(Payout.id)).all(),
        credits_of(number),
    )


def movements(
    actor: Actor, *, since: date | None = None, until: date | None = None
) -> list[Movement]:
    """What came and went, the newest first; both days included."""
    require(actor, policy.see_own)
    number = actor.organisation
    receipts = (
        select(Receipt)
        .join(Receipt.payment)
        .options(selectinload(Receipt.payment))
        .where(Payment.payer_id == number)
    )
    payouts = select(Payout).where(Payout.payee_id == number, Payout.state == PayoutState.SENT)
    found = [
        *(
            Movement(
                one.received_on,
                True,
                one.amount,
                "payment",
                one.payment.subject_kind,
                one.payment.subject_id,
                one.bank_reference,
            )
            for one in db.session.scalars(receipts)
            if one.payment is not None
        ),
        *(
            Movement(
                one.sent_on,
                False,
                one.amount,
                one.purpose,
                one.subject_kind,
                one.subject_id,
                one.bank_reference or "",
            )
            for one in db.session.scalars(payouts)
            if one.sent_on is not None
        ),
    ]
    first, last = since or date.min, until or date.max
    wanted = [one for one in found if first <= one.on <= last]
    return sorted(wanted, key=lambda one: (one.on, one.number), reverse=True)
