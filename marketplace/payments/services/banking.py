"""Verbs of bank statements: take one in, tie its movements to what the books know."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from marketplace.core import events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, Refused
from marketplace.core.lifecycle import advance
from marketplace.core.money import EXPONENTS
from marketplace.core.policy import Actor, require
from marketplace.ledger import services as ledger
from marketplace.payments import names, policy, queries
from marketplace.payments.models import BankLine, BankLineState, BankStatement, Payout, Receipt
from marketplace.payments.queries import BANK, COMMISSION
from marketplace.payments.statements.shape import Entry, Statement

MOST_LINES = 20_000


@dataclass(frozen=True)
class TakenIn:
    """What became of a file: its statements, how many movements are new, how many were known."""

    statements: Sequence[BankStatement]
    fresh: int
    known: int
    passed_over: int  # what does not count: pending, closed, of no amount


def check_account(found: Sequence[Statement], ours: str, *, vouched_for: bool = False) -> None:
    """Refuse a file with a statement of another account than ours (`statement.other_account`).

    Some banks name no account in their files: then somebody has to vouch for it
    (`statement.no_account`).
    """
    for one in found:
        if one.account and not names.same_account(one.account, ours):
            raise Invalid(
                "statement.other_account",
                fields={"statement": "statement.other_account"},
                account=one.account,
            )
        if not one.account and not vouched_for:
            raise Invalid("statement.no_account", fields={"vouched_for": "statement.no_account"})


def must_be_clear(currency: str) -> None:
    """Refuse to order money out while the account misses some that nobody explains (L-10).

    A debit may wait a working day for its explanation; after that it is `payout.bank_break`.
    """
    since = queries.unexplained_since(currency)
    if since is not None:
        raise Refused("payout.bank_break", currency=currency, since=since.isoformat())


def take_in(
    actor: Actor, found: Sequence[Statement], *, sha256: str, filename: str, account: str
) -> TakenIn:
    """Keep the statements of a file under our `account`, and each movement that is new.

    Nothing is booked by it. The same file twice is refused (`statement.known`); movements that
    another file told already are known by what they are, and not kept again.
    """
    require(actor, policy.book)
    if db.session.scalar(select(BankStatement.id).where(BankStatement.sha256 == sha256)):
        raise Refused("statement.known")
    if sum(len(one.entries) for one in found) > MOST_LINES:
        raise Invalid(
            "statement.too_long", fields={"statement": "statement.too_long"}, most=MOST_LINES
        )
    if {one.currency for one in found} - EXPONENTS.keys():
        raise Invalid("receipt.currency", fields={"statement": "receipt.currency"})
    kept, fresh, known, passed = [], 0, 0, 0
    for place, one in enumerate(found):
        days = one.days
        record = BankStatement(
            sha256=sha256,
            place=place,
            filename=filename[-200:],
            format=one.format,
            account=account,
            currency=one.currency,
            number=one.number[:80],
            first_on=days[0] if days else None,
            last_on=days[1] if days else None,
            opening_minor=one.opening,
            closing_minor=one.closing,
            balances=one.balances,
            entries=len(one.entries),
            remarks=[[remark.code, dict(remark.facts)] for remark in one.all_remarks],
            taken_in_by_id=actor.user_id,
        )
        db.session.add(record)
        db.session.flush()
        moved = [entry for entry in one.entries if entry.counts and entry.minor]
        added = _keep_new(record, moved, account)
        kept.append(record)
        fresh, known = fresh + added, known + len(moved) - added
        passed += len(one.entries) - len(moved)
        events.record(
            record,
            "bank_statement.take_in",
            by=actor,
            sha256=sha256,
            lines=added,
            format=one.format,
        )
    return TakenIn(kept, fresh, known, passed)


def _keep_new(statement: BankStatement, moved: Sequence[Entry], account: str) -> int:
    """Of equal movements, as many are new as this file has more of them than all others so far."""
    turns: Counter[str] = Counter()
    there = _turns_known(statement, {_fingerprint(entry) for entry in moved}, account)
    added = 0
    for entry in moved:
        fingerprint = _fingerprint(entry)
        turns[fingerprint] += 1
        if turns[fingerprint] <= there.get(fingerprint, 0):
            continue
        added += 1
        db.session.add(
            BankLine(
                statement_id=statement.id,
                account=account,
                currency=entry.currency,
                fingerprint=fingerprint,
                turn=turns[fingerprint],
                booked_on=entry.booked_on,
                minor=entry.minor,
                reference=entry.reference[:80],
                counterparty=entry.counterparty[:200],
                counterparty_account=entry.counterparty_account[:80],
                text=entry.text[:500],
            )
        )
    db.session.flush()
    return added


def _turns_known(statement: BankStatement, fingerprints: set[str], account: str) -> dict[str, int]:
    found: dict[str, int] = {}
    wanted = sorted(fingerprints)
    for start in range(0, len(wanted), 500):
        rows = db.session.execute(
            select(BankLine.fingerprint, func.count(BankLine.id))
            .where(
                BankLine.account == account,
                BankLine.currency == statement.currency,
                BankLine.fingerprint.in_(wanted[start : start + 500]),
            )
            .group_by(BankLine.fingerprint)
        )
        found |= {fingerprint: int(number) for fingerprint, number in rows}
    return found


def _fingerprint(entry: Entry) -> str:
    """What tells a movement from another: with the bank's number, little else is needed."""
    parts = [entry.booked_on.isoformat(), str(entry.minor), entry.reference]
    if not entry.reference:
        parts += [entry.counterparty, entry.counterparty_account, entry.text, str(entry.balance)]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def link_receipt(actor: Actor, line: BankLine, receipt: Receipt, *, because: str = "") -> None:
    """A movement is this receipt of the books: money that came, or that went back to its sender."""
    require(actor, policy.book)
    if receipt.amount != line.amount:
        raise Refused("bank_line.other_amount")
    line.receipt, line.because = receipt, because
    advance(line, "book", by=actor, because=because, amount=line.amount)


def link_payout(actor: Actor, line: BankLine, payout: Payout, *, because: str = "") -> None:
    """A movement is this payout of the books."""
    require(actor, policy.book)
    if payout.amount != line.amount or line.came_in:
        raise Refused("bank_line.other_amount")
    line.payout, line.because = payout, because
    advance(line, "book", by=actor, because=because, amount=line.amount)


def book_fee(actor: Actor, line: BankLine, *, because: str) -> None:
    """The bank took a fee from the account: the exchange bears it out of its commission.

    Clients' money stays whole: without enough commission it is refused (`ledger.overdrawn`).
    """
    require(actor, policy.pay_out)
    if not because.strip():
        raise Invalid("bank_line.reason", fields={"because": "bank_line.reason"})
    lock(line)
    if line.came_in:
        raise Refused("bank_line.came_in")
    if line.state is BankLineState.UNBOOKED:
        ledger.transfer(
            f"bank_line:{line.id}:fee",
            f"bank fee {line.bank_number}",
            {COMMISSION: -line.amount, BANK: line.amount},
        )
    line.because = because.strip()
    advance(line, "book", by=actor, because=because, amount=line.amount)
