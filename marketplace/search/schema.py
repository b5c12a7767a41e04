"""The Whoosh schema: what is searched, what is counted and sorted, what is shown.

Fields take tokens that are cut already, so Whoosh's own analysis chain (the slowest part of
indexing) is not used. Positions are packed integers instead of Whoosh's pickles.
"""

from array import array
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from whoosh import columns, fields, formats
from whoosh.system import pack_uint

from marketplace.search import analysis
from marketplace.search.document import FACETS, OF_THE_DAY, SearchDocument

# Raise it with every change of the fields below: an index of another version is rebuilt.
SCHEMA_VERSION = "4"

# What a term is looked up in, and what a find there is worth.
TEXT_FIELDS: dict[str, float] = {
    "title": 3.0,
    "title_en": 2.5,
    "owners": 1.5,
    "abstract": 1.0,
    "abstract_en": 0.8,
    "keywords": 1.0,
    "numbers": 6.0,
    "classes": 2.0,
}
TITLE_FIELDS = ("title", "title_en")
PROSE_FIELDS = ("title", "title_en", "owners", "abstract", "abstract_en")
WORD_FIELDS = (*PROSE_FIELDS, "keywords")
LIST_FIELDS = ("keywords", "numbers", "classes")
GRAMS_FIELD = "grams"

STORED_FACETS = tuple(facet for facet in FACETS if facet not in OF_THE_DAY)
SEPARATOR = "\x1f"

# Sort keys and ranges; a missing value is the largest integer, so that it sorts last.
NUMERIC_FIELDS = (
    "price", "published", "updated", "expires", "valued_until", "checked", "version",
)  # fmt: skip
MISSING = 2**62

Posting = tuple[bytes, int, float, bytes]


class PackedPositions(formats.Positions):  # type: ignore[misc]  # Whoosh has no types
    """Positions as unsigned 32-bit integers: numpy reads them without a copy."""

    def encode(self, poslist: Sequence[int]) -> bytes:
        return array("I", poslist).tobytes()

    def decode_positions(self, valuestring: bytes) -> list[int]:
        return array("I", valuestring).tolist()

    def decode_frequency(self, valuestring: bytes) -> int:
        return len(valuestring) // array("I").itemsize

    def decode_weight(self, valuestring: bytes) -> float:
        return float(self.decode_frequency(valuestring))

    def decode_position_boosts(self, valuestring: bytes) -> list[tuple[int, int]]:
        return [(position, 1) for position in self.decode_positions(valuestring)]

    def combine(self, vs: Sequence[bytes]) -> bytes:
        return self.encode(sorted({one for v in vs for one in self.decode_positions(v)}))


class Prose(fields.TEXT):  # type: ignore[misc]  # Whoosh has no types
    """Text given as tokens with positions."""

    def __init__(self) -> None:
        super().__init__(phrase=True)
        self.format = PackedPositions()

    def index(self, value: Sequence[analysis.Token], **_: Any) -> Iterator[Posting]:
        positions: dict[str, list[int]] = {}
        for token in value:
            positions.setdefault(token.text, []).append(token.position)
        for term, places in positions.items():
            yield term.encode(), len(places), float(len(places)), array("I", places).tobytes()


class Terms(fields.TEXT):  # type: ignore[misc]  # Whoosh has no types
    """A list of terms, each once, scored like text."""

    def __init__(self) -> None:
        super().__init__(phrase=False)

    def index(self, value: Sequence[str], **_: Any) -> Iterator[Posting]:
        for term in dict.fromkeys(value):
            yield term.encode(), 1, 1.0, pack_uint(1)


class Marks(fields.ID):  # type: ignore[misc]  # Whoosh has no types
    """A set of terms of which only the existence counts."""

    def __init__(self) -> None:
        super().__init__()
        self.scorable = True  # never scored, but without lengths Whoosh looks for them in vain

    def index(self, value: set[str], **_: Any) -> Iterator[Posting]:
        for term in sorted(value):
            yield term.encode(), 1, 1.0, b""


def schema() -> fields.Schema:
    """The schema of a fresh index."""
    described: dict[str, Any] = {"key": fields.ID(unique=True), "shown": fields.STORED()}
    described |= {name: Prose() for name in PROSE_FIELDS}
    described |= {name: Terms() for name in LIST_FIELDS}
    described[GRAMS_FIELD] = Marks()
    for facet in (*STORED_FACETS, "owner_names"):
        described[column(facet)] = fields.COLUMN(columns.RefBytesColumn())
    for name in TITLE_FIELDS:
        described[column(name)] = fields.COLUMN(columns.VarBytesColumn())
    for name in NUMERIC_FIELDS:
        described[column(name)] = fields.COLUMN(columns.NumericColumn("q", default=MISSING))
    return fields.Schema(**described)


def column(name: str) -> str:
    """The name of the column of a facet, title or sort key."""
    return f"col_{name}"


def fields_of(document: SearchDocument) -> dict[str, Any]:
    """A document as the writer wants it."""
    owners = " ; ".join(document.owners)
    keywords = " ; ".join(document.keywords)
    written: dict[str, Any] = {
        "key": document.key,
        "shown": (document.id, document.reference, document.title, document.title_en),
        "title": analysis.analyse(document.title),
        "title_en": analysis.analyse(document.title_en),
        "abstract": analysis.analyse(document.abstract),
        "abstract_en": analysis.analyse(document.abstract_en),
        "owners": analysis.analyse(owners),
        "keywords": [token.text for token in analysis.analyse(keywords)],
        "numbers": analysis.register_terms((*document.numbers, document.reference)),
        "classes": analysis.class_terms(document.classes, document.nice),
        # Single characters are looked for in what is short; of the rest, pairs are enough.
        GRAMS_FIELD: analysis.grams(f"{document.title} ; {owners} ; {keywords}")
        | {gram for gram in analysis.grams(document.abstract) if len(gram) > 1},
        column("owner_names"): _joined(document.owners),
        column("title"): analysis.title_key(document.title).encode(),
        column("title_en"): analysis.title_key(document.title_en).encode(),
        column("price"): MISSING if document.price_minor is None else document.price_minor,
        column("published"): _seconds(document.published_at),
        column("updated"): _seconds(document.updated_at or document.published_at),
        column("expires"): document.expires_on.toordinal() if document.expires_on else MISSING,
        column("valued_until"): _valued_until(document),
        column("checked"): document.checked_on.toordinal() if document.checked_on else 0,
        column("version"): document.version,
    }
    for facet, values in document.facets().items():
        written[column(facet)] = _joined(values)
    return written


def _valued_until(document: SearchDocument) -> int:
    """A day as its ordinal; none at all comes before every day, no end after all of them."""
    if not document.valued:
        return 0
    return document.valued_until.toordinal() if document.valued_until else MISSING


def _joined(values: tuple[str, ...]) -> bytes:
    return SEPARATOR.join(value.replace(SEPARATOR, " ") for value in values).encode()


def _seconds(moment: datetime | None) -> int:
    """Seconds since 1970 with the sign turned, so that the newest comes first."""
    if moment is None:
        return MISSING
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return -int(aware.timestamp())
