"""What comes in from a browser: text holds only characters that somebody could have meant.

Control characters (PostgreSQL keeps no NUL), marks that turn the direction of writing around, and
spaces without width ride along unseen when text is copied, or are put there to deceive. They are
taken out of every field and every query in this one place. Numbers and words in a path that no
row can have lead nowhere: not found, not an error of the database.
"""

import re
from datetime import date
from typing import Any

from flask import Flask, Request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from werkzeug.routing import IntegerConverter, Map, PathConverter, UnicodeConverter

UNSEEN = re.compile(
    "["
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # controls, but tab and line ends
    "\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"  # no width, direction, separators
    "\ufff9-\ufffb\ufffe\uffff\ud800-\udfff"  # annotations, and what is no character
    "\U000e0000-\U000e007f"  # tags
    "]"
)
FORM = "application/x-www-form-urlencoded"
EARLIEST, LATEST = date(1900, 1, 1), date(2999, 12, 31)
MOST = 2**63 - 1
PATH_TEXT = r"\x00-\x1f\x7f"


def cleaned(value: Any) -> Any:
    """Text without what cannot be seen; a file as it is."""
    return UNSEEN.sub("", value) if isinstance(value, str) else value


class Fields(ImmutableMultiDict[str, Any]):
    """The fields of a form, or of a query."""

    def __init__(self, mapping: Any = None) -> None:
        pairs = mapping or ()
        super().__init__([(cleaned(name), cleaned(value)) for name, value in pairs])


class SmallForms(FormDataParser):
    """A form without files is read whole: it may be as large as one field of a form with files."""

    def parse(
        self,
        stream: Any,
        mimetype: str,
        content_length: int | None,
        options: dict[str, str] | None = None,
    ) -> Any:
        """RequestEntityTooLarge before a million fields are taken apart."""
        limit = self.max_form_memory_size or 0
        if mimetype == FORM and (content_length is None or content_length > limit):
            raise RequestEntityTooLarge
        return super().parse(stream, mimetype, content_length, options)


class CleanRequest(Request):
    """A request whose forms and queries are read through `Fields`."""

    parameter_storage_class = Fields
    form_data_parser_class = SmallForms


class Word(UnicodeConverter):
    """A part of a path."""

    def __init__(self, url_map: Map, *args: Any, **options: Any) -> None:
        super().__init__(url_map, *args, **options)
        self.regex = self.regex.replace("[^/]", f"[^/{PATH_TEXT}]")


class Words(PathConverter):
    """The rest of a path."""

    regex = f"[^/{PATH_TEXT}][^{PATH_TEXT}]*?"


class RowNumber(IntegerConverter):
    """The number of a row: as large as the database counts."""

    def __init__(self, url_map: Map, **options: Any) -> None:
        super().__init__(url_map, **{"max": MOST, **options})


def row_number(text: str) -> int:
    """The number of a row in a form; ValueError for what no row can have."""
    number = int(text)
    if not 0 < number <= MOST:
        raise ValueError(text)
    return number


def day(text: str) -> date:
    """A day of a query; ValueError for what is none, or lies beyond any record."""
    found = date.fromisoformat(text.strip())
    if not EARLIEST <= found <= LATEST:
        raise ValueError(text)
    return found


def init_app(app: Flask) -> None:
    """Before any page is registered."""
    app.request_class = CleanRequest
    converters = app.url_map.converters
    converters["default"] = converters["string"] = Word
    converters["path"] = Words
    converters["int"] = RowNumber
