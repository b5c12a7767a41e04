"""Completing and correcting a record by what a later document says."""

from datetime import date
from typing import Any

from sqlalchemy import select, tuple_

from marketplace.assets.importing.records import AssetRecord, keys
from marketplace.assets.industries import guess_industry
from marketplace.assets.models import (
    Asset,
    AssetClass,
    AssetKind,
    AssetNumber,
    AssetPerson,
    LegalStatus,
)
from marketplace.assets.services.records.ageing import ENDED
from marketplace.assets.services.records.values import PLAIN, fitting, owners_of, renewals_of
from marketplace.core import events
from marketplace.core.db import db

Notes = list[tuple[str, dict[str, str]]]


def complete(asset: Asset, record: AssetRecord) -> tuple[list[str], Notes]:
    """Add what the record knows and the asset does not, correct what it says otherwise."""
    said_on = _stamp(record.publication_date, record.grant_date)
    is_older = date.min < said_on < _stamp(asset.publication_date, asset.grant_date)
    changed = fill(asset, record)
    notes: Notes = []
    differing = {} if is_older else _differing(asset, record)
    if "owners" in differing and asset.title_verification is not None:
        names = "、".join(name for name, _ in differing.pop("owners"))[:200]
        notes.append(("import.owners_verified", {"names": names}))
    kept = differing.keys() & _by_hand(asset) if differing else set()
    if kept:
        notes.append(("import.kept_by_hand", {"fields": "、".join(sorted(kept))}))
    changed += _correct(asset, {n: v for n, v in differing.items() if n not in kept})
    numbers_added, taken = add_numbers(asset, record)
    if numbers_added:
        changed.append("numbers")
    return list(dict.fromkeys(changed)), notes + taken


def _stamp(*days: date | None) -> date:
    """The day of the latest document behind what is said; the beginning of time for none."""
    return max((d for d in days if d is not None), default=date.min)


# Corrected by what a file says later; numbers are not (the first stays, see merge), nor are the days
# of which the earliest counts.
CORRECTED = (
    "title", "title_en", "abstract", "abstract_en", "filing_date", "goods", "family",
)  # fmt: skip


def _differing(asset: Asset, record: AssetRecord) -> dict[str, Any]:
    """What the record says otherwise than the asset."""
    said = {name: fitting(name, getattr(record, name)) for name in CORRECTED}
    if record.province:
        said |= {"province": record.province, "city": record.city or asset.city}
    if set(record.publication_numbers) == published_numbers(asset):  # the same documents, corrected
        said |= {"publication_date": record.publication_date, "grant_date": record.grant_date}
    found = {n: v for n, v in said.items() if v is not None and v != getattr(asset, n)}
    owners = [(o.name, o.share_bps) for o in record.owners]
    if owners and owners != [(o.name, o.share_bps) for o in asset.owners]:
        found["owners"] = owners
    persons = [n[:200] for n in record.inventors]
    if persons and persons != [p.name for p in asset.persons]:
        found["persons"] = persons
    status = _later_status(asset, record)
    if status:
        found["status"] = status
    return found


def published_numbers(asset: Asset) -> set[str]:
    return {n.number for n in asset.numbers if n.scheme == "published"}


def _later_status(asset: Asset, record: AssetRecord) -> LegalStatus | None:
    """The state a file leads to: a pending right onwards, one in force to its end, none back."""
    said = LegalStatus(record.status) if record.status else None
    if said is None or said is asset.status or said is LegalStatus.PENDING:
        return None
    ended = {*ENDED, LegalStatus.EXPIRED}
    return said if asset.status is LegalStatus.PENDING or said in ended else None


def _by_hand(asset: Asset) -> set[str]:
    """The fields that somebody has corrected by hand."""
    facts = db.session.scalars(
        select(events.Event.facts).where(
            events.Event.subject_kind == Asset.__tablename__,
            events.Event.subject_id == asset.id,
            events.Event.kind == "asset.revise",
        )
    )
    return {name for fact in facts for name in fact.get("fields", ())}


def _correct(asset: Asset, values: dict[str, Any]) -> list[str]:
    for name, value in values.items():
        match name:
            case "owners":
                asset.owners = owners_of(asset.keeper, value)
            case "persons":
                asset.persons = [AssetPerson(name=n, position=i) for i, n in enumerate(value)]
            case _:
                setattr(asset, name, value)
    return list(values)


def fill(asset: Asset, record: AssetRecord) -> list[str]:
    """Add what the record knows and the asset does not; the names of what was added."""
    added = _fill_fields(asset, record)
    if record.owners and not asset.owners:
        shares = [(o.name, o.share_bps) for o in record.owners]
        asset.owners = owners_of(asset.keeper, shares)
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
    return list(dict.fromkeys(added))


EARLIEST = ("publication_date", "grant_date", "priority_date")


def _fill_fields(asset: Asset, record: AssetRecord) -> list[str]:
    added = []
    for name in PLAIN:
        value = getattr(record, name)
        held = getattr(asset, name)
        if name == "title" and held in {asset.reference, asset.number}:
            held = None  # a number stood in for the title
        is_earlier = name in EARLIEST and value and held and value < held
        if value is not None and (not held or is_earlier) and value != getattr(asset, name):
            setattr(asset, name, fitting(name, value))
            added.append(name)
    granted = record.kind != asset.kind and asset.kind is AssetKind.PATENT_APPLICATION
    if granted:
        asset.kind = AssetKind(record.kind)
        added.append("kind")
    if record.status and asset.status is LegalStatus.PENDING and record.status != asset.status:
        asset.status = LegalStatus(record.status)
        added.append("status")
    if record.expiry_date and record.expiry_date != asset.last_day and asset.jurisdiction != "CN":
        asset.last_day = record.expiry_date
        added.append("last_day")
    renewals = renewals_of(asset, record)
    if renewals > (asset.renewals or 0):
        asset.renewals = renewals
        added.append("last_day")
    return added


def add_numbers(asset: Asset, record: AssetRecord) -> tuple[bool, Notes]:
    """Whether numbers were added, and which were not because another right bears them."""
    fresh = numbers_of(record) - {(n.scheme, n.number) for n in asset.numbers}
    taken = taken_numbers(asset.keeper.id, fresh)
    asset.numbers += [
        AssetNumber(keeper_id=asset.keeper.id, scheme=scheme, number=number)
        for scheme, number in sorted(fresh - taken)
    ]
    # the digits of a publication stand for the number that is listed in full besides
    names = sorted({number for scheme, number in taken if scheme not in {"publication", "content"}})
    return bool(fresh - taken), [("import.number_taken", {"number": number}) for number in names]


def numbers_of(record: AssetRecord) -> set[tuple[str, str]]:
    """Every number of a record by its series, as the portfolio lists them."""
    found = set(keys(record)) | {("published", n) for n in record.publication_numbers}
    if record.patent_number:
        found.add(("patent", record.patent_number))
    return {(scheme, number[:60]) for scheme, number in found}


def taken_numbers(keeper_id: int, numbers: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Which of these another right of the portfolio bears."""
    if not numbers:
        return set()
    with db.session.no_autoflush:
        rows = db.session.execute(
            select(AssetNumber.scheme, AssetNumber.number).where(
                AssetNumber.keeper_id == keeper_id,
                tuple_(AssetNumber.scheme, AssetNumber.number).in_(sorted(numbers)),
            )
        )
        return {(scheme, number) for scheme, number in rows}
