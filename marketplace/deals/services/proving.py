"""That the books and the deals say the same."""

from dataclasses import replace

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.deals.models import Deal, DealState
from marketplace.ledger import queries as books
from marketplace.payments import services as payments

HOLDS_THE_PRICE = frozenset({DealState.RECORDAL, DealState.SETTLEMENT})


def self_check() -> books.Proof:
    """The proof of books and payments, and that every escrow account fits the stage of its deal."""
    proof = payments.self_check()
    return replace(proof, breaks=(*proof.breaks, *_escrow_breaks()))


def _escrow_breaks() -> list[books.Break]:
    held = books.balances("escrow:deal:")
    found = []
    for deal in db.session.scalars(select(Deal).order_by(Deal.id)):
        inside = {
            currency: minor
            for (account, currency), minor in held.items()
            if account == deal.escrow_account and minor
        }
        released = (
            deal.state is DealState.SETTLEMENT
            and books.known(f"deal:{deal.id}:release") is not None
        )
        if not _fits(deal, inside, released=released):
            found.append(books.Break("break.escrow", {"reference": deal.reference}))
    return found


def _fits(deal: Deal, inside: dict[str, int], *, released: bool) -> bool:
    """Whole price from funding to release; up to it while paid in; otherwise nothing."""
    whole = {deal.currency: deal.price_minor} if deal.goes_through_escrow else {}
    if deal.state in HOLDS_THE_PRICE and not released:
        return inside == whole
    if deal.state is DealState.PAYMENT:
        return set(inside) <= {deal.currency} and all(
            0 < minor < deal.price_minor for minor in inside.values()
        )
    return not inside
