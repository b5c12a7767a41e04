"""Fees that keep rights alive: a reduction declared, a payment recorded with its receipt, undone."""

from collections.abc import Iterable
from datetime import date

from marketplace.assets import policy, terms
from marketplace.assets.legal_status.codes import Code
from marketplace.assets.legal_status.happenings import Details
from marketplace.assets.models import (
    PATENTS,
    Asset,
    EventSource,
    FeePayment,
    FeeReduction,
    LegalEventState,
)
from marketplace.assets.queries import upkeep
from marketplace.assets.services import legal_events
from marketplace.assets.services.records.ageing import refresh_status
from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, Refused
from marketplace.core.lifecycle import advance
from marketplace.core.money import Money
from marketplace.core.policy import Actor, require
from marketplace.documents.models import Document


def reduce_fees(actor: Actor, assets: Iterable[Asset], ground: FeeReduction) -> int:
    """Declare as what the owners may have the fees of these patents reduced; how many changed."""
    changed = 0
    for asset in assets:
        require(actor, policy.record_fee, asset)
        if asset.kind in PATENTS and asset.fee_reduction is not ground:
            asset.fee_reduction = ground
            events.record(asset, "asset.reduce_fees", by=actor, ground=ground)
            changed += 1
    return changed


def record_payment(
    actor: Actor,
    asset: Asset,
    *,
    number: int,
    paid_on: date,
    amount: Money,
    receipt: Document,
) -> FeePayment:
    """Say that the next annuity or renewal was paid; the record moves on by one.

    Years are paid one after the other. What was paid after the time of grace keeps nothing alive:
    the office has to restore the right first.
    """
    require(actor, policy.record_fee, asset)
    lock(asset)
    today = clock.today()
    if paid_on > today:
        raise Invalid("fee.in_future", fields={"paid_on": "fee.in_future"})
    due = next(iter(terms.unpaid(upkeep.schedule_of(asset, today))), None)
    if due is None:
        raise Refused("fee.nothing_due")
    if due.number != number:
        raise Refused("fee.not_next", number=due.number)
    if due.surcharge(paid_on) is None:
        raise Invalid("fee.too_late", fields={"paid_on": "fee.too_late"})
    if due.opens and paid_on < due.opens:
        raise Invalid("fee.too_early", fields={"paid_on": "fee.too_early"})
    made = FeePayment(
        asset=asset,
        what=due.what.value,
        number=number,
        paid_on=paid_on,
        amount_minor=amount.minor,
        currency=amount.currency,
        receipt_id=receipt.id,
        recorded_by_id=actor.user_id,
        before=asset.fee_paid_through if due.is_annuity else asset.renewals,
    )
    db.session.add(made)
    if due.is_annuity:
        asset.fee_paid_through = number
    else:
        asset.renewals = number
    refresh_status(asset)
    legal_events.note(
        asset,
        _code_of(made),
        happened_on=paid_on,
        by=actor,
        source=EventSource.KEEPER,
        details=Details(number=str(number)),
        evidence=receipt,
        state=LegalEventState.RECORDED,
        silently=True,
    )
    events.record(
        asset, "fee.record", by=actor, what=made.what, number=number, amount=str(amount.amount)
    )
    return made


def undo_payment(actor: Actor, payment: FeePayment, *, because: str) -> None:
    """Take back what was recorded by mistake; only the last, so that no gap opens."""
    require(actor, policy.record_fee, payment.asset)
    if not because.strip():
        raise Invalid("reason.required", fields={"because": "reason.required"})
    asset = payment.asset
    lock(asset)
    last = upkeep.last_payment(asset)
    if last is not None and last.id != payment.id:
        raise Refused("fee.not_last")
    advance(payment, "undo", by=actor, because=because, asset=asset.reference)
    if payment.what == terms.Upkeep.ANNUITY:
        asset.fee_paid_through = payment.before
    else:
        asset.renewals = payment.before or 0
    refresh_status(asset)
    legal_events.unsay(
        asset,
        _code_of(payment),
        happened_on=payment.paid_on,
        details=Details(number=str(payment.number)),
        by=actor,
        because=because,
    )


def _code_of(payment: FeePayment) -> Code:
    return Code.FEE_PAID if payment.what == terms.Upkeep.ANNUITY else Code.RENEWED
