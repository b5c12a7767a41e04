"""Verbs of payment orders: put together by one person, released by another, or withdrawn."""

import hashlib

from sqlalchemy import Select, select

from marketplace.core import events
from marketplace.core.db import db, lock, one_at_a_time
from marketplace.core.errors import Refused
from marketplace.core.lifecycle import advance
from marketplace.core.policy import Actor, require
from marketplace.payments import codes, orders, policy, queries
from marketplace.payments.models import Payout, PayoutBatch, PayoutState
from marketplace.payments.services.banking import must_be_clear

MOST = 500  # orders in a file: what banks' websites take


def make_batch(actor: Actor, currency: str) -> PayoutBatch:
    """Put the payouts that can go into a file: ordered, in no other batch, to an account that stands.

    Those whose money is still at a provider of cards wait until the bank has it (L-09). None of them is
    `payout_batch.nothing`. While a debit of the account is unexplained nothing goes out
    (`payout.bank_break`).
    """
    require(actor, policy.pay_out)
    must_be_clear(currency)
    one_at_a_time(f"payout batch {currency}")
    found = db.session.scalars(_waiting(currency))
    there = queries.still_at_providers()
    ready = [
        one
        for one in found
        if one.account_stands and one.name_stands and not queries.waits_at_provider(one, there)
    ]
    if not ready:
        raise Refused("payout_batch.nothing")
    batch = PayoutBatch(
        reference=f"B{codes.new()}",
        currency=currency,
        made_by_id=actor.user_id,
        payouts=ready[:MOST],
    )
    db.session.add(batch)
    events.record(
        batch, "payout_batch.make", by=actor, total=batch.total, number=len(batch.payouts)
    )
    return batch


def _waiting(currency: str) -> Select[tuple[Payout]]:
    return (
        select(Payout)
        .where(
            Payout.state == PayoutState.ORDERED,
            Payout.currency == currency,
            Payout.batch_id.is_(None),
            ~queries.by_card(Payout.id),
            Payout.held.is_(False),
        )
        .order_by(Payout.id)
        .with_for_update(of=Payout)
    )


def release_batch(actor: Actor, batch: PayoutBatch, payer: orders.Payer) -> bytes:
    """A second person looked at it: the bank may have the file, whose hash is kept (L-12).

    Refused where the same person made it or ordered a payout in it (`payout.four_eyes`), where an account
    changed meanwhile (`payout.account_changed`), or where one was sent by other means
    (`payout_batch.stale`), a payee took another name (`payout.name_differs`), one is held back
    (`payout.held`), or the money of one is still at a provider (`payout.at_provider`).
    """
    require(actor, policy.pay_out)
    lock(batch)
    batch.lifecycle.target(batch.state, "release")
    must_be_clear(batch.currency)
    involved = {batch.made_by_id, *(n for one in batch.payouts for n in one.involved_ids)}
    if actor.user_id in involved:
        raise Refused("payout.four_eyes")
    there = queries.still_at_providers()
    for one in batch.payouts:
        lock(one)
        if one.state is not PayoutState.ORDERED:
            raise Refused("payout_batch.stale")
        if one.held:
            raise Refused("payout.held")
        if not one.name_stands:
            raise Refused("payout.name_differs")
        if not one.account_stands:
            raise Refused("payout.account_changed")
        if queries.waits_at_provider(one, there):
            raise Refused("payout.at_provider")
    advance(batch, "release", by=actor, total=batch.total)
    batch.released_by_id = actor.user_id
    content = queries.batch_file(batch, payer)
    batch.sha256 = hashlib.sha256(content).hexdigest()
    return content


def withdraw_batch(actor: Actor, batch: PayoutBatch, *, because: str) -> None:
    """The file does not go, or the bank did not take it: what was not sent is free again."""
    require(actor, policy.pay_out)
    if not because.strip():
        raise Refused("payout_batch.reason")
    lock(batch)
    advance(batch, "withdraw", by=actor, because=because)
    for one in list(batch.payouts):
        if one.state is PayoutState.ORDERED:
            one.batch_id = None
    db.session.flush()
    db.session.expire(batch, ["payouts"])
