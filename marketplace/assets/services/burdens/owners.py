"""Who owns the right now."""

from marketplace.assets.bundle import BurdenKind
from marketplace.assets.models import Asset, AssetNumber, AssetOwner, BurdenState, ConsentState
from marketplace.assets.queries.registers import BURDEN_STANDS
from marketplace.assets.services.burdens import telling
from marketplace.core import events
from marketplace.core.db import db
from marketplace.core.errors import Invalid
from marketplace.core.lifecycle import advance
from marketplace.core.policy import Actor
from marketplace.organisations.models import Organisation


def change_owner(asset: Asset, *, by: Actor, owner: Organisation, deal_reference: str) -> None:
    """Write the new owner into the register; the right moves into its portfolio.

    A deal calls it when the transfer is recorded at the office; twice is once.
    """
    if asset.keeper_id == owner.id:
        return
    before = [o.name for o in asset.owners]
    twin = (
        db.session.query(AssetNumber)
        .filter(
            AssetNumber.keeper_id == owner.id,
            AssetNumber.number.in_([n.number for n in asset.numbers]),
        )
        .first()
    )
    if twin is not None:
        raise Invalid("asset.owner_has_it")
    asset.owners = [
        AssetOwner(name=owner.name, organisation_id=owner.id, share_bps=10_000, position=0)
    ]
    asset.keeper_id = owner.id
    for number in asset.numbers:
        number.keeper_id = owner.id
    _loosen(asset, by=by, because=deal_reference)
    events.record(
        asset,
        "asset.change_owner",
        by=by,
        deal=deal_reference,
        before=before,
        after=owner.name,
    )
    telling.of_transfer(asset, before, by=by, deal_reference=deal_reference)


def _loosen(asset: Asset, *, by: Actor, because: str) -> None:
    """What bound the former owners among themselves is over; every other burden stays."""
    for burden in asset.burdens:
        if burden.kind is BurdenKind.COOWNERSHIP and burden.state in BURDEN_STANDS:
            over = "lift" if burden.state is BurdenState.CONFIRMED else "withdraw"
            advance(burden, over, by=by, because=because, asset=asset.reference)
    for consent in asset.consents:
        if consent.state in {ConsentState.ASKED, ConsentState.FILED}:
            advance(consent, "take_back", by=by, because=because, asset=asset.reference)
        elif consent.state is ConsentState.GIVEN:
            advance(consent, "revoke", by=by, because=because, asset=asset.reference)
