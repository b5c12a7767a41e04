"""Payees' accounts at the demonstration's provider: one in use, one to be confirmed, one with details due."""

from collections.abc import Iterator
from dataclasses import dataclass

from marketplace.core.db import db
from marketplace.core.policy import SYSTEM
from marketplace.organisations.models import Organisation
from marketplace.payments import services as payments
from marketplace.payments.gateways import choice
from marketplace.payments.gateways.sandbox import planted_account
from marketplace.seed.people import Cast
from marketplace.seed.stories import Story


@dataclass(frozen=True)
class _Opened:
    key: str
    country: str
    ready: bool
    confirmed: bool


OPENED = (
    _Opened("heungkong", "HK", ready=True, confirmed=True),
    _Opened("nordlicht", "DE", ready=True, confirmed=False),
    _Opened("macao", "MO", ready=False, confirmed=False),
)


def stories(cast: Cast) -> Iterator[Story]:
    """Of those who are far from a bank of the mainland."""
    if choice.transfers():
        yield _opened(cast)


def _opened(cast: Cast) -> Story:
    yield cast.present
    for opened in OPENED:
        actor = cast.actors[opened.key]
        organisation = db.session.get_one(Organisation, actor.organisation)
        one = payments.start_account(actor, organisation, country=opened.country)
        db.session.flush()
        order = payments.account_order_of(one)
        told = planted_account(f"acct_sandbox_{opened.key}", order, ready=opened.ready)
        payments.note_account(SYSTEM, one, told)
        if opened.confirmed:
            payments.confirm_payee_account(
                cast.operator, one, because="致电登记的财务负责人，核对了账户编号和户名。"
            )
