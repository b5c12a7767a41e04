"""A portfolio file from its bytes to one record per right: what `assets import` does before any database."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import Any, BinaryIO

from marketplace.assets import terms
from marketplace.assets.importing import documents, sheets, sources, tables, values
from marketplace.assets.importing.mapping import ColumnMapping, suggest
from marketplace.assets.importing.merge import merge
from marketplace.assets.importing.readers import epo, marks, uspto
from marketplace.assets.importing.records import AssetRecord, Item, Note, Rejected
from marketplace.assets.importing.rows import convert
from marketplace.assets.importing.sources import DEFAULT_LIMITS, Limits, Source
from marketplace.core.errors import Invalid


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file: `created + merged + unchanged + len(rejected) == rows`.

    `created` counts the rights it would begin in an empty portfolio. `notes` say what was completed,
    left out or disputed in rows that were taken; row 0 speaks of the whole file.
    """

    format: str
    rows: int
    assets: tuple[AssetRecord, ...]
    created: int
    merged: int
    unchanged: int
    rejected: tuple[Rejected, ...]
    notes: tuple[Note, ...] = ()
    headings: tuple[str, ...] = ()
    mapping: ColumnMapping | None = None


def headings_of(source: Source, *, limits: Limits = DEFAULT_LIMITS) -> tuple[str, ...]:
    """The headings of a table, for a page that lets the user map them; none for documents."""
    with sources.opened(source, limits) as file:
        found = sources.detect(file)
        return tuple(_table(file, found, limits).headings) if found in {"csv", "xlsx"} else ()


def samples_of(source: Source, *, limits: Limits = DEFAULT_LIMITS) -> dict[str, str]:
    """The first thing each column of a table says, to recognise it by."""
    found: dict[str, str] = {}
    with sources.opened(source, limits) as file:
        table = _table(file, sources.detect(file), limits)
        for _, cells in islice(table.rows(limits), _SAMPLED_ROWS):
            if not isinstance(cells, Rejected):
                for heading, cell in cells.items():
                    text = values.plain(values.given(cell))[:60]
                    if text:
                        found.setdefault(heading, text)
    return found


_SAMPLED_ROWS = 20


def read_file(
    source: Source,
    format: str | None = None,  # noqa: A002 -- the option's name
    mapping: ColumnMapping | None = None,
    *,
    limits: Limits = DEFAULT_LIMITS,
    today: date | None = None,
) -> Outcome:
    """Read a portfolio file of any supported kind.

    `source` is a path, bytes or a binary stream; `format` (csv, xlsx, json, xml) overrules what the
    content looks like; `mapping` overrules what the headings suggest; `today` lets rights whose last
    day has passed be told expired. Raises Invalid where the file as a whole cannot be read.
    """
    if format is not None and format not in sources.FORMATS:
        raise Invalid("import.unknown_format", value=format)
    with sources.opened(source, limits) as file:
        chosen = sources.detect(file)
        chosen = format or chosen
        if chosen in {"csv", "xlsx"}:
            return _read_table(file, chosen, mapping, limits, today)
        items = _items(file, chosen, mapping, limits)
        return _outcome(chosen, items, today)


def _table(file: BinaryIO, kind: str, limits: Limits) -> tables.Table:
    file.seek(0)
    if kind == "xlsx":
        return sheets.read_workbook(file, limits)
    return tables.read_delimited(file, limits)


def _read_table(
    file: BinaryIO, kind: str, mapping: ColumnMapping | None, limits: Limits, today: date | None
) -> Outcome:
    table = _table(file, kind, limits)
    chosen = mapping or suggest(table.headings)
    if not chosen.is_usable:
        raise Invalid("import.no_columns", headings="、".join(table.headings)[:200])
    notes = [Note(0, code, params) for code, params in table.notes]
    unmapped = chosen.unmapped(table.headings)
    if unmapped:
        notes.append(Note(0, "import.columns_unused", {"names": "、".join(unmapped)[:200]}))
    outcome = _outcome(kind, _chain(notes, _converted(table, chosen, limits)), today)
    return replace(outcome, headings=tuple(table.headings), mapping=chosen)


def _converted(table: tables.Table, mapping: ColumnMapping, limits: Limits) -> Iterator[Item]:
    for number, cells in table.rows(limits):
        if isinstance(cells, Rejected):
            yield cells
        else:
            yield from convert(number, cells, mapping)


def _chain(notes: Iterable[Item], items: Iterable[Item]) -> Iterator[Item]:
    yield from notes
    yield from items


def _outcome(kind: str, items: Iterable[Item], today: date | None) -> Outcome:
    result = merge(items)
    if result.rows == 0:
        raise Invalid("import.no_rows")
    return Outcome(
        format=kind,
        rows=result.rows,
        assets=tuple(_judged(asset, today) for asset in result.assets),
        created=result.created,
        merged=result.merged,
        unchanged=result.unchanged,
        rejected=tuple(result.rejected),
        notes=tuple(result.notes),
    )


def last_day(record: AssetRecord) -> date | None:
    """The last day of protection: what the file states, else what the term of a Chinese right gives.

    Foreign terms are not worked out here: adjustments and disclaimers are not in these files. What
    was refused or withdrawn before its grant never had a term.
    """
    never_granted = record.status == "cancelled" and not (
        record.patent_number or record.registration_number or record.grant_date
    )
    is_known = record.jurisdiction == "CN" and record.status not in {None, "pending"}
    if record.expiry_date or never_granted or not is_known:
        return record.expiry_date
    facts = terms.TermFacts(filing=record.filing_date, registration=record.grant_date)
    return terms.last_day(record.kind, facts)


def _judged(record: AssetRecord, today: date | None) -> AssetRecord:
    """An in-force right past its last day has expired."""
    last = last_day(record) if today and record.status == "in_force" else None
    return replace(record, status="expired") if last and today and last < today else record


# --- documents -----------------------------------------------------------------------------


def _items(
    file: BinaryIO, kind: str, mapping: ColumnMapping | None, limits: Limits
) -> Iterator[Item]:
    if kind == "json":
        return _json_items(documents.json_document(file, limits), mapping, limits)
    return _xml_items(file, limits)


def _json_items(value: Any, mapping: ColumnMapping | None, limits: Limits) -> Iterator[Item]:
    if marks.is_json(value):
        yield from marks.read_json(value)
    elif epo.is_json(value):
        yield from epo.read_json(value)
    else:
        yield from _objects(value, mapping, limits)


def _objects(value: Any, mapping: ColumnMapping | None, limits: Limits) -> Iterator[Item]:
    """A list of flat objects is a table whose headings are the keys."""
    if isinstance(value, dict):
        lists = [v for v in value.values() if isinstance(v, list) and v and isinstance(v[0], dict)]
        value = lists[0] if len(lists) == 1 else [value]
    if not isinstance(value, list) or not value or not any(isinstance(v, dict) for v in value):
        raise Invalid("import.unknown_format", value="json")
    if len(value) > limits.rows:
        raise Invalid("import.too_many_rows", limit=str(limits.rows))
    headings = list(dict.fromkeys(k for v in value if isinstance(v, dict) for k in v))
    chosen = mapping or suggest(headings)
    if not chosen.is_usable:
        raise Invalid("import.no_columns", headings="、".join(headings)[:200])
    for number, entry in enumerate(value, 1):
        if isinstance(entry, dict):
            yield from convert(number, {k: _flat(v) for k, v in entry.items()}, chosen)
        else:
            yield Rejected(number, "import.not_an_object")


def _flat(value: Any) -> Any:
    if isinstance(value, list):
        return ";".join(str(_flat(v)) for v in value if v is not None)
    if isinstance(value, dict):
        return value.get("name") or value.get("symbol") or value.get("number") or ""
    return value


def _xml_items(file: BinaryIO, limits: Limits) -> Iterator[Item]:
    """Records of every document; the row is the count of rights or refusals so far."""
    row = 0
    for root in documents.xml_documents(file, limits):
        for item in _of_root(root, row + 1):
            row += not isinstance(item, Note)
            if row > limits.rows:
                raise Invalid("import.too_many_rows", limit=str(limits.rows))
            yield item


def _of_root(root: Any, row: int) -> Iterator[Item]:
    if isinstance(root, Rejected):
        yield replace(root, row=row)
        return
    name = documents.local(root)
    if name in uspto.ROOTS:
        yield uspto.read(root, name, row)
    elif name in epo.ROOTS:
        yield from epo.read(root, row)
    elif name in marks.ROOTS:
        yield from marks.read(root, row)
    else:
        yield Rejected(row, "import.unknown_document", {"name": name[:60]})


# --- answers -------------------------------------------------------------------------------


def records_json(outcome: Outcome) -> Iterator[dict[str, Any]]:
    """One object per right, as `assets import --records` prints them; null where unknown."""
    for asset in outcome.assets:
        yield {
            "kind": asset.kind,
            "title": asset.title or asset.title_en,
            "application_number": asset.application_number,
            "publication_numbers": list(asset.publication_numbers),
            "patent_number": asset.patent_number,
            "registration_number": asset.registration_number,
            "owners": [owner.name for owner in asset.owners],
            "inventors": list(asset.inventors),
            "province": asset.province,
            "city": asset.city,
            "classes": list(dict.fromkeys(symbol for _, symbol in asset.classes)),
            "filing_date": _iso(asset.filing_date),
            "publication_date": _iso(asset.publication_date),
            "grant_date": _iso(asset.grant_date),
            "expiry_date": _iso(last_day(asset)),
            "status": asset.status,
            "source_rows": list(asset.source_rows),
        }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
