"""Reading the bank's statements, and saying what each movement probably is."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import selectinload

from marketplace.core import clock, working_days
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.money import Money
from marketplace.core.policy import Actor, require
from marketplace.ledger import queries as ledger
from marketplace.payments import codes, names, policy
from marketplace.payments.models import (
    BankLine,
    BankLineState,
    BankStatement,
    Payment,
    PaymentState,
    Payout,
    PayoutState,
    Receipt,
)
from marketplace.payments.queries.paying import BANK

MOST_HINTS = 6  # more candidates than a person reads are no help
NEAR = timedelta(days=5)  # how far apart a hand and a bank may date the same movement
END_TO_END = re.compile(r"PO\d{10}")  # as payouts are named in the bank's files
PROOFS = {"reference", "number", "account"}  # an amount and a name alone prove nothing


def statements(actor: Actor, *, search: str = "") -> Select[tuple[BankStatement]]:
    """Every statement taken in, newest first, for the exchange's staff."""
    require(actor, policy.book)
    query = select(BankStatement)
    if search:
        query = query.where(
            or_(
                BankStatement.filename.contains(search, autoescape=True),
                BankStatement.account.contains(search, autoescape=True),
                BankStatement.number.contains(search, autoescape=True),
            )
        )
    return query.order_by(BankStatement.id.desc())


def statement(actor: Actor, statement_id: int) -> BankStatement:
    """One statement, for the exchange's staff."""
    found = db.session.scalar(statements(actor).where(BankStatement.id == statement_id))
    if found is None:
        raise NotFound("bank_statement.unknown")
    return found


def statement_before(one: BankStatement) -> BankStatement | None:
    """The statement of the same account that ended last before this one began."""
    if one.first_on is None:
        return None
    return db.session.scalar(
        select(BankStatement)
        .where(
            BankStatement.account == one.account,
            BankStatement.currency == one.currency,
            BankStatement.id != one.id,
            BankStatement.last_on <= one.first_on,
        )
        .order_by(BankStatement.last_on.desc(), BankStatement.id.desc())
        .limit(1)
    )


def lines(
    actor: Actor,
    *,
    of: BankStatement | None = None,
    search: str = "",
    state: BankLineState | None = None,
    direction: str = "",
) -> Select[tuple[BankLine]]:
    """Movements, newest day first, for the exchange's staff; `direction`: in, out or both."""
    require(actor, policy.book)
    query = select(BankLine).options(
        selectinload(BankLine.receipt).selectinload(Receipt.payment),
        selectinload(BankLine.payout),
        selectinload(BankLine.statement),
    )
    if of is not None:
        query = query.where(BankLine.statement_id == of.id)
    if state is not None:
        query = query.where(BankLine.state == state)
    if direction in {"in", "out"}:
        query = query.where(BankLine.minor > 0 if direction == "in" else BankLine.minor < 0)
    if search:
        query = query.where(
            or_(
                BankLine.counterparty.contains(search, autoescape=True),
                BankLine.reference.contains(search, autoescape=True),
                BankLine.text.contains(search, autoescape=True),
            )
        )
    return query.order_by(BankLine.booked_on.desc(), BankLine.id.desc())


def line(actor: Actor, line_id: int) -> BankLine:
    """One movement, for the exchange's staff."""
    found = db.session.scalar(lines(actor).where(BankLine.id == line_id))
    if found is None:
        raise NotFound("bank_line.unknown")
    return found


def open_lines() -> int:
    """How many movements the books do not know yet."""
    return (
        db.session.scalar(
            select(func.count(BankLine.id)).where(BankLine.state == BankLineState.UNBOOKED)
        )
        or 0
    )


def open_of(one: BankStatement) -> Sequence[int]:
    """The numbers of a statement's movements that the books do not know yet, in their order."""
    return db.session.scalars(
        select(BankLine.id)
        .where(BankLine.statement_id == one.id, BankLine.state == BankLineState.UNBOOKED)
        .order_by(BankLine.id)
    ).all()


def unexplained_since(currency: str) -> date | None:
    """The day of the oldest debit that nobody has explained for more than a working day, if any."""
    oldest = db.session.scalar(
        select(func.min(BankLine.booked_on)).where(
            BankLine.state == BankLineState.UNBOOKED,
            BankLine.currency == currency,
            BankLine.minor < 0,
        )
    )
    if oldest is None or clock.today() <= working_days.add(oldest, 1):
        return None
    return oldest


@dataclass(frozen=True)
class Hint:
    """What a movement may be, and what speaks for and against it (codes, enums `bank_hint.*`).

    `certain`: nothing speaks against it and nothing else comes into question.
    """

    of: Payment | Payout | Receipt
    speaks_for: tuple[str, ...]
    speaks_against: tuple[str, ...] = ()
    certain: bool = False


def hints(one: BankLine) -> list[Hint]:
    """What an open movement may be, the likeliest first. For callers that may see it."""
    found = _hints_of_credit(one) if one.came_in else _hints_of_debit(one)
    found.sort(key=lambda hint: (len(hint.speaks_against), -len(hint.speaks_for)))
    clear = [hint for hint in found if not hint.speaks_against]
    if len(clear) == 1 and set(clear[0].speaks_for) & PROOFS and not _rivals(clear[0], found):
        return [replace(clear[0], certain=True), *(h for h in found if h is not clear[0])]
    return found[:MOST_HINTS]


def _rivals(clear: Hint, found: Sequence[Hint]) -> bool:
    """Somebody may have booked it by hand: not to be booked again without a look."""
    return isinstance(clear.of, Payment) and any(isinstance(hint.of, Receipt) for hint in found)


def _hints_of_credit(one: BankLine) -> list[Hint]:
    booked = [_booked_hint(one, receipt) for receipt in _booked_by_hand(one)]
    named = codes.found_in(f"{one.text} {one.reference}")
    under_code = (
        db.session.scalars(
            select(Payment).where(Payment.reference.in_(named)).order_by(Payment.id)
        ).all()
        if named
        else []
    )
    if under_code:
        return booked + [_payment_hint(one, payment, by_code=True) for payment in under_code]
    awaited = db.session.scalars(
        select(Payment)
        .where(
            Payment.state == PaymentState.AWAITED,
            Payment.currency == one.currency,
            Payment.amount_minor >= one.minor,
        )
        .options(selectinload(Payment.receipts), selectinload(Payment.payer))
        .order_by(Payment.id.desc())
        .limit(500)
    )
    return booked + [
        _payment_hint(one, payment, by_code=False)
        for payment in awaited
        if payment.outstanding == one.amount
    ]


def _booked_by_hand(one: BankLine) -> Sequence[Receipt]:
    """Receipts of this amount that no movement stands behind, of about these days."""
    tied = select(BankLine.receipt_id).where(BankLine.receipt_id.is_not(None), BankLine.minor > 0)
    return db.session.scalars(
        select(Receipt)
        .where(
            Receipt.currency == one.currency,
            Receipt.provider == "",
            Receipt.amount_minor == one.minor,
            Receipt.received_on.between(one.booked_on - NEAR, one.booked_on + NEAR),
            Receipt.id.not_in(tied),
        )
        .order_by(Receipt.id)
    ).all()


def _booked_hint(one: BankLine, receipt: Receipt) -> Hint:
    by_number = bool(one.reference) and receipt.bank_reference == one.bank_number
    by_name = names.same(one.counterparty, receipt.payer_name)
    told = {"booked": True, "amount": True, "number": by_number, "name": by_name}
    against = () if by_number else ("other_number",)
    return Hint(receipt, tuple(name for name, is_so in told.items() if is_so), against)


def _payment_hint(one: BankLine, payment: Payment, *, by_code: bool) -> Hint:
    speaks_for: list[str] = []
    against: list[str] = []
    (speaks_for if by_code else against).append("reference" if by_code else "no_reference")
    if payment.state is not PaymentState.AWAITED:
        against.append("settled")
    if payment.currency != one.currency:
        against.append("other_currency")
    elif payment.outstanding == one.amount:
        speaks_for.append("amount")
    else:
        against.append("too_little" if one.amount < payment.outstanding else "too_much")
    if names.same(one.counterparty, payment.payer.name):
        speaks_for.append("name")
    else:
        against.append("other_name")
    return Hint(payment, tuple(speaks_for), tuple(against))


def _hints_of_debit(one: BankLine) -> list[Hint]:
    tied = select(BankLine.payout_id).where(BankLine.payout_id.is_not(None))
    payouts = db.session.scalars(
        select(Payout)
        .options(selectinload(Payout.payee))
        .where(
            Payout.currency == one.currency,
            Payout.amount_minor == -one.minor,
            Payout.id.not_in(tied),
            or_(
                Payout.state == PayoutState.ORDERED,
                Payout.sent_on.between(one.booked_on - NEAR, one.booked_on + NEAR),
            ),
        )
        .order_by(Payout.id)
    )
    waiting = db.session.scalars(
        select(Receipt)
        .where(
            Receipt.payment_id.is_(None),
            Receipt.currency == one.currency,
            Receipt.amount_minor == -one.minor,
            or_(
                Receipt.returned_on.is_(None),
                Receipt.returned_on.between(one.booked_on - NEAR, one.booked_on + NEAR),
            ),
        )
        .order_by(Receipt.id)
    )
    return [
        *(_payout_hint(one, payout) for payout in payouts),
        *(
            Hint(receipt, ("amount", "name"), ("sent_back",))
            for receipt in waiting
            if names.same(one.counterparty, receipt.payer_name)
        ),
    ]


def _payout_hint(one: BankLine, payout: Payout) -> Hint:
    sent = payout.state is PayoutState.SENT
    told = {
        "amount": True,
        "marked_sent": sent,
        "number": bool(one.reference) and payout.bank_reference == one.bank_number,
        "name": names.same(one.counterparty, payout.payee.name),
        "account": names.same_account(one.counterparty_account, payout.bank_account),
        "reference": payout.end_to_end in one.text,
    }
    against = []
    if not told["reference"] and END_TO_END.search(one.text):
        against.append("other_reference")
    if not told["name"]:
        against.append("other_name")
    if one.counterparty_account and not told["account"]:
        against.append("other_account")
    if sent and not told["number"]:
        against.append("other_number")
    return Hint(payout, tuple(name for name, is_so in told.items() if is_so), tuple(against))


@dataclass(frozen=True)
class Reconciliation:
    """The bank's last word on an account beside the books, in one currency."""

    account: str
    as_of: date | None
    at_bank: Money
    in_books: Money
    not_booked: Money  # movements on statements that the books do not know yet

    @property
    def difference(self) -> Money:
        """What neither explains: nothing, if all is well and no later movement was booked by hand."""
        return self.at_bank - self.in_books - self.not_booked


def reconciliations(actor: Actor) -> list[Reconciliation]:
    """Bank and books, an account and currency at a time, for the exchange's staff."""
    require(actor, policy.book)
    ranked = (
        select(
            BankStatement.id,
            func.row_number()
            .over(
                partition_by=(BankStatement.account, BankStatement.currency),
                order_by=(BankStatement.last_on.desc(), BankStatement.id.desc()),
            )
            .label("rank"),
        )
        .where(BankStatement.closing_minor.is_not(None), BankStatement.last_on.is_not(None))
        .subquery()
    )
    last = db.session.scalars(
        select(BankStatement)
        .join(ranked, ranked.c.id == BankStatement.id)
        .where(ranked.c.rank == 1)
        .order_by(BankStatement.account, BankStatement.currency)
    )
    return [
        Reconciliation(
            one.account,
            one.last_on,
            Money(one.currency, one.closing_minor or 0),
            -ledger.balance(BANK, one.currency),
            Money(one.currency, _open_sum(one.account, one.currency)),
        )
        for one in last
    ]


def _open_sum(account: str, currency: str) -> int:
    found = db.session.scalar(
        select(func.coalesce(func.sum(BankLine.minor), 0)).where(
            BankLine.account == account,
            BankLine.currency == currency,
            BankLine.state == BankLineState.UNBOOKED,
        )
    )
    return int(found or 0)


def booked_unlike_lines() -> list[ledger.Break]:
    """Movements that count as booked, but whose receipt or payout says another amount."""
    as_receipt = (
        select(BankLine.id)
        .join(BankLine.receipt)
        .where(
            or_(
                func.abs(BankLine.minor) != Receipt.amount_minor,
                BankLine.currency != Receipt.currency,
            )
        )
    )
    as_payout = (
        select(BankLine.id)
        .join(BankLine.payout)
        .where(or_(-BankLine.minor != Payout.amount_minor, BankLine.currency != Payout.currency))
    )
    numbers = sorted({*db.session.scalars(as_receipt), *db.session.scalars(as_payout)})
    return [ledger.Break("break.bank_line", {"line": number}) for number in numbers]
