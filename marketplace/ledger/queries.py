"""Reading the books."""

from sqlalchemy import func, select

from marketplace.core.db import db
from marketplace.core.money import Money
from marketplace.ledger.models import Posting


def balance(account: str, currency: str = "CNY") -> Money:
    """What is on the account now."""
    minor = db.session.scalar(
        select(func.coalesce(func.sum(Posting.minor), 0)).where(
            Posting.account == account, Posting.currency == currency
        )
    )
    return Money(currency, int(minor or 0))
