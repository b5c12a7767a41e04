"""The schedule of a deal: its lines planned, milestones declared and confirmed, lines ended."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time

from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, Refused, WrongState
from marketplace.core.lifecycle import advance
from marketplace.core.policy import SYSTEM, Actor, require
from marketplace.deals import policy, queries, schedule
from marketplace.deals.models import NOT_DUE, Deal, DealState, Instalment, InstalmentState
from marketplace.deals.services import brokerage
from marketplace.deals.services.impartial import must_be_impartial
from marketplace.documents import services as documents
from marketplace.documents.models import Document
from marketplace.payments import services as payments

RUNS = frozenset(
    {DealState.PAYMENT, DealState.RECORDAL, DealState.SETTLEMENT, DealState.CLOSED}
)  # a milestone besides the price outlives the closing
BEFORE, LATE = 1, 2  # reminders, each of them once
AT_ONCE = 200


def expect_price(by: Actor, deal: Deal, *, until: datetime | None) -> None:
    """The contract is signed: expect the price, in one sum or by its lines. For callers."""
    first = until.astimezone(clock.BEIJING).date() if until else None
    plan(by, deal, first_due=first)
    brokerage.expect(by, deal, until=until)
    if not deal.parts:
        payments.expect(
            by, deal, payer_id=deal.buyer_id, account=deal.escrow_account, amount=deal.price,
            due_at=until,
        )  # fmt: skip
        return
    for line in deal.parts:
        if line.due_on is not None:
            _ask(by, line, until if line.number == 1 else _end_of(line.due_on))


def plan(by: Actor, deal: Deal, *, first_due: date | None = None) -> None:
    """Write the lines of the agreed terms down; a price in one sum has no line of its own."""
    for row in schedule.lines(deal.price, deal.terms.pay, first_due=first_due):
        if row.what is schedule.What.WHOLE:
            continue
        line = Instalment(
            deal=deal,
            number=row.number,
            event=row.event,
            besides=row.besides,
            amount_minor=row.amount.minor,
            currency=row.amount.currency,
            due_on=row.due_on,
            latest_on=row.latest_on,
        )
        db.session.add(line)
        db.session.flush()
        events.record(line, "instalment.plan", by=by, number=row.number, amount=row.amount)


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time(23, 59, 59), clock.BEIJING).astimezone(UTC)


def _ask(by: Actor, line: Instalment, until: datetime | None) -> None:
    """From here on it is owed: a payable of its own, under a reference code of its own."""
    advance(line, "call", by=by, due_on=line.due_on)
    _expect(by, line, until)


def _expect(by: Actor, line: Instalment, until: datetime | None) -> None:
    deal = line.deal
    line.payment = payments.expect(
        by, deal, payer_id=deal.buyer_id, account=deal.escrow_account, amount=line.amount,
        due_at=until,
    )  # fmt: skip


def declare_milestone(actor: Actor, line: Instalment, *, reached_on: date, proof: Document) -> None:
    """One side says, with evidence, that the event of a line has happened; the other is asked.

    Silence is no consent: what is not answered is decided by the exchange, or waits for its latest day.
    """
    require(actor, policy.declare_milestone, line)
    if reached_on > clock.today():
        raise Invalid("instalment.future", fields={"reached_on": "instalment.future"})
    _hold(line)
    _must_run(line.deal, "instalment.declare")
    advance(line, "declare", by=actor, reached_on=reached_on)
    line.declared_by_id, line.reached_on, line.proof = actor.organisation, reached_on, proof
    line.objection = ""
    documents.share(actor, proof, [line.deal.seller_id, line.deal.buyer_id])


def withdraw_milestone(actor: Actor, line: Instalment) -> None:
    """Who declared it takes it back."""
    require(actor, policy.declare_milestone, line)
    _hold(line)
    line.lifecycle.target(line.state, "withdraw")
    if line.declared_by_id != actor.organisation_id:
        raise Refused("instalment.not_yours")
    advance(line, "withdraw", by=actor)
    _forget(line)


def confirm_milestone(actor: Actor, line: Instalment) -> None:
    """The other side agrees: the payment is owed fifteen days from now, by its latest day at most."""
    require(actor, policy.declare_milestone, line)
    _hold(line)
    _must_run(line.deal, "instalment.confirm")
    line.lifecycle.target(line.state, "confirm")
    _must_be_the_other(actor, line)
    _confirm(actor, line)


def object_to_milestone(actor: Actor, line: Instalment, *, because: str) -> None:
    """The other side does not agree, and says why; the exchange decides."""
    require(actor, policy.declare_milestone, line)
    said = _said(because)
    _hold(line)
    line.lifecycle.target(line.state, "object")
    _must_be_the_other(actor, line)
    advance(line, "object", by=actor, because=said)
    line.objection = said


def decide_milestone(actor: Actor, line: Instalment, *, reached: bool, because: str) -> None:
    """The exchange decides about an event: it has happened and the payment is owed, or it has not."""
    require(actor, policy.decide_milestone, line)
    must_be_impartial(actor, line.deal)
    said = _said(because)
    _hold(line)
    _must_run(line.deal, "instalment.confirm")
    if reached:
        _confirm(actor, line, because=said)
        return
    advance(line, "dismiss", by=actor, because=said)
    _forget(line)


def lapse_milestone(actor: Actor, line: Instalment, *, because: str) -> None:
    """The exchange finds that an event besides the price can never happen any more: nothing is owed.

    An instalment of the price does not lapse: it is owed by its latest day whatever happens.
    """
    require(actor, policy.decide_milestone, line)
    must_be_impartial(actor, line.deal)
    said = _said(because)
    _hold(line)
    line.lifecycle.target(line.state, "lapse")
    if not line.besides:
        raise Refused("instalment.of_price")
    advance(line, "lapse", by=actor, because=said)


def let_off(by: Actor, line: Instalment, *, because: str) -> None:
    """The seller lets the buyer off a line. Not the first, nor what is paid in part. For callers."""
    said = _said(because)
    _hold(line)
    line.lifecycle.target(line.state, "waive")
    if line.number == 1 and not line.besides:
        raise Refused("instalment.first")
    if line.received:
        raise Refused("instalment.partly_paid")
    if line.payment is not None:
        payments.call_off(by, line.payment, because=said)
    advance(line, "waive", by=by, because=said)


def _confirm(by: Actor, line: Instalment, *, because: str = "") -> None:
    line.due_on = schedule.due_after(clock.today(), line.latest_on)
    advance(line, "confirm", by=by, because=because, due_on=line.due_on)
    _expect(by, line, _end_of(line.due_on))


def call_due(*, limit: int = AT_ONCE) -> int:
    """Ask for the payments whose latest day is near, their events or not; how many."""
    near = clock.today() + schedule.CALLED_BEFORE
    called = 0
    for line in queries.instalments_to_call(near, limit):
        _hold(line)
        if line.state not in NOT_DUE or line.latest_on is None or line.deal.state not in RUNS:
            continue
        line.due_on = line.latest_on
        _ask(SYSTEM, line, _end_of(line.latest_on))
        called += 1
    return called


def remind_instalments(*, limit: int = AT_ONCE) -> int:
    """Remind of each payment once before its day, and once after it; how many reminders."""
    today, reminded = clock.today(), 0
    for line in queries.instalments_to_remind(today, today + schedule.REMINDED_BEFORE, limit):
        _hold(line)
        if line.state is not InstalmentState.DUE or line.due_on is None:
            continue
        late = line.due_on < today
        wanted = LATE if late else BEFORE
        if line.told >= wanted:
            continue
        line.told = wanted
        events.record(
            line,
            "instalment.late" if late else "instalment.remind",
            by=SYSTEM,
            number=line.number,
            due_on=line.due_on,
            amount=line.amount,
        )
        reminded += 1
    return reminded


def next_day(lines: Iterable[Instalment]) -> datetime | None:
    """The end of the next day on which something is owed; none where nothing is."""
    days = [x.due_on or x.latest_on for x in lines if x.state in {*NOT_DUE, InstalmentState.DUE}]
    known = [day for day in days if day is not None]
    return _end_of(min(known)) if known else None


def held_lines(deal: Deal) -> list[Instalment]:
    """The lines of a deal that the caller holds, read again with their payments."""
    for line in deal.instalments:
        lock(line)
        if line.payment is not None:
            lock(line.payment)
    return deal.instalments


def _hold(line: Instalment) -> None:
    """The deal first, then its line: everybody takes the locks in this order."""
    lock(line.deal)
    lock(line)


def _must_run(deal: Deal, code: str) -> None:
    if deal.state not in RUNS:
        raise WrongState(code, needs=[f"deal.{state.value}" for state in sorted(RUNS)])


def _must_be_the_other(actor: Actor, line: Instalment) -> None:
    if line.declared_by_id == actor.organisation_id:
        raise Refused("instalment.yours")


def _forget(line: Instalment) -> None:
    line.declared_by_id, line.reached_on, line.proof = None, None, None


def _said(because: str) -> str:
    said = because.strip()
    if not said:
        raise Invalid("deal.reason", fields={"because": "deal.reason"})
    return said
