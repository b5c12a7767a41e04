"""The engine without the site: what `search query` and `search load` do."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from datetime import UTC, date, datetime
from pathlib import Path
from time import perf_counter
from typing import Any, TextIO

from marketplace.core.errors import Invalid, NotFound
from marketplace.search.document import SearchDocument
from marketplace.search.index import SearchIndex
from marketplace.search.queries import Query, Results, search

ENGINES = ("whoosh",)

# Other names under which registers and spreadsheets give the same.
ALIASES: dict[str, tuple[str, ...]] = {
    "title": ("title_zh",),
    "abstract": ("abstract_zh", "summary"),
    "owners": ("owner", "applicants", "applicant"),
    "numbers": (
        "number",
        "application_number",
        "publication_number",
        "publication_numbers",
        "patent_number",
        "registration_number",
    ),
    "classes": ("ipc", "ipc_subclasses", "ipc_or_cpc", "cpc"),
    "kinds": ("kind",),
    "deal_modes": ("deal_mode",),
    "cities": ("city",),
    "industries": ("industry",),
    "owner_kinds": ("owner_kind",),
}


def load(file: Path | str, index_dir: Path | str) -> dict[str, Any]:
    """Read JSON Lines or CSV straight into an index, which it replaces; what was done.

    Columns are the fields of SearchDocument; unknown ones are ignored, several values of one field
    are separated by `;` or `|` in CSV. Without an `id` a row's number is its id. NotFound without
    the file; Invalid for a row that cannot be read or an id that occurs twice.
    """
    started = perf_counter()
    path = Path(file)
    if not path.is_file():
        raise NotFound("search.no_file", file=path.name)
    index = SearchIndex(index_dir)
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            count = index.rebuild(read(stream))
    finally:
        index.close()
    return {"documents": count, "took_ms": round((perf_counter() - started) * 1000)}


def read(stream: TextIO) -> Iterator[SearchDocument]:
    """The documents of JSON Lines or CSV; which of the two, the first sign says."""
    first = stream.read(1)
    stream.seek(0)
    rows = _json_rows(stream) if first in {"{", ""} else _csv_rows(stream)
    for number, row in rows:
        try:
            yield _document(row, number)
        except (TypeError, ValueError) as error:
            raise Invalid("search.unreadable", line=number) from error


def query_lines(
    texts: Iterable[str],
    index_dir: Path | str,
    *,
    limit: int = 20,
    facets: bool = False,
    engine: str = "whoosh",
) -> Iterator[dict[str, Any]]:
    """One answer a query, ready for JSON. Invalid for an unknown engine."""
    if engine not in ENGINES:
        raise Invalid("search.unknown_engine", engine=engine)
    index = SearchIndex(index_dir)
    try:
        with index.reading():  # opened before the first clock starts
            pass
        for text in texts:
            yield answer(search(index, Query(text=text, per_page=limit, with_facets=facets)))
    finally:
        index.close()


def answer(results: Results) -> dict[str, Any]:
    """Results as plain values."""
    said: dict[str, Any] = {
        "total": results.total,
        "took_ms": results.took_ms,
        "hits": [
            {"id": hit.id, "reference": hit.reference, "title": hit.title, "score": hit.score}
            for hit in results.hits
        ],
        "facets": {
            name: [list(pair) for pair in values] for name, values in results.facets.items()
        },
    }
    if results.relaxed:
        said["relaxed"] = True
    if results.corrected:
        said["corrected"] = dict(results.corrected)
    return said


def _json_rows(stream: TextIO) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, line in enumerate(stream, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise Invalid("search.unreadable", line=number) from error
        if not isinstance(row, dict):
            raise Invalid("search.unreadable", line=number)
        yield number, row


def _csv_rows(stream: TextIO) -> Iterator[tuple[int, Mapping[str, Any]]]:
    csv.field_size_limit(10_000_000)
    number = 0
    try:
        for number, row in enumerate(csv.DictReader(stream), 1):
            yield number, row
    except csv.Error as error:
        raise Invalid("search.unreadable", line=number + 1) from error


def _document(row: Mapping[str, Any], number: int) -> SearchDocument:
    given: dict[str, Any] = {}
    for name, convert in _CONVERTERS.items():
        values = [row[key] for key in (name, *ALIASES.get(name, ())) if _is_given(row.get(key))]
        if not values:
            continue
        several = convert is _texts
        given[name] = (
            tuple(one for value in values for one in _texts(value))
            if several
            else convert(values[0])
        )
    given.setdefault("id", number)
    given.setdefault("reference", str(given["id"]))
    given.setdefault("title", "")
    return SearchDocument(**given)


def _is_given(value: Any) -> bool:
    return value is not None and value != ""


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(str(one) for one in value)
    parts = str(value).replace("；", ";").replace("|", ";").split(";")
    return tuple(part.strip() for part in parts if part.strip())


def _numbers(value: Any) -> tuple[int, ...]:
    return tuple(int(one) for one in _texts(value))


def _fact(value: Any) -> bool:
    return str(value).strip().lower() in {"1", "true", "yes", "y", "是"}


def _id(value: Any) -> int | str:
    return value if isinstance(value, int) else str(value)


def _day(value: Any) -> date:
    return date.fromisoformat(str(value)[:10])


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(str(value))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


_BY_TYPE: dict[Any, Callable[[Any], Any]] = {
    str: str,
    int: int,
    bool: _fact,
    int | str: _id,
    int | None: int,
    date | None: _day,
    datetime | None: _moment,
    tuple[str, ...]: _texts,
    tuple[int, ...]: _numbers,
}
_CONVERTERS = {one.name: _BY_TYPE[one.type] for one in fields(SearchDocument)}
