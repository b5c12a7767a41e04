"""What tests of cards share: a payment, its payer, a demonstration with the sandbox."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from marketplace.core import clock, settings
from marketplace.core.db import db, transaction
from marketplace.core.money import Money, yuan
from marketplace.core.policy import SYSTEM, Actor
from marketplace.deals import cards
from marketplace.ledger import queries as books
from marketplace.payments import queries
from marketplace.payments import services as payments
from marketplace.payments.gateways import choice
from marketplace.payments.models import CardAttempt, Payment, Payout
from tests import factories as a

GOOD, DECLINED = "4242 4242 4242 4242", "4000 0000 0000 0002"


@contextmanager
def set_to(**values: object) -> Iterator[None]:
    """Other settings for a while."""
    before = settings.current()
    settings.configure({**{n.upper(): v for n, v in vars(before).items()}, **values})
    try:
        yield
    finally:
        settings.configure({n.upper(): v for n, v in vars(before).items()})


def expected(amount: Money | None = None, payer=None) -> Payment:
    payer = payer or a.organisation()
    with transaction():
        return payments.expect(
            SYSTEM, payer, payer_id=payer.id, account="escrow:test", amount=amount or yuan(100)
        )


def payer_of(payment: Payment) -> Actor:
    return a.actor(payment.payer, "finance")


def begin(payment: Payment, **how: object) -> CardAttempt:
    number = cards.pay(payer_of(payment), payment.reference, **how)
    return db.session.get_one(CardAttempt, number)


def paid(payment: Payment, card: str = GOOD, **how: object) -> CardAttempt:
    """The payer goes to the page and pays, and the provider tells us."""
    attempt = begin(payment, **how)
    choice.sandbox().pay(attempt.session_number or "", card=card)
    told()
    db.session.refresh(attempt)
    return attempt


def told() -> None:
    """The provider's notices arrive and are acted upon."""
    cards.deliver_sandbox()
    cards.resume()


def owed_back(payment: Payment, amount: Money) -> Payout:
    """The money lies to the payer's credit, and is ordered back."""
    from marketplace.ledger import services as ledger  # noqa: PLC0415 -- only here

    with transaction():
        ledger.transfer(
            f"test:{payment.id}",
            "called off",
            {payment.account: -amount, queries.credit_account(payment.payer_id): amount},
        )
        return payments.refund_credit(a.operator(), payment.payer, payment.currency)


def at(place: str, provider: str = "sandbox") -> Money:
    """What the books say that the provider holds."""
    return -books.balance(queries.provider_account(provider, place))


@contextmanager
def later(by: timedelta) -> Iterator[None]:
    """The clock goes on by so much."""
    with clock.freeze(clock.now() + by):
        yield
