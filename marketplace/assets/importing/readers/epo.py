"""Answers of the EPO's open patent services: bibliographic data as XML, and the JSON made of it."""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any
from xml.etree.ElementTree import Element

from marketplace.assets import identifiers, regions
from marketplace.assets.importing import values
from marketplace.assets.importing.documents import all_of, descendants, find, local, text_of
from marketplace.assets.importing.records import AssetRecord, Item, Owner, Rejected

ROOTS = {"world-patent-data", "exchange-documents", "exchange-document"}


def read(root: Element, row: int) -> Iterator[Item]:
    """A record for every published document, rows counted from `row`.

    Documents with a bibliography come as `exchange-document`; a family without one still has the
    numbers and days of its members. Legal events are no rights: each member is refused with its
    reason.
    """
    documents = (
        [root] if local(root) == "exchange-document" else descendants(root, "exchange-document")
    )
    if documents:
        for number, document in enumerate(documents, row):
            yield _document(document, number)
        return
    members = descendants(root, "family-member")
    legal = any(find(m, "legal") is not None for m in members)
    for number, member in enumerate(members, row):
        yield Rejected(number, "import.legal_events") if legal else _member(member, number)
    if not members:
        yield Rejected(row, "import.no_biblio")


def _ids(element: Element | None) -> dict[str, Element]:
    return {e.get("document-id-type", ""): e for e in all_of(element, "document-id")}


def _number(reference: Element | None) -> str:
    found = _ids(reference).get("docdb")
    return "".join(text_of(find(found, part)) for part in ("country", "doc-number", "kind"))


def _application(reference: Element | None) -> str | None:
    ids = _ids(reference)
    docdb = ids.get("docdb")
    if docdb is None:
        return None
    text = text_of(find(docdb, "country")) + text_of(find(docdb, "doc-number"))
    return _application_number(text, text_of(find(docdb, "kind")), _dates(reference))


# First filing year of each series of US applications (07/ from 1987, 08/ from 1993 …).
_US_SERIES = ((2002, "10"), (1998, "09"), (1993, "08"), (1987, "07"), (1979, "06"))


def _us_serial(text: str, filed: date | None) -> str | None:
    """The database writes 09/206,856 of 1998 as `US20685698`: the serial, then the year."""
    found = re.fullmatch(r"US(\d{1,6})(\d{2})", text)
    if not found or filed is None or filed.year > 2003 or filed.year % 100 != int(found[2]):
        return None
    series = next((s for year, s in _US_SERIES if filed.year >= year), None)
    return series and f"US{series}{int(found[1]):06}"


def _application_number(text: str, kind: str = "", filed: date | None = None) -> str | None:
    """An application in the office's own spelling; US and Chinese ones completed."""
    serial = _us_serial(text, filed)
    if serial:
        return serial
    if kind.startswith("W") and re.fullmatch(r"[A-Z]{2}\d{10}", text):
        return identifiers.parse_application(f"{text}W").canonical
    if text.startswith("CN"):
        return identifiers.complete(text).canonical
    found = identifiers.parse_application(text)
    return found.canonical if found.valid else None


def _dates(reference: Element | None) -> date | None:
    days = (text_of(find(e, "date")) for e in _ids(reference).values())
    return next((d for d in map(_day, days) if d), None)


def _day(text: object) -> date | None:
    try:
        return values.day(text)
    except ValueError:
        return None


def _right(identifier: identifiers.Identifier) -> str:
    return identifier.right or "patent_application"


def _of_number(text: str, row: int) -> tuple[identifiers.Identifier, Rejected | None]:
    found = identifiers.parse_publication(text)
    if found.valid:
        return found, None
    return found, Rejected(
        row, found.reason or "import.no_biblio", {**found.params, "number": text}
    )


def _member(member: Element, row: int) -> Item:
    number, refused = _of_number(_number(find(member, "publication-reference")), row)
    if refused:
        return refused
    priorities = [_dates(e) for e in all_of(member, "priority-claim")]
    return _record(
        number,
        row,
        application=_application(find(member, "application-reference")),
        filed=_dates(find(member, "application-reference")),
        published=_dates(find(member, "publication-reference")),
        priority=min((d for d in priorities if d), default=None),
        family=member.get("family-id"),
    )


def _document(document: Element, row: int) -> Item:
    data = find(document, "bibliographic-data")
    text = "".join(document.get(part, "") for part in ("country", "doc-number", "kind"))
    number, refused = _of_number(text, row)
    if refused:
        return refused
    claims = all_of(data, "priority-claims", "priority-claim")
    return _record(
        number,
        row,
        application=_application(find(data, "application-reference")),
        filed=_dates(find(data, "application-reference")),
        published=_dates(find(data, "publication-reference")),
        priority=min((d for d in map(_dates, claims) if d), default=None),
        family=document.get("family-id"),
        titles={e.get("lang", ""): text_of(e) for e in all_of(data, "invention-title")},
        abstracts={e.get("lang", ""): text_of(e) for e in all_of(document, "abstract")},
        owners=_names(data, "applicants", "applicant", "applicant-name"),
        inventors=_names(data, "inventors", "inventor", "inventor-name"),
        classes=_classes(data),
    )


def _names(data: Element | None, group: str, one: str, name: str) -> tuple[str, ...]:
    """Names as filed where they are given, else as the database standardises them."""
    listed = all_of(data, "parties", group, one)
    filed = [e for e in listed if e.get("data-format") == "original"] or listed
    texts = (values.names(text_of(find(e, name, "name"))) for e in filed)
    return tuple(dict.fromkeys(n.strip(" ,") for part in texts for n in part))


def _classes(data: Element | None) -> tuple[tuple[str, str], ...]:
    texts = [text_of(e) for e in descendants(data, "classification-ipcr")]
    texts += [text_of(e) for e in all_of(data, "classification-ipc", "text")]
    found = [("ipc", values.symbol(t, "ipc")) for t in texts]
    for element in descendants(data, "patent-classification"):
        scheme = find(element, "classification-scheme")
        if scheme is not None and scheme.get("scheme", "").startswith("CPC"):
            parts = [text_of(find(element, p)) for p in ("section", "class", "subclass")]
            group = f"{text_of(find(element, 'main-group'))}/{text_of(find(element, 'subgroup'))}"
            found.append(("cpc", values.symbol("".join(parts) + group, "cpc")))
    return tuple(dict.fromkeys((scheme, s) for scheme, s in found if s))


def _record(  # noqa: PLR0913 -- the fields of one document
    number: identifiers.Identifier,
    row: int,
    *,
    application: str | None,
    filed: date | None,
    published: date | None,
    priority: date | None,
    family: str | None,
    titles: dict[str, str] | None = None,
    abstracts: dict[str, str] | None = None,
    owners: Iterable[str] = (),
    inventors: tuple[str, ...] = (),
    classes: tuple[tuple[str, str], ...] = (),
) -> AssetRecord:
    office = number.jurisdiction or ""
    title, title_en = _languages(titles or {})
    abstract, abstract_en = _languages(abstracts or {})
    chinese = office == "CN" and number.granted and application
    return AssetRecord(
        kind=_right(number),
        title=title,
        title_en=title_en,
        abstract=abstract,
        abstract_en=abstract_en,
        application_number=application,
        publication_numbers=(number.canonical or "",),
        patent_number=("ZL" + (application or "")[2:] if chinese else number.canonical)
        if number.granted
        else None,
        jurisdiction=office,
        owners=tuple(Owner(name) for name in owners),
        inventors=inventors,
        province=regions.NOWHERE.province,
        classes=classes,
        filing_date=filed,
        publication_date=published,
        grant_date=published if number.granted else None,
        priority_date=priority,
        status="in_force" if number.granted else "pending",
        family=family or None,
        source_rows=(row,),
    )


def _languages(texts: dict[str, str]) -> tuple[str | None, str | None]:
    """The Chinese text and the English one; without Chinese, English or whatever there is leads."""
    tidy = {lang: values.plain(text) for lang, text in texts.items() if text}
    chinese = tidy.get("zh") or tidy.get("cn")
    english = tidy.get("en")
    if chinese:
        return chinese, english
    return english or next(iter(tidy.values()), None), None


# --- JSON ----------------------------------------------------------------------------------


def is_json(document: Any) -> bool:
    """Whether a JSON value is one of these answers."""
    if not isinstance(document, dict):
        return False
    return any(
        isinstance(document.get(key), kind)
        for key, kind in (
            ("documents", list), ("results", list), ("family_members", list), ("events", list),
            ("claims", list), ("description", str),
        )
    ) and ("publication_reference" in document or "document_id" in document
           or "documents" in document or "query" in document)  # fmt: skip


def read_json(document: dict[str, Any]) -> Iterator[Item]:
    """A record for every document, hit or family member; claims, texts and events are refused."""
    if isinstance(document.get("events"), list):
        for row, _ in enumerate(document["events"], 1):
            yield Rejected(row, "import.legal_events")
        return
    listed = document.get("documents") or document.get("results") or document.get("family_members")
    if not isinstance(listed, list) or not listed:
        yield Rejected(1, "import.no_biblio")
        return
    for row, entry in enumerate(listed, 1):
        yield _entry(entry, row) if isinstance(entry, dict) else Rejected(row, "import.no_biblio")


def _entry(entry: dict[str, Any], row: int) -> Item:
    """A bibliography, a hit of a search (number and family only), or a member of a family."""
    text = str(entry.get("publication_number") or entry.get("docdb_number") or "")
    number, refused = _of_number(text, row)
    if refused:
        return refused
    titles = {str(t.get("lang", "")): str(t.get("text", "")) for t in _dicts(entry.get("titles"))}
    if not titles and entry.get("title"):
        titles = {"en": str(entry["title"])}
    owners = entry.get("applicants_original") or entry.get("applicants_epodoc") or []
    inventors = entry.get("inventors_original") or entry.get("inventors_epodoc") or []
    found = [("ipc", values.symbol(str(t), "ipc")) for t in entry.get("intl_class") or []]
    found += [("cpc", values.symbol(str(t), "cpc")) for t in entry.get("cpc_class") or []]
    application = str(entry.get("application_number") or "")
    filed = _reference_day(entry, "application_reference")
    return _record(
        number,
        row,
        application=_application_number(*_kind_off(application), filed) if application else None,
        filed=filed,
        published=_reference_day(entry, "publication_reference"),
        priority=min(_priorities(entry), default=None),
        family=str(entry.get("family_id") or "") or None,
        titles=titles,
        abstracts={"en": str(entry.get("abstract") or "")},
        owners=_flat(owners),
        inventors=_flat(inventors),
        classes=tuple(dict.fromkeys((scheme, s) for scheme, s in found if s)),
    )


def _kind_off(text: str) -> tuple[str, str]:
    found = re.fullmatch(r"(.*\d)([A-Z]\d?)?", text)
    return (found[1], found[2] or "") if found else (text, "")


def _flat(names: Iterable[Any]) -> tuple[str, ...]:
    parts = (values.names(str(name)) for name in names)
    return tuple(dict.fromkeys(n for part in parts for n in part))


def _dicts(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        return [value]
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []


def _reference_day(entry: dict[str, Any], name: str) -> date | None:
    references = [r for key, value in entry.items() if key.startswith(name) for r in _dicts(value)]
    return next((d for r in references if (d := _day(r.get("date")))), None)


def _priorities(entry: dict[str, Any]) -> Iterator[date]:
    for claim in _dicts(entry.get("priority_claims")):
        inner = claim.get("application_reference")
        found = _day(claim.get("date")) or (
            _day(inner.get("date")) if isinstance(inner, dict) else None
        )
        if found:
            yield found
