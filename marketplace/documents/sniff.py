"""What a file really is. Its name is a claim; the content decides, by signature and by structure.

Accepted: PDF, PNG, JPEG, Word and Excel (OOXML), CSV, plain text, XML; OFD (GB/T 33190) where it is
named, since browsers do not show it. Everything else is refused
with a reason: archives, old binary Office, web pages and SVG (they run in a browser), macros,
scripts inside PDF, locked files, decompression bombs.
"""

import io
import re
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath

import filetype
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring, iterparse

from marketplace.core.errors import Invalid


class Kind(StrEnum):
    """The kinds of file that we keep."""

    PDF = "pdf"
    PNG = "png"
    JPEG = "jpeg"
    DOCX = "docx"
    XLSX = "xlsx"
    CSV = "csv"
    TXT = "txt"
    XML = "xml"
    OFD = "ofd"  # invoices of the tax office


OOXML = "application/vnd.openxmlformats-officedocument."
MEDIA_TYPES = {
    Kind.PDF: "application/pdf",
    Kind.PNG: "image/png",
    Kind.JPEG: "image/jpeg",
    Kind.DOCX: OOXML + "wordprocessingml.document",
    Kind.XLSX: OOXML + "spreadsheetml.sheet",
    Kind.CSV: "text/csv",
    Kind.TXT: "text/plain",
    Kind.XML: "application/xml",
    Kind.OFD: "application/ofd",
}
EXTENSIONS = {
    Kind.PDF: ("pdf",),
    Kind.PNG: ("png",),
    Kind.JPEG: ("jpg", "jpeg"),
    Kind.DOCX: ("docx",),
    Kind.XLSX: ("xlsx",),
    Kind.CSV: ("csv",),
    Kind.TXT: ("txt", "csv", "sta", "mt940", "940"),
    Kind.XML: ("xml",),
    Kind.OFD: ("ofd",),
}
SIGNED = {MEDIA_TYPES[kind]: kind for kind in (Kind.PDF, Kind.PNG, Kind.JPEG)}
ARCHIVES = {"application/zip", MEDIA_TYPES[Kind.DOCX], MEDIA_TYPES[Kind.XLSX]}
EVERYTHING = frozenset(Kind) - {Kind.OFD}  # what can be shown or converted
PAPERS = frozenset({Kind.PDF, Kind.PNG, Kind.JPEG})  # what can serve as evidence
TABLES = frozenset({Kind.CSV, Kind.TXT, Kind.XLSX, Kind.XML})

MAX_PIXELS = 80_000_000  # an A3 page at 600 dpi has 70 million
MAX_SIDE = 20_000
MAX_PARTS = 5_000
MAX_UNPACKED = 300 << 20
MAX_RATIO = 250  # sheets of one repeated value reach about 100
MAX_DEPTH = 200
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MARKUP = re.compile(
    rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+(?:html|svg)|html|head|body|script|svg|iframe|\?php)",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True)
class Finding:
    """What the file is: its kind, the type to serve it as, a name that is safe to show."""

    kind: Kind
    media_type: str
    filename: str


def inspect(path: Path, filename: str, *, allowed: Collection[Kind] = EVERYTHING) -> Finding:
    """Say what the file is, or refuse it with the reason (`document.…`)."""
    with path.open("rb") as file:
        head = file.read(8192)
    if not head:
        raise Invalid("document.empty")
    kind = _by_content(path, head, _extension(filename))
    if kind not in allowed:
        raise Invalid("document.kind_not_allowed", kind=kind.value, allowed=_listed(allowed))
    name = clean_name(filename)
    claimed = _extension(name)
    if not claimed:
        name = f"{name}.{EXTENSIONS[kind][0]}"
    elif claimed not in EXTENSIONS[kind]:
        raise Invalid("document.name_mismatch", extension=claimed, kind=kind.value)
    return Finding(kind, MEDIA_TYPES[kind], name)


def clean_name(filename: str, longest: int = 120) -> str:
    """A file name without folders, control and direction characters, or what systems forbid."""
    name = PurePosixPath(unicodedata.normalize("NFC", filename).replace("\\", "/")).name
    name = "".join(c for c in name if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Zl", "Zp"})
    name = re.sub(r'[<>:"|?*%]', "_", name)
    name = re.sub(r"\s+", " ", name).strip(" .") or "document"
    stem, dot, extension = name.rpartition(".")
    if dot and stem and len(extension) <= 8:
        return f"{stem[: longest - len(extension) - 1].rstrip(' .')}.{extension}"
    return name[:longest]


def _by_content(path: Path, head: bytes, claimed: str) -> Kind:
    guess = filetype.guess(head)
    mime = guess.mime if guess else ""
    if mime in SIGNED:
        kind = SIGNED[mime]
        {Kind.PDF: _check_pdf, Kind.PNG: _check_png, Kind.JPEG: _check_jpeg}[kind](path)
        return kind
    if mime in ARCHIVES or head.startswith(b"PK\x03\x04"):
        return _office(path)
    if head.startswith(OLE):
        raise Invalid("document.old_office")
    if MARKUP.match(head.removeprefix(b"\xef\xbb\xbf")):
        raise Invalid("document.web_page")
    if guess:
        raise Invalid("document.kind_unknown", kind=guess.extension)
    return _text(path, head, claimed)


def _extension(filename: str) -> str:
    stem, dot, extension = filename.rpartition(".")
    return (
        extension.lower() if dot and stem and re.fullmatch(r"[A-Za-z0-9]{1,8}", extension) else ""
    )


def _listed(kinds: Collection[Kind]) -> str:
    return ", ".join(kind.value.upper() for kind in Kind if kind in kinds)


# -- PDF ---------------------------------------------------------------------------------------

STREAM = re.compile(rb"\bstream\r?\n(.*?)endstream", re.DOTALL)
NAME_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
ACTIVE = re.compile(
    rb"/(?:JavaScript|JS|Launch|RichMedia|XFA|ImportData|SubmitForm)(?![A-Za-z0-9])"
)
ENCRYPTED = re.compile(rb"/Encrypt(?![A-Za-z0-9])")


def _check_pdf(path: Path) -> None:
    raw = path.read_bytes()
    if (
        not raw.startswith(b"%PDF-")
        or b"%%EOF" not in raw[-2048:]
        or b"startxref" not in raw[-4096:]
    ):
        raise Invalid("document.damaged", kind="PDF")
    skeleton = _unescaped(STREAM.sub(b"stream endstream", raw))
    if ENCRYPTED.search(skeleton):
        raise Invalid("document.locked")
    for words in (skeleton, *(_unescaped(unpacked) for unpacked in _object_streams(raw))):
        if ACTIVE.search(words):
            raise Invalid("document.active_content", kind="PDF")


def _unescaped(content: bytes) -> bytes:
    """/J#61vaScript is /JavaScript."""
    return NAME_ESCAPE.sub(lambda match: bytes([int(match[1], 16)]), content)


def _object_streams(raw: bytes) -> Iterator[bytes]:
    """The objects that PDF 1.5 packs into compressed streams, where a script could hide."""
    for match in STREAM.finditer(raw):
        dictionary = _unescaped(
            raw[max(0, match.start() - 1024) : match.start()].rpartition(b" obj")[2]
        )
        if b"/ObjStm" not in dictionary:
            continue
        if b"/Filter" not in dictionary:
            yield match[1]
            continue
        inflater = zlib.decompressobj()
        try:
            unpacked = inflater.decompress(match[1], MAX_UNPACKED // 10)
        except zlib.error as error:
            raise Invalid("document.damaged", kind="PDF") from error
        if inflater.unconsumed_tail:
            raise Invalid("document.bomb")
        yield unpacked


# -- images ------------------------------------------------------------------------------------


def _check_png(path: Path) -> None:
    with path.open("rb") as file:
        file.seek(8)
        seen = [kind for kind, _ in _png_chunks(file)]
        file.seek(16)
        width, height = struct.unpack(">II", file.read(8).ljust(8, b"\0"))
    if seen[:1] != [b"IHDR"] or seen[-1:] != [b"IEND"] or b"IDAT" not in seen:
        raise Invalid("document.damaged", kind="PNG")
    _check_size(width, height)


def _png_chunks(file: io.BufferedReader) -> Iterator[tuple[bytes, int]]:
    while len(header := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", header)
        body = file.read(length + 4)
        if len(body) != length + 4 or zlib.crc32(kind + body[:-4]) != int.from_bytes(
            body[-4:], "big"
        ):
            raise Invalid("document.damaged", kind="PNG")
        yield kind, length
        if kind == b"IEND":
            return


FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # start of frame; the others are tables


def _check_jpeg(path: Path) -> None:
    raw = path.read_bytes()
    at = 2
    while at + 9 < len(raw) and raw[at] == 0xFF:
        marker = raw[at + 1]
        if marker == 0xFF:  # padding
            at += 1
            continue
        if marker in FRAMES:
            height, width = struct.unpack(">HH", raw[at + 5 : at + 9])
            _check_size(width, height)
            if b"\xff\xd9" not in raw[at:]:
                break
            return
        at += 2 + int.from_bytes(raw[at + 2 : at + 4], "big")
    raise Invalid("document.damaged", kind="JPEG")


def _check_size(width: int, height: int) -> None:
    if not width or not height:
        raise Invalid("document.damaged", kind="PNG, JPEG")
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise Invalid("document.picture_too_large", width=width, height=height)


# -- Word and Excel ----------------------------------------------------------------------------

MAIN_PARTS = {"word/document.xml": Kind.DOCX, "xl/workbook.xml": Kind.XLSX}
FORBIDDEN_PART = re.compile(r"vbaProject|activeX|/embeddings/.*\.bin$|macrosheets", re.IGNORECASE)
OFD_ROOT = "OFD.xml"
OFD_PARTS = frozenset(
    [
        "xml",
        "png",
        "jpg",
        "jpeg",
        "bmp",
        "gif",
        "tif",
        "tiff",
        "jb2",
        "gbig2",
        "ttf",
        "otf",
        "ttc",
        "dat",
        "esl",
        "asn1",
        "xbrl",
    ]
)
REMOTE = {"attachedTemplate", "oleObject", "frame", "subDocument", "externalLinkPath"}


def _office(path: Path) -> Kind:
    try:
        with zipfile.ZipFile(path) as archive:
            return _office_kind(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise Invalid("document.damaged", kind="ZIP") from error
    except RuntimeError as error:  # what zipfile says of a password
        raise Invalid("document.locked") from error


def _office_kind(archive: zipfile.ZipFile) -> Kind:
    parts = {part.filename: part for part in archive.infolist()}
    if OFD_ROOT in parts and "[Content_Types].xml" not in parts:
        _check_ofd(archive)
        return Kind.OFD
    kinds = [kind for name, kind in MAIN_PARTS.items() if name in parts]
    if "[Content_Types].xml" not in parts or len(kinds) != 1:
        raise Invalid("document.archive")
    _check_no_bomb(archive.infolist())
    if any(FORBIDDEN_PART.search(name) for name in parts):
        raise Invalid("document.active_content", kind=kinds[0].value.upper())
    for part in parts.values():
        _check_part(archive, part)
    return kinds[0]


def _check_ofd(archive: zipfile.ZipFile) -> None:
    """A page description: an entry of XML, pages, pictures, fonts, seals; nothing that runs."""
    _check_no_bomb(archive.infolist())
    for part in archive.infolist():
        extension = _extension(PurePosixPath(part.filename).name)
        if not part.is_dir() and extension not in OFD_PARTS:
            raise Invalid("document.active_content", kind="OFD")
        _check_part(archive, part)
    entry = archive.getinfo(OFD_ROOT)
    if entry.file_size > 1 << 20:
        raise Invalid("document.bomb")
    try:
        root = fromstring(archive.read(entry))
    except (ParseError, DefusedXmlException) as error:
        raise Invalid("document.damaged", kind="OFD") from error
    if root.tag.rpartition("}")[2] != "OFD":
        raise Invalid("document.damaged", kind="OFD")


def _check_no_bomb(parts: list[zipfile.ZipInfo]) -> None:
    if len(parts) > MAX_PARTS or len({part.filename for part in parts}) != len(parts):
        raise Invalid("document.bomb")
    if sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise Invalid("document.bomb")
    for part in parts:
        if part.file_size > 1 << 20 and part.file_size > MAX_RATIO * max(part.compress_size, 1):
            raise Invalid("document.bomb")


def _check_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Read it once to the end: sizes and check sums are then known to be true."""
    if part.filename.startswith("/") or ".." in part.filename.split("/"):
        raise Invalid("document.damaged", kind="ZIP")
    with archive.open(part) as content:
        head = content.read(4096)
        if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
            raise Invalid("document.entities")
        rest = content.read(1 << 20) if part.filename.endswith(".rels") else b""
        while content.read(1 << 20):
            pass
    if part.filename.endswith(".rels"):
        _check_relations(head + rest)
    elif part.filename == "[Content_Types].xml" and b"macroEnabled" in head:
        raise Invalid("document.active_content", kind="OOXML")


def _check_relations(xml: bytes) -> None:
    try:
        relations = list(fromstring(xml))
    except (ParseError, DefusedXmlException) as error:
        raise Invalid("document.damaged", kind="OOXML") from error
    for relation in relations:
        kind = relation.get("Type", "").rpartition("/")[2]
        if relation.get("TargetMode") == "External" and kind in REMOTE:
            raise Invalid("document.active_content", kind="OOXML")


# -- text and XML ------------------------------------------------------------------------------

BOMS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))
ODD = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")


def encoding_of(content: bytes) -> str | None:
    """UTF-16 by its mark, UTF-8, or the national GB 18030; None for what is not text."""
    for mark, encoding in BOMS:
        if content.startswith(mark):
            return encoding if _decodes(content, encoding) else None
    return next((e for e in ("utf-8", "gb18030") if _decodes(content, e)), None)


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return not ODD.search(text)


def _text(path: Path, head: bytes, claimed: str) -> Kind:
    content = path.read_bytes()
    encoding = encoding_of(content)
    if encoding is None:
        raise Invalid("document.kind_unknown", kind=claimed or "?")
    start = head.decode(encoding, "ignore").lstrip("\ufeff \t\r\n")
    if MARKUP.match(start.encode()):
        raise Invalid("document.web_page")
    if start.startswith("<?xml") or (claimed == "xml" and start.startswith("<")):
        _check_xml(content.decode(encoding))
        return Kind.XML
    return Kind.CSV if claimed == "csv" else Kind.TXT


DECLARATION = re.compile(r"^\ufeff?\s*<\?xml[^>]*\?>")


def _check_xml(text: str) -> None:
    """Well-formed, without entities of its own, not too deep, and no page in disguise.

    The parser knows no Chinese encodings, so it is given UTF-8 without the declaration.
    """
    content = DECLARATION.sub("", text, count=1).lstrip().encode()
    depth = 0
    try:
        for event, node in iterparse(io.BytesIO(content), events=("start", "end")):
            if event == "start":
                depth += 1
                if depth == 1 and node.tag.rpartition("}")[2].lower() in {
                    "html",
                    "svg",
                    "stylesheet",
                }:
                    raise Invalid("document.web_page")
                if depth > MAX_DEPTH:
                    raise Invalid("document.bomb")
            else:
                depth -= 1
                node.clear()
    except DefusedXmlException as error:
        raise Invalid("document.entities") from error
    except (ParseError, ValueError, LookupError) as error:
        raise Invalid("document.damaged", kind="XML") from error
