"""The days in the record of a right are events too."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from sqlalchemy import insert, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.assets.legal_status.codes import Code, codes_for
from marketplace.assets.legal_status.happenings import Details
from marketplace.assets.models import Asset, AssetKind, EventSource, LegalEvent, LegalEventState
from marketplace.assets.queries.legal import standing_events
from marketplace.assets.services.legal_events.noting import key_of, note, undo
from marketplace.core.db import db
from marketplace.core.lifecycle import advance
from marketplace.core.policy import SYSTEM, Actor


def keep_in_step(asset: Asset, *, by: Actor, source: EventSource, named: Iterable[str] = ()) -> int:
    """Let the days in the record of a right be events too: filed, published, granted, completed.

    A day that was corrected takes the place of the earlier one. `named` are the owners that a
    document of the office names. How many events are new; a second time there are none.
    """
    db.session.flush()
    wanted = {code: day for code, day in _days_of(asset).items() if day is not None}
    standing = standing_events(asset)
    confirmed = {e.code for e in standing if e.state is LegalEventState.CONFIRMED}
    held = {e.code: e for e in standing if e.state is LegalEventState.RECORDED}
    takers, fresh = tuple(named), 0
    for position, (code, day) in enumerate(wanted.items()):
        if code in confirmed or (code in held and held[code].happened_on == day):
            continue
        of_old: tuple[str, ...] = ()
        if code in held:
            of_old = tuple(held[code].takers)
            advance(held[code], "withdraw", by=SYSTEM, asset=asset.reference)
            undo(held[code], by)
        note(
            asset,
            code,
            happened_on=day,
            by=by,
            source=source,
            details=Details(takers=of_old or (takers if position == 0 else ())),
            state=LegalEventState.RECORDED,
            silently=True,
        )
        fresh += 1
    return fresh


def catch_up(limit: int = 1000) -> int:
    """Rights put on record before there were legal events get theirs; how many rights it was.

    The clock starts it (jobs.daily); what is done is not done again. By plain inserts: there may be
    a hundred thousand.
    """
    has_day = or_(*(column.is_not(None) for column in _DAYS.values()))
    without = ~select(LegalEvent.id).where(LegalEvent.asset_id == Asset.id).exists()
    columns = (Asset.id, Asset.kind, Asset.jurisdiction, Asset.source, *_DAYS.values())
    behind = db.session.execute(
        select(*columns).where(has_day, without).order_by(Asset.id).limit(limit)
    ).all()
    rows = [row for found in behind for row in _rows_of(*found)]
    if rows:
        db.session.execute(insert(LegalEvent), rows)
    return len(behind)


def _rows_of(
    asset_id: int, kind: AssetKind, jurisdiction: str, source: str, *days: date | None
) -> Iterator[dict[str, Any]]:
    """The rows of a right's events; one that no event can happen to is told as what it is."""
    possible = codes_for(kind.value)
    told = [(c, d) for c, d in zip(_DAYS, days, strict=True) if d and c in possible]
    for code, day in told or [(Code.OTHER, next(d for d in days if d))]:
        yield {
            "asset_id": asset_id,
            "code": code.value,
            "happened_on": day,
            "office": jurisdiction[:8],
            "source": EventSource.IMPORT if source.startswith("import:") else EventSource.KEEPER,
            "natural_key": key_of(code.value, day, Details()),
            "state": LegalEventState.RECORDED,
        }


_DAYS: dict[Code, InstrumentedAttribute[date | None]] = {
    Code.CREATED: Asset.creation_date,
    Code.FILED: Asset.filing_date,
    Code.PUBLISHED: Asset.publication_date,
    Code.GRANTED: Asset.grant_date,
}


def _days_of(asset: Asset) -> dict[str, date | None]:
    codes = codes_for(asset.kind.value)
    return {c.value: getattr(asset, column.key) for c, column in _DAYS.items() if c in codes}
