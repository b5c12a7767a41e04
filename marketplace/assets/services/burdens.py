"""What burdens a right: pledges and licences; and who owns it now."""

from datetime import date

from marketplace.assets import policy
from marketplace.assets.models import Asset, AssetNumber, AssetOwner, Licence, Pledge
from marketplace.core import clock, events
from marketplace.core.db import db
from marketplace.core.errors import Invalid
from marketplace.core.lifecycle import advance
from marketplace.core.money import Money
from marketplace.core.policy import Actor, require
from marketplace.documents.models import Document
from marketplace.organisations.models import Organisation


def declare_pledge(
    actor: Actor,
    asset: Asset,
    *,
    lender_name: str,
    register_number: str,
    registered_on: date,
    lender: Organisation | None = None,
    amount: Money | None = None,
    due_on: date | None = None,
    evidence: Document | None = None,
) -> Pledge:
    """Say that a right is pledged; an operator confirms it against the registration notice."""
    require(actor, policy.declare_pledge, asset)
    if registered_on > clock.today():
        raise Invalid("pledge.in_future", fields={"registered_on": "pledge.in_future"})
    if any(p.register_number == register_number for p in asset.pledges):
        raise Invalid("pledge.known", fields={"register_number": "pledge.known"})
    made = Pledge(
        asset=asset,
        lender_name=lender.name if lender else lender_name,
        lender_id=lender.id if lender else None,
        register_number=register_number,
        registered_on=registered_on,
        amount_minor=amount.minor if amount else None,
        currency=amount.currency if amount else "CNY",
        due_on=due_on,
        evidence_id=evidence.id if evidence else None,
    )
    db.session.add(made)
    events.record(made, "pledge.declare", by=actor, asset=asset.reference)
    return made


def register_pledge(actor: Actor, pledge: Pledge, *, because: str = "") -> None:
    """The register shows the pledge: from now on it is a flag on the right."""
    require(actor, policy.decide_pledge, pledge)
    advance(pledge, "register", by=actor, because=because, asset=pledge.asset.reference)


def refuse_pledge(actor: Actor, pledge: Pledge, *, because: str) -> None:
    """The register does not show the pledge."""
    require(actor, policy.decide_pledge, pledge)
    if not because.strip():
        raise Invalid("reason.required", fields={"because": "reason.required"})
    advance(pledge, "refuse", by=actor, because=because, asset=pledge.asset.reference)


def release_pledge(
    actor: Actor,
    pledge: Pledge,
    *,
    released_on: date,
    evidence: Document | None = None,
    because: str = "",
) -> None:
    """The pledge has been struck from the register."""
    require(actor, policy.decide_pledge, pledge)
    if not pledge.registered_on <= released_on <= clock.today():
        raise Invalid("pledge.release_date", fields={"released_on": "pledge.release_date"})
    advance(pledge, "release", by=actor, because=because, asset=pledge.asset.reference)
    pledge.released_on = released_on
    pledge.release_evidence_id = evidence.id if evidence else None


def grant_licence(
    asset: Asset,
    *,
    by: Actor,
    licensee: Organisation,
    grant: str,
    territory: str,
    field: str,
    starts_on: date,
    ends_on: date | None,
    deal_reference: str,
    recordal_number: str = "",
) -> Licence:
    """Write a licence into the right's register. A deal calls it at closing, once per deal."""
    known = (
        db.session.query(Licence)
        .filter_by(asset_id=asset.id, deal_reference=deal_reference)
        .one_or_none()
    )
    if known is not None:
        return known
    made = Licence(
        asset=asset,
        deal_reference=deal_reference,
        licensee_name=licensee.name,
        licensee_id=licensee.id,
        grant=grant,
        territory=territory,
        field=field,
        starts_on=starts_on,
        ends_on=ends_on,
        recordal_number=recordal_number,
    )
    db.session.add(made)
    events.record(asset, "asset.licence", by=by, deal=deal_reference, licensee=licensee.name)
    return made


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
    events.record(
        asset,
        "asset.change_owner",
        by=by,
        deal=deal_reference,
        before=before,
        after=owner.name,
    )
