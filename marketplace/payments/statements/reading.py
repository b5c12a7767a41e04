"""Any statement, whatever it is called: the content decides how it is read."""

import csv
import io

from python_calamine import CalamineError, CalamineWorkbook

from marketplace.payments.statements import iso20022, swift, tables
from marketplace.payments.statements.shape import Statement, unreadable

LARGEST = 20 << 20
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


def read(data: bytes) -> list[Statement]:
    """The statements in a file, at least one.

    Refused as a whole (Invalid `statement.*`): what is no statement, is broken, or is larger than
    20 MB. A statement that does not balance is read, and says so.
    """
    if len(data) > LARGEST:
        raise unreadable("statement.too_large")
    if data.startswith(WORKBOOKS):
        return tables.read(_sheet(data))
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"<"):
        return iso20022.read(start)
    text = _text(data)
    if swift.looks_like(text):
        return swift.read(text)
    return tables.read(_rows(text))


def _text(data: bytes) -> str:
    """UTF-8, or the GB18030 of Chinese banks, or Latin letters as SWIFT's banks send them."""
    if b"\0" in data:
        raise unreadable("statement.unknown_format")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def _rows(text: str) -> list[list[str]]:
    delimiter = "," if text.count(",") >= text.count("\t") else "\t"
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise unreadable("statement.unknown_format") from error


def _sheet(data: bytes) -> list[list[str]]:
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        rows = book.get_sheet_by_index(0).to_python()
    except (CalamineError, ValueError, OSError, IndexError) as error:
        raise unreadable("statement.unknown_format") from error
    return [[_cell(cell) for cell in row] for row in rows]


def _cell(value: object) -> str:
    # A spreadsheet holds numbers as floats: repr is the shortest text that means the same number.
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() else repr(value)
    return str(value)
