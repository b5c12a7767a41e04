"""Records that speak of one right become one asset; every row has exactly one fate. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date

from marketplace.assets.importing.records import (
    AssetRecord,
    Item,
    Note,
    Rejected,
    keys,
    publication_key,
)

_PATENTS = {"invention", "utility_model", "design", "patent_application", "plant_variety"}


@dataclass(slots=True)
class Merged:
    """What became of all rows: `created + merged + unchanged + len(rejected) == rows`."""

    rows: int = 0
    assets: list[AssetRecord] = field(default_factory=list)
    unchanged: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    @property
    def created(self) -> int:
        """Rows that began an asset."""
        return len(self.assets)

    @property
    def merged(self) -> int:
        """Rows that added something to an asset another row had begun."""
        return self.rows - self.created - self.unchanged - len(self.rejected)


def merge(items: Iterable[Item], *, max_problems: int = 100_000) -> Merged:
    """One asset per right, in the order of the file.

    Records join on any natural key (an application number, the digits its publications share …)
    unless they contradict each other on a stronger one: then the number is left with the record
    that had it first, and a note says so. `max_problems` bounds the notes kept, never the rejected.
    """
    pool = _Pool()
    result = Merged()
    for item in items:
        if isinstance(item, Note):
            if len(result.notes) < max_problems:
                result.notes.append(item)
            continue
        result.rows += 1
        if isinstance(item, Rejected):
            result.rejected.append(item)
            continue
        changed = pool.add(item, result.notes)
        result.unchanged += not changed
    result.assets = [asset for asset in pool.slots if asset is not None]
    return result


class _Pool:
    """Assets found so far and which natural key leads to which."""

    def __init__(self) -> None:
        self.slots: list[AssetRecord | None] = []
        self.index: dict[tuple[str, str], int] = {}

    def add(self, record: AssetRecord, notes: list[Note]) -> bool:
        """Take a record in; false if it said nothing new."""
        hits = list(dict.fromkeys(self.index[k] for k in keys(record) if k in self.index))
        friends = [i for i in hits if not contradict(self._at(i), record)]
        if not friends and hits:
            return self.add(self._concede(record, set(hits), notes), notes)
        if not friends:
            self.slots.append(record)
            self._point(len(self.slots) - 1)
            return True
        first, *others = friends
        before = self._at(first)
        foreign = set(hits) - {first} - {i for i in others if self._unite(first, i)}
        record = self._concede(record, foreign, notes)
        if differ_in_application(before, record):
            self._misprint(before, record, notes)
        after = combine(self._at(first), record)
        self.slots[first] = after
        self._point(first)
        return replace(after, source_rows=()) != replace(before, source_rows=())

    def _unite(self, first: int, other: int) -> bool:
        """Make one of two assets that a record links, unless they are two rights after all."""
        one, two = self._at(first), self._at(other)
        if contradict(one, two) or differ_in_application(one, two):
            return False
        self.slots[first], self.slots[other] = combine(one, two), None
        for key in (*keys(one), *keys(two)):
            self.index[key] = first
        return True

    @staticmethod
    def _misprint(before: AssetRecord, record: AssetRecord, notes: list[Note]) -> None:
        """Say that one publication names two applications; the first is kept."""
        row = record.source_rows[0] if record.source_rows else 0
        params = {
            "number": record.application_number or "",
            "kept": before.application_number or "",
        }
        notes.append(Note(row, "import.number_differs", params))

    def _at(self, slot: int) -> AssetRecord:
        found = self.slots[slot]
        if found is None:
            raise LookupError(slot)
        return found

    def _point(self, slot: int) -> None:
        for key in keys(self._at(slot)):
            holder = self.index.get(key)
            if holder is None or self.slots[holder] is None:
                self.index[key] = slot

    def _concede(self, record: AssetRecord, holders: set[int], notes: list[Note]) -> AssetRecord:
        """Leave out the numbers that other rights of the file already bear."""
        row = record.source_rows[0] if record.source_rows else 0
        for scheme, number in keys(record):
            holder = self.index.get((scheme, number))
            if holder is None or holder not in holders:
                continue
            rows = self._at(holder).source_rows
            record = without(record, scheme, number)
            params = {"number": number, "row": str(rows[0] if rows else 0)}
            notes.append(Note(row, "import.number_taken", params))
        return record


def without(record: AssetRecord, scheme: str, number: str) -> AssetRecord:
    """The record without a number that it shares with another right."""
    if scheme == "case":
        return replace(record, case_number=None)
    if scheme == "publication":
        kept = tuple(n for n in record.publication_numbers if publication_key(n) != number)
        patent = record.patent_number
        is_it = patent is not None and publication_key(patent) == number
        return replace(record, publication_numbers=kept, patent_number=None if is_it else patent)
    if scheme.startswith("registration"):
        is_mark = record.kind == "trademark" and record.jurisdiction == "CN"
        application = None if is_mark else record.application_number  # a mark has one number
        return replace(record, registration_number=None, application_number=application)
    if scheme == "content":  # equal in all it says and yet another right: nothing tells them apart
        return replace(record, case_number=f"#{record.source_rows[0] if record.source_rows else 0}")
    return replace(record, application_number=None)


def contradict(one: AssetRecord, other: AssetRecord) -> bool:
    """Whether two records cannot be one right although they share a number."""
    if one.jurisdiction != other.jurisdiction or not _kin(one.kind, other.kind):
        return True
    pairs = (
        (one.case_number, other.case_number),
        (_foreign_patent(one), _foreign_patent(other)),
        (one.registration_number, other.registration_number),
    )
    if any(_differ(a, b) for a, b in pairs):
        return True
    # An office gives a publication number once: where it is the same, an application number is
    # misprinted, and it is one right all the same.
    return differ_in_application(one, other) and not (_published(one) & _published(other))


def differ_in_application(one: AssetRecord, other: AssetRecord) -> bool:
    """Whether both name an application, and not the same."""
    return _differ(one.application_number, other.application_number)


def _differ(a: str | None, b: str | None) -> bool:
    return a is not None and b is not None and a != b


def _foreign_patent(record: AssetRecord) -> str | None:
    """A foreign patent number without kind code; a Chinese one is that of the application."""
    number = record.patent_number
    return None if number is None or number.startswith("ZL") else publication_key(number)


def _published(record: AssetRecord) -> set[str]:
    return {number for scheme, number in keys(record) if scheme == "publication"}


def _kin(one: str, other: str) -> bool:
    return one == other or ("patent_application" in {one, other} and {one, other} <= _PATENTS)


def _stamp(record: AssetRecord) -> date:
    """The day of the latest document behind a record."""
    return max(
        (d for d in (record.publication_date, record.grant_date) if d is not None),
        default=date.min,
    )


def _earliest(one: date | None, other: date | None) -> date | None:
    return min((d for d in (one, other) if d is not None), default=None)


def combine(one: AssetRecord, other: AssetRecord) -> AssetRecord:
    """Two records of one right as one: the later document wins, numbers and classes add up.

    Of equally late documents the first wins. Filing stays as first stated, publication, grant and
    priority are the earliest.
    """
    late, early = (other, one) if _stamp(other) > _stamp(one) else (one, other)
    numbers = tuple(dict.fromkeys(one.publication_numbers + other.publication_numbers))
    return AssetRecord(
        kind=early.kind if late.kind == "patent_application" else late.kind,
        title=late.title or early.title,
        title_en=late.title_en or early.title_en,
        abstract=late.abstract or early.abstract,
        abstract_en=late.abstract_en or early.abstract_en,
        application_number=one.application_number or other.application_number,
        publication_numbers=numbers,
        patent_number=one.patent_number or other.patent_number,
        registration_number=one.registration_number or other.registration_number,
        case_number=one.case_number or other.case_number,
        jurisdiction=one.jurisdiction,
        owners=late.owners or early.owners,
        inventors=late.inventors or early.inventors,
        province=late.province or early.province,
        city=late.city if late.province else early.city,
        classes=tuple(dict.fromkeys(one.classes + other.classes)),
        filing_date=one.filing_date or other.filing_date,
        publication_date=_earliest(one.publication_date, other.publication_date),
        grant_date=_earliest(one.grant_date, other.grant_date),
        expiry_date=late.expiry_date or early.expiry_date,
        priority_date=_earliest(one.priority_date, other.priority_date),
        status=late.status or early.status,
        goods=late.goods or early.goods,
        family=late.family or early.family,
        source_rows=tuple(sorted({*one.source_rows, *other.source_rows})),
    )
