"""What is due for the rights of a portfolio, and what was paid."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from marketplace.assets import terms
from marketplace.assets.bundle import BurdenKind
from marketplace.assets.models import (
    MARKS,
    PATENTS,
    Asset,
    AssetKind,
    BurdenState,
    FeePayment,
    FeePaymentState,
    FeeReduction,
    LegalStatus,
)
from marketplace.core import settings
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.money import Money
from marketplace.core.policy import Actor

_GONE = (
    LegalStatus.LAPSED, LegalStatus.EXPIRED, LegalStatus.INVALIDATED, LegalStatus.CANCELLED,
)  # fmt: skip
_COSTING = (PATENTS - {AssetKind.PATENT_APPLICATION}) | MARKS


@dataclass(frozen=True)
class Duty:
    """Something due for a right of the portfolio."""

    asset: Asset
    due: terms.Due


def term_facts(asset: Asset) -> terms.TermFacts:
    """The days that a right's term may count from."""
    return terms.TermFacts(
        filing=asset.filing_date,
        registration=asset.grant_date,
        published=asset.first_publication_date,
        first_commercial_use=asset.first_publication_date,
        completed=asset.creation_date,
        author_died=asset.author_death_date,
        personal=asset.owned_by_person,
        woody=bool(asset.woody),  # not yet stored, they are none
        renewals=asset.renewals or 0,
        compensation_days=asset.compensation_days or 0,
    )


def schedule_of(asset: Asset, today: date) -> tuple[terms.Due, ...]:
    """Everything due for a Chinese right to its end; of a foreign one only the end is known."""
    if asset.jurisdiction != "CN":
        return terms.schedule(terms.Kept("", asset.last_day), today)
    return terms.schedule(
        terms.Kept(
            asset.kind.value,
            asset.last_day,
            filing=asset.filing_date,
            grant=asset.grant_date,
            paid_through=asset.fee_paid_through,
            renewals=asset.renewals or 0,
            classes=max(sum(c.scheme == "nice" for c in asset.classes), 1),
            eligible_owners=eligible_owners(asset),
            open_licence=is_open_licensed(asset, today),
            literal=settings.current().late_fee_reading == "regulations",
        ),
        today,
    )


def eligible_owners(asset: Asset) -> int:
    """How many owners share a reduction; none where it was not declared."""
    return 0 if (asset.fee_reduction or "none") == FeeReduction.NONE else max(len(asset.owners), 1)


def is_open_licensed(asset: Asset, today: date) -> bool:
    """A statement of open licence stands in the register: its fees are reduced (审查指南 V-11-8)."""
    return any(
        burden.kind is BurdenKind.OPEN_LICENCE
        and burden.state is BurdenState.CONFIRMED
        and burden.starts_on <= today
        and (burden.ends_on is None or today <= burden.ends_on)
        for burden in asset.burdens
    )


def portfolio(actor: Actor, today: date, *, months: int = 12, kind: str = "") -> list[Duty]:
    """What the actor's portfolio has to pay within so many months, what is late first."""
    found = (
        select(Asset)
        .options(
            selectinload(Asset.classes),
            selectinload(Asset.owners),
            selectinload(Asset.burdens),
            joinedload(Asset.keeper),
        )
        .where(
            Asset.keeper_id == actor.organisation_id,
            Asset.jurisdiction == "CN",
            Asset.kind.in_([AssetKind(kind)] if kind in _COSTING else _COSTING),
            Asset.status.not_in(_GONE),
        )
        .order_by(Asset.id)
    )
    by = terms.add_months(today, months)
    duties = [
        Duty(asset, due)
        for asset in db.session.scalars(found).unique()
        for due in terms.unpaid(schedule_of(asset, today), by)
        if not due.is_over(today)
    ]
    return sorted(duties, key=lambda duty: (duty.due.due, duty.asset.id))


def cost(duties: Iterable[Duty], today: date) -> Money:
    """What paying all of it today would cost."""
    return Money("CNY", sum(duty.due.total(today) for duty in duties))


def payments_of(asset: Asset) -> Sequence[FeePayment]:
    """What was paid for a right, newest first; what was undone is shown as such."""
    return db.session.scalars(
        select(FeePayment)
        .options(joinedload(FeePayment.receipt), joinedload(FeePayment.recorded_by))
        .where(FeePayment.asset_id == asset.id)
        .order_by(FeePayment.id.desc())
    ).all()


def last_payment(asset: Asset) -> FeePayment | None:
    """The newest payment that counts: the only one that may be undone."""
    return next((p for p in payments_of(asset) if p.state is FeePaymentState.RECORDED), None)


def payment(asset: Asset, payment_id: int) -> FeePayment:
    """One payment of a right."""
    found = db.session.get(FeePayment, payment_id)
    if found is None or found.asset_id != asset.id:
        raise NotFound("fee_payment")
    return found
