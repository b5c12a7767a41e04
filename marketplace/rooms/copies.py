"""The copy that a visitor sees: each page carries who looks, for whom, when, and in which room.

A picture becomes a page first. What is neither PDF nor picture has no pages of its own and cannot be
shown; it can only be given out as it is, where the rule of the file allows that.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pypdf import PageObject, PdfReader, PdfWriter, Transformation
from pypdf.errors import PyPdfError

from marketplace.core.errors import Refused
from marketplace.documents import papers, typeset

PDF, PICTURES = "application/pdf", {"image/png": "picture.png", "image/jpeg": "picture.jpg"}
STAMP = "stamp.typ"
MOST_PAGES = 2000


@dataclass(frozen=True)
class Mark:
    """What stands across every page."""

    person: str
    organisation: str
    room: str
    at: datetime

    def data(self) -> dict[str, Any]:
        """For the template."""
        return {
            "person": self.person,
            "organisation": self.organisation,
            "room": self.room,
            "drawn_at": papers.moment(self.at),
        }


def can_be_shown(media_type: str) -> bool:
    """Whether there is a copy with marks of such a file."""
    return media_type == PDF or media_type in PICTURES


def marked(content: bytes, media_type: str, mark: Mark) -> bytes:
    """A PDF with the mark on every page; `room.cannot_be_shown` where none can be made."""
    if not can_be_shown(media_type):
        raise Refused("room.cannot_be_shown")
    try:
        if media_type in PICTURES:
            content = typeset.page_of_picture(content, PICTURES[media_type])
        return _stamped(content, mark)
    except (PyPdfError, ValueError, KeyError, RecursionError) as error:
        raise Refused("room.cannot_be_shown") from error


def _stamped(content: bytes, mark: Mark) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(content)))
    if not 0 < len(writer.pages) <= MOST_PAGES:
        raise Refused("room.cannot_be_shown")
    stamps: dict[tuple[int, int], PageObject] = {}
    for page in writer.pages:
        page.transfer_rotation_to_content()
        box = page.mediabox
        size = (round(box.width), round(box.height))
        if size not in stamps:
            stamps[size] = _stamp(size, mark.data())
        there = Transformation().translate(float(box.left), float(box.bottom))
        page.merge_transformed_page(stamps[size], there, over=True)
        _show_whole(page)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _show_whole(page: PageObject) -> None:
    """Without a crop that would leave the mark outside of what is shown."""
    for name in ("/CropBox", "/TrimBox", "/ArtBox", "/BleedBox", "/UserUnit"):
        if name in page:
            del page[name]


def _stamp(size: tuple[int, int], data: Mapping[str, Any]) -> PageObject:
    page = typeset.render(STAMP, {**data, "width": size[0], "height": size[1]})
    return PdfReader(io.BytesIO(page)).pages[0]
