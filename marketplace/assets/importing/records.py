"""What an import yields: records of rights, refused rows, notes. Pure."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from marketplace.assets import identifiers


@dataclass(frozen=True, slots=True)
class Owner:
    """A registered owner; the share in basis points where the file says so."""

    name: str
    share_bps: int | None = None


@dataclass(frozen=True, slots=True)
class AssetRecord:
    """One right as a file states it; every number canonical, every unknown none or empty.

    `kind` is a kind of the asset model (invention, utility_model, design, patent_application for an
    international application, trademark, copyright, software, plant_variety, ic_layout,
    trade_secret, collective_mark, certification_mark, data_right, gi_product, defence_patent).
    `status` is what the file implies, not what the register says today.
    `source_rows` counts the file's own rows or documents from 1, headings not counted.
    """

    kind: str
    title: str | None = None
    title_en: str | None = None
    abstract: str | None = None
    abstract_en: str | None = None
    application_number: str | None = None
    publication_numbers: tuple[str, ...] = ()
    patent_number: str | None = None
    registration_number: str | None = None
    case_number: str | None = None  # the keeper's own reference
    jurisdiction: str = "CN"
    owners: tuple[Owner, ...] = ()
    inventors: tuple[str, ...] = ()
    province: str | None = None
    city: str | None = None
    classes: tuple[tuple[str, str], ...] = ()  # (scheme, symbol): ipc, cpc, locarno, nice
    filing_date: date | None = None
    publication_date: date | None = None
    grant_date: date | None = None
    expiry_date: date | None = None
    priority_date: date | None = None
    status: str | None = None
    goods: str | None = None
    family: str | None = None
    source_rows: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that became nothing, and why (a code with words, and what fills them)."""

    row: int
    code: str
    params: Mapping[str, str] = field(default_factory=dict)
    text: str = ""  # what the row said, shortened, to recognise it


@dataclass(frozen=True, slots=True)
class Note:
    """Something about a row that was taken: a value left out, a number completed or disputed."""

    row: int
    code: str
    params: Mapping[str, str] = field(default_factory=dict)


Item = AssetRecord | Rejected | Note


def publication_key(number: str) -> str:
    """The digits that the publications of one application share: `CN112244877` of A and of B."""
    return identifiers.Identifier(number, None, valid=True, canonical=number).digits


def keys(record: AssetRecord) -> list[tuple[str, str]]:
    """Natural keys, strongest first: equal on any of them, two records are one right.

    Schemes: `case` (the keeper's reference), `application`, `publication` (without kind letter; the
    patent number of a foreign patent counts here), `registration` and, for other offices,
    `registration_us` …; a record without any number has `content`, a digest of what it says.
    """
    found: list[tuple[str, str]] = []
    office = record.jurisdiction.lower()
    is_mark = record.kind in {"trademark", "collective_mark", "certification_mark"}
    if record.case_number:
        found.append(("case", record.case_number))
    if record.application_number and not (is_mark and office == "cn"):
        scheme = f"mark_application_{office}" if is_mark else "application"
        found.append((scheme, record.application_number))
    found += [("publication", publication_key(n)) for n in record.publication_numbers]
    if record.patent_number and not record.patent_number.startswith("ZL"):
        found.append(("publication", publication_key(record.patent_number)))
    registration = record.registration_number or (
        record.application_number if is_mark and office == "cn" else None
    )
    if registration:
        found.append(("registration" if office == "cn" else f"registration_{office}", registration))
    return list(dict.fromkeys(found)) or [("content", _digest(record))]


def _digest(record: AssetRecord) -> str:
    said = (
        record.kind,
        record.title,
        record.title_en,
        record.abstract,
        record.abstract_en,
        record.filing_date,
        tuple(o.name for o in record.owners),
    )
    return hashlib.sha256(repr(said).encode()).hexdigest()[:40]
