"""The steps of a deal and the days allowed for each. Pure but for the words of the states.

The days are the exchange's own rule, published on the help pages; the law sets other deadlines
(recordal of a licence: three months from its effect, 专利法实施细则 art. 15), which the checklist
shows beside these.
"""

from datetime import datetime, timedelta

from marketplace.deals.models import Deal, DealState

DAYS = {
    DealState.CHECKLIST: 30,
    DealState.SIGNING: 14,
    DealState.PAYMENT: 10,
    DealState.RECORDAL: 180,
    DealState.SETTLEMENT: 5,
}
"""Calendar days from the beginning of a step to its end."""

WITH_PAYMENT = (
    DealState.CHECKLIST,
    DealState.SIGNING,
    DealState.PAYMENT,
    DealState.RECORDAL,
    DealState.SETTLEMENT,
    DealState.CLOSED,
)

SELLER, BUYER, EXCHANGE = "seller", "buyer", "exchange"
PARTIES = frozenset({SELLER, BUYER})


def deadline(state: DealState, start: datetime) -> datetime | None:
    """When a step that begins now must be done; a finished deal has none."""
    days = DAYS.get(state)
    return None if days is None else start + timedelta(days=days)


def of(deal: Deal) -> tuple[DealState, ...]:
    """The steps of this deal in order: a contribution in kind, or a free licence, is not paid.

    An open licence is taken by notice and has no contract to sign.
    """
    skipped = set() if deal.goes_through_escrow else {DealState.PAYMENT}
    if deal.by_notice:
        skipped.add(DealState.SIGNING)
    return tuple(step for step in WITH_PAYMENT if step not in skipped)


def side(deal: Deal, organisation_id: int | None) -> str:
    """Which side an organisation is on: seller, buyer, or else the exchange."""
    if organisation_id == deal.seller_id:
        return SELLER
    return BUYER if organisation_id == deal.buyer_id else EXCHANGE
