"""What brokers brought about: from closed deals only."""

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from statistics import median

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from marketplace.core.db import db
from marketplace.core.money import Money
from marketplace.deals.models import Deal, DealState
from marketplace.mandates.models import (
    ENDED,
    Commission,
    CommissionState,
    Contribution,
    Mandate,
    MandateState,
)
from marketplace.trust.queries import complaints

BANDS = (1_000_000, 5_000_000, 20_000_000, 100_000_000)  # yuan
MINOR = 100


@dataclass(frozen=True)
class Performance:
    """Of one broker; `success` is the share of mandates with a fulfilled deal, in whole percent."""

    deals: int = 0
    volume: dict[str, Money] = field(default_factory=dict)  # by currency
    kinds: dict[str, int] = field(default_factory=dict)  # of deals
    days: int | None = None  # median from mandate to fulfilment
    mandates: int = 0  # that came to a fulfilled deal or are over
    success: int | None = None
    founded: int = 0  # complaints

    @property
    def band(self) -> str:
        """The band of the volume in yuan, as published: never the sum itself."""
        total = self.volume.get("CNY")
        if total is None or not total.minor:
            return "none" if not self.volume else "other"
        over = sum(1 for edge in BANDS if total.minor >= edge * MINOR)
        return f"band_{over}"


def performances(broker_ids: Collection[int]) -> dict[int, Performance]:
    """Of each, in a number of statements that does not depend on how many there are."""
    deals = _deals(broker_ids)
    held = _mandates(broker_ids)
    founded = complaints.founded(broker_ids)
    found = {}
    for number in broker_ids:
        rows = deals.get(number, {})
        started: dict[int, Mandate] = {m.id: m for _, m in rows.values()}
        over = {m.id for m in held.get(number, []) if m.state in ENDED} | started.keys()
        found[number] = Performance(
            deals=len(rows),
            volume=_volume([deal for deal, _ in rows.values()]),
            kinds=dict(Counter(deal.terms.kind.value for deal, _ in rows.values())),
            days=_median(list(rows.values())),
            mandates=len(over),
            success=_share(len(started), len(over)),
            founded=founded.get(number, 0),
        )
    return found


def _deals(broker_ids: Collection[int]) -> dict[int, dict[int, tuple[Deal, Mandate]]]:
    """Broker → closed deals with a claim of its own or a share in one, and the mandate behind it."""
    ids = list(broker_ids)
    shared = select(Contribution.commission_id).where(Contribution.organisation_id.in_(ids))
    rows = db.session.execute(
        select(Commission, Deal)
        .join(Commission.mandate)
        .join(Deal, Deal.reference == Commission.deal_reference)
        .where(
            Deal.state == DealState.CLOSED,
            Commission.state != CommissionState.VOID,
            Mandate.broker_id.in_(ids) | Commission.id.in_(shared),
        )
        .options(joinedload(Commission.mandate), joinedload(Commission.contributions))
        .order_by(Deal.id, Commission.id)
    ).unique()
    found: dict[int, dict[int, tuple[Deal, Mandate]]] = defaultdict(dict)
    for claim, deal in rows:
        for number in {claim.mandate.broker_id, *(c.organisation_id for c in claim.contributions)}:
            found[number].setdefault(deal.id, (deal, claim.mandate))
    return found


def _mandates(broker_ids: Collection[int]) -> dict[int, list[Mandate]]:
    found: dict[int, list[Mandate]] = defaultdict(list)
    rows = select(Mandate).where(
        Mandate.broker_id.in_(list(broker_ids)),
        Mandate.in_force_at.is_not(None),
        Mandate.state.in_([MandateState.IN_FORCE, *ENDED]),
    )
    for row in db.session.scalars(rows.order_by(Mandate.id)):
        found[row.broker_id].append(row)
    return found


def _volume(deals: list[Deal]) -> dict[str, Money]:
    found: dict[str, Money] = {}
    for deal in deals:
        found[deal.currency] = found.get(deal.currency, Money(deal.currency, 0)) + deal.price
    return found


def _median(rows: list[tuple[Deal, Mandate]]) -> int | None:
    days = [
        (deal.closed_at - mandate.in_force_at).days
        for deal, mandate in rows
        if deal.closed_at is not None and mandate.in_force_at is not None
    ]
    return int(median(days)) if days else None


def _share(part: int, whole: int) -> int | None:
    if not whole:
        return None
    return int((Decimal(part) * 100 / whole).quantize(Decimal(1), ROUND_HALF_UP))
