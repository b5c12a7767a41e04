"""Putting the rows of a file of legal events on record; what becomes of each is answered."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select, tuple_

from marketplace.assets import policy
from marketplace.assets.importing.legal.command import Reading
from marketplace.assets.importing.legal.rows import EventRow, Key
from marketplace.assets.importing.records import Rejected
from marketplace.assets.legal_status.codes import codes_for
from marketplace.assets.models import Asset, AssetNumber, EventSource, LegalEvent
from marketplace.assets.services.legal_events.noting import key_of, look_into_register, note
from marketplace.core import clock, events
from marketplace.core.db import db
from marketplace.core.policy import Actor, require
from marketplace.core.words import say

_ASKED_AT_ONCE = 400


@dataclass
class Taken:
    """What became of a file: `created + known + len(rejected) == rows`."""

    format: str
    rows: int
    created: int = 0
    known: int = 0
    assets: Counter[str] = field(default_factory=Counter)  # reference → events that are new
    rejected: list[Rejected] = field(default_factory=list)


def take_file(actor: Actor, reading: Reading) -> Taken:
    """Put what a file says on record: of the actor's own portfolio, or for operators of any.

    A file from an operator is the office's word; from a keeper it is an import like another.
    """
    require(actor, policy.import_events)
    taken = Taken(reading.format, reading.rows, rejected=list(reading.rejected))
    source = EventSource.REGISTER if actor.is_operator else EventSource.IMPORT
    rights = _rights(actor, reading.events)
    touched: dict[int, Asset] = {}
    for row in reading.events:
        asset = next((rights[k] for k in row.keys if k in rights), None)
        refusal = _refusal(row, asset)
        if refusal is not None or asset is None:
            taken.rejected.append(refusal or _unknown(row))
            continue
        touched[asset.id] = asset
        _take_one(actor, asset, row, source, taken)
    taken.rejected.sort(key=lambda r: r.row)
    for asset in touched.values():
        if source is EventSource.REGISTER and reading.format != "own":
            look_into_register(asset, clock.today())
        if taken.assets[asset.reference]:
            events.record(
                asset, "asset.events", by=actor, count=taken.assets[asset.reference],
                source=reading.format,
            )  # fmt: skip
    return taken


def _take_one(actor: Actor, asset: Asset, row: EventRow, source: EventSource, taken: Taken) -> None:
    key = key_of(row.code, row.happened_on, row.details)
    is_known = db.session.scalar(
        select(LegalEvent.id).where(LegalEvent.asset_id == asset.id, LegalEvent.natural_key == key)
    )
    note(
        asset,
        row.code,
        happened_on=row.happened_on,
        by=actor,
        source=source,
        details=row.details,
        silently=True,
    )
    if is_known:
        taken.known += 1
    else:
        taken.created += 1
        taken.assets[asset.reference] += 1


def _refusal(row: EventRow, asset: Asset | None) -> Rejected | None:
    if asset is None:
        return _unknown(row)
    if row.code not in codes_for(asset.kind.value):
        what = {"event": say("enums", f"legal_event.{row.code}")}
        return Rejected(row.row, "event.not_for_kind", what, _text(row))
    if row.happened_on > clock.today():
        return Rejected(
            row.row, "event.in_future", {"value": row.happened_on.isoformat()}, _text(row)
        )
    return None


def _unknown(row: EventRow) -> Rejected:
    return Rejected(row.row, "event.no_asset", {"number": row.keys[0][1]}, _text(row))


def _text(row: EventRow) -> str:
    parts = (row.code, row.happened_on.isoformat(), row.details.number, row.details.text)
    return " ".join(filter(None, parts))[:200]


def _rights(actor: Actor, rows: Iterable[EventRow]) -> dict[Key, Asset]:
    """The rights that any row speaks of, by the numbers it uses."""
    wanted = sorted({key for row in rows for key in row.keys})
    found: dict[Key, Asset] = {}
    for start in range(0, len(wanted), _ASKED_AT_ONCE):
        found |= _some(actor, wanted[start : start + _ASKED_AT_ONCE])
    return found


def _some(actor: Actor, wanted: Sequence[Key]) -> dict[Key, Asset]:
    numbered = (
        select(AssetNumber.scheme, AssetNumber.number, Asset)
        .join(Asset, Asset.id == AssetNumber.asset_id)
        .where(tuple_(AssetNumber.scheme, AssetNumber.number).in_(wanted))
        .order_by(Asset.id)
    )
    references = [number for scheme, number in wanted if scheme == "reference"]
    called = select(Asset).where(Asset.reference.in_(references))
    if not actor.is_operator:
        own = Asset.keeper_id == actor.organisation
        numbered, called = numbered.where(own), called.where(own)
    found: dict[Key, Asset] = {
        (scheme, number): asset for scheme, number, asset in db.session.execute(numbered)
    }
    if references:
        found |= {("reference", a.reference): a for a in db.session.scalars(called)}
    return found
