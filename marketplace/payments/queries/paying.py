"""Reading payments, receipts and payouts."""

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import Select, false, func, or_, select, true
from sqlalchemy.orm import selectinload

from marketplace.core.db import Record, db
from marketplace.core.errors import Invalid, NotFound
from marketplace.core.money import Money
from marketplace.core.policy import SYSTEM, Actor, require
from marketplace.ledger import queries as ledger
from marketplace.ledger.models import Posting, Transfer
from marketplace.organisations.models import Organisation
from marketplace.payments import codes, policy
from marketplace.payments.models import Payment, PaymentState, Payout, PayoutState, Receipt

BANK = "bank:escrow"
PROVIDER = "psp:"
SUSPENSE = "suspense"
COMMISSION = "commission"
COSTS = "auction_costs"  # what the exchange keeps of forfeited deposits: costs, never commission
OURS = (COMMISSION, COSTS)  # what the clients' book holds for the exchange itself


def credit_account(organisation_id: int) -> str:
    """The account of what the exchange owes an organisation."""
    return f"org:{organisation_id}:payable"


def visible_to(actor: Actor) -> Select[tuple[Payment]]:
    """Payments of the actor's organisation; all of them for the exchange."""
    query = select(Payment).options(selectinload(Payment.receipts), selectinload(Payment.payer))
    if actor is SYSTEM or actor.is_operator:
        return query.where(true())
    if actor.organisation_id is None:
        return query.where(false())
    return query.where(Payment.payer_id == actor.organisation_id)


def get(actor: Actor, reference: str) -> Payment:
    """One payment by its reference code, in any spelling.

    A code with a slip in it is told apart (`payment.code`) from one that nobody has.
    """
    code = codes.canonical(reference)
    if not codes.is_valid(code):
        raise Invalid("payment.code", fields={"reference": "payment.code"})
    found = db.session.scalar(visible_to(actor).where(Payment.reference == code))
    if found is None:
        raise NotFound("payment.unknown", fields={"reference": "payment.unknown"})
    return found


def of(subject: Record) -> Sequence[Payment]:
    """The payments of a deal, oldest first; for callers that may see the subject."""
    return db.session.scalars(
        select(Payment)
        .options(selectinload(Payment.receipts))
        .where(Payment.subject_kind == subject.__tablename__, Payment.subject_id == subject.id)
        .order_by(Payment.id)
    ).all()


def payouts_of(subject: Record) -> Sequence[Payout]:
    """The payouts of a deal, oldest first; for callers that may see the subject."""
    return db.session.scalars(
        select(Payout)
        .where(Payout.subject_kind == subject.__tablename__, Payout.subject_id == subject.id)
        .order_by(Payout.id)
    ).all()


def expected(
    actor: Actor,
    *,
    search: str = "",
    deals: Collection[int] = (),
    state: PaymentState | None = PaymentState.AWAITED,
) -> Select[tuple[Payment]]:
    """What is to come in, the most urgent first, for the exchange's staff.

    `deals`: those that the searched text is the number of.
    """
    require(actor, policy.book)
    query = visible_to(actor).join(Payment.payer)
    if state is not None:
        query = query.where(Payment.state == state)
    if search:
        query = query.where(
            or_(
                Payment.reference.contains(codes.canonical(search), autoescape=True)
                if codes.canonical(search)
                else false(),
                Organisation.name.contains(search, autoescape=True),
                (Payment.subject_kind == "deal") & Payment.subject_id.in_(deals),
            )
        )
    return query.order_by(Payment.due_at.asc().nulls_last(), Payment.id)


def receipts(
    actor: Actor,
    *,
    search: str = "",
    in_suspense: bool = False,
    since: date | None = None,
    until: date | None = None,
) -> Select[tuple[Receipt]]:
    """What came in, newest first, for the exchange's staff; both days included."""
    require(actor, policy.book)
    query = select(Receipt).options(selectinload(Receipt.payment).selectinload(Payment.payer))
    if since:
        query = query.where(Receipt.received_on >= since)
    if until:
        query = query.where(Receipt.received_on <= until)
    if in_suspense:
        query = query.where(Receipt.payment_id.is_(None), Receipt.returned_on.is_(None))
    if search:
        query = query.where(
            or_(
                Receipt.bank_reference.contains(search, autoescape=True),
                Receipt.payer_name.contains(search, autoescape=True),
            )
        )
    return query.order_by(Receipt.received_on.desc(), Receipt.id.desc())


def receipt(actor: Actor, receipt_id: int) -> Receipt:
    """One receipt, for the exchange's staff."""
    found = db.session.scalar(receipts(actor).where(Receipt.id == receipt_id))
    if found is None:
        raise NotFound("receipt.unknown")
    return found


def receipt_with(bank_reference: str) -> Receipt | None:
    """The receipt already booked under the bank's number."""
    return db.session.scalar(select(Receipt).where(Receipt.bank_reference == bank_reference))


def payouts(
    actor: Actor,
    *,
    search: str = "",
    deals: Collection[int] = (),
    state: PayoutState | None = None,
) -> Select[tuple[Payout]]:
    """What is to be sent or was, the oldest order first, for the exchange's staff.

    `deals`: those that the searched text is the number of.
    """
    require(actor, policy.pay_out)
    query = select(Payout).options(selectinload(Payout.payee)).join(Payout.payee)
    if state is not None:
        query = query.where(Payout.state == state)
    if search:
        query = query.where(
            or_(
                Organisation.name.contains(search, autoescape=True),
                Payout.bank_reference.contains(search, autoescape=True),
                (Payout.subject_kind == "deal") & Payout.subject_id.in_(deals),
            )
        )
    return query.order_by(Payout.id)


def payout(actor: Actor, payout_id: int) -> Payout:
    """One payout, for the exchange's staff."""
    found = db.session.scalar(payouts(actor).where(Payout.id == payout_id))
    if found is None:
        raise NotFound("payout.unknown")
    return found


def payout_with(key: str) -> Payout | None:
    """The payout already ordered under this key."""
    return db.session.scalar(select(Payout).where(Payout.key == key))


def payout_sent_as(bank_reference: str) -> Payout | None:
    """The payout that the bank carried out under this number."""
    return db.session.scalar(select(Payout).where(Payout.bank_reference == bank_reference))


def on_order(account: str, currency: str) -> Money:
    """What is on order from an account and not yet sent."""
    minor = db.session.scalar(
        select(func.coalesce(func.sum(Payout.amount_minor), 0)).where(
            Payout.account == account,
            Payout.currency == currency,
            Payout.state == PayoutState.ORDERED,
        )
    )
    return Money(currency, int(minor or 0))


def credit(organisation_id: int, currency: str = "CNY") -> Money:
    """What the exchange owes an organisation and nobody has ordered to be sent yet."""
    account = credit_account(organisation_id)
    return ledger.balance(account, currency) - on_order(account, currency)


def credits_of(organisation_id: int) -> list[Money]:
    """What an organisation has lying here unordered, a currency at a time; for services."""
    held = ledger.balances(credit_account(organisation_id))
    owed = [credit(organisation_id, currency) for _, currency in held]
    return [money for money in owed if money]


def credits_owed(actor: Actor) -> list[tuple[Organisation, Money]]:
    """Organisations with money of theirs that lies here unordered (over-payments), for staff."""
    require(actor, policy.pay_out)
    rows = db.session.execute(
        select(Posting.account, Posting.currency)
        .where(Posting.account.like("org:%:payable"))
        .group_by(Posting.account, Posting.currency)
        .having(func.sum(Posting.minor) > 0)
        .order_by(Posting.account, Posting.currency)
    ).all()
    found = []
    for account, currency in rows:
        number = int(account.split(":")[1])
        owed = credit(number, currency)
        organisation = db.session.get(Organisation, number)
        if owed.minor > 0 and organisation is not None:
            found.append((organisation, owed))
    return found


def breaks() -> list[ledger.Break]:
    """Receipts, payouts and payments that do not agree with the books."""
    return [
        *_receipts_unlike_books(),
        *_payouts_unlike_books(),
        *_payments_unlike_receipts(),
        *_suspense_unlike_books(),
    ]


def _bank_movements(prefix: str) -> dict[tuple[str, str], int]:
    rows = db.session.execute(
        select(Transfer.key, Posting.currency, Posting.minor)
        .join(Transfer.postings)
        .where(
            or_(Posting.account == BANK, Posting.account.startswith(PROVIDER)),
            Transfer.key.startswith(prefix, autoescape=True),
        )
    )
    return {(key, currency): int(minor) for key, currency, minor in rows}


def _receipts_unlike_books() -> list[ledger.Break]:
    booked = _bank_movements("receipt:")
    rows = db.session.scalars(select(Receipt).order_by(Receipt.id)).all()
    wanted = {(f"receipt:{r.id}", r.currency): -r.amount_minor for r in rows}
    wanted |= {
        (f"receipt:{r.id}:return", r.currency): r.amount_minor for r in rows if r.returned_on
    }
    return _differences("break.receipt", wanted, booked)


def _payouts_unlike_books() -> list[ledger.Break]:
    booked = _bank_movements("payout:")
    sent = db.session.scalars(
        select(Payout).where(Payout.state == PayoutState.SENT).order_by(Payout.id)
    )
    wanted = {(f"payout:{p.id}:sent", p.currency): p.amount_minor for p in sent}
    return _differences("break.payout", wanted, booked)


def _differences(
    code: str, wanted: dict[tuple[str, str], int], booked: dict[tuple[str, str], int]
) -> list[ledger.Break]:
    return [
        ledger.Break(code, {"key": key, "currency": currency})
        for key, currency in sorted(wanted.keys() | booked.keys())
        if wanted.get((key, currency)) != booked.get((key, currency))
    ]


def _payments_unlike_receipts() -> list[ledger.Break]:
    """A payment counts as received exactly when its receipts reach its amount."""
    applied = (
        select(Receipt.payment_id, func.sum(Receipt.applied_minor).label("applied"))
        .join(Receipt.payment)
        .where(Receipt.currency == Payment.currency)
        .group_by(Receipt.payment_id)
        .subquery()
    )
    total = func.coalesce(applied.c.applied, 0) + Payment.set_off_minor
    whole = total == Payment.amount_minor
    rows = db.session.scalars(
        select(Payment)
        .outerjoin(applied, applied.c.payment_id == Payment.id)
        .where(
            or_(
                total > Payment.amount_minor,
                (Payment.state == PaymentState.RECEIVED) & ~whole,
                (Payment.state == PaymentState.AWAITED) & whole,
            )
        )
        .order_by(Payment.id)
    )
    return [ledger.Break("break.payment", {"reference": codes.shown(p.reference)}) for p in rows]


def _suspense_unlike_books() -> list[ledger.Break]:
    rows = db.session.execute(
        select(Receipt.currency, func.sum(Receipt.amount_minor))
        .where(Receipt.payment_id.is_(None), Receipt.returned_on.is_(None))
        .group_by(Receipt.currency)
    )
    wanted = {currency: int(minor) for currency, minor in rows}
    currencies = db.session.scalars(
        select(Posting.currency).where(Posting.account == SUSPENSE).distinct()
    )
    return [
        ledger.Break("break.suspense", {"currency": currency})
        for currency in sorted(wanted.keys() | set(currencies))
        if ledger.balance(SUSPENSE, currency).minor != wanted.get(currency, 0)
    ]
