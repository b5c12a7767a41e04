"""Trademarks and designs: the US office's ST.96 XML and JSON, the EU office's JSON."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any
from xml.etree.ElementTree import Element

from marketplace.assets import identifiers
from marketplace.assets.importing import values
from marketplace.assets.importing.documents import descendants, find, text_of
from marketplace.assets.importing.records import AssetRecord, Item, Owner, Rejected

ROOTS = {"Transaction", "TrademarkTransaction", "TrademarkBag", "Trademark"}

# Status codes of the US office below 600 are live applications or registrations; 600-699 abandoned,
# 700-799 registered, 800 renewed, 710 cancelled, 900 expired.
_US_STATES = ((range(600, 620), "cancelled"), (range(709, 715), "cancelled"),
              (range(900, 1000), "expired"), (range(700, 709), "in_force"),
              (range(780, 901), "in_force"))  # fmt: skip


def _us_state(code: object) -> str | None:
    text = str(code or "")
    if not text.isdecimal():
        return None
    return next((word for codes, word in _US_STATES if int(text) in codes), "pending")


def _day(text: object) -> date | None:
    """The day of a stamp like 1995-02-07-05:00."""
    found = re.match(r"\d{4}-\d{2}-\d{2}|\d{8}", str(text or ""))
    try:
        return values.day(found[0]) if found else None
    except ValueError:
        return None


# --- US, XML -------------------------------------------------------------------------------


def read(root: Element, row: int) -> Iterator[Item]:
    """A record for every mark in the document."""
    marks = descendants(root, "Trademark")
    for number, mark in enumerate(marks, row):
        yield _mark(mark, number)
    if not marks:
        yield Rejected(row, "import.no_biblio")


def _mark(mark: Element, row: int) -> Item:
    serial = text_of(find(mark, "ApplicationNumber", "ApplicationNumberText"))
    registration = text_of(find(mark, "RegistrationNumber"))
    office = text_of(find(mark, "RegistrationOfficeCode")) or "US"
    if not serial and not registration:
        return Rejected(row, "import.no_title_nor_number")
    classes = [text_of(find(c, "ClassNumber")) for c in descendants(mark, "GoodsServicesClassification")
               if text_of(find(c, "ClassificationKindCode")) in {"Nice", "Primary"}]  # fmt: skip
    goods = (text_of(e) for e in descendants(mark, "GoodsServicesDescriptionText"))
    return AssetRecord(
        kind="trademark",
        title=values.plain(
            next((t for t in map(text_of, descendants(mark, "MarkVerbalElementText")) if t), "")
        )
        or None,
        application_number=serial or None,
        registration_number=registration.lstrip("0") or None,
        jurisdiction=office,
        owners=_owner(mark),
        classes=_nice(classes),
        filing_date=_day(text_of(find(mark, "ApplicationDate"))),
        publication_date=_day(next(iter(map(text_of, descendants(mark, "PublicationDate"))), "")),
        grant_date=_day(text_of(find(mark, "RegistrationDate"))),
        expiry_date=_day(text_of(find(mark, "ExpiryDate"))),
        status=_us_state(text_of(find(mark, "MarkCurrentStatusCode"))),
        goods="; ".join(g for g in goods if g) or None,
        source_rows=(row,),
    )


def _owner(mark: Element) -> tuple[Owner, ...]:
    """The last owner on record: applicants carry rising sequence numbers as the mark passes on."""
    latest: tuple[int, list[str]] = (-1, [])
    for applicant in descendants(mark, "Applicant"):
        number = next((int(v) for k, v in applicant.attrib.items()
                       if k.endswith("sequenceNumber") and v.isdecimal()), 0)  # fmt: skip
        name = next((text_of(e) for e in descendants(applicant, "EntityName")), "")
        if number > latest[0]:
            latest = (number, [name])
        elif number == latest[0]:
            latest[1].append(name)
    return tuple(Owner(values.plain(n)) for n in dict.fromkeys(latest[1]) if n)


def _nice(numbers: list[str]) -> tuple[tuple[str, str], ...]:
    found = (values.symbol(n.lstrip("0") or "0", "nice") for n in numbers)
    return tuple(dict.fromkeys(("nice", s) for s in found if s))


# --- JSON ----------------------------------------------------------------------------------


def is_json(document: Any) -> bool:
    """Whether a JSON value is a list of marks or designs of one of the two offices."""
    if not isinstance(document, dict):
        return False
    return any(
        isinstance(document.get(key), list) and all(isinstance(e, dict) for e in document[key])
        for key in ("trademarks", "designs")
    )


def read_json(document: dict[str, Any]) -> Iterator[Item]:
    """A record for every mark or design."""
    for row, entry in enumerate(document.get("trademarks") or [], 1):
        yield _us(entry, row) if isinstance(entry.get("status"), dict) else _eu(entry, row)
    for row, entry in enumerate(
        document.get("designs") or [], len(document.get("trademarks") or []) + 1
    ):
        yield _eu_design(entry, row)


def _us(entry: dict[str, Any], row: int) -> Item:
    status = entry["status"]
    serial = str(status.get("serialNumber") or "")
    if not serial:
        return Rejected(row, "import.no_title_nor_number")
    groups = (entry.get("parties") or {}).get("ownerGroups") or {}
    last = groups[max(groups, key=lambda k: int(k) if str(k).isdecimal() else 0)] if groups else []
    goods = [g for g in entry.get("gsList") or [] if isinstance(g, dict)]
    classes = [str(c.get("code", "")) for g in goods for c in g.get("internationalClasses") or []]
    gazettes = (entry.get("publication") or {}).get("officialGazettes") or []
    return AssetRecord(
        kind="trademark",
        title=values.plain(str(status.get("markElement") or "")) or None,
        application_number=serial,
        registration_number=str(status.get("usRegistrationNumber") or "").lstrip("0") or None,
        jurisdiction="US",
        owners=tuple(Owner(values.plain(str(o.get("name") or ""))) for o in last if o.get("name")),
        classes=_nice(classes),
        filing_date=_day(status.get("filingDate")),
        publication_date=_day(gazettes[0].get("publicationDate") if gazettes else ""),
        grant_date=_day(status.get("usRegistrationDate")),
        status=_us_state(status.get("status")),
        goods="; ".join(str(g.get("description")) for g in goods if g.get("description")) or None,
        source_rows=(row,),
    )


def _eu_owners(entry: dict[str, Any]) -> tuple[Owner, ...]:
    names = (values.plain(str(a.get("name") or "")) for a in entry.get("applicants") or [])
    return tuple(Owner(n) for n in names if n)


def _eu(entry: dict[str, Any], row: int) -> Item:
    number = identifiers.parse_trademark(str(entry.get("applicationNumber") or ""), None, "EM")
    if not number.valid:
        return Rejected(row, number.reason or "identifier.unknown", {"number": number.number[:40]})
    words = entry.get("wordMarkSpecification") or {}
    published = [_day(p.get("publicationDate")) for p in entry.get("publications") or []]
    registered = _day(entry.get("registrationDate"))
    return AssetRecord(
        kind="trademark",
        title=values.plain(str(words.get("verbalElement") or "")) or None,
        application_number=number.canonical,
        registration_number=number.canonical if registered else None,
        jurisdiction="EM",
        owners=_eu_owners(entry),
        classes=_nice([str(c) for c in entry.get("niceClasses") or []]),
        filing_date=_day(entry.get("applicationDate")),
        publication_date=min((d for d in published if d), default=None),
        grant_date=registered,
        expiry_date=_day(entry.get("expiryDate")),
        status=values.state(str(entry.get("status") or "").replace("_", " ")),
        source_rows=(row,),
    )


def _eu_design(entry: dict[str, Any], row: int) -> Item:
    number = str(entry.get("designNumber") or "")
    if not re.fullmatch(r"\d{9}-\d{4}", number):
        return Rejected(row, "identifier.characters", {"number": number[:40]})
    locarno = (values.symbol(str(c), "locarno") for c in entry.get("locarnoClasses") or [])
    name = next(
        (str(p.get("term")) for p in entry.get("productIndications") or [] if p.get("term")), ""
    )
    return AssetRecord(
        kind="design",
        title=values.plain(name) or None,
        registration_number=number,
        jurisdiction="EM",
        owners=_eu_owners(entry),
        classes=tuple(("locarno", s) for s in locarno if s),
        filing_date=_day(entry.get("applicationDate")),
        grant_date=_day(entry.get("registrationDate")),
        expiry_date=_day(entry.get("expiryDate")),
        status=values.state(entry.get("status")),
        source_rows=(row,),
    )
