"""Sealing the event log, and proving it whole."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from marketplace.audit.models import Seal
from marketplace.core.db import db
from marketplace.core.events import Event

GENESIS = hashlib.sha256("粤知市 Guangdong IP Exchange".encode()).hexdigest()


def digest(event: Event, previous: str) -> str:
    """SHA-256 over the link before and everything that the event says (canonical JSON)."""
    said = json.dumps(
        {
            "id": event.id,
            "at": event.created_at.isoformat(),
            "kind": event.kind,
            "subject": [event.subject_kind, event.subject_id],
            "user": event.user_id,
            "organisation": event.organisation_id,
            "because": event.because,
            "facts": event.facts,
        },
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )
    return hashlib.sha256(f"{previous}\n{said}".encode()).hexdigest()


def seal(events: Iterable[Event]) -> int:
    """Add the events to the chain, in their order; those already in it are left alone."""
    last = db.session.scalar(select(Seal).order_by(Seal.id.desc()).limit(1))
    previous = last.digest if last else GENESIS
    added = 0
    for event in sorted(events, key=lambda e: e.id):
        if db.session.scalar(select(Seal.id).where(Seal.event_id == event.id)):
            continue
        link = Seal(event_id=event.id, previous=previous, digest=digest(event, previous))
        db.session.add(link)
        db.session.flush()
        previous = link.digest
        added += 1
    return added


@dataclass(frozen=True)
class Proof:
    """What a verification of the log found."""

    valid: bool
    events: int
    sealed: int
    head: str
    broken: tuple[dict[str, object], ...]


def verify() -> Proof:
    """Walk the chain from its first link: every digest worked out anew, nothing missing between."""
    previous, broken, sealed = GENESIS, [], 0
    links = select(Seal).options(joinedload(Seal.event)).order_by(Seal.id)
    for link in db.session.scalars(links.execution_options(yield_per=500)):
        sealed += 1
        if link.previous != previous:
            broken.append({"seal": link.id, "event": link.event_id, "fault": "chain"})
        if link.digest != digest(link.event, link.previous):
            broken.append({"seal": link.id, "event": link.event_id, "fault": "content"})
        previous = link.digest
    events = db.session.scalar(select(func.count(Event.id))) or 0
    return Proof(not broken, events, sealed, previous, tuple(broken))
