"""The EPO's answers about legal events: each `legal` element is a row."""

import re
from collections.abc import Iterator
from datetime import date
from xml.etree.ElementTree import Element

from marketplace.assets.importing import values
from marketplace.assets.importing.documents import descendants, find, local, text_of
from marketplace.assets.importing.legal import conveyances, inpadoc
from marketplace.assets.importing.legal.rows import (
    EventRow,
    Key,
    application_keys,
    publication_keys,
)
from marketplace.assets.importing.records import Rejected
from marketplace.assets.legal_status.codes import CHANGES_HOLDER, Code
from marketplace.assets.legal_status.happenings import Details
from marketplace.assets.legal_status.parties import key, split


def holds_events(root: Element) -> bool:
    """Whether the document tells of legal events."""
    return bool(descendants(root, "legal"))


def read(root: Element) -> Iterator[EventRow | Rejected]:
    """The events of every member of the family, in the file's order."""
    row = 0
    for member in descendants(root, "family-member"):
        numbers = _keys(member)
        for event in descendants(member, "legal"):
            row += 1
            yield _event(event, numbers, row)


def _keys(member: Element) -> tuple[Key, ...]:
    found: list[Key] = []
    for part, read_number in (
        ("publication-reference", publication_keys),
        ("application-reference", application_keys),
    ):
        reference = find(member, part)
        for document in descendants(reference, "document-id") if reference is not None else ():
            if document.get("document-id-type") == "docdb":
                pieces = ("country", "doc-number")
                found += read_number("".join(text_of(find(document, p)) for p in pieces))
    return tuple(dict.fromkeys(found))


def _event(event: Element, numbers: tuple[Key, ...], row: int) -> EventRow | Rejected:
    said = {local(e)[:4]: text_of(e) for e in event.iter() if re.match(r"L\d{3}", local(e))}
    described = f"{event.get('code', '').strip()} {event.get('desc', '')}".strip()
    day = _day(said.get("L525")) or _day(said.get("L007"))
    if not numbers:
        return Rejected(row, "event.no_number", {}, described[:200])
    if day is None:
        return Rejected(row, "event.no_date", {"value": said.get("L007", "")}, described[:200])
    office, state = said.get("L001", ""), said.get("L501", "")
    name = said.get("L008") or event.get("code", "").strip()
    code = inpadoc.code_of(office, name, state, said.get("L502", ""))
    text = "; ".join(filter(None, (event.get("desc", "").strip(), said.get("L510"))))
    code, givers, takers = _parties(code, office, said)
    if code in CHANGES_HOLDER and not takers:
        code = Code.OTHER  # the database names nobody: told, but no link of the chain
    return EventRow(
        row,
        numbers,
        code,
        day,
        Details(
            givers=givers,
            takers=takers,
            number=_number(code, said, state, name),
            published_on=_day(said.get("L007")),
            office=state or office,
            text=text[:2000],
            source_reference=" ".join(filter(None, ("INPADOC", office, name, said.get("L502")))),
        ),
    )


_ASSIGNORS = re.compile(r"ASSIGNORS?:(.*?)(?:;(?:SIGNING|REEL/FRAME|AND OTHERS)|$)", re.IGNORECASE)
_REEL = re.compile(r"REEL/FRAME:0*(\d+)/0*(\d+)")
_TRIAL = re.compile(r"TRIAL NO:\s*(\S+)")


def _parties(
    code: Code, office: str, said: dict[str, str]
) -> tuple[Code, tuple[str, ...], tuple[str, ...]]:
    """Who gave and who took. The database writes American conveyances into its free text."""
    owner, text = said.get("L509", ""), said.get("L510", "")
    if code is Code.INVALIDATION_FILED:
        return code, split(said.get("L519", "")), ()
    if code is Code.ASSIGNED and office == "US":
        code = conveyances.code_of(text.split(";")[0])
        found = _ASSIGNORS.search(text)
        return code, split(found[1]) if found else (), (owner,) if key(owner) else ()
    return code, (), (owner,) if key(owner) else ()


def _number(code: Code, said: dict[str, str], state: str, name: str) -> str:
    text = said.get("L510", "")
    if found := _REEL.search(text):
        return f"{found[1]}/{found[2]}"
    if found := _TRIAL.search(text):
        return found[1]
    if code is Code.FEE_PAID:
        year = said.get("L520", "").lstrip("0")
        return f"{year} {state}".strip()  # of one state it is not the right's own fee
    if code in {Code.OTHER, Code.EXAMINED}:
        return " ".join(filter(None, (name, said.get("L502"), said.get("L503"), _short(text))))
    return state


def _short(text: str) -> str:
    return text[:40].strip()


def _day(text: str | None) -> date | None:
    try:
        return values.day(text)
    except ValueError:
        return None
