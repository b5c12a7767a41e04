"""The plain values of a record: what they may be, and how they are set."""

from datetime import date
from typing import Any

from marketplace.assets import terms
from marketplace.assets.importing.records import AssetRecord
from marketplace.assets.models import (
    MARKS,
    Asset,
    AssetKind,
    AssetOwner,
)
from marketplace.core import clock
from marketplace.core.errors import Invalid
from marketplace.organisations.models import Organisation

PLAIN = (
    "title", "title_en", "abstract", "abstract_en", "application_number", "patent_number",
    "registration_number", "filing_date", "publication_date", "grant_date", "priority_date",
    "province", "city", "goods", "family",
)  # fmt: skip


def fitting(name: str, value: Any) -> Any:
    """Text no longer than its column."""
    length = getattr(Asset.__table__.c[name].type, "length", None)
    return value[:length] if length and isinstance(value, str) else value


def renewals_of(asset: Asset, record: AssetRecord) -> int:
    """How often a mark must have been renewed to last as long as the file says."""
    if asset.kind not in MARKS or not (asset.grant_date and record.expiry_date):
        return asset.renewals or 0
    years = record.expiry_date.year - asset.grant_date.year
    return max(round(years / 10) - 1, 0)


FIELD_OF = {
    "application": "application_number",
    "patent": "application_number",
    "publication": "publications",
    "published": "publications",
}


def set_values(asset: Asset, values: dict[str, Any]) -> list[str]:
    changed = []
    for name, value in values.items():
        if getattr(asset, name) != value:
            setattr(asset, name, value)
            changed.append(name)
    return changed


_IN_ORDER = (
    ("priority_date", "filing_date"),
    ("filing_date", "publication_date"),
    ("filing_date", "grant_date"),
    ("creation_date", "first_publication_date"),
)


def check_days(asset: Asset) -> None:
    """Days that a person states follow each other, and none lies ahead."""
    today = clock.today()
    for name in {n for pair in _IN_ORDER for n in pair} | {"author_death_date"}:
        day = getattr(asset, name)
        if day is not None and day > today:
            raise Invalid("asset.in_future", fields={name: "asset.in_future"})
    for earlier, later in _IN_ORDER:
        one, other = getattr(asset, earlier), getattr(asset, later)
        if asset.kind is AssetKind.IC_LAYOUT and later == "first_publication_date":
            continue  # what was used before it was finished is for the office to judge
        if one and other and other < one:
            raise Invalid(
                "asset.days_reversed",
                fields={later: "asset.days_reversed"},
                before=one.isoformat(),
            )
    year, filed = asset.fee_paid_through, asset.filing_date
    if year and filed and asset.jurisdiction == "CN" and asset.kind.value in terms.PATENTS:
        most = terms.patent_years(asset.kind.value, filed)
        if year > most:
            raise Invalid(
                "asset.fee_year", fields={"fee_paid_through": "asset.fee_year"}, most=most
            )


def believe_expiry(asset: Asset, expiry: date | None) -> None:
    """The last day as its keeper states it: of a mark by its renewals, of a foreign right as it is."""
    if asset.kind in MARKS and asset.grant_date:
        years = expiry.year - asset.grant_date.year if expiry else 10
        asset.renewals = max(round(years / 10) - 1, 0)
    if expiry and (asset.jurisdiction != "CN" or asset.kind is AssetKind.DATA_RIGHT):
        asset.last_day = expiry


def check_shares(owners: list[tuple[str, int | None]], *, needed: bool = True) -> None:
    """Owners are named, and their shares, where stated, make a whole."""
    shares = [share for _, share in owners]
    if not owners and needed:
        raise Invalid("asset.owner_missing", fields={"owners": "asset.owner_missing"})
    if any(shares) and (not all(shares) or sum(s or 0 for s in shares) != 10_000):
        raise Invalid("asset.shares", fields={"owners": "asset.shares"})


def owners_of(keeper: Organisation, owners: list[tuple[str, int | None]]) -> list[AssetOwner]:
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
