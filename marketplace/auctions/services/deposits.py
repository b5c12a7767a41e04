"""Deposits (保证金): expected, held, and resolved exactly once: released, applied or forfeited.

Money lies on an account of its own for each bidder of each auction; a transfer's key is the hold's,
and a resolution has one row a hold, so that no order and no crash resolves one twice (I-31, I-33).
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from marketplace.auctions import policy
from marketplace.auctions.models import (
    Auction,
    Hold,
    HoldResolution,
    HoldState,
    Participant,
    ParticipantState,
    Resolution,
)
from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, Refused
from marketplace.core.lifecycle import advance
from marketplace.core.money import Money
from marketplace.core.policy import SYSTEM, Actor, require
from marketplace.deals import services as deals
from marketplace.deals.models import Deal
from marketplace.ledger import queries as books
from marketplace.ledger import services as ledger
from marketplace.payments import queries as money
from marketplace.payments import services as payments
from marketplace.payments.models import Payment, PaymentState

RELEASE_WITHIN = timedelta(hours=1)  # of the close; the law gives 24 hours
OBJECTION = timedelta(days=5)
ACTIONS = {
    Resolution.RELEASED: "release",
    Resolution.APPLIED: "apply",
    Resolution.FORFEITED: "forfeit",
}


def expect(by: Actor, participant: Participant) -> Hold:
    """Ask for the deposit, under a reference of its own; for one that was called off anew."""
    auction = participant.auction
    amount = Money(auction.currency, auction.rules.deposit)
    account = f"deposit:{auction.id}:{participant.id}"
    payment = payments.expect(
        by,
        participant,
        payer_id=participant.organisation_id,
        account=account,
        amount=amount,
        due_at=auction.opens_at,
    )
    db.session.flush()
    if (void := of(participant)) is not None:
        advance(void, "renew", by=by)
        void.payment = payment
        return void
    hold = Hold(
        auction=auction,
        participant=participant,
        payment=payment,
        amount_minor=amount.minor,
        currency=amount.currency,
    )
    db.session.add(hold)
    db.session.flush()
    return hold


def of(participant: Participant) -> Hold | None:
    """A bidder's deposit."""
    return db.session.scalar(select(Hold).where(Hold.participant_id == participant.id))


def expected(participant: Participant) -> bool:
    """A deposit is on its way, or was held and is done with: none is asked for again."""
    hold = of(participant)
    return hold is not None and hold.state is not HoldState.VOID


def is_held(participant: Participant) -> bool:
    """The bank has confirmed it, and nothing has become of it yet."""
    hold = of(participant)
    return hold is not None and hold.state is HoldState.HELD


def received() -> list[int]:
    """Deposits whose money has arrived and that are not held yet."""
    return list(
        db.session.scalars(
            select(Hold.id)
            .join(Hold.payment)
            .where(Hold.state == HoldState.PENDING, Payment.state == PaymentState.RECEIVED)
            .order_by(Hold.id)
            .limit(200)
        )
    )


def take_in(hold_id: int) -> bool:
    """The bank has confirmed a deposit: it is held, and the bidder admitted."""
    from marketplace.auctions.services import (  # noqa: PLC0415 -- they call each other
        first_refusal,
        participating,
    )

    hold = db.session.get_one(Hold, hold_id)
    lock(hold.auction)
    lock(hold)
    if hold.state is not HoldState.PENDING or hold.payment.state is not PaymentState.RECEIVED:
        return False
    advance(hold, "hold", by=SYSTEM, amount=hold.amount)
    if first_refusal.deposit_came(hold.participant):
        return True
    if hold.participant.state is ParticipantState.QUALIFIED:
        participating.admit(hold.participant)
    else:  # left or was excluded while the money was on its way
        release(hold, because=hold.participant.state.value)
    return True


def give_back(participant: Participant, *, because: str) -> None:
    """Release what is held, unless its forfeit is proposed; no longer expect what has not come."""
    hold = of(participant)
    if hold is None:
        return
    if hold.state is HoldState.HELD and hold.forfeit_proposed_at is None:
        release(hold, because=because)
    elif hold.state is HoldState.PENDING and hold.payment.state is PaymentState.AWAITED:
        advance(hold, "void", by=SYSTEM, reason=because)
        payments.call_off(SYSTEM, hold.payment, because=because)
        _send_back(hold, books.balance(hold.account, hold.currency), f"hold:{hold.id}:part")


def release(hold: Hold, *, because: str) -> None:
    """Back to the bidder: to his credit, and ordered out, in one transaction with what caused it."""
    if _resolve(hold, Resolution.RELEASED, because):
        _send_back(hold, hold.amount, f"hold:{hold.id}")


def _send_back(hold: Hold, amount: Money, key: str) -> None:
    """What lies on the deposit's account, all of it or the part that came."""
    if not amount:
        return
    firm = hold.participant.organisation_id
    text = f"deposit {hold.id} released"
    ledger.transfer(key, text, {hold.account: -amount, money.credit_account(firm): amount})
    payments.order_payout(
        SYSTEM, hold, key=f"{key}:refund", payee_id=firm, amount=amount, purpose="refund"
    )


def release_all(auction: Auction, *, but: frozenset[str] = frozenset(), because: str) -> None:
    """All that are held, but those of some codes; what is still expected is called off."""
    for hold in db.session.scalars(
        select(Hold)
        .where(Hold.auction_id == auction.id, Hold.state.in_((HoldState.HELD, HoldState.PENDING)))
        .order_by(Hold.id)
    ):
        if hold.participant.code not in but and hold.forfeit_proposed_at is None:
            give_back(hold.participant, because=because)


def apply_to_price(hold: Hold, deal: Deal) -> bool:
    """The winner's deposit counts towards the price once the contract is signed."""
    lock(hold.auction)
    lock(hold)
    if hold.state is not HoldState.HELD:
        return False
    applied = deals.set_off(
        SYSTEM, deal, source=hold.account, amount=hold.amount, key=f"hold:{hold.id}"
    )
    return applied is not None and _resolve(hold, Resolution.APPLIED, deal.reference)


def propose_forfeit(actor: Actor, hold: Hold, *, because: str) -> None:
    """Staff propose that a defaulter loses the deposit; he has five days to object."""
    require(actor, policy.operate, hold)
    if not because.strip():
        raise Invalid("auction.reason", fields={"because": "auction.reason"})
    lock(hold.auction)
    put_up_for_forfeit(actor, hold, because=because)


def put_up_for_forfeit(by: Actor, hold: Hold, *, because: str) -> None:
    """The same for callers that answer for it themselves: a default that the clock has found, too.

    Then a person of the exchange decides after the days for objection; the clock never does.
    """
    lock(hold)
    hold.lifecycle.target(hold.state, "forfeit")
    if hold.forfeit_proposed_at is not None:
        raise Refused("hold.forfeit_proposed")
    hold.forfeit_reason, hold.forfeit_proposed_at = because.strip()[:300], clock.now()
    hold.forfeit_proposed_by_id = by.user_id
    events.record(hold, "hold.propose_forfeit", by=by, because=because, amount=hold.amount)


def forfeit(actor: Actor, hold: Hold) -> None:
    """Another person decides it after the days for objection (L-12)."""
    require(actor, policy.operate, hold)
    lock(hold.auction)
    lock(hold)
    hold.lifecycle.target(hold.state, "forfeit")
    if hold.forfeit_proposed_at is None:
        raise Refused("hold.not_proposed")
    if hold.forfeit_proposed_by_id == actor.user:
        raise Refused("hold.two_people")
    if clock.now() < hold.forfeit_proposed_at + OBJECTION:
        raise Refused("hold.objection_open")
    if _resolve(hold, Resolution.FORFEITED, hold.forfeit_reason or "", by=actor):
        ledger.transfer(
            f"hold:{hold.id}",
            f"deposit {hold.id} forfeited",
            {hold.account: -hold.amount, f"forfeit:{hold.auction_id}": hold.amount},
        )
        _share_out(actor, hold)


@dataclass(frozen=True)
class Shares:
    """What becomes of a forfeited deposit, by the frozen rules: the exchange's costs, the rest to the seller."""

    costs: Money
    seller: Money


def shares_of(hold: Hold) -> Shares:
    """Worked out from the rules that were announced; the parts are the whole, the seller has the rest."""
    costs = hold.amount.share(hold.auction.rules.forfeit_cost_bps)
    return Shares(costs, hold.amount - costs)


def _share_out(by: Actor, hold: Hold) -> None:
    """Book both parts in one balanced transfer, and order the seller's out."""
    shares, auction = shares_of(hold), hold.auction
    ledger.transfer(
        f"hold:{hold.id}:shares",
        f"deposit {hold.id}: costs and the seller's part",
        {
            f"forfeit:{hold.auction_id}": -hold.amount,
            money.COSTS: shares.costs,
            money.credit_account(auction.seller_id): shares.seller,
        },
    )
    if shares.seller:
        payments.order_payout(
            by,
            hold,
            key=f"hold:{hold.id}:seller",
            payee_id=auction.seller_id,
            amount=shares.seller,
            purpose="forfeit",
        )
    events.record(
        auction,
        "auction.share_forfeit",
        by=by,
        deposit=hold.amount,
        costs=shares.costs,
        seller=shares.seller,
    )


def spare(actor: Actor, hold: Hold, *, because: str) -> None:
    """The objection holds: the deposit goes back after all."""
    require(actor, policy.operate, hold)
    if not because.strip():
        raise Invalid("auction.reason", fields={"because": "auction.reason"})
    lock(hold.auction)
    lock(hold)
    hold.lifecycle.target(hold.state, "release")
    if hold.forfeit_proposed_at is None:
        raise Refused("hold.not_proposed")
    hold.forfeit_proposed_at = hold.forfeit_proposed_by_id = None
    events.record(hold, "hold.spare", by=actor, because=because)
    release(hold, because="spared")


def _resolve(hold: Hold, kind: Resolution, because: str, by: Actor = SYSTEM) -> bool:
    """Once: whoever comes second finds the state changed under the lock, and does nothing."""
    lock(hold)
    if hold.state is not HoldState.HELD:
        return False
    said = because if kind is Resolution.FORFEITED else ""  # of the others it is a code
    advance(hold, ACTIONS[kind], by=by, because=said, amount=hold.amount, reason=because)
    db.session.add(
        HoldResolution(hold=hold, kind=kind, transfer_key=f"hold:{hold.id}", because=because[:300])
    )
    db.session.flush()
    return True


def due_after_close(auction: Auction, *, but: frozenset[str]) -> None:
    """From the close on an hour runs for what is still held of others than these."""
    due = clock.now() + RELEASE_WITHIN
    for hold in db.session.scalars(
        select(Hold).where(Hold.auction_id == auction.id, Hold.state == HoldState.HELD)
    ):
        if hold.participant.code not in but and not hold.participant.backup:
            hold.release_due_at = due


def alarm() -> int:
    """Tell the staff of deposits of losers that are still held an hour after the close (I-32)."""
    late = db.session.scalars(
        select(Hold).where(
            Hold.state == HoldState.HELD,
            Hold.release_due_at < clock.now(),
            Hold.alarmed_at.is_(None),
            Hold.forfeit_proposed_at.is_(None),
        )
    ).all()
    for hold in late:
        hold.alarmed_at = clock.now()
        events.record(hold, "hold.overdue", by=SYSTEM, amount=hold.amount)
    return len(late)
