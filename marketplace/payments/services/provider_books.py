"""Verbs of what providers tell and hold: notices kept once, their balance brought into the books."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from marketplace.core import clock, events
from marketplace.core.db import db, lock, one_at_a_time
from marketplace.core.errors import Refused
from marketplace.core.lifecycle import advance
from marketplace.core.money import Money
from marketplace.core.policy import SYSTEM, Actor, require
from marketplace.ledger import services as ledger
from marketplace.payments import policy
from marketplace.payments.gateways.door import Entry, Signed
from marketplace.payments.models import (
    BankLine,
    CardAttempt,
    CardAttemptState,
    CardPayout,
    CardPayoutState,
    ProviderEntry,
    ProviderNotice,
)
from marketplace.payments.queries import BANK, COMMISSION, provider_account

RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(hours=6)
CHARGES = frozenset({"charge", "payment"})
OURS_TO_SEND = frozenset({"refund", "payment_refund", "transfer"})


def keep_notice(provider: str, notice: Signed, body: str) -> ProviderNotice:
    """Keep a notice as it came; the same again is the same. For callers, who proved its signature."""
    wanted = select(ProviderNotice).where(
        ProviderNotice.provider == provider, ProviderNotice.number == notice.id
    )
    known = db.session.scalar(wanted)
    if known:
        return known
    made = ProviderNotice(
        provider=provider,
        number=notice.id[:120],
        kind=notice.kind[:80],
        object_kind=notice.object_kind[:40],
        object_number=notice.object_id[:120],
        body=body,
        due_at=clock.now(),
    )
    try:
        with db.session.begin_nested():
            db.session.add(made)
    except IntegrityError:  # the same notice at this very moment
        return db.session.scalars(wanted).one()
    events.record(made, "provider_notice.keep", by=SYSTEM, kind_of=notice.kind)
    return made


def notice_done(notice: ProviderNotice, outcome: str) -> None:
    """It was acted upon, or is nothing to us (`handled`, `ignored`, `unmatched`)."""
    notice.outcome, notice.processed_at = outcome, clock.now()


def notice_failed(notice: ProviderNotice) -> None:
    """The provider could not be asked about it: again later, ever more rarely."""
    notice.outcome = "failing"
    notice.attempts += 1
    notice.due_at = clock.now() + min(RETRY * 2 ** min(notice.attempts, 12), LONGEST_RETRY)


def take_in_entries(by: Actor, provider: str, entries: Sequence[Entry]) -> int:
    """Keep movements of our balance that are new, and book what is known and available. How many new."""
    require(by, policy.book)
    one_at_a_time(f"balance {provider}")
    fresh = 0
    for entry in reversed(entries):
        kept = _kept(provider, entry.id)
        if kept is None:
            fresh += 1
            kept = ProviderEntry(
                provider=provider,
                number=entry.id,
                kind=entry.kind[:40],
                source=entry.source[:120],
                minor=entry.minor,
                fee_minor=entry.fee,
                currency=entry.currency,
            )
            db.session.add(kept)
            db.session.flush()
        if entry.available and kept.available_at is None:
            kept.available_at = clock.now()
    book_entries(by, provider)
    return fresh


def _kept(provider: str, number: str) -> ProviderEntry | None:
    return db.session.scalar(
        select(ProviderEntry).where(
            ProviderEntry.provider == provider, ProviderEntry.number == number
        )
    )


def book_entries(by: Actor, provider: str) -> None:
    """Book what can be booked by now; what cannot says why (`problem`)."""
    require(by, policy.book)
    waiting = db.session.scalars(
        select(ProviderEntry)
        .where(ProviderEntry.provider == provider)
        .where(ProviderEntry.booked_at.is_(None) | (ProviderEntry.problem == "fee_uncovered"))
        .order_by(ProviderEntry.id)
    ).all()
    for entry in waiting:
        if entry.booked_at is None:
            _book_and_say(by, entry)
        else:
            entry.problem = _book_fee(entry)


def _book_and_say(by: Actor, entry: ProviderEntry) -> None:
    entry.problem = _book(entry)
    booked = entry.booked_at is not None
    if booked:
        events.record(entry, "provider_entry.book", by=by, amount=entry.amount)
        entry.problem = _book_fee(entry)


def _book(entry: ProviderEntry) -> str:
    if entry.kind in CHARGES:
        return _book_charge(entry)
    if entry.kind in OURS_TO_SEND:
        return _tie_sent(entry)
    if entry.kind == "payout" and entry.minor < 0:
        return _move(entry, "available", "transit", Money(entry.currency, -entry.minor))
    return "unknown"


def _book_charge(entry: ProviderEntry) -> str:
    """A card payment became available: from pending, less what went back to the card before."""
    attempt = db.session.scalar(
        select(CardAttempt).where(
            CardAttempt.provider == entry.provider, CardAttempt.charge_number == entry.source
        )
    )
    if attempt is None or attempt.receipt is None:
        return "unknown"
    lock(attempt)
    if attempt.state is not CardAttemptState.CAPTURED:
        return "unknown"
    if attempt.receipt.amount != Money(entry.currency, entry.minor):
        return "amount"
    if entry.available_at is None:
        return ""
    pending = provider_account(entry.provider, "pending")
    early = sum(
        one.payout.amount_minor
        for one in attempt.refunds
        if one.state is CardPayoutState.SENT and one.source == pending
    )
    problem = _move(entry, "pending", "available", Money(entry.currency, entry.minor - early))
    if not problem:
        attempt.settled_at = clock.now()
    return problem


def _tie_sent(entry: ProviderEntry) -> str:
    """A refund or transfer was booked when the provider sent it: here it is seen again."""
    found = db.session.scalar(
        select(CardPayout).where(
            CardPayout.provider == entry.provider, CardPayout.provider_number == entry.source
        )
    )
    if found is None or found.state is not CardPayoutState.SENT:
        return "unknown"
    if found.payout.amount != Money(entry.currency, -entry.minor):
        return "amount"
    entry.booked_at = clock.now()
    return ""


def _move(entry: ProviderEntry, source: str, target: str, amount: Money) -> str:
    if amount:
        try:
            ledger.transfer(
                f"provider_entry:{entry.id}",
                f"{entry.kind} {entry.number}",
                {
                    provider_account(entry.provider, source): amount,
                    provider_account(entry.provider, target): -amount,
                },
            )
        except Refused:
            return "uncovered"
    entry.booked_at = clock.now()
    return ""


def _book_fee(entry: ProviderEntry) -> str:
    """The exchange bears the provider's fee out of its commission, so that clients' money stays whole."""
    if entry.fee_minor <= 0:
        entry.fee_booked_at = clock.now()
        return ""
    try:
        ledger.transfer(
            f"card:fee:{entry.id}",
            f"fee of {entry.number}",
            {COMMISSION: -entry.fee, provider_account(entry.provider, "available"): entry.fee},
        )
    except Refused:
        return "fee_uncovered"
    entry.fee_booked_at = clock.now()
    return ""


def book_loss(actor: Actor, entry: ProviderEntry, *, because: str) -> None:
    """A charge-back, or a charge of the provider's: the exchange bears it out of its commission."""
    require(actor, policy.pay_out)
    if not because.strip():
        raise Refused("card.reason")
    lock(entry)
    if entry.booked_at is not None or entry.kind in CHARGES | {"payout"}:
        raise Refused("provider_entry.booked")
    lost = Money(entry.currency, -entry.minor)
    ledger.transfer(
        f"card:loss:{entry.id}",
        f"{entry.kind} {entry.number}",
        {COMMISSION: -lost, provider_account(entry.provider, "available"): lost},
    )
    entry.booked_at, entry.problem = clock.now(), ""
    events.record(entry, "provider_entry.bear", by=actor, because=because.strip(), amount=lost)
    if entry.fee_booked_at is None:
        entry.problem = _book_fee(entry)


def book_arrival(actor: Actor, line: BankLine, entry: ProviderEntry, *, because: str) -> None:
    """What a provider sent to our bank is there: this movement of the statement."""
    require(actor, policy.book)
    if not because.strip():
        raise Refused("card.reason")
    lock(entry)
    lock(line)
    line.lifecycle.target(line.state, "book")
    if entry.kind != "payout" or entry.booked_at is None or entry.banked_at is not None:
        raise Refused("provider_entry.not_on_its_way")
    if not line.came_in or line.amount != entry.amount:
        raise Refused("bank_line.other_amount")
    ledger.transfer(
        f"bank_line:{line.id}:provider",
        f"{entry.provider} {entry.number}",
        {provider_account(entry.provider, "transit"): entry.amount, BANK: -entry.amount},
    )
    entry.banked_at = clock.now()
    line.because = because.strip()
    advance(line, "book", by=actor, because=because.strip(), amount=line.amount)
