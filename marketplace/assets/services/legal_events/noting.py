"""Writing down what happened to a right, once, and letting its record follow."""

import hashlib
from datetime import date

from sqlalchemy import select

from marketplace.assets.legal_status.codes import CHANGES_STATUS, Code
from marketplace.assets.legal_status.happenings import Details
from marketplace.assets.legal_status.parties import keys
from marketplace.assets.models import (
    Asset,
    EventSource,
    LegalEvent,
    LegalEventState,
    LegalStatus,
)
from marketplace.assets.queries.legal import status_of
from marketplace.core import clock, events
from marketplace.core.db import db
from marketplace.core.lifecycle import advance
from marketplace.core.policy import Actor
from marketplace.documents.models import Document

NO_DETAILS = Details()
TRUSTED = frozenset({EventSource.OPERATOR, EventSource.DEAL, EventSource.REGISTER})
# What frees a right is nobody's word but the register's: said by its keeper it waits for an operator.
FREEING = frozenset(
    {Code.RESTORED, Code.RENEWED, Code.RELEASED, Code.UNFROZEN, Code.LICENCE_ENDED,
     Code.INVALIDATION_REJECTED, Code.OPPOSITION_REJECTED}
)  # fmt: skip


def note(
    asset: Asset,
    code: str,
    *,
    happened_on: date,
    by: Actor,
    source: EventSource,
    details: Details = NO_DETAILS,
    evidence: Document | None = None,
    state: LegalEventState | None = None,
    silently: bool = False,
) -> LegalEvent:
    """Write down what happened to a right; the same happening is kept once.

    Said again by a source that can be trusted, what was only declared is confirmed. `silently`:
    an event of the record itself tells of it already.
    """
    db.session.flush()
    natural_key = key_of(code, happened_on, details)
    known = db.session.scalar(
        select(LegalEvent).where(
            LegalEvent.asset_id == asset.id, LegalEvent.natural_key == natural_key
        )
    )
    if known is not None:
        _confirm_by(known, by, source, details.source_reference)
        return known
    made = LegalEvent(
        asset=asset,
        code=Code(code).value,
        happened_on=happened_on,
        published_on=details.published_on,
        office=(details.office or asset.jurisdiction)[:8],
        givers=list(details.givers),
        takers=list(details.takers),
        number=details.number[:80],
        text=details.text,
        source=source,
        source_reference=details.source_reference[:200],
        evidence_id=evidence.id if evidence else None,
        declared_by_id=by.user_id,
        natural_key=natural_key,
        state=state or _first_state(Code(code), source),
    )
    db.session.add(made)
    if not silently:
        events.record(
            made, "legal_event.note", by=by, asset=asset.reference, code=code, state=made.state
        )
    take_effect(made, by)
    return made


def key_of(code: str, happened_on: date, details: Details) -> str:
    """What makes two reports the same happening, whatever the spelling of its parties."""
    parties = ("|".join(sorted(keys(names))) for names in (details.givers, details.takers))
    parts = (code, happened_on.isoformat(), details.number.strip().casefold(), *parties)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:40]


def look_into_register(asset: Asset, day: date) -> None:
    """What we know of the right was held against the register on that day."""
    asset.checked_on = max(day, asset.checked_on or day)


def take_effect(event: LegalEvent, by: Actor) -> None:
    """What an event says of the right goes into its record, once the event counts."""
    asset = event.asset
    if event.code == Code.FEE_PAID and event.number.isdigit():
        asset.fee_paid_through = max(int(event.number), asset.fee_paid_through or 0)
    if event.code in CHANGES_STATUS:
        _settle(asset, by)


def undo(event: LegalEvent, by: Actor) -> None:
    """What did not happen so gives its place free, and its effect up."""
    event.natural_key = f"{event.natural_key[:40]}-{event.id}"
    if event.code in CHANGES_STATUS:
        granted = event.asset.grant_date or event.asset.patent_number
        _settle(event.asset, by, otherwise="in_force" if granted else "pending")


def unsay(
    asset: Asset, code: str, *, happened_on: date, details: Details, by: Actor, because: str
) -> None:
    """What one of our own verbs had noted, and took back."""
    key = key_of(code, happened_on, details)
    noted = db.session.scalar(
        select(LegalEvent).where(
            LegalEvent.asset_id == asset.id,
            LegalEvent.natural_key == key,
            LegalEvent.state == LegalEventState.RECORDED,
        )
    )
    if noted is not None:
        advance(noted, "withdraw", by=by, because=because, asset=asset.reference)
        noted.reason = because
        undo(noted, by)


def _settle(asset: Asset, by: Actor, otherwise: str = "") -> None:
    """The status that events and calendar give becomes the right's; `otherwise` where they are mute."""
    db.session.flush()
    state = status_of(asset, clock.today()).state or otherwise
    before = asset.status
    if state and state != before:
        asset.status = LegalStatus(state)
        events.record(asset, "asset.status", by=by, before=before, after=asset.status)


def _first_state(code: Code, source: EventSource) -> LegalEventState:
    if source in TRUSTED:
        return LegalEventState.CONFIRMED
    if source is EventSource.KEEPER or code in FREEING:
        return LegalEventState.DECLARED
    return LegalEventState.RECORDED


def _confirm_by(event: LegalEvent, by: Actor, source: EventSource, reference: str) -> None:
    undecided = {LegalEventState.RECORDED, LegalEventState.DECLARED}
    if source not in TRUSTED or event.state not in undecided:
        return
    advance(event, "confirm", by=by, asset=event.asset.reference)
    event.source_reference = event.source_reference or reference[:200]
    event.decided_at = clock.now()
    take_effect(event, by)
