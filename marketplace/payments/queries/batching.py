"""Reading payment orders, and the file that the bank gets."""

from sqlalchemy import Select, func, select
from sqlalchemy.orm import selectinload

from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.money import Money
from marketplace.core.policy import Actor, require
from marketplace.core.words import say
from marketplace.payments import orders, policy
from marketplace.payments.models import Payout, PayoutBatch, PayoutBatchState, PayoutState
from marketplace.payments.queries.cards import by_card


def batches(actor: Actor) -> Select[tuple[PayoutBatch]]:
    """Every batch, newest first, for the exchange's staff."""
    require(actor, policy.pay_out)
    return (
        select(PayoutBatch)
        .options(selectinload(PayoutBatch.payouts).selectinload(Payout.payee))
        .order_by(PayoutBatch.id.desc())
    )


def batch(actor: Actor, reference: str) -> PayoutBatch:
    """One batch, for the exchange's staff."""
    found = db.session.scalar(batches(actor).where(PayoutBatch.reference == reference))
    if found is None:
        raise NotFound("payout_batch.unknown")
    return found


def unbatched(actor: Actor) -> list[tuple[int, Money]]:
    """How many payouts no file holds yet, and what they come to, a currency at a time."""
    require(actor, policy.pay_out)
    rows = db.session.execute(
        select(Payout.currency, func.count(Payout.id), func.sum(Payout.amount_minor))
        .where(
            Payout.state == PayoutState.ORDERED,
            Payout.batch_id.is_(None),
            Payout.held.is_(False),
            ~by_card(Payout.id),
        )
        .group_by(Payout.currency)
        .order_by(Payout.currency)
    )
    return [(int(number), Money(currency, int(minor))) for currency, number, minor in rows]


def batch_file(one: PayoutBatch, payer: orders.Payer, *, kind: str = "xml") -> bytes:
    """What the bank gets: pain.001, or a table for its website (`csv`). The same at every call."""
    made = [
        orders.Order(
            payout.end_to_end,
            payout.payee.name,
            payout.bank_name,
            payout.bank_account,
            payout.amount_minor,
            say("enums", f"payout_purpose.{payout.purpose}", "zh"),
        )
        for payout in one.payouts
    ]
    if kind == "csv":
        return orders.table(made, currency=one.currency)
    return orders.pain001(
        made,
        payer,
        reference=one.reference,
        currency=one.currency,
        made_at=one.created_at,
        on=one.created_at.astimezone(clock.BEIJING).date(),
    )


def is_stopped(payout: Payout) -> bool:
    """It is held back, and no file that the bank may have names it."""
    if not payout.held:
        return False
    found = db.session.get(PayoutBatch, payout.batch_id) if payout.batch_id else None
    return found is None or found.state is not PayoutBatchState.RELEASED
