"""Any list as CSV or XLSX."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any

import xlsxwriter
from flask import Response

from marketplace.core.clock import BEIJING
from marketplace.core.money import Money

MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
Column = tuple[str, Callable[[Any], Any]]


_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
_FIGURE = re.compile(r"[+-]?\d+(\.\d+)?")


def safe_cell(text: str) -> str:
    """Text that no spreadsheet takes for a formula; plain figures stay as they are."""
    return "'" + text if _FORMULA.match(text) and not _FIGURE.fullmatch(text) else text


def _cell(value: Any) -> str | int | float:  # noqa: PLR0911 -- one line a type
    match value:
        case None:
            return ""
        case Money():
            return str(value.amount)
        case datetime():
            return value.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")
        case date():
            return value.isoformat()
        case bool():
            return "1" if value else "0"
        case int():
            return value
        case _:
            return safe_cell(str(value))


def table_response(
    rows: Iterable[Any], columns: Sequence[Column], filename: str, kind: str = "csv"
) -> Response:
    """The rows as a download: CSV (UTF-8 with a mark, so that Excel reads it) or XLSX."""
    content = _xlsx(rows, columns) if kind == "xlsx" else _csv(rows, columns)
    kind = "xlsx" if kind == "xlsx" else "csv"
    response = Response(content, content_type=MEDIA[kind])
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}.{kind}"'
    return response


def _csv(rows: Iterable[Any], columns: Sequence[Column]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(str(title) for title, _ in columns)
    writer.writerows([_cell(get(row)) for _, get in columns] for row in rows)
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _xlsx(rows: Iterable[Any], columns: Sequence[Column]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True})
        for x, (title, _) in enumerate(columns):
            sheet.write_string(0, x, str(title), bold)
        for y, row in enumerate(rows, 1):
            for x, (_, get) in enumerate(columns):
                value = _cell(get(row))
                if isinstance(value, str):
                    sheet.write_string(y, x, value)
                else:
                    sheet.write_number(y, x, value)
        sheet.freeze_panes(1, 0)
        sheet.autofit()
    return file.getvalue()
