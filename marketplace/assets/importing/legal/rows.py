"""What a file of legal events yields, row by row."""

from dataclasses import dataclass
from datetime import date

from marketplace.assets import identifiers
from marketplace.assets.importing.records import publication_key
from marketplace.assets.legal_status.codes import Code
from marketplace.assets.legal_status.happenings import Details

Key = tuple[str, str]  # scheme and number, as a portfolio lists its numbers


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event as a file states it, and the numbers by which its right is known."""

    row: int
    keys: tuple[Key, ...]
    code: Code
    happened_on: date
    details: Details


def publication_keys(text: str) -> list[Key]:
    """The keys of a publication or patent number."""
    found = identifiers.parse_publication(text)
    canonical = found.canonical if found.valid else None
    return [("publication", publication_key(canonical))] if canonical else []


def application_keys(text: str) -> list[Key]:
    """The key of an application number."""
    found = identifiers.parse_application(text)
    return [("application", found.canonical)] if found.valid and found.canonical else []
