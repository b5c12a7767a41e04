"""Verbs of the books. They move money for verbs that have proved their right to it."""

from collections.abc import Mapping

from sqlalchemy import func, select, text

from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.errors import Refused
from marketplace.core.money import Money
from marketplace.ledger import queries
from marketplace.ledger.models import Posting, Transfer


def transfer(key: str, memo: str, lines: Mapping[str, Money]) -> Transfer:
    """Move money between accounts, in balance. The same key twice is the same transfer.

    Lines that come to nothing are left out. The same key with other lines is an error of the
    program; so are lines that do not balance. An account that would be overdrawn is refused as
    `ledger.overdrawn`.
    """
    wanted = {account: money for account, money in lines.items() if money}
    _must_balance(wanted)
    _hold(wanted)
    known = queries.known(key)
    if known:
        if {p.account: Money(p.currency, p.minor) for p in known.postings} != wanted:
            raise ValueError(f"the key {key} is taken by another transfer")
        return known
    _must_be_covered(wanted)
    entry = Transfer(
        key=key,
        memo=memo,
        postings=[
            Posting(account=account, currency=money.currency, minor=money.minor)
            for account, money in wanted.items()
        ],
    )
    db.session.add(entry)
    db.session.flush()
    return entry


def self_check() -> queries.Proof:
    """Prove the books: every transfer balances, all of them together too, no account is overdrawn.

    `payments.services.self_check` goes on to compare receipts, payouts and escrow with them.
    """
    breaks = [*queries.unbalanced(), *queries.overdrawn()]
    totals = queries.grand_totals()
    breaks += [
        queries.Break("break.total", {"currency": currency, "minor": minor})
        for currency, minor in totals.items()
        if minor
    ]
    return queries.Proof(
        checked_at=clock.now(),
        transfers=db.session.scalar(select(func.count(Transfer.id))) or 0,
        postings=db.session.scalar(select(func.count(Posting.id))) or 0,
        totals=totals,
        breaks=tuple(breaks),
    )


def _must_balance(lines: Mapping[str, Money]) -> None:
    if not lines:
        raise ValueError("a transfer of nothing")
    for currency in {money.currency for money in lines.values()}:
        if sum(m.minor for m in lines.values() if m.currency == currency):
            raise ValueError(f"unbalanced {currency} transfer: {dict(lines)}")


def _hold(lines: Mapping[str, Money]) -> None:
    """Of two transfers that meet on an account, the second waits and sees the first's balance.

    SQLite has one writer anyway; PostgreSQL is asked for a lock by name, in the same order by all.
    """
    if db.engine.dialect.name == "postgresql":
        for account in sorted(lines):
            db.session.execute(
                text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"),
                {"name": f"ledger:{account}"},
            )


def _must_be_covered(lines: Mapping[str, Money]) -> None:
    for account, money in lines.items():
        after = queries.balance(account, money.currency) + money
        wrong_side = after.minor > 0 if account.startswith(queries.BANK) else after.minor < 0
        if wrong_side and (money.minor > 0) == (after.minor > 0):
            raise Refused("ledger.overdrawn", account=account)
