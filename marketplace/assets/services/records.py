"""Putting rights on record: one by one, or what an import read."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select, tuple_

from marketplace.assets import policy, terms
from marketplace.assets.importing.records import AssetRecord, keys
from marketplace.assets.industries import guess_industry
from marketplace.assets.models import (
    Asset,
    AssetClass,
    AssetKind,
    AssetNumber,
    AssetOwner,
    AssetPerson,
    LegalStatus,
)
from marketplace.core import clock, events
from marketplace.core.db import db
from marketplace.core.errors import Invalid
from marketplace.core.policy import Actor, require
from marketplace.core.references import next_reference
from marketplace.organisations.models import Organisation

PLAIN = (
    "title", "title_en", "abstract", "abstract_en", "application_number", "patent_number",
    "registration_number", "filing_date", "publication_date", "grant_date", "priority_date",
    "province", "city", "goods", "family",
)  # fmt: skip
REVISABLE = frozenset(PLAIN) | {
    "industry", "work_kind", "creation_date", "first_publication_date", "author_death_date",
    "owned_by_person", "fee_paid_through", "status", "jurisdiction",
}  # fmt: skip


@dataclass(frozen=True)
class Change:
    """What putting a record did: created, merged (with the fields that changed) or unchanged."""

    outcome: str
    asset: Asset
    fields: tuple[str, ...] = field(default=())


def add(actor: Actor, record: AssetRecord, **more: Any) -> Asset:
    """Put one right into the portfolio; one that is there already is refused."""
    require(actor, policy.add_asset)
    if not (record.title or "").strip():
        raise Invalid("asset.title_missing", fields={"title": "asset.title_missing"})
    if _known(actor.organisation, record) is not None:
        raise Invalid("asset.known", fields={"number": "asset.known"})
    asset = _create(actor, record)
    _set(asset, more)
    refresh_status(asset)
    events.record(asset, "asset.add", by=actor, number=asset.number)
    return asset


def put(actor: Actor, record: AssetRecord, *, source: str = "") -> Change:
    """Put what an import read into the portfolio: created, merged into what is there, or unchanged."""
    require(actor, policy.add_asset)
    asset = _known(actor.organisation, record)
    if asset is None:
        asset = _create(actor, record, source)
        refresh_status(asset)
        events.record(asset, "asset.add", by=actor, number=asset.number)
        return Change("created", asset)
    changed = _complete(asset, record)
    if not changed:
        return Change("unchanged", asset)
    refresh_status(asset)
    events.record(asset, "asset.merge", by=actor, fields=changed)
    return Change("merged", asset, tuple(changed))


def revise(
    actor: Actor,
    asset: Asset,
    *,
    owners: list[tuple[str, int | None]] | None = None,
    persons: list[str] | None = None,
    classes: list[tuple[str, str]] | None = None,
    **values: Any,
) -> list[str]:
    """Correct the record of a right; the names of what changed. Numbers stay unique in a portfolio."""
    require(actor, policy.revise_asset, asset)
    unknown = values.keys() - REVISABLE
    if unknown:
        raise TypeError(f"not revisable: {sorted(unknown)}")
    if "title" in values and not (values["title"] or "").strip():
        raise Invalid("asset.title_missing", fields={"title": "asset.title_missing"})
    changed = _set(asset, values)
    if owners is not None and owners != [(o.name, o.share_bps) for o in asset.owners]:
        _check_shares(owners)
        asset.owners = _owners(asset.keeper, owners)
        changed.append("owners")
    if persons is not None and persons != [p.name for p in asset.persons]:
        asset.persons = [AssetPerson(name=n, position=i) for i, n in enumerate(persons)]
        changed.append("persons")
    if classes is not None and set(classes) != {(c.scheme, c.symbol) for c in asset.classes}:
        asset.classes = []
        db.session.flush()
        asset.classes = [AssetClass(scheme=s, symbol=c) for s, c in dict.fromkeys(classes)]
        changed.append("classes")
    _renumber(asset)
    refresh_status(asset)
    if changed:
        events.record(asset, "asset.revise", by=actor, fields=changed)
    return changed


def refresh_status(asset: Asset, today: date | None = None) -> None:
    """Work out last day, and what the calendar says of the right: expired, or in its grace time."""
    today = today or clock.today()
    if asset.jurisdiction == "CN":
        asset.last_day = _last_day(asset) or asset.last_day
    if asset.status in {LegalStatus.INVALIDATED, LegalStatus.CANCELLED, LegalStatus.LAPSED}:
        return
    if asset.last_day is not None and asset.last_day < today:
        asset.status = LegalStatus.EXPIRED
        if (
            asset.kind is AssetKind.TRADEMARK
            and asset.jurisdiction == "CN"
            and terms.trademark_state(asset.last_day, today) == "renewal_grace"
        ):
            asset.status = LegalStatus.RENEWAL_GRACE
    elif asset.status is LegalStatus.PENDING and asset.grant_date is not None:
        asset.status = LegalStatus.IN_FORCE


def _last_day(asset: Asset) -> date | None:
    return terms.last_day(
        asset.kind.value,
        terms.TermFacts(
            filing=asset.filing_date,
            registration=asset.grant_date,
            published=asset.first_publication_date,
            completed=asset.creation_date,
            author_died=asset.author_death_date,
            personal=asset.owned_by_person,
        ),
    )


def _known(keeper_id: int, record: AssetRecord) -> Asset | None:
    """The right of the portfolio that shares the strongest natural key of the record."""
    wanted = keys(record)
    rows = db.session.execute(
        select(AssetNumber.scheme, AssetNumber.number, AssetNumber.asset_id).where(
            AssetNumber.keeper_id == keeper_id,
            tuple_(AssetNumber.scheme, AssetNumber.number).in_(wanted),
        )
    )
    found = {(scheme, number): asset_id for scheme, number, asset_id in rows}
    for key in wanted:
        if key in found:
            return db.session.get_one(Asset, found[key])
    return None


def _create(actor: Actor, record: AssetRecord, source: str = "") -> Asset:
    keeper = db.session.get_one(Organisation, actor.organisation)
    asset = Asset(
        reference=next_reference("A"),
        keeper=keeper,
        kind=AssetKind(record.kind),
        jurisdiction=record.jurisdiction,
        status=LegalStatus(record.status or "pending"),
        last_day=record.expiry_date,
        source=source[:200],
        title="",
        **{
            name: getattr(record, name)
            for name in PLAIN
            if name != "title" and getattr(record, name) is not None
        },
    )
    asset.title = record.title or record.title_en or asset.number or asset.reference
    if not record.owners:
        asset.owners = _owners(keeper, [(keeper.name, 10_000)])
    db.session.add(asset)
    _complete(asset, record)
    asset.province = asset.province or keeper.province
    asset.city = asset.city or keeper.city
    return asset


def _complete(asset: Asset, record: AssetRecord) -> list[str]:
    """Add what the record knows and the asset does not; the names of what was added."""
    added = _fill_fields(asset, record)
    if record.owners and not asset.owners:
        shares = [(o.name, o.share_bps) for o in record.owners]
        asset.owners = _owners(asset.keeper, shares)
        added.append("owners")
    if record.inventors and not asset.persons:
        asset.persons = [
            AssetPerson(name=n[:200], position=i) for i, n in enumerate(record.inventors)
        ]
        added.append("persons")
    known = {(c.scheme, c.symbol) for c in asset.classes}
    for scheme, symbol in dict.fromkeys(record.classes):
        if (scheme, symbol) not in known:
            asset.classes.append(AssetClass(scheme=scheme, symbol=symbol[:30]))
            added.append("classes")
    if not asset.industry and asset.classes:
        guess = guess_industry(tuple((c.scheme, c.symbol) for c in asset.classes))
        asset.industry = guess.code if guess else ""
    if _add_numbers(asset, record):
        added.append("numbers")
    return list(dict.fromkeys(added))


def _fill_fields(asset: Asset, record: AssetRecord) -> list[str]:
    added = []
    for name in PLAIN:
        value = getattr(record, name)
        if value is not None and not getattr(asset, name):
            setattr(asset, name, value)
            added.append(name)
    granted = record.kind != asset.kind and asset.kind is AssetKind.PATENT_APPLICATION
    if granted:
        asset.kind = AssetKind(record.kind)
        added.append("kind")
    if record.status and asset.status is LegalStatus.PENDING and record.status != asset.status:
        asset.status = LegalStatus(record.status)
        added.append("status")
    if record.expiry_date and not asset.last_day:
        asset.last_day = record.expiry_date
        added.append("last_day")
    return added


def _add_numbers(asset: Asset, record: AssetRecord) -> bool:
    wanted = dict.fromkeys(keys(record))
    wanted |= {("published", number): None for number in record.publication_numbers}
    if record.patent_number:
        wanted["patent", record.patent_number] = None
    known = {(n.scheme, n.number) for n in asset.numbers}
    fresh = [pair for pair in wanted if pair not in known]
    for scheme, number in fresh:
        asset.numbers.append(
            AssetNumber(keeper_id=asset.keeper.id, scheme=scheme, number=number[:60])
        )
    return bool(fresh)


def _renumber(asset: Asset) -> None:
    """Numbers corrected by hand count as natural keys too."""
    pairs = {
        "application": asset.application_number,
        "patent": asset.patent_number,
        "registration": asset.registration_number,
    }
    for scheme, number in pairs.items():
        listed = [n for n in asset.numbers if n.scheme == scheme]
        if number and number not in {n.number for n in listed}:
            for old in listed:
                asset.numbers.remove(old)
            taken = db.session.scalar(
                select(AssetNumber.id).where(
                    AssetNumber.keeper_id == asset.keeper_id,
                    AssetNumber.scheme == scheme,
                    AssetNumber.number == number,
                )
            )
            if taken:
                raise Invalid("asset.known", fields={f"{scheme}_number": "asset.known"})
            asset.numbers.append(
                AssetNumber(keeper_id=asset.keeper_id, scheme=scheme, number=number)
            )


def _set(asset: Asset, values: dict[str, Any]) -> list[str]:
    changed = []
    for name, value in values.items():
        if getattr(asset, name) != value:
            setattr(asset, name, value)
            changed.append(name)
    return changed


def _check_shares(owners: list[tuple[str, int | None]]) -> None:
    shares = [share for _, share in owners]
    if not owners:
        raise Invalid("asset.owner_missing", fields={"owners": "asset.owner_missing"})
    if any(shares) and (not all(shares) or sum(s or 0 for s in shares) != 10_000):
        raise Invalid("asset.shares", fields={"owners": "asset.shares"})


def _owners(keeper: Organisation, owners: list[tuple[str, int | None]]) -> list[AssetOwner]:
    names = {keeper.name, keeper.name_en} - {""}
    return [
        AssetOwner(
            name=name[:300],
            share_bps=share,
            position=i,
            organisation_id=keeper.id if name in names else None,
        )
        for i, (name, share) in enumerate(owners)
    ]
