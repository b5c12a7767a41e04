"""The days in the record of a right are events too."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import or_, select

from marketplace.assets.legal_status.codes import Code, codes_for
from marketplace.assets.legal_status.happenings import Details
from marketplace.assets.models import Asset, EventSource, LegalEvent, LegalEventState
from marketplace.assets.queries.legal import standing_events
from marketplace.assets.services.legal_events.noting import note, undo
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


def catch_up(limit: int = 200) -> int:
    """Rights put on record before there were legal events get theirs; how many rights it was.

    The clock starts it (jobs.schedule); what is done is not done again.
    """
    has_day = or_(
        Asset.filing_date.is_not(None),
        Asset.publication_date.is_not(None),
        Asset.grant_date.is_not(None),
        Asset.creation_date.is_not(None),
    )
    without = ~select(LegalEvent.id).where(LegalEvent.asset_id == Asset.id).exists()
    behind = db.session.scalars(
        select(Asset).where(has_day, without).order_by(Asset.id).limit(limit)
    ).all()
    done = 0
    for asset in behind:
        imported = asset.source.startswith("import:")
        source = EventSource.IMPORT if imported else EventSource.KEEPER
        done += bool(keep_in_step(asset, by=SYSTEM, source=source))
    return done


def _days_of(asset: Asset) -> dict[str, date | None]:
    codes = codes_for(asset.kind.value)
    days = {
        Code.CREATED: asset.creation_date,
        Code.FILED: asset.filing_date,
        Code.PUBLISHED: asset.publication_date,
        Code.GRANTED: asset.grant_date,
    }
    return {code.value: day for code, day in days.items() if code in codes}
