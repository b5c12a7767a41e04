"""Grants and applications of the US office, XML of 2004 and later."""

from datetime import date
from xml.etree.ElementTree import Element

from marketplace.assets import identifiers
from marketplace.assets.importing import values
from marketplace.assets.importing.documents import all_of, find, text_of
from marketplace.assets.importing.records import AssetRecord, Item, Owner, Rejected

ROOTS = {
    "us-patent-grant": "us-bibliographic-data-grant",
    "us-patent-application": "us-bibliographic-data-application",
}
_KINDS = {"design": "design", "plant": "plant_variety"}


def read(root: Element, name: str, row: int) -> Item:
    """The record of one document, or why it has none."""
    data = find(root, ROOTS[name])
    publication = find(data, "publication-reference", "document-id")
    number = identifiers.parse_publication(
        "".join(text_of(find(publication, part)) for part in ("country", "doc-number", "kind"))
    )
    if data is None or not number.valid:
        return Rejected(row, "import.no_biblio")
    filed = find(data, "application-reference", "document-id")
    serial = identifiers.parse_application(f"US{text_of(find(filed, 'doc-number')).zfill(8)}")
    reference = find(data, "application-reference")
    granted = name == "us-patent-grant"
    published = _day(publication)
    inventors = _inventors(data)
    return AssetRecord(
        kind=_KINDS.get(
            reference.get("appl-type", "") if reference is not None else "", "invention"
        ),
        title=values.plain(text_of(find(data, "invention-title"))) or None,
        abstract=values.clean(text_of(find(root, "abstract"))) or None,
        application_number=serial.canonical if serial.valid else None,
        publication_numbers=(number.canonical or "",),
        patent_number=number.canonical if granted else None,
        jurisdiction="US",
        owners=_owners(data) or tuple(Owner(n) for n in inventors),
        inventors=inventors,
        classes=_classes(data),
        filing_date=_day(filed),
        publication_date=published,
        grant_date=published if granted else None,
        priority_date=min(
            (d for d in map(_day, all_of(data, "priority-claims", "priority-claim")) if d),
            default=None,
        ),
        status="in_force" if granted else "pending",
        source_rows=(row,),
    )


def _day(document: Element | None) -> date | None:
    try:
        return values.day(text_of(find(document, "date")))
    except ValueError:
        return None


def _person(element: Element) -> str:
    book = find(element, "addressbook")
    book = element if book is None else book
    company = text_of(find(book, "orgname"))
    last, first = text_of(find(book, "last-name")), text_of(find(book, "first-name"))
    return values.plain(company or f"{first} {last}")


def _owners(data: Element) -> tuple[Owner, ...]:
    """Assignees; where none is named, applicants who are no inventors."""
    people = [_person(e) for e in all_of(data, "assignees", "assignee")]
    if not people:
        people = [
            _person(e)
            for e in all_of(data, "us-parties", "us-applicants", "us-applicant")
            if find(e, "addressbook", "orgname") is not None
        ]
    return tuple(Owner(name) for name in dict.fromkeys(people) if name)


def _inventors(data: Element) -> tuple[str, ...]:
    listed = all_of(data, "us-parties", "inventors", "inventor") or [
        e
        for e in all_of(data, "parties", "applicants", "applicant")
        + all_of(data, "us-parties", "us-applicants", "us-applicant")
        if "inventor" in e.get("app-type", "") or find(e, "addressbook", "last-name") is not None
    ]
    return tuple(dict.fromkeys(name for name in map(_person, listed) if name))


def _symbol(element: Element) -> str:
    parts = [text_of(find(element, p)) for p in ("section", "class", "subclass")]
    group = f"{text_of(find(element, 'main-group'))}/{text_of(find(element, 'subgroup'))}"
    return "".join(parts) + (group if group != "/" else "")


def _classes(data: Element) -> tuple[tuple[str, str], ...]:
    """IPC in the new and the old form, CPC, Locarno of designs."""
    found: list[tuple[str, str | None]] = [
        ("ipc", values.symbol(_symbol(e), "ipc"))
        for e in all_of(data, "classifications-ipcr", "classification-ipcr")
    ]
    for old in all_of(data, "classification-ipc"):
        named = all_of(old, "main-classification") + all_of(old, "further-classification")
        found += [("ipc", values.symbol(_old_symbol(text_of(e)), "ipc")) for e in named]
    cpc = find(data, "classifications-cpc")
    for part in ("main-cpc", "further-cpc"):
        found += [
            ("cpc", values.symbol(_symbol(e), "cpc"))
            for e in all_of(cpc, part, "classification-cpc")
        ]
    for locarno in all_of(data, "classification-locarno", "main-classification"):
        digits = text_of(locarno).replace("-", "").zfill(4)
        found.append(("locarno", values.symbol(f"{digits[:2]}-{digits[2:]}", "locarno")))
    return tuple(dict.fromkeys((scheme, s) for scheme, s in found if s))


def _old_symbol(text: str) -> str:
    """`A61B005/00` and `A61B  500` are A61B 5/00."""
    bare = text.replace(" ", "")
    if "/" in bare:
        head, tail = bare[:4], bare[4:]
        main, sub = tail.split("/", 1)
        return f"{head}{main.lstrip('0') or '0'}/{sub}"
    return f"{text[:4]}{text[4:7].strip()}/{text[7:].strip()}" if len(text) > 8 else bare[:4]
