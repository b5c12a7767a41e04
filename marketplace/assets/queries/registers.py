"""Reading the registers of rights: what rests on them, who agreed to what.

`rights_of` turns records into the pure values of assets.bundle, in a fixed number of statements
whatever the number of rights.
"""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import joinedload

from marketplace.assets import articles, bundle, policy, scopes
from marketplace.assets.bundle import BurdenKind, Grant, Owner, Party, Right
from marketplace.assets.models import (
    Asset,
    AssetNumber,
    AssetOwner,
    Burden,
    BurdenState,
    Consent,
    ConsentState,
    Licence,
    LicenceState,
    Pledge,
    PledgeState,
)
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.policy import Actor, require

READS_EVERYTHING = {"operator", "regulator"}
LICENCE_STANDS = frozenset({LicenceState.DECLARED, LicenceState.REGISTERED})
BURDEN_STANDS = frozenset({BurdenState.DECLARED, BurdenState.CONFIRMED})
_T = TypeVar("_T", Licence, Burden, Consent)
_BORDERLESS = articles.WORKS | articles.UNREGISTERED


# ---- registers → pure values -------------------------------------------------------------------


def right_of(asset: Asset) -> Right:
    """A right as the registers show it now."""
    return rights_of([asset])[asset.id]


def rights_of(assets: Sequence[Asset]) -> dict[int, Right]:
    """Right by right, by the number of its record."""
    ids = sorted({asset.id for asset in assets})
    owners = _by_asset(AssetOwner, ids)
    pledges = _by_asset(
        Pledge, ids, Pledge.state.in_([PledgeState.DECLARED, PledgeState.REGISTERED])
    )
    licences = _by_asset(Licence, ids, Licence.state.in_(LICENCE_STANDS))
    burdens = _by_asset(Burden, ids, Burden.state.in_(BURDEN_STANDS))
    consents = _by_asset(Consent, ids, Consent.state == ConsentState.GIVEN)
    return {
        asset.id: Right(
            asset.reference,
            asset.kind.value,
            asset.status.value,
            asset.last_day,
            territory_of(asset),
            tuple(_owner(asset, one) for one in owners.get(asset.id, ())),
            frozenset(
                [
                    *_pledges(pledges.get(asset.id, ())),
                    *(licence_of(one) for one in licences.get(asset.id, ())),
                    *(burden_of(one) for one in burdens.get(asset.id, ()) if _counts(one)),
                ]
            ),
            frozenset(consent_of(one) for one in consents.get(asset.id, ())),
        )
        for asset in assets
    }


def _by_asset(model: Any, ids: Sequence[int], *where: ColumnElement[bool]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    if ids:
        rows = select(model).where(model.asset_id.in_(ids), *where).order_by(model.id)
        for row in db.session.scalars(rows):
            found.setdefault(row.asset_id, []).append(row)
    return found


def territory_of(asset: Asset) -> frozenset[str]:
    """Where a right has effect; works and know-how have it everywhere."""
    if asset.kind.value in _BORDERLESS or asset.jurisdiction not in scopes.TERRITORIES:
        return frozenset({scopes.WORLD})
    return frozenset({asset.jurisdiction})


def _owner(asset: Asset, owner: AssetOwner) -> Owner:
    return Owner(
        Party(owner.name, owner.organisation_id),
        owner.share_bps,
        acts=Party(owner.name, owner.organisation_id).is_same(
            Party(asset.keeper.name, asset.keeper_id)
        ),
    )


def _pledges(pledges: Iterable[Pledge]) -> Iterable[bundle.Burden]:
    """Pledges in their rank: as agreed, else in the order of registration."""
    known = list(pledges)
    known.sort(key=lambda p: (p.rank or len(known), p.registered_on, p.id))
    for place, one in enumerate(known, start=1):
        yield bundle.Burden(
            BurdenKind.PLEDGE,
            f"pledge:{one.id}",
            Party(one.lender_name, one.lender_id),
            one.registered_on,
            rank=place,
            claim=one.amount,
            registered=one.state is PledgeState.REGISTERED,
            number=one.register_number,
        )


def licence_of(licence: Licence) -> bundle.Burden:
    """A licence as the bundle knows it."""
    return bundle.Burden(
        BurdenKind.LICENCE,
        f"licence:{licence.id}",
        Party(licence.licensee_name, licence.licensee_id),
        licence.starts_on,
        licence.ends_on,
        Grant(licence.grant) if licence.grant in set(Grant) else None,
        licence.scope,
        licence.sublicence,
        number=licence.recordal_number,
    )


def burden_of(burden: Burden) -> bundle.Burden:
    """Another burden as the bundle knows it."""
    return bundle.Burden(
        burden.kind,
        f"burden:{burden.id}",
        Party(burden.holder_name, burden.holder_id),
        burden.starts_on,
        burden.ends_on,
        suspended=burden.suspended,
        priority=burden.priority,
        deeds=frozenset(burden.deeds or ()),
        number=burden.register_number,
    )


def _counts(burden: Burden) -> bool:
    """What its own owner says against the right counts at once; what frees it, once confirmed."""
    frees = burden.kind is BurdenKind.COOWNERSHIP
    return burden.state is BurdenState.CONFIRMED or not frees


def consent_of(consent: Consent) -> bundle.Consent:
    """A consent as the bundle knows it."""
    return bundle.Consent(
        party_of_consent(consent),
        consent.act,
        f"consent:{consent.id}",
        consent.grant,
        consent.scope,
        consent.sublicence,
        Party(consent.to_name, consent.to_id),
        consent.until,
    )


def party_of_consent(consent: Consent) -> Party:
    """Who is asked."""
    return Party(consent.party_name, consent.party_id)


def conflicts_of(right: Right) -> list[tuple[bundle.Burden, bundle.Burden]]:
    """Burdens on record that cannot both be true: something to clear up."""
    inside = sorted(right.burdens, key=lambda b: b.reference)
    return [
        (one, other)
        for place, one in enumerate(inside)
        for other in inside[place + 1 :]
        if bundle.conflicting(one, other, right.kind)
    ]


# ---- pages -------------------------------------------------------------------------------------


def _sees(actor: Actor, asset: Asset) -> bool:
    return bool(actor.capabilities & READS_EVERYTHING) or policy.keeps_asset(actor, asset)


def licence(actor: Actor, licence_id: int) -> Licence:
    """A licence, for the keeper, the licensee and operators."""
    return _seen(actor, Licence, licence_id, "licensee_id")


def burden(actor: Actor, burden_id: int) -> Burden:
    """A burden, for the keeper, its holder and operators."""
    return _seen(actor, Burden, burden_id, "holder_id")


def consent(actor: Actor, consent_id: int) -> Consent:
    """A consent, for who asks, who is asked, and operators."""
    return _seen(actor, Consent, consent_id, "party_id")


def _seen(actor: Actor, model: type[_T], number: int, theirs: str) -> _T:
    found = db.session.get(model, number)
    if found is None:
        raise NotFound(model.__tablename__)
    mine = actor.organisation_id is not None and getattr(found, theirs) == actor.organisation_id
    if not (mine or _sees(actor, found.asset)):
        raise NotFound(model.__tablename__)
    return found


def licences_of(asset: Asset) -> list[Licence]:
    """Every licence on record, past ones too, oldest first."""
    rows = select(Licence).options(joinedload(Licence.evidence)).where(Licence.asset_id == asset.id)
    return list(db.session.scalars(rows.order_by(Licence.id)))


def burdens_of(asset: Asset) -> list[Burden]:
    """Every other burden on record, past ones too, oldest first."""
    rows = select(Burden).options(joinedload(Burden.evidence)).where(Burden.asset_id == asset.id)
    return list(db.session.scalars(rows.order_by(Burden.id)))


def consents_of(asset: Asset) -> list[Consent]:
    """Every consent asked about a right, newest first."""
    rows = select(Consent).options(joinedload(Consent.evidence)).where(Consent.asset_id == asset.id)
    return list(db.session.scalars(rows.order_by(Consent.id.desc())))


def asked_of(actor: Actor, *, state: str = "", text: str = "") -> Select[tuple[Consent]]:
    """The consents that the actor's organisation is asked, newest first."""
    found = _consents(state, text).where(Consent.party_id == actor.organisation_id)
    return found.order_by(Consent.id.desc())


def asked_by(actor: Actor, *, state: str = "", text: str = "") -> Select[tuple[Consent]]:
    """The consents asked about the actor's own rights, newest first."""
    found = _consents(state, text).where(Asset.keeper_id == actor.organisation_id)
    return found.order_by(Consent.id.desc())


def _consents(state: str, text: str) -> Select[tuple[Consent]]:
    found = select(Consent).join(Consent.asset).options(joinedload(Consent.asset))
    if state in set(ConsentState):
        found = found.where(Consent.state == ConsentState(state))
    return found.where(_says(text, Consent.party_name)) if text else found


def _says(text: str, *columns: Any) -> ColumnElement[bool]:
    like = f"%{text.replace('%', '').replace('_', '')}%"
    compact = f"%{''.join(c for c in text.upper() if c.isalnum() or c == '.')}%"
    return or_(
        Asset.title.ilike(like),
        Asset.reference.ilike(like),
        Asset.numbers.any(AssetNumber.number.ilike(compact)),
        *(column.ilike(like) for column in columns),
    )


# ---- the operators' desk -----------------------------------------------------------------------


def consents(actor: Actor, *, state: str = "", text: str = "") -> Select[tuple[Consent]]:
    """The operators' list of consents, newest first."""
    require(actor, policy.decide_consent)
    return _consents(state, text).order_by(Consent.id.desc())


def licences(
    actor: Actor, *, state: str = "", grant: str = "", text: str = ""
) -> Select[tuple[Licence]]:
    """The operators' list of licences, newest first; `declared` with those whose end is declared."""
    require(actor, policy.decide_licence)
    found = select(Licence).join(Licence.asset).options(joinedload(Licence.asset))
    if state == LicenceState.DECLARED:
        found = found.where(undecided_licence())
    elif state in set(LicenceState):
        found = found.where(Licence.state == LicenceState(state))
    if grant in set(Grant):
        found = found.where(Licence.grant == grant)
    if text:
        found = found.where(_says(text, Licence.licensee_name, Licence.recordal_number))
    return found.order_by(Licence.id.desc())


def burdens(
    actor: Actor, *, state: str = "", kind: str = "", text: str = ""
) -> Select[tuple[Burden]]:
    """The operators' list of burdens, newest first; `declared` with those whose end is declared."""
    require(actor, policy.decide_burden)
    found = select(Burden).join(Burden.asset).options(joinedload(Burden.asset))
    if state == BurdenState.DECLARED:
        found = found.where(undecided_burden())
    elif state in set(BurdenState):
        found = found.where(Burden.state == BurdenState(state))
    if kind in set(BurdenKind):
        found = found.where(Burden.kind == BurdenKind(kind))
    if text:
        found = found.where(_says(text, Burden.holder_name, Burden.register_number))
    return found.order_by(Burden.id.desc())


def undecided_licence() -> ColumnElement[bool]:
    """A licence that waits for an operator: declared, or its end is."""
    ending = (Licence.state == LicenceState.REGISTERED) & Licence.ended_on.is_not(None)
    return (Licence.state == LicenceState.DECLARED) | ending


def undecided_burden() -> ColumnElement[bool]:
    """A burden that waits for an operator: declared, or its end is."""
    ending = (Burden.state == BurdenState.CONFIRMED) & Burden.lifted_on.is_not(None)
    return (Burden.state == BurdenState.DECLARED) | ending


def standing_licences(assets: Sequence[Asset]) -> list[Licence]:
    """Licences in force on these rights today or later, whether confirmed yet or not."""
    ids = [asset.id for asset in assets]
    if not ids:
        return []
    running = or_(Licence.ends_on.is_(None), Licence.ends_on >= clock.today())
    rows = select(Licence).where(
        Licence.asset_id.in_(ids), Licence.state.in_(LICENCE_STANDS), running
    )
    return list(db.session.scalars(rows.order_by(Licence.id)))
