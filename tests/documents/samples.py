"""Files built byte by byte: small, honest ones, and the tricks that must be refused."""

import io
import struct
import zipfile
import zlib

CONTENT_TYPES = "<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'/>"
RELATIONS = "<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'>{}</Relationships>"


def pdf(extra: bytes = b"", *, stream: bytes = b"") -> bytes:
    """One empty page; `extra` goes into its catalogue, `stream` is one more object."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R" + extra + b">>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]>>",
        *([stream] if stream else []),
    ]
    body, offsets = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(body))
        body += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    table += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
    return body + table + trailer % (len(objects) + 1, len(body))


def object_stream(content: bytes) -> bytes:
    packed = zlib.compress(content)
    head = b"<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>\n" % len(packed)
    return head + b"stream\n" + packed + b"\nendstream"


def png(width: int = 2, height: int = 2) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\0\0\0" * 2)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def jpeg(width: int = 2, height: int = 2) -> bytes:
    start = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    frame = b"\xff\xc0\x00\x0b\x08" + struct.pack(">HH", height, width) + b"\x01\x01\x11\x00"
    return start + frame + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\x00\xff\xd9"


def office(main: str, **parts: str | bytes) -> bytes:
    """An OOXML file; parts by name, `__` for `/` and `_dot_` for `.`."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", CONTENT_TYPES)
        archive.writestr(main, "<root/>")
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return packed.getvalue()


def docx(**parts: str | bytes) -> bytes:
    return office("word/document.xml", **parts)


def xlsx(**parts: str | bytes) -> bytes:
    return office("xl/workbook.xml", **parts)


def archive(**files: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as target:
        for name, content in files.items():
            target.writestr(name, content)
    return packed.getvalue()


def external(kind: str) -> str:
    return RELATIONS.format(
        f"<Relationship Id='r1' Type='http://schemas/{kind}' Target='http://x.example'"
        " TargetMode='External'/>"
    )
