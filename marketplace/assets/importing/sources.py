"""A file or stream as bytes that can be read twice, and what kind of file it is by its content."""

import codecs
import io
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from marketplace.core.errors import Invalid

MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """How much an import takes; over any of them the whole file is refused with its code."""

    file_bytes: int = 200 * MB
    rows: int = 1_000_000
    columns: int = 500
    cell_characters: int = 1_000_000
    document_bytes: int = 64 * MB  # one XML document, or a whole JSON file
    document_depth: int = 200
    document_elements: int = 2_000_000
    archive_entries: int = 5_000
    archive_bytes: int = 1024 * MB  # uncompressed
    archive_ratio: int = 150  # uncompressed to compressed, once over 16 MB
    cells: int = 30_000_000


DEFAULT_LIMITS = Limits()
FORMATS = ("csv", "xlsx", "json", "xml")

Source = str | Path | BinaryIO | bytes


@contextmanager
def opened(source: Source, limits: Limits) -> Iterator[BinaryIO]:
    """The bytes as a seekable file; a stream is copied to a temporary file, no more than allowed."""
    if isinstance(source, bytes):
        source = io.BytesIO(source)
    if isinstance(source, str | Path):
        with Path(source).open("rb") as file:
            _bounded(file, limits)
            yield file
    elif source.seekable():
        source.seek(0)
        _bounded(source, limits)
        yield source
    else:
        with tempfile.TemporaryFile() as copy:
            _copy(source, copy, limits)
            yield copy


def _bounded(file: BinaryIO, limits: Limits) -> None:
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    _weigh(size, limits)


def _weigh(size: int, limits: Limits) -> None:
    if size > limits.file_bytes:
        raise Invalid("import.too_large", limit=str(limits.file_bytes // MB))


def _copy(source: BinaryIO, copy: BinaryIO, limits: Limits) -> None:
    total = 0
    while chunk := source.read(MB):
        total += len(chunk)
        _weigh(total, limits)
        copy.write(chunk)
    copy.seek(0)


_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def encoding_of(file: BinaryIO) -> str:
    """UTF-8, UTF-16 or GB18030, by trying the whole file; Invalid where it is none of them."""
    file.seek(0)
    head = file.read(4096)
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    wide = _unmarked_utf16(head)
    if wide:
        return wide
    if b"\x00" in head:
        raise Invalid("import.binary")
    for name in ("utf-8", "gb18030"):
        if _decodes(file, name):
            return name
    raise Invalid("import.encoding")


_READABLE = re.compile("[\t\r\n -~\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")


def _unmarked_utf16(head: bytes) -> str | None:
    """UTF-16 without a mark: the byte order in which nearly all of it is Chinese and ASCII."""
    if b"\x00" not in head:
        return None
    for name in ("utf-16-le", "utf-16-be"):
        text = head.decode(name, errors="replace")
        if len(_READABLE.findall(text)) > len(text) * 9 // 10:
            return name
    return None


def _decodes(file: BinaryIO, name: str) -> bool:
    decoder = codecs.getincrementaldecoder(name)()
    file.seek(0)
    try:
        while chunk := file.read(MB):
            text = decoder.decode(chunk)
            if "\x00" in text or _is_noise(text):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    finally:
        file.seek(0)
    return True


_NOISE = re.compile("[\x01-\x08\x0e-\x1a\x1c-\x1f\ue000-\uf8ff]")


def _is_noise(text: str) -> bool:
    """Text full of control and private characters was no text."""
    return len(_NOISE.findall(text[:65_536])) > max(4, len(text[:65_536]) // 100)


_MAGIC = (
    (b"%PDF", "import.pdf"),
    (b"\xd0\xcf\x11\xe0", "import.old_excel"),
    (b"\x89PNG", "import.binary"),
    (b"\xff\xd8\xff", "import.binary"),
    (b"\x1f\x8b", "import.compressed"),
    (b"7z\xbc\xaf", "import.compressed"),
    (b"Rar!", "import.compressed"),
)


def detect(file: BinaryIO) -> str:
    """csv, xlsx, json or xml by what the file holds, whatever it is called; Invalid for the rest."""
    file.seek(0)
    head = file.read(4096)
    file.seek(0)
    for magic, code in _MAGIC:
        if head.startswith(magic):
            raise Invalid(code)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "xlsx"
    text = head.decode(encoding_of(file), errors="ignore").lstrip("\ufeff \t\r\n")
    file.seek(0)
    if not text:
        raise Invalid("import.empty")
    return _of_text(text)


def _of_text(text: str) -> str:
    low = text[:2048].casefold()
    if low.startswith("<"):
        bare = re.sub(r"^(<\?.*?\?>|<!--.*?-->|\s)+", "", low, flags=re.DOTALL)
        if re.match(r"<(!doctype\s+html|html|head|body|table|div|p)\b", bare):
            raise Invalid("import.html")
        return "xml"
    return "json" if low.startswith(("{", "[")) else "csv"
