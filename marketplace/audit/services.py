"""Sealing the event log, and proving it whole."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import exists, func, select

from marketplace.audit.models import Seal
from marketplace.core.db import db, one_at_a_time
from marketplace.core.events import Event, EventDelivery

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
    one_at_a_time("audit.seal")  # two workers would both go on from the same last link
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
    """What a verification of the log found.

    `broken` names each fault: `content` an event is not what was sealed, `chain` a link does not
    follow the one before (one is missing, or they were put in another order), `event` a sealed
    event is gone, `unsealed` an event was slipped in between, `head` a link noted elsewhere is
    not in the chain (its end was cut off).
    """

    valid: bool
    events: int
    sealed: int
    head: str
    broken: tuple[dict[str, object], ...]


def verify(noted: str = "") -> Proof:
    """Walk the chain from its first link: every digest worked out anew, nothing missing between.

    A chain cannot tell that its end was cut off: for that, a head `noted` at an earlier time and
    kept elsewhere must still be one of its links.
    """
    previous, broken, sealed = GENESIS, [], 0
    seen = noted in {"", GENESIS}
    links = select(Seal, Event).outerjoin(Event, Event.id == Seal.event_id).order_by(Seal.id)
    for link, event in db.session.execute(links.execution_options(yield_per=500)):
        sealed += 1
        if link.previous != previous:
            broken.append(_fault("chain", link))
        if event is None:
            broken.append(_fault("event", link))
        elif link.digest != digest(event, link.previous):
            broken.append(_fault("content", link))
        previous = link.digest
        seen = seen or previous == noted
    broken += [{"seal": None, "event": e, "fault": "unsealed"} for e in _unsealed()]
    if not seen:
        broken.append({"seal": None, "event": None, "fault": "head"})
    events = db.session.scalar(select(func.count(Event.id))) or 0
    return Proof(not broken, events, sealed, previous, tuple(broken))


def _fault(kind: str, link: Seal) -> dict[str, object]:
    return {"seal": link.id, "event": link.event_id, "fault": kind}


def _unsealed() -> list[int]:
    """Events older than the newest sealed one that have no link and do not wait for one."""
    newest = select(func.max(Seal.event_id)).scalar_subquery()
    waiting = exists().where(
        EventDelivery.event_id == Event.id,
        EventDelivery.reader == "audit",
        EventDelivery.done_at.is_(None),
    )
    return list(
        db.session.scalars(
            select(Event.id)
            .outerjoin(Seal, Seal.event_id == Event.id)
            .where(Seal.id.is_(None), Event.id < newest, ~waiting)
            .order_by(Event.id)
            .limit(100)
        )
    )
