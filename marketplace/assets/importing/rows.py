"""One row of a table under a mapping becomes one record, or a refusal with its reason. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from marketplace.assets import identifiers, regions
from marketplace.assets.identifiers import Identifier
from marketplace.assets.importing import values
from marketplace.assets.importing.mapping import ColumnMapping
from marketplace.assets.importing.records import AssetRecord, Item, Note, Owner, Rejected

_PATENT_KINDS = {"invention", "utility_model", "design", "patent_application"}


class Refusal(Exception):  # noqa: N818 -- a reason, not an error
    """A row that cannot be taken."""

    def __init__(self, code: str, **params: str) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


@dataclass(slots=True)
class Row:
    """The cells of one row by field, and what was noticed on the way."""

    number: int
    cells: dict[str, list[str]] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)

    def text(self, name: str) -> str:
        """The first non-empty cell of a field."""
        return next((c for c in self.cells.get(name, ()) if c), "")

    def joined(self, name: str) -> str:
        """All cells of a field that gathers."""
        return ";".join(c for c in self.cells.get(name, ()) if c)

    def note(self, code: str, **params: str) -> None:
        """Say something about the row without refusing it."""
        self.notes.append(Note(self.number, code, params))

    def day(self, name: str, *, needed: bool = True) -> date | None:
        """A day; unreadable, a refusal that names the column, or a note where it is not needed."""
        text = self.text(name)
        try:
            return values.first_day(text)
        except ValueError:
            if needed:
                raise Refusal("import.date", field=name, value=text[:40]) from None
        self.note("import.date_left_out", field=name, value=text[:40])
        return None


@dataclass(slots=True)
class Numbers:
    """The numbers of one right found in a row."""

    application: Identifier | None = None
    publications: list[Identifier] = field(default_factory=list)
    patent: str | None = None
    registration: Identifier | None = None


def convert(number: int, cells: Mapping[str, object], mapping: ColumnMapping) -> Iterator[Item]:
    """The record of a row, or why there is none; notes first."""
    row = gather(number, cells, mapping)
    try:
        record = _record(row, mapping)
    except Refusal as refusal:
        yield Rejected(number, refusal.code, refusal.params, shortened(cells.values()))
        return
    yield from row.notes
    yield record


def shortened(cells: Iterable[object]) -> str:
    """What a row says, on one short line."""
    return " | ".join(t for c in cells if (t := values.plain(values.clean(c))))[:200]


def gather(number: int, cells: Mapping[str, object], mapping: ColumnMapping) -> Row:
    """The cells by field, constants last."""
    row = Row(number)
    for heading, target in mapping.columns.items():
        row.cells.setdefault(target, []).append(values.given(cells.get(heading)))
    if mapping.layout == "us_patent_assignments":
        row.cells["conveyance"] = [values.given(cells.get("conveyance"))]
    for target, value in mapping.constants.items():
        row.cells.setdefault(target, []).append(value)
    office = row.text("jurisdiction").upper()
    if re.fullmatch(r"[A-Z]{2}", office) and office != "CN":
        for target in ("application_number", "publication", "number"):
            row.cells[target] = [_with_office(office, c) for c in row.cells.get(target, ())]
    return row


def _with_office(office: str, number: str) -> str:
    """A bare number of a foreign office with the office before it; marks have bare numbers."""
    return f"{office}{number}" if re.fullmatch(r"(D|RE|PP|H)?[\d,]{4,}", number) else number


def _record(row: Row, mapping: ColumnMapping) -> AssetRecord:
    if mapping.layout == "nasa":
        _nasa(row)
    if mapping.layout == "us_patent_assignments":
        _us_assignment(row)
    if mapping.layout == "us_mark_assignments":
        row.cells["jurisdiction"] = ["US"]
        row.cells.setdefault("application_number", []).append(row.text("serial_number"))
    said = values.kind(row.text("kind"))
    found = _numbers(row, said)
    kind = _kind(row, said, found, explicit="kind" in mapping.columns.values())
    titles = _titles(row)
    if not any((titles[0], titles[1], found.application, found.publications, found.registration,
                found.patent)):  # fmt: skip
        raise Refusal("import.no_title_nor_number")
    if not titles[0]:
        row.note("import.without_title")
    office = _jurisdiction(row, found)
    place = _place(row, office)
    granted = any(p.granted for p in found.publications)
    published = row.day("publication_date", needed=False)
    return AssetRecord(
        kind=kind,
        title=titles[0] or None,
        title_en=titles[1] or None,
        abstract=values.clean(row.text("abstract")) or None,
        abstract_en=values.clean(row.text("abstract_en")) or None,
        application_number=found.application.canonical if found.application else None,
        publication_numbers=tuple(dict.fromkeys(p.canonical or "" for p in found.publications)),
        patent_number=_patent_number(found, granted=granted, status=row.text("status")),
        registration_number=found.registration.canonical if found.registration else None,
        case_number=row.text("case_number") or None,
        jurisdiction=office,
        owners=_owners(row),
        inventors=values.names(row.text("inventors")),
        province=place.province,
        city=place.city,
        classes=_classes(row),
        filing_date=row.day("filing_date"),
        publication_date=published,
        grant_date=row.day("grant_date") or (published if granted else None),
        expiry_date=row.day("expiry_date"),
        priority_date=row.day("priority_date", needed=False),
        status=_status(row, found, granted=granted),
        goods=row.text("goods") or None,
        family=row.text("family") or None,
        source_rows=(row.number,),
    )


def _place(row: Row, office: str) -> regions.Place:
    """Where the owner of a Chinese right is; of foreign rights it is not asked."""
    if office not in {"CN", "WO"}:
        return regions.NOWHERE
    return regions.locate(row.text("address"), row.text("region") + row.text("city"))


def _titles(row: Row) -> tuple[str, str]:
    return values.plain(row.text("title")), values.plain(row.text("title_en"))


def _owners(row: Row) -> tuple[Owner, ...]:
    try:
        return values.owners(row.text("owners"))
    except ValueError:
        raise Refusal("import.shares", value=row.text("owners")[:80]) from None


def _classes(row: Row) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    for scheme in ("ipc", "cpc", "locarno", "nice"):
        text = row.joined(scheme)
        if text:
            here = values.symbols(text, scheme)
            found += here
            if not here:
                row.note("import.no_class", scheme=scheme, value=text[:40])
    return tuple(found)


def _status(row: Row, found: Numbers, *, granted: bool) -> str | None:
    """What the file says of the state; else what its publications imply; else nothing."""
    text = row.text("status")
    said = values.state(text)
    if said:
        return said
    if text:
        row.note("import.state_unknown", value=text[:40])
    if granted:
        return "in_force"
    if found.registration and (
        found.registration.kind != identifiers.TRADEMARK or row.text("grant_date")
    ):
        return "in_force"
    return "pending" if found.publications or found.application else None


def _jurisdiction(row: Row, found: Numbers) -> str:
    said = row.text("jurisdiction").upper()
    if re.fullmatch(r"[A-Z]{2}", said):
        return said
    for identifier in (*found.publications, found.application, found.registration):
        if identifier is not None and identifier.jurisdiction:
            return identifier.jurisdiction
    return "CN"


def _patent_number(found: Numbers, *, granted: bool, status: str) -> str | None:
    """`ZL` and the application number once granted; a foreign grant is its publication number."""
    if found.patent:
        return found.patent
    if found.application and found.application.kind != identifiers.APPLICATION:
        return None  # a mark
    if found.application and found.application.jurisdiction == "CN":
        in_force = granted or (values.state(status) == "in_force" and not found.publications)
        return "ZL" + (found.application.canonical or "")[2:] if in_force else None
    return next(
        (p.canonical for p in found.publications if p.granted and p.jurisdiction != "CN"), None
    )


# --- numbers -------------------------------------------------------------------------------


def _numbers(row: Row, said: str | None) -> Numbers:
    """Every number of the row, each judged; an impossible one refuses the row."""
    found = Numbers()
    office = row.text("jurisdiction").upper() or "CN"
    if said in _REGISTERED:
        _registrations(row, found, said, office)
        return found
    _patent_numbers(row, found)
    text = row.text("registration_number")
    if text:
        _any_number(row, found, text)
    return found


_MARKS = {"trademark", "collective_mark", "certification_mark"}
_REGISTERED = {
    **dict.fromkeys(_MARKS, identifiers.parse_trademark),
    "software": identifiers.parse_software,
    "copyright": identifiers.parse_work,
    "plant_variety": identifiers.parse_plant_variety,
    "ic_layout": identifiers.parse_ic_layout,
    "data_right": identifiers.parse_data_right,
    "gi_product": identifiers.parse_gi,
}


def _registrations(row: Row, found: Numbers, kind: str, office: str) -> None:
    """Numbers of rights that are registered and not published."""
    parse = _REGISTERED[kind]
    extra = (None, office) if kind in _MARKS else ()
    number = row.text("registration_number") or row.text("number")
    if number:
        found.registration = _must(parse(number.removeprefix(office), *extra))
    text = row.text("application_number")
    if text and kind in _MARKS:
        found.application = _must(parse(text.removeprefix(office), *extra))
    elif found.registration and kind in _MARKS and office == "CN":
        found.application = found.registration  # the mark keeps the number of its application


def _must(identifier: Identifier) -> Identifier:
    if not identifier.valid:
        raise Refusal(identifier.reason or "identifier.unknown", number=identifier.number[:40],
                      **identifier.params)  # fmt: skip
    return identifier


def _patent_numbers(row: Row, found: Numbers) -> None:
    text = row.text("application_number")
    if text and not re.search(r"\d", text):
        row.note("import.not_a_number", field="application_number", value=text[:40])
    elif text:
        _application(row, found, text)
    for part in _split(row.joined("publication")):
        _publication(row, found, part, row.text("kind_code"))
    text = row.text("number")
    if text:
        _any_number(row, found, text)


def _application(row: Row, found: Numbers, text: str) -> None:
    """An application number; a missing check digit is added, and said."""
    if identifiers.is_scientific(text):
        raise Refusal("identifier.scientific", number=text[:40])
    identifier = _must(identifiers.complete(text))
    bare = re.sub(r"\W", "", text)
    if identifier.jurisdiction == "CN" and len(bare.lstrip("CNZL")) in {8, 12}:
        row.note("import.check_digit_added", number=text, canonical=identifier.canonical or "")
    found.application = identifier


def _split(text: str) -> list[str]:
    """Several publication numbers in one cell; commas and blanks inside one number stay."""
    parts = re.split(r"[;；|、\n]|[,，](?=\s*[A-Za-z]{2})", text)
    out: list[str] = []
    for part in parts:
        pieces = re.split(r"\s+(?=[A-Za-z]{2}\s?\d)", part.strip())
        out += [p for p in pieces if p]
    return out


def _publication(row: Row, found: Numbers, text: str, kind_code: str = "") -> None:
    """A publication number; an application number in its column is taken for what it is."""
    identifier = identifiers.parse_publication(text)
    if identifier.valid and kind_code and not re.search(r"\d[A-Z]\d?$", identifier.canonical or ""):
        fuller = identifiers.parse_publication((identifier.canonical or "") + kind_code)
        identifier = fuller if fuller.valid else identifier
    if identifier.valid:
        found.publications.append(identifier)
        return
    application = identifiers.parse_application(text)
    if not application.valid:
        _must(identifier)
    if found.application is None:
        found.application = application
    row.note("import.reclassified", number=text[:40])


def _any_number(row: Row, found: Numbers, text: str) -> None:
    """A column that holds whatever number the right has."""
    guessed = identifiers.guess_kind(text)
    if guessed == identifiers.APPLICATION:
        _application(row, found, text)
    elif guessed in {identifiers.PUBLICATION, None}:
        for part in _split(text):
            _publication(row, found, part, row.text("kind_code"))
    else:
        found.registration = _must(identifiers.check(text, guessed))


_KIND_OF_NUMBER = {
    identifiers.TRADEMARK: "trademark",
    identifiers.SOFTWARE: "software",
    identifiers.WORK: "copyright",
    identifiers.IC_LAYOUT: "ic_layout",
    identifiers.PLANT_VARIETY: "plant_variety",
    identifiers.DATA_RIGHT: "data_right",
    identifiers.GI: "gi_product",
}


def _kind(row: Row, said: str | None, found: Numbers, *, explicit: bool) -> str:
    """The kind of right: the numbers know better than a column does."""
    known = _kind_by_number(found)
    if (known == "trademark" and said in _MARKS) or said == "defence_patent":
        return said  # their numbers are those of any mark, of any patent
    if known and explicit and {said, known} <= _PATENT_KINDS and known != said:
        row.note("import.kind_differs", said=said or "", found=known)
    if known or said:
        return known or said or ""
    text = row.text("kind")
    raise Refusal("import.kind_unknown", value=text[:40])


def _kind_by_number(found: Numbers) -> str | None:
    if found.registration and found.registration.kind in _KIND_OF_NUMBER:
        return _KIND_OF_NUMBER[found.registration.kind]
    for identifier in (*found.publications, found.application):
        if identifier is None:
            continue
        if identifier.right:
            return identifier.right
        if identifier.jurisdiction == "WO":
            return "patent_application"
    return None


# --- a source with habits ------------------------------------------------------------------


def _nasa(row: Row) -> None:
    """The agency's licensing portfolio: US numbers without the office, 0 for none, 1970 for no day.

    Some serials are written back to front (`20375014` is 14/203,750) or without a series.
    """
    office = re.search(r"-(JP|DE|PCT)$", row.text("case_number"))
    row.cells["jurisdiction"] = [{"PCT": "WO"}.get(office[1], office[1]) if office else "US"]
    row.cells["owners"] = ["NASA"]
    row.cells["kind"] = ["invention"]
    if row.text("expiry_date").startswith("1970-01-01"):
        row.cells["expiry_date"] = []
    patent = re.sub(r"[\s,]", "", row.text("number"))
    row.cells["number"] = [f"US{patent}" if patent.strip("0") else ""]
    serial = re.sub(r"[\s,]", "", row.text("serial_number"))
    row.cells["application_number"] = [] if office else [_us_serial(row, serial)]
    row.cells["serial_number"] = []


def _us_assignment(row: Row) -> None:
    """Recorded conveyances of US patents: the assignee owns it, unless it only took a security."""
    row.cells["jurisdiction"] = ["US"]
    for name in ("number", "application_number", "publication"):
        row.cells[name] = [_with_office("US", c) for c in row.cells.get(name, ())]
    row.cells["grant_date"] = row.cells.pop("publication_date", [])
    row.cells["inventors"] = [row.text("inventors").replace(",", ";")]
    if re.search(r"security|lien|release|licen[cs]e", row.text("conveyance"), re.IGNORECASE):
        row.cells["owners"] = []


def _us_serial(row: Row, text: str) -> str:
    """A US serial number as `US` and eight digits; empty for none."""
    reversed_ = re.fullmatch(r"(\d{6})(1[0-9])", text)
    if reversed_ and not re.match(r"(0[1-9]|1[0-9]|29|3[05]|6[0-3]|90)", text):
        row.note("import.number_reordered", number=text)
        return f"US{reversed_[2]}{reversed_[1]}"
    parts = re.fullmatch(r"(\d{2})/?(\d{1,3}/\d{3}|\d{1,6})", text)
    return f"US{parts[1]}{int(parts[2].replace('/', '')):06}" if parts else ""
