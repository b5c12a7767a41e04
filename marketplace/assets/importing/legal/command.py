"""A file of legal events from its bytes to rows, before any database."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from marketplace.assets.importing import documents, sheets, sources, tables
from marketplace.assets.importing.legal import assignments, epo, own
from marketplace.assets.importing.legal.rows import EventRow
from marketplace.assets.importing.records import Rejected
from marketplace.assets.importing.sources import DEFAULT_LIMITS, Limits, Source
from marketplace.core.errors import Invalid


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file says: `len(events) + len(rejected) == rows`."""

    format: str  # epo_ops, us_assignments, own
    rows: int
    events: tuple[EventRow, ...]
    rejected: tuple[Rejected, ...]


def read_file(source: Source, *, limits: Limits = DEFAULT_LIMITS) -> Reading:
    """Read the EPO's legal events (XML), American assignments or our own table (CSV, XLSX)."""
    with sources.opened(source, limits) as file:
        kind = sources.detect(file)
        if kind == "xml":
            return _reading("epo_ops", _xml(file, limits))
        if kind in {"csv", "xlsx"}:
            file.seek(0)
            read = sheets.read_workbook if kind == "xlsx" else tables.read_delimited
            return _table(read(file, limits), limits)
        raise Invalid("event.unknown_format", value=kind)


def _reading(form: str, items: Iterator[EventRow | Rejected]) -> Reading:
    events: list[EventRow] = []
    rejected: list[Rejected] = []
    for item in items:
        if isinstance(item, Rejected):
            rejected.append(item)
        else:
            events.append(item)
    if not events and not rejected:
        raise Invalid("import.no_rows")
    return Reading(form, len(events) + len(rejected), tuple(events), tuple(rejected))


def _xml(file: BinaryIO, limits: Limits) -> Iterator[EventRow | Rejected]:
    for root in documents.xml_documents(file, limits):
        if isinstance(root, Rejected):
            yield root
        elif epo.holds_events(root):
            yield from epo.read(root)
        else:
            raise Invalid("event.unknown_format", value=documents.local(root)[:60])


def _table(table: tables.Table, limits: Limits) -> Reading:
    headings = {h.strip().casefold() for h in table.headings}
    if headings >= assignments.HEADINGS:
        return _reading("us_assignments", _rows(table, limits, None))
    columns = own.columns_of(table.headings)
    if not own.is_usable(table.headings):
        raise Invalid("event.columns", headings="、".join(table.headings)[:200])
    return _reading("own", _rows(table, limits, columns))


def _rows(
    table: tables.Table, limits: Limits, columns: dict[str, str] | None
) -> Iterator[EventRow | Rejected]:
    for number, cells in table.rows(limits):
        if isinstance(cells, Rejected):
            yield cells
        elif columns is None:
            yield assignments.read(number, cells)
        else:
            yield own.read(number, cells, columns)
