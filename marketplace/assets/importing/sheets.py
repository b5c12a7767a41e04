"""XLSX: weighed before it is unpacked, then read by python-calamine."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

import python_calamine

from marketplace.assets.importing.records import Rejected
from marketplace.assets.importing.sources import MB, Limits
from marketplace.assets.importing.tables import Line, Table, with_headings
from marketplace.core.errors import Invalid

_CHUNK = 256 * 1024
_RATIO_FROM = 16 * MB  # under this much a high ratio harms nobody
_CELL = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3})(\d{1,7})"[^>]*?(/?)>')
_ROW = re.compile(rb'<(?:\w+:)?row\b[^>]*?\br="(\d{1,7})"[^>]*?(/?)>')


def read_workbook(file: BinaryIO, limits: Limits) -> Table:
    """The first sheet with anything in it; the names of the others are noted.

    A workbook is a zip archive: entries, true unpacked size, ratio and the extent of every sheet are
    weighed first, without trusting what the archive says of itself.
    """
    try:
        _weigh(file, limits)
        file.seek(0)
        workbook = python_calamine.load_workbook(file)
        names = list(workbook.sheet_names)
        for name in names:
            lines = workbook.get_sheet_by_name(name)
            if lines.total_height:
                table = with_headings(_lines(lines), limits)
                others = [n for n in names if n != name]
                if others:
                    table.notes = (("import.other_sheets", {"names": "、".join(others)[:200]}),)
                return table
    except (zipfile.BadZipFile, python_calamine.CalamineError, zlib.error, OSError) as broken:
        raise Invalid("import.broken_workbook") from broken
    raise Invalid("import.empty")


def _lines(sheet: python_calamine.CalamineSheet) -> Iterator[Line]:
    for line in sheet.iter_rows():
        cells: list[object] | Rejected = list(line)
        yield cells


def _weigh(file: BinaryIO, limits: Limits) -> None:
    """Refuse archives that are too much when unpacked, or whose sheets are too wide or long."""
    file.seek(0)
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
        if len(entries) > limits.archive_entries:
            raise Invalid("import.zip_bomb", limit=str(limits.archive_entries))
        names = {entry.filename for entry in entries}
        if "[Content_Types].xml" not in names or not any(n.startswith("xl/") for n in names):
            raise Invalid("import.no_workbook")
        total = 0
        for entry in entries:
            is_sheet = entry.filename.startswith("xl/worksheets/")
            total += _unpack(file, entry, limits, limits.archive_bytes - total, is_sheet=is_sheet)


def _unpack(
    file: BinaryIO, entry: zipfile.ZipInfo, limits: Limits, allowance: int, *, is_sheet: bool
) -> int:
    """Bytes an entry really unpacks to, read in pieces and thrown away."""
    total = 0
    extent = _Extent(limits) if is_sheet else None
    for piece in _pieces(file, entry):
        total += len(piece)
        packed = max(entry.compress_size, 1)
        if total > allowance or (total > _RATIO_FROM and total > packed * limits.archive_ratio):
            raise Invalid("import.zip_bomb", limit=str(limits.archive_bytes // MB))
        if extent is not None:
            extent.see(piece)
    return total


def _pieces(file: BinaryIO, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """The unpacked bytes of an entry to the end of its packed ones, whatever size it claims."""
    if entry.flag_bits & 1:
        raise Invalid("import.encrypted")
    file.seek(entry.header_offset)
    header = file.read(30)
    if header[:4] != b"PK\x03\x04":
        raise zipfile.BadZipFile(entry.filename)
    skip = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    file.seek(skip, 1)
    left = entry.compress_size
    if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise zipfile.BadZipFile(entry.filename)
    inflate = zlib.decompressobj(-15) if entry.compress_type == zipfile.ZIP_DEFLATED else None
    while left > 0:
        packed = file.read(min(left, 64 * 1024))
        if not packed:
            raise zipfile.BadZipFile(entry.filename)
        left -= len(packed)
        if inflate is None:
            yield packed
            continue
        while packed:
            piece = inflate.decompress(packed, _CHUNK)
            if piece:
                yield piece
            packed = inflate.unconsumed_tail


class _Extent:
    """The furthest row and column that a sheet fills; the reader allots all cells in between."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.tail = b""
        self.rows = 0
        self.columns = 0

    def see(self, piece: bytes) -> None:
        """Look at one piece of the sheet; cells cut by its end are seen with the next."""
        text = self.tail + piece
        for found in _CELL.finditer(text):
            if not found[3]:
                self.columns = max(self.columns, _column(found[1]))
                self.rows = max(self.rows, int(found[2]))
        for found in _ROW.finditer(text):
            if not found[2]:
                self.rows = max(self.rows, int(found[1]))
        self.tail = text[-256:]
        if self.columns > self.limits.columns:
            raise Invalid("import.too_many_columns", limit=str(self.limits.columns))
        if self.rows > self.limits.rows + 1_000 or self.rows * self.columns > self.limits.cells:
            raise Invalid("import.too_many_rows", limit=str(self.limits.rows))


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
