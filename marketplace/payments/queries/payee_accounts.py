"""Reading payees' accounts at a provider."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import joinedload

from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.policy import Actor, require
from marketplace.organisations import policy as organisation_policy
from marketplace.organisations.models import Organisation
from marketplace.payments import policy
from marketplace.payments.models import PayeeAccount, PayeeAccountState
from marketplace.payments.models.payee_account import STANDING


def standing_account(organisation_id: int) -> PayeeAccount | None:
    """The account that an organisation has at a provider, in whatever state; for callers that may see it."""
    return db.session.scalar(
        select(PayeeAccount).where(
            PayeeAccount.organisation_id == organisation_id, PayeeAccount.state.in_(STANDING)
        )
    )


def payee_accounts_of(organisation_id: int) -> Sequence[PayeeAccount]:
    """All it ever had, oldest first; for callers that may see them."""
    return db.session.scalars(
        select(PayeeAccount)
        .where(PayeeAccount.organisation_id == organisation_id)
        .order_by(PayeeAccount.number)
    ).all()


def own_payee_accounts(actor: Actor, organisation: Organisation) -> Sequence[PayeeAccount]:
    """Those of the organisation acted for, newest first, for whoever looks after its money."""
    require(actor, organisation_policy.edit_bank_account, organisation)
    return payee_accounts_of(organisation.id)[::-1]


def payee_accounts(
    actor: Actor, *, search: str = "", state: PayeeAccountState | None = None
) -> Select[tuple[PayeeAccount]]:
    """Every one, newest first, for the exchange's staff."""
    require(actor, policy.pay_out)
    query = select(PayeeAccount).options(joinedload(PayeeAccount.organisation))
    if state is not None:
        query = query.where(PayeeAccount.state == state)
    if search:
        query = query.join(PayeeAccount.organisation).where(
            or_(
                Organisation.name.contains(search, autoescape=True),
                Organisation.name_en.contains(search, autoescape=True),
                PayeeAccount.account_number.contains(search, autoescape=True),
            )
        )
    return query.order_by(PayeeAccount.id.desc())


def payee_account(actor: Actor, number: int) -> PayeeAccount:
    """One of them."""
    found = db.session.scalar(payee_accounts(actor).where(PayeeAccount.id == number))
    if found is None:
        raise NotFound("payee_account.unknown")
    return found


def payee_account_about(*, key: str, number: str) -> int | None:
    """Which of ours a provider's account is: by its number, or by the key of ours that it carries."""
    wanted = [PayeeAccount.account_number == number]
    if key:
        wanted.append(PayeeAccount.key == key)
    return db.session.scalar(select(PayeeAccount.id).where(or_(*wanted)))


def payee_accounts_to_ask(
    provider: str, *, started_before: datetime, told_before: datetime
) -> Sequence[int]:
    """Accounts at a provider of which nobody has heard for a while, those asked about longest ago first."""
    state, asked = PayeeAccount.state, PayeeAccount.asked_at
    waits = [PayeeAccountState.INCOMPLETE, PayeeAccountState.READY]
    return db.session.scalars(
        select(PayeeAccount.id)
        .where(
            PayeeAccount.provider == provider,
            or_(
                (state == PayeeAccountState.STARTED) & (asked < started_before),
                state.in_(waits) & (asked < told_before),
            ),
        )
        .order_by(PayeeAccount.asked_at, PayeeAccount.id)
        .limit(50)
    ).all()
