"""Verbs of the books. They move money for verbs that have proved their right to it."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.errors import Refused
from marketplace.core.money import Money
from marketplace.ledger import queries
from marketplace.ledger.models import AccountBalance, Posting, Transfer


def transfer(
    key: str,
    memo: str,
    lines: Mapping[str, Money],
    *,
    reverses: Transfer | None = None,
    at: datetime | None = None,
) -> Transfer:
    """Move money between accounts, in balance. The same key twice is the same transfer.

    Lines that come to nothing are left out. The same key with other lines is an error of the
    program; so are lines that do not balance within each book. An account that would be overdrawn
    is refused as `ledger.overdrawn`; those of our own book may stand on either side. `at`: the moment it
    belongs to, for a book that follows another; otherwise now.
    """
    wanted = {account: money for account, money in lines.items() if money}
    _must_balance(wanted)
    before = _hold(wanted)
    known = queries.known(key)
    if known:
        if {p.account: Money(p.currency, p.minor) for p in known.postings} != wanted:
            raise ValueError(f"the key {key} is taken by another transfer")
        return known
    _must_be_covered(wanted, before)
    moment = at or clock.now()
    entry = Transfer(
        key=key,
        memo=memo,
        reverses=reverses,
        postings=[
            Posting(
                account=account,
                currency=money.currency,
                minor=money.minor,
                created_at=moment,
            )
            for account, money in wanted.items()
        ],
        created_at=moment,
    )
    db.session.add(entry)
    db.session.flush()
    _write_balances(wanted)
    return entry


def reverse(entry: Transfer, *, because: str) -> Transfer:
    """Take a transfer back by its mirror image; what was written stays (invariant L-04).

    Twice is once. A reversal is not reversed (`ledger.reversal`): book the right thing instead. Money that
    has gone on meanwhile is not there to take back: `ledger.overdrawn`.
    """
    if entry.reverses_id is not None:
        raise Refused("ledger.reversal")
    mirrored = {p.account: Money(p.currency, -p.minor) for p in entry.postings}
    return transfer(f"{entry.key}:reversed", because, mirrored, reverses=entry)


def self_check() -> queries.Proof:
    """Prove the books: transfers balance, balances kept are true, no account is overdrawn.

    `payments.services.self_check` goes on to compare receipts, payouts and escrow with them.
    """
    breaks = [*queries.unbalanced(), *queries.overdrawn(), *queries.unlike_postings()]
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
    sums: Counter[tuple[queries.Book, str]] = Counter()
    for account, money in lines.items():
        sums[queries.book_of(account), money.currency] += money.minor
    for (book, currency), minor in sums.items():
        if minor:
            raise ValueError(f"unbalanced {currency} transfer in {book}: {dict(lines)}")


def _hold(lines: Mapping[str, Money]) -> dict[str, int]:
    """The accounts' balances, held until the transaction ends, in the same order by everybody.

    Of two transfers that meet on an account the second waits and sees the first's balance. One
    statement: it makes the rows that are not there yet, and changes nothing in the others.
    """
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    fresh = insert(AccountBalance).values(
        [
            {
                "account": account,
                "currency": lines[account].currency,
                "minor": 0,
                "postings": 0,
                "created_at": clock.now(),
            }
            for account in sorted(lines)
        ]
    )
    held = fresh.on_conflict_do_update(
        index_elements=["account", "currency"], set_={"postings": AccountBalance.postings}
    ).returning(AccountBalance.account, AccountBalance.minor)
    return {account: int(minor) for account, minor in db.session.execute(held)}


def _must_be_covered(lines: Mapping[str, Money], before: Mapping[str, int]) -> None:
    for account, money in lines.items():
        if queries.book_of(account) is queries.Book.OWN:
            continue
        after = before[account] + money.minor
        if (after > 0) if account.startswith(queries.HELD) else (after < 0):
            raise Refused("ledger.overdrawn", account=account)


def _write_balances(lines: Mapping[str, Money]) -> None:
    changed = (
        update(AccountBalance)
        .where(
            AccountBalance.account == bindparam("the_account"),
            AccountBalance.currency == bindparam("the_currency"),
        )
        .values(
            minor=AccountBalance.minor + bindparam("the_minor"),
            postings=AccountBalance.postings + 1,
            last_at=bindparam("now"),
        )
    )
    db.session.connection().execute(
        changed,
        [
            {"the_account": a, "the_currency": m.currency, "the_minor": m.minor, "now": clock.now()}
            for a, m in lines.items()
        ],
    )
