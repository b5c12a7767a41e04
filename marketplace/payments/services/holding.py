"""Payouts held back: those of a disputed deal do not go to the bank."""

from marketplace.core import events
from marketplace.core.db import Record, db, lock
from marketplace.core.policy import Actor
from marketplace.payments import queries
from marketplace.payments.models import PayoutBatch, PayoutBatchState, PayoutState


def hold_payouts(by: Actor, subject: Record) -> None:
    """Hold back what was ordered for a subject and not sent; a file that is still drafted loses it.

    What is in a released file may be at the bank already: it is marked, and booked if it went.
    Answers for its callers.
    """
    for payout in queries.payouts_of(subject):
        lock(payout)
        if payout.state is not PayoutState.ORDERED or payout.held:
            continue
        payout.held = True
        batch = db.session.get(PayoutBatch, payout.batch_id) if payout.batch_id else None
        if batch is not None:
            db.session.refresh(batch)
            if batch.state is PayoutBatchState.DRAFTED:
                payout.batch_id = None
                db.session.flush()
                db.session.expire(batch, ["payouts"])
        events.record(payout, "payout.hold", by=by, amount=payout.amount)


def free_payouts(by: Actor, subject: Record) -> None:
    """What was held back may go. Answers for its callers."""
    for payout in queries.payouts_of(subject):
        lock(payout)
        if payout.held:
            payout.held = False
            events.record(payout, "payout.free", by=by, amount=payout.amount)
