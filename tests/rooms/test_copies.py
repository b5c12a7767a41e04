import base64
import io
from datetime import UTC, datetime

import pytest
from pypdf import PdfReader, PdfWriter

from marketplace.core.errors import Refused
from marketplace.rooms import copies
from tests.documents import samples

MARK = copies.Mark("周锐", "湾区智造有限公司", "DR-00000001", datetime(2026, 11, 26, 2, tzinfo=UTC))
SAID = ("周锐", "湾区智造有限公司", "DR-00000001", "2026 年 11 月 26 日 10:00:00")


# A real picture of 16 pixels: that of the samples has a frame and no picture in it.
JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQEAAQABAAD/2wBDAFA3PEY8MlBGQUZaVVBfeMiCeG5uePWvuZHI////////////////////"
    "////////////////////////////////2wBDAVVaWnhpeOuCguv/////////////////////////////////////"
    "////////////////////////////////////wAARCAAQAAwDASIAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAA"
    "AAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAk"
    "M2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKT"
    "lJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/8QA"
    "HwEAAwEBAQEBAQEBAQAAAAAAAAECAwQFBgcICQoL/8QAtREAAgECBAQDBAcFBAQAAQJ3AAECAxEEBSExBhJBUQdh"
    "cRMiMoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRomJygpKjU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hp"
    "anN0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPExcbHyMnK0tPU1dbX2Nna4uPk"
    "5ebn6Onq8vP09fb3+Pn6/9oADAMBAAIRAxEAPwCztJYneevQf/qp46dc0DvS0Af/2Q=="
)


def paper(*sizes, rotated=0, cropped=False):
    writer = PdfWriter()
    for width, height in sizes:
        page = writer.add_blank_page(width, height)
        page.rotate(rotated)
        if cropped:
            page.cropbox.upper_right = (50, 50)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def pages(content):
    return PdfReader(io.BytesIO(content)).pages


def said_on(page):
    text = page.extract_text()
    return [word for word in SAID if word in text]


@pytest.mark.parametrize("rotated", [0, 90, 180, 270])
def test_every_page_of_whatever_size_and_turn_carries_the_whole_mark(rotated):
    sizes = [(595, 842), (842, 595), (595, 842), (2384, 3370)]
    found = pages(copies.marked(paper(*sizes, rotated=rotated), "application/pdf", MARK))
    assert [said_on(page) for page in found] == [list(SAID)] * 4
    assert all(page.rotation == 0 for page in found)


def test_no_crop_hides_the_mark():
    (page,) = pages(copies.marked(paper((595, 842), cropped=True), "application/pdf", MARK))
    assert page.cropbox == page.mediabox
    assert said_on(page) == list(SAID)


@pytest.mark.parametrize(
    ("content", "media_type"), [(samples.png(), "image/png"), (JPEG, "image/jpeg")]
)
def test_a_picture_becomes_a_page_with_the_mark(content, media_type):
    (page,) = pages(copies.marked(content, media_type, MARK))
    assert said_on(page) == list(SAID)
    assert len(page.images) == 1


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"a,b", "text/csv"),
        (b"%PDF-1.7 broken", "application/pdf"),
        (b"", "application/pdf"),
        (samples.jpeg(), "image/jpeg"),
    ],
)
def test_what_cannot_carry_a_mark_is_not_shown(content, media_type):
    with pytest.raises(Refused, match=r"room\.cannot_be_shown"):
        copies.marked(content, media_type, MARK)
