"""A deal before the bundle: the registers as they stand, less its own doing, plus what it proved."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from sqlalchemy import select

from marketplace.assets import bundle
from marketplace.assets.bundle import Answer, Burden, BurdenKind, Party, Right, Wish
from marketplace.assets.models import Asset, Licence
from marketplace.assets.queries import registers
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.deals.models import Deal, DealState
from marketplace.listings import gates

PROVES = {"pledgee": "pledgee_consent", "coowner": "all_coowner_consent"}
"""Whose consent a confirmed paper of the deal stands for, as the rule catalogue names it."""
BOUND = frozenset({DealState.PAYMENT, DealState.RECORDAL, DealState.SETTLEMENT})
"""Signed by both and not in the registers yet."""


def wish_of(deal: Deal) -> Wish:
    """What the parties agreed on, from the signing, or from today while it is ahead."""
    start = deal.signed_at.astimezone(clock.BEIJING).date() if deal.signed_at else clock.today()
    return gates.wish_of(deal.terms, start, to=Party(deal.buyer.name, deal.buyer_id))


def rights_of(deal: Deal) -> dict[int, Right]:
    """The rights of the deal; the licence that it wrote itself is left out."""
    return rights_of_many([deal])[deal.id]


def rights_of_many(deals: Sequence[Deal]) -> dict[int, dict[int, Right]]:
    """The rights of many deals, by deal, read together."""
    found = registers.rights_of([asset for deal in deals for asset in deal.assets])
    return {
        deal.id: {
            asset.id: _but_for_its_own(deal, found[asset.id])
            if deal.state is DealState.CLOSED
            else found[asset.id]
            for asset in deal.assets
        }
        for deal in deals
    }


def _but_for_its_own(deal: Deal, right: Right) -> Right:
    own = db.session.scalars(select(Licence.id).where(Licence.deal_reference == deal.reference))
    return bundle.without(right, *(f"licence:{number}" for number in own))


def answers(deal: Deal, others: Iterable[Deal] = ()) -> list[tuple[Asset, Answer]]:
    """What the bundle says of each right, with other signed deals as burdens about to come."""
    wish, rights = wish_of(deal), rights_of(deal)
    coming = to_come(others)
    return [
        (
            asset,
            bundle.can(
                replace(
                    with_proofs(rights[asset.id], wish, confirmed_names(deal)),
                    burdens=rights[asset.id].burdens | coming.get(asset.id, frozenset()),
                ),
                wish,
                clock.today(),
            ),
        )
        for asset in deal.assets
    ]


def to_come(deals: Iterable[Deal]) -> dict[int, frozenset[Burden]]:
    """Right → the licences that signed deals will write into its register."""
    found: dict[int, frozenset[Burden]] = {}
    for deal in deals:
        burden = bundle.burden_of(wish_of(deal), clock.today(), reference=deal.reference)
        if burden is not None:
            for asset in deal.assets:
                found[asset.id] = found.get(asset.id, frozenset()) | {burden}
    return found


def confirmed_names(deal: Deal) -> frozenset[str]:
    """The names of the evidence that an operator confirmed."""
    return frozenset(e.name for e in deal.evidence if e.counts)


def with_proofs(right: Right, wish: Wish, confirmed: Collection[str]) -> Right:
    """The right with the consents that confirmed papers of the deal stand for."""
    parties: list[Party] = []
    if PROVES["pledgee"] in confirmed:
        parties += [b.holder for b in right.burdens if b.kind is BurdenKind.PLEDGE]
    if PROVES["coowner"] in confirmed:
        parties += [owner.party for owner in right.owners if not owner.acts]
    given = {
        bundle.Consent(party, wish.act, "evidence", wish.grant, sublicence=True, to=wish.to)
        for party in parties
    }
    return replace(right, consents=right.consents | given)


def proven_by(right: Right, wish: Wish) -> frozenset[str]:
    """The papers of the rule catalogue that consents in the register stand for."""
    wanted = bundle.can(right, wish, clock.today()).consents
    return frozenset(
        name
        for code, name in PROVES.items()
        if (asked := [r for r in wanted if r.code == code]) and all(r.given for r in asked)
    )
