"""Verbs of the exchange's own book: follow the clients' book, and take over what is ours."""

from sqlalchemy import func, select

from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.errors import Refused
from marketplace.core.money import Money
from marketplace.core.policy import Actor, require
from marketplace.ledger import queries as books
from marketplace.ledger import services as ledger
from marketplace.organisations.models import Organisation
from marketplace.payments import accounting, policy
from marketplace.payments.models import Payout
from marketplace.payments.queries import own_book
from marketplace.payments.queries.paying import OURS, credit_account
from marketplace.payments.services.banking import must_be_clear
from marketplace.payments.services.paying import order_payout

CHUNK = 500


def follow(*, limit: int = CHUNK) -> int:
    """Enter in our own book what moved of ours in the clients' book; how much was entered.

    Each posting has its key: killed anywhere, the next look goes on, and nothing is entered twice.
    """
    entered = 0
    for posting in db.session.scalars(own_book.not_entered().limit(limit)).all():
        moved = accounting.Moved(
            posting.transfer.key,
            Money(posting.currency, posting.minor),
            posting.created_at.astimezone(clock.BEIJING).date(),
        )
        ledger.transfer(
            own_book.entry_key(posting.id),
            posting.transfer.memo,
            accounting.entry(moved),
            at=posting.created_at,
        )
        entered += 1
    for payout in db.session.scalars(own_book.not_arrived().limit(limit)).all():
        lines = accounting.arrival(payout.amount)
        ledger.transfer(own_book.arrival_key(payout.id), f"sweep {payout.key} arrived", lines)
        entered += 1
    return entered


def sweep(actor: Actor, currency: str) -> Payout:
    """Order all that is ours in the clients' book to the exchange's own account.

    A payout like any other: a second person sends it, the bank's statement confirms it, and none is
    ordered while a debit is unexplained (`payout.bank_break`). Nothing there: `sweep.nothing`; the
    exchange has named no account of its own: `sweep.no_account`.
    """
    require(actor, policy.pay_out)
    must_be_clear(currency)
    exchange = db.session.get_one(Organisation, actor.organisation)
    lock(exchange)
    if not exchange.bank_account:
        raise Refused("sweep.no_account")
    held = {account: books.balance(account, currency) for account in OURS}
    total = Money(currency, sum(one.minor for one in held.values()))
    if not total:
        raise Refused("sweep.nothing")
    number = db.session.scalar(
        select(func.count(Payout.id)).where(Payout.purpose == own_book.SWEEP)
    )
    key = f"sweep:{(number or 0) + 1}"
    taken = {account: -amount for account, amount in held.items()}
    ledger.transfer(key, "our part of settled deals", taken | {credit_account(exchange.id): total})
    events.record(exchange, "exchange.sweep", by=actor, amount=total)
    return order_payout(
        actor, exchange, key=key, payee_id=exchange.id, amount=total, purpose=own_book.SWEEP
    )
