"""After the close: losers' deposits, the award that opens a deal, default, the runner-up, a relist."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import ColumnElement, select

from marketplace.auctions import policy
from marketplace.auctions.engine.outcome import outcome, runner_up
from marketplace.auctions.engine.state import Command, Event, Phase, State
from marketplace.auctions.models import (
    Auction,
    Award,
    Hold,
    HoldState,
    Participant,
    ParticipantState,
    PriorityHolder,
    PriorityState,
)
from marketplace.auctions.queries import priority as priority_rights
from marketplace.auctions.services import deposits, door, tendering
from marketplace.auctions.services.telling import tell_bidders
from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, Refused
from marketplace.core.money import Money
from marketplace.core.policy import SYSTEM, Actor, require
from marketplace.deals import services as deals
from marketplace.deals.models import Deal, DealState

FALLBACK = timedelta(hours=48)
GRACE = timedelta(days=2)
OVER = frozenset({DealState.CANCELLED})


def on_closed(auction: Auction, _event: Event, _by: Actor) -> None:
    """Losers get their deposits back at once; leader and willing runner-up stay bound."""
    state = door.state_of(auction)
    kept = {state.leader} if state.reserve_met else set()
    second = runner_up(state, state.leader or "") if state.reserve_met else None
    if second and _is_backup(auction, second[0]):
        kept.add(second[0])
    kept |= priority_rights.codes_waiting(auction)
    deposits.release_all(auction, but=frozenset(c for c in kept if c), because="lost")


def on_deadline(auction: Auction, _event: Event, _by: Actor) -> None:
    """An hour runs for whatever is still held of those who lost."""
    state = door.state_of(auction)
    bound = {state.leader} if state.reserve_met else set()
    bound |= priority_rights.codes_waiting(auction)
    deposits.due_after_close(auction, but=frozenset(code for code in bound if code))


def on_over(auction: Auction, event: Event, _by: Actor) -> None:
    """Failed, withdrawn, cancelled or settled: whatever is still held goes back."""
    defaulted = frozenset(door.state_of(auction).defaulted)
    deposits.release_all(auction, but=defaulted, because=event.kind)
    if event.kind == "failed" and not defaulted:
        tell_bidders(auction, "participant.no_sale")


def _is_backup(auction: Auction, code: str) -> bool:
    return bool((found := _participant(auction, code)) and found.backup)


def _participant(auction: Auction, code: str | None) -> Participant | None:
    return db.session.scalar(
        select(Participant).where(Participant.auction_id == auction.id, Participant.code == code)
    )


def to_award() -> list[int]:
    """Closed auctions, and those whose holders of a right of first refusal may have answered."""
    return list(
        db.session.scalars(
            select(Auction.id)
            .where(
                Auction.state.in_((Phase.CLOSED, Phase.PRIORITY)),
                Auction.reserve_met,
                (Auction.due_at.is_(None)) | (Auction.due_at <= clock.now()),
                ~_being_asked(),
            )
            .order_by(Auction.closed_at, Auction.id)
            .limit(50)
        )
    )


def _being_asked() -> ColumnElement[bool]:
    """A holder of a right of first refusal still has days left, or hours for the deposit."""
    return (
        select(PriorityHolder.id)
        .where(
            PriorityHolder.auction_id == Auction.id,
            PriorityHolder.state == PriorityState.NOTIFIED,
        )
        .exists()
    )


def award(auction_id: int) -> bool:
    """Award one, and open the deal by the same gates as any other; both or neither.

    Raises Refused where the registers or the law stand in the way (`blocked` keeps the reason).
    """
    auction = db.session.get_one(Auction, auction_id)
    lock(auction)
    if auction.state not in {Phase.CLOSED, Phase.PRIORITY}:
        return False
    return door.execute(SYSTEM, auction.id, Command("award")).accepted


def blocked(auction_id: int, refusal: Refused) -> None:
    """Say once why an award could not be made; it is tried again in five minutes."""
    auction = db.session.get_one(Auction, auction_id)
    lock(auction)
    if auction.due_at is None:
        events.record(auction, "auction.award_blocked", by=SYSTEM, refusal=refusal.code)
    auction.due_at = clock.now() + timedelta(minutes=5)


def on_awarded(auction: Auction, event: Event, _by: Actor) -> None:
    """Write the award, open the deal at the price, let everybody else go."""
    state = door.state_of(auction)
    winner = _participant(auction, event.code)
    if winner is None:
        raise Refused("auction.winner_unknown")
    price = Money(auction.currency, int(event.public["price"]))
    deal = deals.open_deal(
        SYSTEM,
        auction.listing,
        buyer_id=winner.organisation_id,
        terms=replace(
            auction.listing.terms, price=price, promises=tendering.promises(auction, event.code)
        ),
    )
    db.session.add(
        Award(
            auction=auction,
            ordinal=2 if state.defaulted else 1,
            participant=winner,
            event_seq=auction.seq,
            price_minor=price.minor,
            currency=price.currency,
            deal=deal,
            awarded_at=clock.now(),
        )
    )
    db.session.flush()
    auction.due_at = None
    events.record(winner, "participant.win", by=SYSTEM, price=price, deal=deal.reference)
    if not state.defaulted:
        tell_bidders(auction, "participant.lose", but=frozenset({winner.id}))
    kept = {event.code, *state.defaulted}
    found = outcome(auction.rules, state)
    if found.runner_up and _is_backup(auction, found.runner_up):
        kept.add(found.runner_up)
    deposits.release_all(auction, but=frozenset(c for c in kept if c), because="lost")


def standing(auction: Auction) -> Award | None:
    """The award that stands."""
    return db.session.scalar(
        select(Award).where(Award.auction_id == auction.id, Award.ended_at.is_(None))
    )


def follow_due() -> list[int]:
    """Standing awards whose deal may have moved on."""
    return list(
        db.session.scalars(
            select(Award.id)
            .join(Award.auction)
            .join(Award.deal)
            .outerjoin(Hold, Hold.participant_id == Award.participant_id)
            .where(
                Award.ended_at.is_(None),
                Auction.state == Phase.AWARDED,
                (Deal.state.in_((DealState.CLOSED, *OVER)))
                | ((Deal.state == DealState.PAYMENT) & (Hold.state == HoldState.HELD)),
            )
            .order_by(Award.id)
            .limit(100)
        )
    )


def follow(award_id: int) -> bool:
    """Paid up to the deposit: that goes to the price. Closed: settled. Undone: everybody is let go."""
    award_ = db.session.get_one(Award, award_id)
    auction, deal = award_.auction, award_.deal
    lock(auction)
    if deal is None or auction.state is not Phase.AWARDED:
        return False
    hold = deposits.of(award_.participant)
    if deal.state is DealState.PAYMENT and hold is not None:
        return _owed(deal) <= hold.amount and deposits.apply_to_price(hold, deal)
    if deal.state is DealState.CLOSED:
        return door.execute(SYSTEM, auction.id, Command("settle")).accepted
    if deal.state in OVER:
        return _undone(auction, award_)
    return False


def _owed(deal: Deal) -> Money:
    """What the books still lack of the price: while it is more than the deposit, a default costs that."""
    return deal.down_payment - deal.in_escrow


def _undone(auction: Auction, award_: Award) -> bool:
    """The deal came to nothing without anybody's default having been found."""
    award_.ended_at = clock.now()
    command = Command("default", None, {"reason": "undone"})
    if not door.execute(SYSTEM, auction.id, command).accepted:
        return False
    deposits.give_back(award_.participant, because="undone")
    return _ask_runner_up(auction)


def declare_default(actor: Actor, auction: Auction, *, because: str) -> None:
    """The winner has not signed or paid two days after it was due: staff find a default.

    The deal is ended, a forfeit of the deposit proposed, the runner-up asked if there is one.
    """
    require(actor, policy.operate, auction)
    if not (because := because.strip()):
        raise Invalid("auction.reason", fields={"because": "auction.reason"})
    lock(auction)
    award_ = standing(auction)
    if award_ is None or auction.state is not Phase.AWARDED or award_.deal is None:
        raise Refused("auction.no_award")
    deal = award_.deal
    late = deal.due_at is not None and deal.due_at + GRACE < clock.now()
    if not (late or deal.state in OVER):
        raise Refused("auction.not_overdue")
    find_default(actor, auction, award_, because=because)


def find_default(by: Actor, auction: Auction, award_: Award, *, because: str) -> None:
    """End the deal, propose that the deposit is forfeited, ask the runner-up: in one transaction.

    Answers for its callers, who hold the auction's lock and know that the award stands and is late.
    """
    deal = award_.deal
    award_.ended_at = clock.now()
    if deal is not None and deal.state not in OVER:
        deals.end_by_default(by, deal, because=because)
    hold = deposits.of(award_.participant)
    if hold is not None and hold.state is HoldState.HELD:
        deposits.put_up_for_forfeit(by, hold, because=because)
    command = Command("default", None, {"reason": because[:300]})
    reply = door.execute(by, auction.id, command, key=f"default:{award_.id}")
    if not reply.accepted:
        raise Refused(reply.refusal or "auction.default")
    events.record(award_.participant, "participant.default", by=by, because=because)
    _ask_runner_up(auction)


def _ask_runner_up(auction: Auction) -> bool:
    """The next bidder, once: after a second default nothing is sold."""
    first = len(door.state_of(auction).defaulted) == 1
    if first and door.execute(SYSTEM, auction.id, Command("fall_back")).accepted:
        db.session.refresh(auction)
        auction.due_at = clock.now() + FALLBACK
        asked = _participant(auction, door.state_of(auction).candidate)
        if asked is not None:
            events.record(asked, "participant.ask", by=SYSTEM)
        return True
    return door.execute(SYSTEM, auction.id, Command("fail", None, {"reason": "default"})).accepted


def accept_fallback(actor: Actor, auction: Auction, *, key: str) -> door.Reply:
    """The runner-up takes it at his own highest bid, by his own will only."""
    require(actor, policy.take_part)
    return door.execute(actor, auction.id, Command("accept_fallback"), key=key)


def refuse_fallback(actor: Actor, auction: Auction, *, key: str) -> door.Reply:
    """The runner-up lets it go."""
    require(actor, policy.take_part)
    return door.execute(actor, auction.id, Command("refuse_fallback"), key=key)


def fallbacks_due() -> list[int]:
    """Offers to runners-up whose 48 hours are over."""
    return list(
        db.session.scalars(
            select(Auction.id).where(Auction.state == Phase.FALLBACK, Auction.due_at <= clock.now())
        )
    )


def lapse_fallback(auction_id: int) -> bool:
    """Nobody has answered in time."""
    auction = db.session.get_one(Auction, auction_id)
    lock(auction)
    if auction.state is not Phase.FALLBACK:
        return False
    return door.execute(SYSTEM, auction.id, Command("refuse_fallback")).accepted


def offered(organisation_id: int | None, auction: Auction) -> Money | None:
    """What an organisation is offered as the runner-up; none: it is not asked."""
    if auction.state is not Phase.FALLBACK or organisation_id is None:
        return None
    state: State = door.state_of(auction)
    mine = _participant(auction, state.candidate)
    if mine is None or mine.organisation_id != organisation_id:
        return None
    if mine.state is not ParticipantState.ACTIVE or state.candidate_price is None:
        return None
    return Money(auction.currency, state.candidate_price)
