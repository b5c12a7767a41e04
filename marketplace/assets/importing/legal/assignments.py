"""American assignment records, one property a row: reel, frame, conveyance, parties, numbers."""

from collections.abc import Mapping

from marketplace.assets.importing import values
from marketplace.assets.importing.legal import conveyances
from marketplace.assets.importing.legal.rows import (
    EventRow,
    Key,
    application_keys,
    publication_keys,
)
from marketplace.assets.importing.records import Rejected
from marketplace.assets.legal_status.happenings import Details
from marketplace.assets.legal_status.parties import split

HEADINGS = frozenset({"reel", "frame", "conveyance", "execution_date", "assignors", "assignees"})


def read(number: int, cells: Mapping[str, object]) -> EventRow | Rejected:
    """One row; the number of the event is its reel and frame, by which the office finds it."""
    said = {name: values.given(cell).strip() for name, cell in cells.items()}
    reel = f"{said.get('reel', '')}/{said.get('frame', '')}"
    described = f"{reel} {said.get('conveyance', '')}"[:200]
    keys: list[Key] = []
    if said.get("application_number"):
        keys += application_keys(f"US{said['application_number']}")
    for name in ("patent_number", "publication_number"):
        if said.get(name):
            keys += publication_keys(f"US{said[name]}")
    if not keys:
        return Rejected(number, "event.no_number", {}, described)
    try:
        day = values.day(said.get("execution_date", ""))
    except ValueError:
        day = None
    if day is None:
        return Rejected(
            number, "event.no_date", {"value": said.get("execution_date", "")}, described
        )
    return EventRow(
        number,
        tuple(dict.fromkeys(keys)),
        conveyances.code_of(said.get("conveyance", "")),
        day,
        Details(
            givers=split(said.get("assignors", "")),
            takers=split(said.get("assignees", "")),
            number=reel,
            office="US",
            text=said.get("conveyance", "")[:2000],
            source_reference=f"USPTO reel/frame {reel}",
        ),
    )
