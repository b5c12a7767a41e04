"""The engine without the site: what `search query` and `search load` do."""

import csv
import io
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from pathlib import Path
from time import perf_counter
from typing import Any, TextIO

from marketplace.core.errors import Invalid, NotFound
from marketplace.search.analysis import parse
from marketplace.search.document import SearchDocument
from marketplace.search.index import SearchIndex, SearchUnavailable, State
from marketplace.search.queries import MAX_PER_PAGE, Query, Results, search
from marketplace.search.schema import MISSING

ENGINES = ("whoosh",)
ENCODINGS = ("utf-8-sig", "gb18030")
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
DELIMITERS = ",;\t"

# Other names under which registers and spreadsheets give the same.
ALIASES: dict[str, tuple[str, ...]] = {
    "title": ("title_zh", "名称", "标题"),
    "abstract": ("abstract_zh", "summary", "摘要"),
    "title_en": ("english_title",),
    "abstract_en": ("summary_en",),
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
    """Read JSON Lines, a JSON list or CSV straight into an index, which it replaces; what was done.

    `-` is standard input. Columns are the fields of SearchDocument, in any case; unknown ones are
    ignored, several values of one field are separated by `;` or `|` in CSV. Text is UTF-8, UTF-16
    or GB 18030. Without an `id` a row's number is its id. NotFound without the file; Invalid for a
    row that cannot be read, a table without any known column or an id that occurs twice.
    """
    started = perf_counter()
    text = _text_of(file)
    index = SearchIndex(index_dir)
    try:
        count = index.rebuild(read(io.StringIO(text, newline="")))
    finally:
        index.close()
    return {"documents": count, "took_ms": round((perf_counter() - started) * 1000)}


def _text_of(file: Path | str) -> str:
    if str(file) == "-":
        content = sys.stdin.buffer.read()
    else:
        path = Path(file)
        if not path.is_file():
            raise NotFound("search.no_file", file=path.name)
        content = path.read_bytes()
    encodings = ("utf-16",) if content.startswith(UTF16_MARKS) else ENCODINGS
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid("search.not_text")


def read(stream: TextIO) -> Iterator[SearchDocument]:
    """The documents of JSON Lines, a JSON list or CSV; which of them, the first sign says."""
    first = next((sign for sign in iter(lambda: stream.read(1), "") if not sign.isspace()), "")
    stream.seek(0)
    readers = {"{": _json_rows, "[": _json_list, "": _json_rows}
    for number, row in readers.get(first, _csv_rows)(stream):
        try:
            document = _document(row, number)
        except (TypeError, ValueError, OverflowError) as error:
            raise Invalid("search.unreadable", line=number) from error
        yield document


def query_lines(
    texts: Iterable[str],
    index_dir: Path | str,
    *,
    limit: int = 20,
    facets: bool = False,
    engine: str = "whoosh",
) -> Iterator[dict[str, Any]]:
    """One answer a query, ready for JSON; a query without any sign is answered with everything.

    Invalid for an unknown engine or an impossible limit (0 counts only), NotFound without an index.
    """
    if engine not in ENGINES:
        raise Invalid("search.unknown_engine", engine=engine)
    if not 0 <= limit <= MAX_PER_PAGE:
        raise Invalid("search.limit", limit=limit, most=MAX_PER_PAGE)
    index = SearchIndex(index_dir)
    try:
        _warm(index, str(index_dir))
        for text in texts:
            query = Query(text=text, per_page=max(1, limit), with_facets=facets)
            found = search(index, query)
            yield answer(found if limit else replace(found, hits=()))
    finally:
        index.close()


def _warm(index: SearchIndex, place: str) -> None:
    """Open the index and the dictionary before the first clock starts."""
    parse("热")
    try:
        with index.reading():
            pass
    except SearchUnavailable as refusal:
        if refusal.health.state is State.MISSING:
            raise NotFound("search.no_index", folder=place) from refusal
        raise


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


Row = tuple[int, Mapping[str, Any]]


def _json_rows(stream: TextIO) -> Iterator[Row]:
    for number, line in enumerate(stream, 1):
        if line.strip():
            yield number, _row(_json(line, number), number)


def _json_list(stream: TextIO) -> Iterator[Row]:
    for number, item in enumerate(_json(stream.read(), 1), 1):
        yield number, _row(item, number)


def _json(text: str, number: int) -> Any:
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError) as error:
        raise Invalid("search.unreadable", line=number) from error


def _row(item: Any, number: int) -> Mapping[str, Any]:
    if not isinstance(item, dict):
        raise Invalid("search.unreadable", line=number)
    return {_name(key): value for key, value in item.items()}


def _csv_rows(stream: TextIO) -> Iterator[Row]:
    csv.field_size_limit(10_000_000)
    head = stream.readline()
    stream.seek(0)
    delimiter = max(DELIMITERS, key=head.count)
    number = 0
    try:
        table = csv.DictReader(stream, delimiter=delimiter, strict=True)
        table.fieldnames = [_name(name) for name in table.fieldnames or ()]
        if not _KNOWN & set(table.fieldnames):
            raise Invalid("search.no_columns")
        for number, row in enumerate(table, 1):
            yield number, row
    except csv.Error as error:
        raise Invalid("search.unreadable", line=number + 1) from error


def _name(key: Any) -> str:
    return str(key).strip().lower().replace(" ", "_")


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
        return tuple(_text(one) for one in value if _is_given(one))
    parts = _text(value).replace("；", ";").replace("|", ";").split(";")
    return tuple(part.strip() for part in parts if part.strip())


def _text(value: Any) -> str:
    """Text as UTF-8 can hold it: half a surrogate pair becomes the replacement character."""
    if isinstance(value, dict):
        raise TypeError("an object where a text belongs")
    if isinstance(value, list):
        return "\n".join(map(_text, value))
    return str(value).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _numbers(value: Any) -> tuple[int, ...]:
    return tuple(int(one) for one in _texts(value))


def _fact(value: Any) -> bool:
    return str(value).strip().lower() in {"1", "true", "yes", "y", "是"}


def _id(value: Any) -> int | str:
    """A number stays a number, everything else is text."""
    return value if isinstance(value, int) and not isinstance(value, bool) else _text(value)


def _amount(value: Any) -> int:
    """Whole fen, within what a column holds."""
    amount = int(value)
    if not 0 <= amount < MISSING or amount != float(value):
        raise ValueError(value)
    return amount


def _day(value: Any) -> date:
    return date.fromisoformat(str(value)[:10])


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(str(value))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


_BY_TYPE: dict[Any, Callable[[Any], Any]] = {
    str: _text,
    int: int,
    bool: _fact,
    int | str: _id,
    int | None: _amount,
    date | None: _day,
    datetime | None: _moment,
    tuple[str, ...]: _texts,
    tuple[int, ...]: _numbers,
}
_CONVERTERS = {one.name: _BY_TYPE[one.type] for one in fields(SearchDocument)}
_KNOWN = {name for field in _CONVERTERS for name in (field, *ALIASES.get(field, ()))} - {"id"}
