"""Printing: facts and a Typst template become a PDF/A-2b file, the same to the last byte each time.

Facts reach the template as JSON; text of users is never markup. Only the fonts that we ship are
used, and the file is dated by the paper, not by the clock, so that its hash can be signed.
"""

import hashlib
import json
import struct
import tempfile
import threading
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn as fonts
import segno
import typst

from marketplace.documents.agreements import Agreement
from marketplace.documents.papers import Certificate, FreeToDeal, Paper

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates" / "pdf"
_printing = threading.Lock()  # one compiler, one paper at a time; a paper takes a tenth of a second


def print_paper(paper: Paper | Agreement) -> bytes:
    """A paper as a PDF."""
    data = paper.data()
    if isinstance(paper, Certificate | FreeToDeal):
        data["qr"] = qr_code(paper.verification_url)
    return render(paper.template, data)


def render(template: str, data: Mapping[str, Any]) -> bytes:
    """A template of templates/pdf with its facts, as PDF/A-2b.

    `data["drawn_at"]` (papers.moment) dates the file. The template is told `fingerprint`, the
    SHA-256 of the facts, which stands in the footer and tells one version from another.
    """
    facts = _printable(data)
    canonical = json.dumps(facts, ensure_ascii=False, sort_keys=True)
    fingerprint = hashlib.sha256(canonical.encode()).hexdigest()
    inputs = {"data": json.dumps({**facts, "fingerprint": fingerprint}, ensure_ascii=False)}
    with _printing:
        printed = _compiler().compile(
            str(TEMPLATES / template), format="pdf", sys_inputs=inputs, pdf_standards=["a-2b"]
        )
    if not isinstance(printed, bytes):
        raise TypeError("a PDF is one piece")
    return printed


def page_of_picture(content: bytes, name: str) -> bytes:
    """A PNG or JPEG (`name` says which by its ending) as a PDF of one page of its size.

    A ValueError where there is no picture in it.
    """
    template = (TEMPLATES / "picture.typ").read_text(encoding="utf-8").replace("PICTURE", name)
    with tempfile.TemporaryDirectory() as folder, _printing:
        (Path(folder) / name).write_bytes(content)
        (Path(folder) / "page.typ").write_text(template, encoding="utf-8")
        try:
            printed = typst.compile(
                str(Path(folder) / "page.typ"), root=folder, ignore_system_fonts=True, format="pdf"
            )
        except typst.TypstError as error:
            raise ValueError("the picture cannot be drawn") from error
    if not isinstance(printed, bytes):
        raise TypeError("a PDF is one piece")
    return printed


def qr_code(text: str) -> str:
    """A QR code as SVG, for a template to show."""
    return segno.make(text, error="m", micro=False).svg_inline(
        border=0, dark="#072e2e", omitsize=True
    )


@cache
def _compiler() -> "typst.Compiler":
    return typst.Compiler(
        root=str(ROOT), font_paths=[str(fonts.sans_path().parent)], ignore_system_fonts=True
    )


def _printable(value: Any) -> Any:
    """Text without characters that direct or control, and with what the fonts lack spelt out.

    PDF/A refuses a character without a glyph; a rare one of a name becomes 〔U+20BB7〕 rather
    than a hole or no paper at all.
    """
    if isinstance(value, str):
        return "".join(_shown(character) for character in unicodedata.normalize("NFC", value))
    if isinstance(value, Mapping):
        return {str(key): _printable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(each) for each in value]
    return value


def _shown(character: str) -> str:
    if character in "\n\t":
        return character
    if unicodedata.category(character) in {"Cc", "Cf", "Cs"}:
        return ""
    if ord(character) in _glyphs():
        return character
    return f"〔U+{ord(character):04X}〕"


@cache
def _glyphs() -> frozenset[int]:
    """The characters that both fonts have."""
    return _characters_of(fonts.serif_path()) & _characters_of(fonts.sans_path())


def _characters_of(font: Path) -> frozenset[int]:
    """The characters of an OpenType font, from the format 12 table of its `cmap`."""
    content = font.read_bytes()
    (tables,) = struct.unpack_from(">H", content, 4)
    records = (struct.unpack_from(">4s4xI4x", content, 12 + 16 * i) for i in range(tables))
    start = next(offset for tag, offset in records if tag == b"cmap")
    (encodings,) = struct.unpack_from(">H", content, start + 2)
    found: set[int] = set()
    for i in range(encodings):
        table = start + struct.unpack_from(">I", content, start + 4 + 8 * i + 4)[0]
        (form,) = struct.unpack_from(">H", content, table)
        if form != 12:
            continue
        (groups,) = struct.unpack_from(">I", content, table + 12)
        for group in range(groups):
            first, last, glyph = struct.unpack_from(">III", content, table + 16 + 12 * group)
            found.update(range(first + (glyph == 0), last + 1))
    return frozenset(found)
