"""XML and JSON documents, read without entities, external parts or the network."""

import io
import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO
from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree as Safe
from defusedxml.common import DefusedXmlException

from marketplace.assets.importing.records import Rejected
from marketplace.assets.importing.sources import MB, Limits, encoding_of
from marketplace.core.errors import Invalid

_START = re.compile(rb"<\?xml\s")


def xml_documents(file: BinaryIO, limits: Limits) -> Iterator[Element | Rejected]:
    """The root of every XML document in the file; weekly files of offices hold many in a row.

    A document with entity declarations refuses the file: that is either an attack or no data. One
    that is not well formed is refused alone.
    """
    for text in _split(file, limits):
        try:
            yield _root(text, limits)
        except DefusedXmlException:
            raise Invalid("import.entities") from None
        except (ParseError, UnicodeDecodeError, LookupError, ValueError) as broken:
            yield Rejected(0, "import.broken_xml", {"value": str(broken)[:80]})


def _split(file: BinaryIO, limits: Limits) -> Iterator[bytes]:
    """Byte strings of single documents, parted where an XML declaration starts a line."""
    file.seek(0)
    head = file.read(4)
    file.seek(0)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in head:
        yield _whole(file, limits)
        return
    block = bytearray()
    for line in file:
        if _START.match(line) and block.strip():
            yield bytes(block)
            block.clear()
        block += line
        if len(block) > limits.document_bytes:
            raise Invalid("import.too_large", limit=str(limits.document_bytes // MB))
    if block.strip():
        yield bytes(block)


def _whole(file: BinaryIO, limits: Limits) -> bytes:
    file.seek(0)
    data = file.read(limits.document_bytes + 1)
    if len(data) > limits.document_bytes:
        raise Invalid("import.too_large", limit=str(limits.document_bytes // MB))
    return data


def _root(text: bytes, limits: Limits) -> Element:
    depth = count = 0
    root: Element | None = None
    events = Safe.iterparse(
        io.BytesIO(text.lstrip()),
        events=("start", "end"),
        forbid_dtd=False,  # patents name their DTD; it is not fetched
        forbid_entities=True,
        forbid_external=True,
    )
    for event, element in events:
        if event == "end":
            depth -= 1
            continue
        root = element if root is None else root
        depth += 1
        count += 1
        if depth > limits.document_depth or count > limits.document_elements:
            raise Invalid("import.too_deep", limit=str(limits.document_depth))
    if root is None:
        raise ValueError("no element")
    return root


def json_document(file: BinaryIO, limits: Limits) -> Any:
    """The value of a JSON file, or of JSON Lines the list of values."""
    data = _whole(file, limits)
    file.seek(0)
    text = data.decode(encoding_of(file), errors="replace").lstrip("\ufeff")
    try:
        return _parse(text)
    except RecursionError:
        raise Invalid("import.too_deep", limit=str(limits.document_depth)) from None
    except ValueError as broken:
        raise Invalid("import.broken_json", value=str(broken)[:80]) from None


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2 or not lines[0].rstrip().endswith("}"):
            raise
        return [json.loads(line) for line in lines]


# --- walking an element tree without minding namespaces --------------------------------------


def local(element: Element) -> str:
    """The name of an element without its namespace."""
    return element.tag.rsplit("}", 1)[-1] if isinstance(element.tag, str) else ""


def find(element: Element | None, *path: str) -> Element | None:
    """The first descendant along a path of local names, child by child."""
    for name in path:
        if element is None:
            return None
        element = next((child for child in element if local(child) == name), None)
    return element


def all_of(element: Element | None, *path: str) -> list[Element]:
    """All descendants along a path of local names."""
    found = [] if element is None else [element]
    for name in path:
        found = [child for e in found for child in e if local(child) == name]
    return found


def descendants(element: Element | None, name: str) -> list[Element]:
    """Every element of a local name, at any depth."""
    return [] if element is None else [e for e in element.iter() if local(e) == name]


def text_of(element: Element | None) -> str:
    """All text inside an element, on one line."""
    return "" if element is None else re.sub(r"\s+", " ", "".join(element.itertext())).strip()
