"""Correcting the record of a right by hand."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from marketplace.assets import policy
from marketplace.assets.importing.records import AssetRecord
from marketplace.assets.models import (
    Asset,
    AssetClass,
    AssetNumber,
    AssetPerson,
    EventSource,
)
from marketplace.assets.services import legal_events, titles
from marketplace.assets.services.records.ageing import refresh_status
from marketplace.assets.services.records.merging import numbers_of, taken_numbers
from marketplace.assets.services.records.values import (
    FIELD_OF,
    PLAIN,
    believe_expiry,
    check_days,
    check_shares,
    owners_of,
    set_values,
)
from marketplace.core import events
from marketplace.core.db import db
from marketplace.core.errors import Invalid
from marketplace.core.policy import Actor, require

REVISABLE = frozenset(PLAIN) | {
    "industry", "work_kind", "creation_date", "first_publication_date", "author_death_date",
    "owned_by_person", "fee_paid_through", "status", "jurisdiction", "renewals",
    "compensation_days", "woody",
}  # fmt: skip


def _identity(asset: Asset) -> tuple[Any, ...]:
    """What a title verification vouches for: which right it is and whose."""
    owners = tuple((o.name, o.share_bps) for o in asset.owners)
    return asset.application_number, asset.registration_number, owners


def revise(
    actor: Actor,
    asset: Asset,
    *,
    owners: list[tuple[str, int | None]] | None = None,
    persons: list[str] | None = None,
    classes: list[tuple[str, str]] | None = None,
    publications: Sequence[str] | None = None,
    expiry: date | None = None,
    **values: Any,
) -> list[str]:
    """Correct the record of a right; the names of what changed. Numbers stay unique in a portfolio."""
    require(actor, policy.revise_asset, asset)
    unknown = values.keys() - REVISABLE
    if unknown:
        raise TypeError(f"not revisable: {sorted(unknown)}")
    if "title" in values and not (values["title"] or "").strip():
        raise Invalid("asset.title_missing", fields={"title": "asset.title_missing"})
    before = _identity(asset)
    changed = set_values(asset, values)
    if owners is not None and owners != [(o.name, o.share_bps) for o in asset.owners]:
        check_shares(owners)
        asset.owners = owners_of(asset.keeper, owners)
        changed.append("owners")
    if persons is not None and persons != [p.name for p in asset.persons]:
        asset.persons = [AssetPerson(name=n, position=i) for i, n in enumerate(persons)]
        changed.append("persons")
    if classes is not None and set(classes) != {(c.scheme, c.symbol) for c in asset.classes}:
        asset.classes = []
        db.session.flush()
        asset.classes = [AssetClass(scheme=s, symbol=c) for s, c in dict.fromkeys(classes)]
        changed.append("classes")
    check_days(asset)
    if _renumber(asset, publications):
        changed.append("numbers")
    believe_expiry(asset, expiry)
    refresh_status(asset)
    if changed:
        events.record(asset, "asset.revise", by=actor, fields=changed)
        legal_events.keep_in_step(asset, by=actor, source=EventSource.KEEPER)
        titles.outdate(asset, before, _identity(asset), by=actor)
    return changed


def _renumber(asset: Asset, publications: Sequence[str] | None) -> bool:
    """Keep the numbers of a record corrected by hand, and only these; whether any changed.

    One that another right of the portfolio bears is refused beside its field.
    """
    listed = [n.number for n in asset.numbers if n.scheme == "published"]
    record = AssetRecord(
        kind=asset.kind.value,
        title=asset.title,
        jurisdiction=asset.jurisdiction,
        application_number=asset.application_number,
        publication_numbers=tuple(listed if publications is None else publications),
        patent_number=asset.patent_number,
        registration_number=asset.registration_number,
        case_number=next((n.number for n in asset.numbers if n.scheme == "case"), None),
        filing_date=asset.filing_date,
    )
    kept = {(n.scheme, n.number) for n in asset.numbers}
    content = {pair for pair in kept if pair[0] == "content"}  # what a file read again is known by
    wanted = {pair for pair in numbers_of(record) if pair[0] != "content"} | content
    if wanted == kept:
        return False
    asset.numbers = [n for n in asset.numbers if (n.scheme, n.number) in wanted]
    db.session.flush()
    for scheme, _ in sorted(taken_numbers(asset.keeper_id, wanted - kept)):
        name = FIELD_OF.get(scheme.split("_")[0], "registration_number")
        raise Invalid("asset.known", fields={name: "asset.known"})
    asset.numbers += [
        AssetNumber(keeper_id=asset.keeper_id, scheme=scheme, number=number)
        for scheme, number in sorted(wanted - kept)
    ]
    return True
