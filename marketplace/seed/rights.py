"""The demonstration's rights: facts of public registers, owners and texts of our own.

A patent's numbers, dates, title and classes are register facts (data/register_facts.csv names the
source of each; where the source has no dates they are estimated from neighbouring numbers, and the
record says so). Its owner in the demonstration is fictional. Marks, works, software, designs,
varieties and layouts (data/others.csv) are invented, numbers included.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import cycle
from typing import Any
from zlib import crc32

from marketplace.assets import services as assets
from marketplace.assets import terms
from marketplace.assets.importing.records import AssetRecord, Owner
from marketplace.assets.models import Asset, LegalStatus
from marketplace.core import clock
from marketplace.seed import texts
from marketplace.seed.people import DATA, Cast

# Whose portfolio a right goes into: universities and institutes hold the brain-computer family,
# the others share the rest by trade.
KEEPERS = {
    "BCI": ("lingnan", "pearl", "lingnan", "bay", "zhanjiang", "lingnan", "pearl", "bay"),
    "US": ("nordlicht", "heungkong"),
    "A61": ("pearl", "pearl", "lingnan", "chenlan"),
    "A": ("meizhou", "maoming", "shanwei", "zhanjiang", "chenlan", "shantou"),
    "B": ("dongguan", "nanhai", "jieyang", "yunfu", "yangjiang", "guangye", "jiangmen"),
    "C": ("guangye", "huizhou", "shaoguan", "chaozhou", "heyuan", "pearl"),
    "D": ("shantou", "jieyang", "huizhou"),
    "E": ("qingyuan", "jiangmen", "guangye", "yunfu"),
    "F": ("zhongshan", "shunde", "zhuhai", "yangjiang"),
    "G": ("lingnan", "qianhai", "heyuan", "zhanjiang", "municipal", "bay", "nanhai"),
    "H": ("qianhai", "zhuhai", "zhongshan", "lingnan", "bay", "dongguan"),
}
INDUSTRY = {"BCI": "I65", "US": "C40", "A61K": "C27"}
FICTIONAL_OWNER = "；权利人与挂牌均为演示虚构"
ESTIMATED = "，日期按相邻公开号推定"
INVENTED = "演示虚构"
SHARED = 23  # every so many patents has a second owner
PARTNERS = {"lingnan": "bay", "pearl": "lingnan", "bay": "qianhai", "guangye": "nanhai"}


@dataclass
class Right:
    """A right to be put on record, and whose it is."""

    key: str
    record: AssetRecord
    source: str
    values: dict[str, Any] = field(default_factory=dict)  # what the owner adds to the record

    @property
    def chance(self) -> int:
        """The same number for the same right, whenever it is planted."""
        return crc32((self.record.title or "").encode())


def all_of(cast: Cast) -> list[Right]:
    """Every right of the demonstration, fields and kinds mixed."""
    found = [*_patents(cast), *_others()]
    return sorted(found, key=lambda right: right.chance)


def put(cast: Cast, right: Right) -> Asset:
    """Put it on record in its keeper's portfolio."""
    actor = cast.actors[right.key]
    asset = assets.put(actor, right.record, source=right.source).asset
    if right.values:
        assets.revise(actor, asset, **right.values)
    return asset


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _patents(cast: Cast) -> Iterator[Right]:
    turns = {name: cycle(keys) for name, keys in KEEPERS.items()}
    for position, row in enumerate(_rows("register_facts.csv")):
        symbol = row["field"] or row["classes"].split("|")[0]
        group = next(name for name in (symbol, symbol[:3], symbol[:1]) if name in KEEPERS)
        key = next(turns[group])
        kind = row["kind"] if row["grant_date"] or symbol == "US" else "patent_application"
        chinese, english = texts.describe(kind, row["title"], row["title_en"], symbol)
        partner = PARTNERS.get(key) if position % SHARED == SHARED - 1 else None
        record = AssetRecord(
            kind=row["kind"],
            title=row["title"],
            title_en=row["title_en"],
            abstract=chinese,
            abstract_en=english,
            jurisdiction="US" if symbol == "US" else "CN",
            application_number=row["application_number"] or None,
            publication_numbers=tuple(row["publication_numbers"].split("|")),
            owners=_owners(cast, key, partner),
            classes=tuple(("ipc", symbol) for symbol in row["classes"].split("|") if symbol),
            filing_date=_day(row["filing_date"]),
            publication_date=_day(row["publication_date"]),
            grant_date=_day(row["grant_date"]),
            expiry_date=_day(row["last_day"]),
            status="pending" if kind == "patent_application" else "in_force",
        )
        yield Right(
            key,
            record,
            row["source"] + (ESTIMATED if row["estimated"] else "") + FICTIONAL_OWNER,
            _declared(record) | ({"industry": INDUSTRY[symbol]} if symbol in INDUSTRY else {}),
        )


def _owners(cast: Cast, key: str, partner: str | None) -> tuple[Owner, ...]:
    name = cast.organisations[key].name
    if partner is None:
        return (Owner(name, 10_000),)
    return (Owner(name, 6_000), Owner(cast.organisations[partner].name, 4_000))


def _declared(record: AssetRecord) -> dict[str, Any]:
    """Up to which year the fees are paid: most for the year that runs, a few are late."""
    if record.filing_date is None or record.grant_date is None or record.jurisdiction != "CN":
        return {}
    year = terms.patent_year(record.filing_date, clock.today())
    since_due = clock.today() - terms.annuity_due(record.filing_date, year)
    late = timedelta(days=8) < since_due < timedelta(days=150)
    if late and crc32((record.title or "").encode()) % 5 == 0:
        return {"fee_paid_through": year - 1, "status": LegalStatus.ANNUITY_GRACE}
    return {"fee_paid_through": year}


def _others() -> Iterator[Right]:
    for row in _rows("others.csv"):
        kind = row["kind"]
        scheme = "nice" if kind.endswith("mark") else "locarno" if kind == "design" else ""
        number = row["number"] or None
        record = AssetRecord(
            kind=kind,
            title=row["title"],
            title_en=row["title_en"],
            abstract=row["summary"],
            abstract_en=row["summary_en"],
            application_number=number if kind == "design" else None,
            registration_number=None if kind == "design" else number,
            classes=tuple((scheme, symbol) for symbol in row["classes"].split("|") if symbol),
            goods=row["goods"] or None,
            filing_date=_day(row["filed_on"]),
            grant_date=_day(row["registered_on"]),
            status="in_force",
        )
        yield Right(
            row["keeper"],
            record,
            INVENTED,
            _declared(record) if kind == "design" else _made(row),
        )


def _made(row: dict[str, str]) -> dict[str, Any]:
    """When a work or layout was finished; works are taken as published then."""
    made = _day(row["created_on"])
    if made is None:
        return {}
    published = row["kind"] in {"copyright", "software"}
    return {"creation_date": made} | ({"first_publication_date": made} if published else {})
