"""Reading what comes and goes by card, what the providers tell and what they hold."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased, selectinload

from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.money import Money
from marketplace.core.policy import Actor, require
from marketplace.ledger import queries as ledger
from marketplace.payments import policy
from marketplace.payments.models import (
    CardAttempt,
    CardAttemptState,
    CardPayout,
    CardPayoutState,
    Payment,
    Payout,
    PayoutState,
    ProviderEntry,
    ProviderNotice,
    Receipt,
)
from marketplace.payments.queries.paying import visible_to

MOST_AT_PROVIDER = 5_000  # receipts looked through; what is older has arrived long since
PLACES = ("held", "pending", "available", "transit")


def provider_account(provider: str, place: str) -> str:
    """The account of what a provider holds for us: held, pending, available, or in transit to the bank."""
    return f"psp:{provider}:{place}"


def by_card(payout_id: "InstrumentedAttribute[int]") -> ColumnElement[bool]:
    """A payout goes, or went, by card or transfer: the bank does not send it."""
    going = aliased(CardPayout)
    lost = [CardPayoutState.FAILED, CardPayoutState.WITHDRAWN]
    return exists().where(going.payout_id == payout_id, going.state.not_in(lost))


def goes_by_card(payout: Payout) -> bool:
    """Whether this one does."""
    return bool(
        db.session.scalar(select(Payout.id).where(Payout.id == payout.id, by_card(Payout.id)))
    )


def awaited(actor: Actor, payment_id: int) -> Payment:
    """A payment by its number, for those who may see it."""
    found = db.session.scalar(visible_to(actor).where(Payment.id == payment_id))
    if found is None:
        raise NotFound("payment.unknown")
    require(actor, policy.see_payment, found)
    return found


def attempts_of(payment: Payment) -> Sequence[CardAttempt]:
    """The attempts to pay it by card, oldest first; for callers that may see the payment."""
    return db.session.scalars(
        select(CardAttempt).where(CardAttempt.payment_id == payment.id).order_by(CardAttempt.number)
    ).all()


def attempts(
    actor: Actor, *, search: str = "", state: CardAttemptState | None = None
) -> Select[tuple[CardAttempt]]:
    """Every attempt, newest first, for the exchange's staff."""
    require(actor, policy.book)
    query = select(CardAttempt).options(
        selectinload(CardAttempt.payment).selectinload(Payment.payer),
        selectinload(CardAttempt.receipt),
        selectinload(CardAttempt.refunds).selectinload(CardPayout.payout),
    )
    if state is not None:
        query = query.where(CardAttempt.state == state)
    if search:
        query = query.join(CardAttempt.payment).where(
            or_(
                Payment.reference.contains(search.upper().replace("-", ""), autoescape=True),
                CardAttempt.intent_number.contains(search, autoescape=True),
                CardAttempt.session_number.contains(search, autoescape=True),
            )
        )
    return query.order_by(CardAttempt.id.desc())


def attempt(actor: Actor, attempt_id: int) -> CardAttempt:
    """One attempt, for the exchange's staff."""
    found = db.session.scalar(attempts(actor).where(CardAttempt.id == attempt_id))
    if found is None:
        raise NotFound("card_attempt.unknown")
    return found


def card_payouts(actor: Actor) -> Select[tuple[CardPayout]]:
    """What goes out by card, newest first, for the exchange's staff."""
    require(actor, policy.pay_out)
    return (
        select(CardPayout)
        .options(selectinload(CardPayout.payout).selectinload(Payout.payee))
        .order_by(CardPayout.id.desc())
    )


def card_payout(actor: Actor, number: int) -> CardPayout:
    """One of them."""
    found = db.session.scalar(card_payouts(actor).where(CardPayout.id == number))
    if found is None:
        raise NotFound("card_payout.unknown")
    return found


def card_payouts_of(payout: Payout) -> Sequence[CardPayout]:
    """By which ways a payout was tried, oldest first; for callers that may see it."""
    return db.session.scalars(
        select(CardPayout).where(CardPayout.payout_id == payout.id).order_by(CardPayout.number)
    ).all()


def notices(actor: Actor, *, open_only: bool = False) -> Select[tuple[ProviderNotice]]:
    """What providers told us, newest first, for the exchange's staff."""
    require(actor, policy.book)
    query = select(ProviderNotice).order_by(ProviderNotice.id.desc())
    if open_only:
        odd = ProviderNotice.outcome.in_(["unmatched", "failing"])
        query = query.where(or_(ProviderNotice.processed_at.is_(None), odd))
    return query


def notice(actor: Actor, number: int) -> ProviderNotice:
    """One of them, as it came."""
    found = db.session.scalar(notices(actor).where(ProviderNotice.id == number))
    if found is None:
        raise NotFound("provider_notice.unknown")
    return found


def entries(actor: Actor, *, open_only: bool = False) -> Select[tuple[ProviderEntry]]:
    """Movements of our balances at providers, newest first, for the exchange's staff."""
    require(actor, policy.book)
    query = select(ProviderEntry).order_by(ProviderEntry.id.desc())
    if open_only:
        query = query.where(or_(ProviderEntry.booked_at.is_(None), ProviderEntry.problem != ""))
    return query


def entry(actor: Actor, number: int) -> ProviderEntry:
    """One of them."""
    found = db.session.scalar(entries(actor).where(ProviderEntry.id == number))
    if found is None:
        raise NotFound("provider_entry.unknown")
    return found


def at_providers() -> list[tuple[str, Money]]:
    """What providers hold for us, an account and currency at a time; for services and pages."""
    return [
        (account, Money(currency, -minor))
        for (account, currency), minor in ledger.balances("psp:").items()
        if minor
    ]


def still_at_providers() -> frozenset[int]:
    """Payments whose money a provider has not brought to our bank yet; for services and pages.

    What is nowhere on a provider's account has arrived, and the oldest arrives first: the newest receipts,
    less what went back to their cards, make up what is still there.
    """
    left: dict[tuple[str, str], int] = {}
    for (account, currency), minor in ledger.balances("psp:").items():
        provider = account.split(":")[1]
        left[provider, currency] = left.get((provider, currency), 0) - minor
    found: set[int] = set()
    for (provider, currency), held in left.items():
        there = held - _fees_not_booked(provider, currency)
        for payment_id, kept in _kept_by(provider, currency):
            if there <= 0:
                break
            if kept > 0:
                found.add(payment_id)
                there -= kept
    return frozenset(found)


def _fees_not_booked(provider: str, currency: str) -> int:
    """What the provider kept and our commission has not covered yet: no client's money."""
    return int(
        db.session.scalar(
            select(func.coalesce(func.sum(ProviderEntry.fee_minor), 0)).where(
                ProviderEntry.provider == provider,
                ProviderEntry.currency == currency,
                ProviderEntry.booked_at.is_not(None),
                ProviderEntry.fee_booked_at.is_(None),
            )
        )
        or 0
    )


def _kept_by(provider: str, currency: str) -> Iterator[tuple[int, int]]:
    """Receipts by card, the newest first: for which payment, and how much of it has not gone back."""
    rows = db.session.execute(
        select(CardAttempt, Receipt.amount_minor)
        .join(CardAttempt.receipt)
        .where(Receipt.provider == provider, Receipt.currency == currency)
        .order_by(Receipt.id.desc())
        .options(selectinload(CardAttempt.refunds).selectinload(CardPayout.payout))
        .limit(MOST_AT_PROVIDER)
    )
    for one, came in rows:
        back = sum(
            each.payout.amount_minor for each in one.refunds if each.state is CardPayoutState.SENT
        )
        yield one.payment_id, came - back


def waits_at_provider(payout: Payout, there: frozenset[int]) -> bool:
    """The money of its deal is among what is still at a provider: the bank would pay it out of others' (L-09).

    `there`: as `still_at_providers` says. A deposit that was set off against the price counts.
    """
    if not there:
        return False
    own = db.session.scalars(
        select(Payment).where(
            Payment.subject_kind == payout.subject_kind, Payment.subject_id == payout.subject_id
        )
    ).all()
    if any(one.id in there for one in own):
        return True
    payers = {one.payer_id for one in own if one.set_off_minor}
    return bool(payers) and any(
        number in there
        for number in db.session.scalars(
            select(Payment.id).where(
                Payment.payer_id.in_(payers), Payment.subject_kind == "participant"
            )
        )
    )


def on_their_way(amount: Money) -> Sequence[ProviderEntry]:
    """What providers sent to our bank and nobody has seen there yet, of this amount; for services and pages."""
    return db.session.scalars(
        select(ProviderEntry)
        .where(
            ProviderEntry.kind == "payout",
            ProviderEntry.minor == -amount.minor,
            ProviderEntry.currency == amount.currency,
            ProviderEntry.booked_at.is_not(None),
            ProviderEntry.banked_at.is_(None),
        )
        .order_by(ProviderEntry.id)
    ).all()


def attempts_to_ask(*, started_before: datetime, open_before: datetime) -> Sequence[int]:
    """Attempts of which nobody has heard for a while, oldest first."""
    state, asked = CardAttempt.state, CardAttempt.asked_at
    return db.session.scalars(
        select(CardAttempt.id)
        .where(
            or_(
                (state == CardAttemptState.STARTED) & (asked < started_before),
                (state == CardAttemptState.OPEN) & (asked < open_before),
            )
        )
        .order_by(CardAttempt.asked_at, CardAttempt.id)
        .limit(50)
    ).all()


def attempts_held() -> Sequence[int]:
    """Attempts whose money is reserved."""
    return db.session.scalars(
        select(CardAttempt.id)
        .where(CardAttempt.state == CardAttemptState.HELD)
        .order_by(CardAttempt.id)
        .limit(200)
    ).all()


def card_payouts_to_ask(before: datetime) -> Sequence[int]:
    """Released ones of whose fate nobody has heard for a while."""
    asked = CardPayout.asked_at
    return db.session.scalars(
        select(CardPayout.id)
        .where(CardPayout.state == CardPayoutState.STARTED, or_(asked.is_(None), asked < before))
        .order_by(CardPayout.id)
        .limit(50)
    ).all()


def notices_due() -> Sequence[int]:
    """Notices that nobody has acted upon."""
    return db.session.scalars(
        select(ProviderNotice.id)
        .where(ProviderNotice.processed_at.is_(None), ProviderNotice.due_at <= clock.now())
        .order_by(ProviderNotice.id)
        .limit(100)
    ).all()


def attempt_about(*, key: str = "", session: str = "", intent: str = "") -> int | None:
    """The attempt of a provider's object: by its number, or by the key of ours that it carries."""
    wanted = [
        column == value
        for column, value in (
            (CardAttempt.key, key),
            (CardAttempt.session_number, session),
            (CardAttempt.intent_number, intent),
        )
        if value
    ]
    return db.session.scalar(select(CardAttempt.id).where(or_(*wanted))) if wanted else None


def card_payout_about(*, key: str, number: str) -> int | None:
    """The payout of a provider's refund or transfer."""
    wanted = [CardPayout.provider_number == number]
    if key:
        wanted.append(CardPayout.key == key)
    return db.session.scalar(select(CardPayout.id).where(or_(*wanted)))


def open_cards() -> int:
    """How many movements of providers somebody has to look at."""
    return len(
        db.session.scalars(
            select(ProviderEntry.id).where(ProviderEntry.problem != "").limit(100)
        ).all()
    )


def payout_for_hold(attempt: CardAttempt) -> Payout | None:
    """The refund on order that gives its payer back exactly what an attempt holds."""
    return db.session.scalar(
        select(Payout)
        .where(
            Payout.state == PayoutState.ORDERED,
            Payout.purpose == "refund",
            Payout.payee_id == attempt.payment.payer_id,
            Payout.currency == attempt.currency,
            Payout.amount_minor == attempt.amount_minor,
            Payout.batch_id.is_(None),
            ~by_card(Payout.id),
        )
        .order_by(Payout.id)
        .limit(1)
    )


def refundable_attempts(payout: Payout) -> Sequence[CardAttempt]:
    """What the payee of a refund paid by card in its currency, newest first."""
    return db.session.scalars(
        select(CardAttempt)
        .join(CardAttempt.payment)
        .where(
            Payment.payer_id == payout.payee_id,
            CardAttempt.currency == payout.currency,
            CardAttempt.state.in_([CardAttemptState.CAPTURED, CardAttemptState.HELD]),
        )
        .order_by(CardAttempt.id.desc())
    ).all()
