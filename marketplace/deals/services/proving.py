"""That the books and the deals say the same."""

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from marketplace.core.db import db
from marketplace.deals import queries
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
    every = select(Deal).options(selectinload(Deal.instalments)).order_by(Deal.id)
    for deal in db.session.scalars(every):
        inside = {
            currency: minor
            for (account, currency), minor in held.items()
            if account == deal.escrow_account and minor
        }
        if deal.instalments:
            fits = inside == _of_lines(deal)
        else:
            released = (
                deal.state is DealState.SETTLEMENT
                and books.known(f"deal:{deal.id}:release") is not None
            )
            fits = _fits(deal, inside, released=released)
        if not fits:
            found.append(books.Break("break.escrow", {"reference": deal.reference}))
    return found


def _of_lines(deal: Deal) -> dict[str, int]:
    """What its lines hold: each what came in for it, until it is released or given back.

    A price in one sum has no line, only its milestones have: then the price is held besides them.
    """
    held = sum(line.held.minor for line in deal.instalments)
    waits = not deal.parts and deal.state in {DealState.PAYMENT, *HOLDS_THE_PRICE}
    if waits and books.known(f"deal:{deal.id}:release") is None:
        own = [one.payment_id for one in deal.instalments]
        of_price = [p for p in queries.payments_for(deal) if p.id not in own]
        held += sum(p.received.minor for p in of_price)
    return {deal.currency: held} if held else {}


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
