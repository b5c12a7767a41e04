"""Verbs of royalties: open what is due, report, query, accept, pass money on, audit, remind."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import String, cast, exists, select

from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, Refused
from marketplace.core.lifecycle import advance
from marketplace.core.money import Money
from marketplace.core.policy import SYSTEM, Actor, require
from marketplace.core.references import next_reference
from marketplace.deals import shares
from marketplace.deals.models import Deal
from marketplace.deals.waterfall import split
from marketplace.documents import services as documents
from marketplace.documents.models import Document
from marketplace.ledger import queries as books
from marketplace.ledger import services as ledger
from marketplace.ledger.models import Transfer
from marketplace.payments import services as payments
from marketplace.payments.models import Payment, PaymentState
from marketplace.royalties import calendar, computing, policy, queries
from marketplace.royalties.models import (
    AuditState,
    RoyaltyAudit,
    RoyaltyStatement,
    StatementState,
)

REMIND_BEFORE = timedelta(days=14)
REMIND_EVERY = timedelta(days=7)
NOTICE_DAYS = 15  # of an audit, as the contract says
COST_BPS = (
    500  # short by more than this share of what was owed: the licensee bears the audit's cost
)
LARGEST = 10**15


@dataclass(frozen=True)
class Line:
    """A product of the licensee in a period: pieces, invoiced amount, deductions; minor units."""

    product: str
    quantity: int
    gross: int
    deductions: int = 0

    @property
    def base(self) -> int:
        """What the royalty is counted on."""
        return self.gross - self.deductions


def open_due(*, limit: int = 500) -> int:
    """Open the statements of the periods that are over; how many. Killed anywhere, the next look goes on."""
    opened, today = 0, clock.today()
    for deal in db.session.scalars(queries.running_licences()):
        if not queries.has_royalties(deal):
            continue
        known = {one.number for one in queries.of_deal(deal)}
        for period in queries.periods_ended(deal, today):
            if period.number not in known:
                _open(deal, period)
                opened += 1
        if opened >= limit:
            break
    return opened


def _open(deal: Deal, period: calendar.Period) -> None:
    statement = RoyaltyStatement(
        reference=next_reference("Y"),
        deal=deal,
        number=period.number,
        begins=period.begins,
        ends=period.ends,
        year=period.year,
        report_by=period.report_by,
        currency=deal.currency,
    )
    db.session.add(statement)
    events.record(statement, "royalty_statement.open", by=SYSTEM, report_by=period.report_by)


def submit(
    actor: Actor,
    statement: RoyaltyStatement,
    lines: Sequence[Line],
    *,
    note: str = "",
    document: Document | None = None,
) -> None:
    """Report a period; the royalty is worked out by the terms, frozen, and expected within its days.

    Periods are reported in their order (`royalty.earlier_open`). After a query the figures may be changed
    while nothing has been paid and no later period was reported (`royalty.paid`,
    `royalty.later_reported`); from then on an audit finds what is short.
    """
    require(actor, policy.report, statement)
    _must_be_figures(lines)
    lock(statement.deal)
    lock(statement)
    statement.lifecycle.target(statement.state, "submit")
    first = queries.first_open(statement.deal)
    if first is not None and first.number < statement.number:
        raise Refused("royalty.earlier_open", reference=first.reference)
    if statement.state is StatementState.QUERIED:
        _must_be_changeable(statement)
    base = max(0, sum(line.base for line in lines))
    worked = computing.work_out(
        queries.rates_of(statement.deal),
        base,
        queries.before(statement),
        year_share=queries.period_of(statement).year_share,
    )
    statement.lines_data = [asdict(line) for line in lines]
    statement.base_minor = base
    statement.running_minor, statement.top_up_minor = worked.running.minor, worked.top_up.minor
    statement.cut_minor, statement.royalty_minor = worked.cut.minor, worked.royalty.minor
    statement.note, statement.submitted_at = note.strip(), clock.now()
    statement.pay_by = calendar.pay_by(statement.ends, clock.today())
    if document is not None:
        statement.document = document
        documents.share(actor, document, [statement.deal.seller_id])
    advance(statement, "submit", by=actor, royalty=worked.royalty)
    _expect(actor, statement)


def _expect(actor: Actor, statement: RoyaltyStatement) -> None:
    for payment in queries.payments_of(statement):
        payments.call_off(actor, payment, because="reported anew")
    if statement.royalty:
        _ask(actor, statement, statement.royalty, statement.pay_by)


def _ask(by: Actor, statement: RoyaltyStatement, amount: Money, day: date | None) -> Payment:
    due = datetime.combine(day, time(23, 59, 59), clock.BEIJING) if day else None
    return payments.expect(
        by,
        statement,
        payer_id=statement.deal.buyer_id,
        account=statement.account,
        amount=amount,
        due_at=due.astimezone(UTC) if due else None,
    )


def _must_be_changeable(statement: RoyaltyStatement) -> None:
    if queries.received(statement):
        raise Refused("royalty.paid")
    if queries.later_reported(statement):
        raise Refused("royalty.later_reported")


def _must_be_figures(lines: Sequence[Line]) -> None:
    if not lines:
        raise Invalid("royalty.no_line", fields={"lines": "royalty.no_line"})
    for line in lines:
        if not line.product.strip():
            raise Invalid("royalty.product", fields={"lines": "royalty.product"})
        if not 0 <= line.deductions <= line.gross <= LARGEST or not 0 <= line.quantity <= LARGEST:
            raise Invalid("royalty.figures", fields={"lines": "royalty.figures"})


def query(actor: Actor, statement: RoyaltyStatement, *, because: str) -> None:
    """The owner asks about a statement; the licensee may report anew. What is owed stays owed."""
    require(actor, policy.judge, statement)
    said = _said(because)
    lock(statement)
    advance(statement, "query", by=actor, because=said)
    statement.query = said


def accept(actor: Actor, statement: RoyaltyStatement) -> None:
    """The owner takes a statement as right; an audit stays possible."""
    require(actor, policy.judge, statement)
    lock(statement)
    advance(statement, "accept", by=actor)


def confirm_direct(actor: Actor, statement: RoyaltyStatement, *, on: date) -> None:
    """The owner has been paid past the exchange: nothing more is expected here."""
    require(actor, policy.judge, statement)
    if on > clock.today():
        raise Invalid("royalty.future", fields={"on": "royalty.future"})
    lock(statement)
    if statement.state is StatementState.DUE:
        raise Refused("royalty.not_reported")
    if queries.received(statement):
        raise Refused("royalty.paid")
    for payment in queries.payments_of(statement):
        payments.call_off(actor, payment, because="paid directly")
    statement.paid_directly_on = on
    events.record(statement, "royalty_statement.paid_directly", by=actor, on=on)


def pass_on(*, limit: int = 200) -> int:
    """Pass on what came in whole: a pledgee first (民法典 art. 444), the rest to the owner.

    Paid late, interest is asked for. No commission is taken. Killed anywhere, the next look goes on: each
    payment has its key. Nothing goes out while a debit is unexplained.
    """
    paid = db.session.scalars(
        select(Payment)
        .where(
            Payment.subject_kind == RoyaltyStatement.__tablename__,
            Payment.state == PaymentState.RECEIVED,
            ~exists().where(Transfer.key == "royalty:" + cast(Payment.id, String) + ":passed"),
        )
        .order_by(Payment.id)
        .limit(limit)
    ).all()
    done = 0
    for payment in paid:
        try:
            payments.must_be_clear(payment.currency)
        except Refused:
            continue
        _pass_on(payment)
        done += 1
    return done


def _pass_on(payment: Payment) -> None:
    statement = db.session.get_one(RoyaltyStatement, payment.subject_id)
    lock(statement)
    key = f"royalty:{payment.id}:passed"
    if books.known(key):
        return
    deal, amount = statement.deal, payment.amount
    found = split(
        amount,
        on=clock.today(),
        seller=deal.seller_id,
        commission=Money(amount.currency, 0),
        claims=shares.claims_of(deal),
    )
    ledger.transfer(
        key,
        f"{statement.reference} passed on",
        {statement.account: -amount} | shares.accounts(deal, found),
    )
    for payee, part in shares.payees(found).items():
        payments.order_payout(
            SYSTEM,
            statement,
            key=f"{key}:{payee}",
            payee_id=payee,
            amount=part,
            purpose="royalty",
        )
    statement.settled_at = clock.now()
    events.record(
        statement, "royalty_statement.pass_on", by=SYSTEM, amount=amount, payment=payment.id
    )
    _ask_interest(statement, payment)


def _ask_interest(statement: RoyaltyStatement, payment: Payment) -> None:
    """For days between the last day to pay and the bank's day; once, and never on interest."""
    if payment.due_at is None or statement.pay_by is None:
        return
    came = max((receipt.received_on for receipt in payment.receipts), default=clock.today())
    interest = computing.late_interest(
        payment.amount,
        days=(came - statement.pay_by).days,
        bps=statement.deal.terms.pay.late_interest_bps,
    )
    if interest:
        _ask(SYSTEM, statement, interest, None)
        events.record(statement, "royalty_statement.interest", by=SYSTEM, amount=interest)


def remind(*, limit: int = 500) -> int:
    """Remind of statements and payments: two weeks ahead, and every week once late."""
    today, done = clock.today(), 0
    rows = db.session.scalars(
        select(RoyaltyStatement)
        .where(
            RoyaltyStatement.state.in_([StatementState.DUE, StatementState.SUBMITTED]),
            RoyaltyStatement.paid_directly_on.is_(None),
        )
        .order_by(RoyaltyStatement.report_by)
        .limit(limit)
    )
    for one in rows:
        if one.reminded_on is not None and today - one.reminded_on < REMIND_EVERY:
            continue
        kind = _reminder(one, today)
        if kind:
            one.reminded_on = today
            events.record(one, kind, by=SYSTEM, report_by=one.report_by, pay_by=one.pay_by)
            done += 1
    return done


def _reminder(one: RoyaltyStatement, today: date) -> str:
    if one.state is StatementState.DUE:
        if today > one.report_by:
            return "royalty_statement.report_late"
        early = one.reminded_on is None and today >= one.report_by - REMIND_BEFORE
        return "royalty_statement.remind" if early else ""
    late = one.pay_by is not None and today > one.pay_by
    owed = any(p.state is PaymentState.AWAITED for p in queries.payments_of(one))
    return "royalty_statement.payment_late" if late and owed else ""


def ask_audit(
    actor: Actor, statement: RoyaltyStatement, *, accountant: str, begins_on: date, because: str
) -> RoyaltyAudit:
    """Have an accountant bound to secrecy look at the books, on 15 days' notice.

    As often a year as the terms allow (`royalty_audit.too_often`; once where they say nothing); not at all
    where they exclude it (`royalty_audit.excluded`).
    """
    require(actor, policy.judge, statement)
    said = _said(because)
    if not accountant.strip():
        raise Invalid("royalty_audit.accountant", fields={"accountant": "royalty_audit.accountant"})
    if begins_on < clock.today() + timedelta(days=NOTICE_DAYS):
        raise Invalid("royalty_audit.notice", fields={"begins_on": "royalty_audit.notice"})
    deal = statement.deal
    lock(deal)
    allowed = deal.terms.pay.audit_times
    allowed = 1 if allowed is None else allowed
    year = clock.today().year
    asked = [
        one
        for one in queries.audits_of(deal)
        if one.year == year and one.state is not AuditState.WITHDRAWN
    ]
    if not allowed:
        raise Refused("royalty_audit.excluded")
    if len(asked) >= allowed:
        raise Refused("royalty_audit.too_often", allowed=allowed)
    audit = RoyaltyAudit(
        deal=deal,
        year=year,
        because=said,
        accountant=accountant.strip(),
        begins_on=begins_on,
        currency=deal.currency,
    )
    db.session.add(audit)
    events.record(audit, "royalty_audit.ask", by=actor, begins_on=begins_on, because=said)
    return audit


def answer_audit(actor: Actor, audit: RoyaltyAudit, *, answer: str) -> None:
    """The licensee says where and when the books may be seen."""
    require(actor, policy.answer_audit, audit)
    said = _said(answer)
    lock(audit)
    advance(audit, "agree", by=actor, because=said)
    audit.answer = said


def conclude_audit(
    actor: Actor, audit: RoyaltyAudit, *, short: Money, document: Document | None, because: str
) -> None:
    """What the accountant found; what is short is expected within 15 days.

    The licensee bears the cost where more than five per cent of what was owed is short.
    """
    require(actor, policy.judge, audit)
    said = _said(because)
    if short.currency != audit.currency or short.minor < 0:
        raise Invalid("royalty.figures", fields={"short": "royalty.figures"})
    lock(audit)
    advance(audit, "conclude", by=actor, because=said, short=short)
    reported = [one for one in queries.of_deal(audit.deal) if one.submitted_at is not None]
    owed = sum(one.royalty_minor for one in reported) + short.minor
    audit.short_minor = short.minor
    audit.licensee_bears_cost = short.minor * computing.FULL > owed * COST_BPS
    if document is not None:
        audit.document = document
        documents.share(actor, document, [audit.deal.buyer_id])
    if short and reported:
        _ask(actor, reported[-1], short, clock.today() + timedelta(days=calendar.PAY_DAYS))


def withdraw_audit(actor: Actor, audit: RoyaltyAudit) -> None:
    """The owner lets it be."""
    require(actor, policy.judge, audit)
    lock(audit)
    advance(audit, "withdraw", by=actor)


def _said(text: str) -> str:
    if not text.strip():
        raise Invalid("royalty.reason", fields={"because": "royalty.reason"})
    return text.strip()[:1000]
