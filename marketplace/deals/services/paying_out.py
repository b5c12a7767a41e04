"""What leaves a deal's escrow at once: the transfer, the record of its parts, the orders to the bank."""

from marketplace.core import clock, events
from marketplace.core.db import db
from marketplace.core.money import Money
from marketplace.core.policy import Actor
from marketplace.deals import shares
from marketplace.deals.models import Deal, DealRelease, Instalment
from marketplace.deals.services import owing
from marketplace.deals.waterfall import Part, Split
from marketplace.ledger import services as ledger
from marketplace.payments import queries as money
from marketplace.payments import services as payments


def pay_out(
    by: Actor,
    deal: Deal,
    found: Split,
    *,
    amount: Money,
    key: str,
    instalment: Instalment | None = None,
    refund: Money | None = None,
) -> None:
    """Divide an amount in escrow as the waterfall says, and order what is somebody's to be sent.

    `refund`: what goes back to the buyer besides. Answers for its callers.
    """
    back = refund or Money(deal.currency, 0)
    buyer = money.credit_account(deal.buyer_id)
    owed = shares.accounts(deal, found)
    owed[buyer] = owed.get(buyer, Money(deal.currency, 0)) + back
    ledger.transfer(
        key, f"{deal.reference} released", {deal.escrow_account: -(amount + back)} | owed
    )
    owing.set_off(by, deal, found.of(Part.ARREARS), key=key)
    if amount:
        keep(by, deal, found, amount=amount, key=key, instalment=instalment)
    orders: list[tuple[int, Money, str]] = [
        (payee, part, "release") for payee, part in shares.payees(found).items()
    ]
    if back:
        orders.append((deal.buyer_id, back, "refund"))
    for payee, part, purpose in orders:
        payments.order_payout(
            by,
            deal,
            key=f"{key}:{payee}" if purpose == "release" else f"{key}:refund:{payee}",
            payee_id=payee,
            amount=part,
            purpose=purpose,
        )


def keep(
    by: Actor,
    deal: Deal,
    found: Split,
    *,
    amount: Money,
    key: str,
    instalment: Instalment | None = None,
) -> None:
    """Write the parts down: the statement is printed from them, later releases build on them."""
    nothing = Money(deal.currency, 0)
    owed_to_brokers = sum((owed for _, owed in found.brokers_owed), nothing)
    db.session.add(
        DealRelease(
            deal=deal,
            instalment=instalment,
            key=key,
            amount_minor=amount.minor,
            currency=amount.currency,
            lines_data=shares.to_keep(found),
            commission_owed_minor=found.commission_owed.minor,
            brokers_owed_minor=owed_to_brokers.minor,
            taxes_short_minor=found.taxes_short.minor,
            released_at=clock.now(),
            released_by_id=by.user_id,
        )
    )
    owing.owe_commission(by, deal, found.commission_owed, key=key)
    events.record(
        deal,
        "deal.release",
        by=by,
        price=amount,
        commission=found.of(Part.PLATFORM),
        deposited=found.of(Part.DEPOSIT),
        commission_owed=found.commission_owed,
        set_off=found.of(Part.ARREARS),
        brokers=found.of(Part.BROKER),
        instalment=instalment.number if instalment else None,
    )
    db.session.flush()
