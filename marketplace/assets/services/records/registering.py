"""Putting rights on record one by one, or what an import read; taking one out again."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from marketplace.assets import policy
from marketplace.assets.importing.records import AssetRecord, keys
from marketplace.assets.models import (
    Asset,
    AssetKind,
    AssetNumber,
    EventSource,
    ImportLine,
    LegalEvent,
    LegalEventState,
    LegalStatus,
)
from marketplace.assets.services import legal_events
from marketplace.assets.services.records.ageing import refresh_status
from marketplace.assets.services.records.merging import Notes, add_numbers, complete, fill
from marketplace.assets.services.records.values import (
    FIELD_OF,
    PLAIN,
    check_days,
    check_shares,
    fitting,
    owners_of,
    renewals_of,
    set_values,
)
from marketplace.core import events
from marketplace.core.db import db
from marketplace.core.errors import Invalid
from marketplace.core.policy import Actor, require
from marketplace.core.references import next_reference
from marketplace.organisations.models import Organisation


@dataclass(frozen=True)
class Change:
    """What putting a record did: created, merged (with the fields that changed) or unchanged.

    `notes` are codes with what fills their words: what of the record was left out, and why.
    """

    outcome: str
    asset: Asset
    fields: tuple[str, ...] = field(default=())
    notes: tuple[tuple[str, dict[str, str]], ...] = field(default=())


def add(actor: Actor, record: AssetRecord, **more: Any) -> Asset:
    """Put one right into the portfolio; one that is there already is refused."""
    require(actor, policy.add_asset)
    if not (record.title or "").strip():
        raise Invalid("asset.title_missing", fields={"title": "asset.title_missing"})
    if _known(actor.organisation, record) is not None:
        scheme = keys(record)[0][0].split("_")[0]
        name = "title" if scheme == "content" else FIELD_OF.get(scheme, "registration_number")
        raise Invalid("asset.known", fields={name: "asset.known"})
    check_shares([(o.name, o.share_bps) for o in record.owners], needed=False)
    try:
        with db.session.begin_nested():
            asset, _ = _create(actor, record)
    except IntegrityError:  # a colleague was faster
        raise Invalid("asset.known") from None
    set_values(asset, more)
    check_days(asset)
    refresh_status(asset)
    events.record(asset, "asset.add", by=actor, number=asset.number)
    legal_events.keep_in_step(asset, by=actor, source=EventSource.KEEPER)
    return asset


def put(actor: Actor, record: AssetRecord, *, source: str = "") -> Change:
    """Put what an import read into the portfolio: created, merged into what is there, or unchanged.

    A record completes what is there and, unless it stems from an earlier document, corrects it.
    What somebody corrected by hand stays, so do owners that the exchange has verified, and so does
    a number that another right bears.
    """
    require(actor, policy.add_asset)
    try:
        with db.session.begin_nested():
            return _not_overtaken(_put(actor, record, source))
    except (IntegrityError, _Overtaken):  # a colleague put it on record meanwhile: now it is known
        with db.session.begin_nested():
            return _put(actor, record, source)


class _Overtaken(Exception):  # noqa: N818 -- undoes a right that somebody else has just made
    """A right that nobody had, and yet its number is taken."""


def _not_overtaken(change: Change) -> Change:
    if change.outcome == "created" and change.notes:
        raise _Overtaken
    return change


def _put(actor: Actor, record: AssetRecord, source: str) -> Change:
    asset = _known(actor.organisation, record)
    if asset is None:
        asset, taken = _create(actor, record, source)
        refresh_status(asset)
        events.record(asset, "asset.add", by=actor, number=asset.number)
        named = [o.name for o in record.owners]
        legal_events.keep_in_step(asset, by=actor, source=EventSource.IMPORT, named=named)
        return Change("created", asset, notes=tuple(taken))
    changed, notes = complete(asset, record)
    if not changed:
        return Change("unchanged", asset, notes=tuple(notes))
    refresh_status(asset)
    events.record(asset, "asset.merge", by=actor, fields=changed)
    legal_events.keep_in_step(asset, by=actor, source=EventSource.IMPORT)
    return Change("merged", asset, tuple(changed), tuple(notes))


def remove(actor: Actor, asset: Asset) -> None:
    """Take a right that was put on record by mistake out of the portfolio.

    Only one that nothing was built on: once it has been verified, valued, pledged or listed its
    record stays, and the database itself says so.
    """
    require(actor, policy.revise_asset, asset)
    reference, number, title = asset.reference, asset.number, asset.title
    try:
        with db.session.begin_nested():
            events.record(asset, "asset.remove", by=actor, number=number, title=title)
            lines = update(ImportLine).where(ImportLine.asset_id == asset.id)
            db.session.execute(lines.values(asset_id=None))
            own = LegalEvent.state == LegalEventState.RECORDED  # follows from the record alone
            db.session.execute(delete(LegalEvent).where(LegalEvent.asset_id == asset.id, own))
            db.session.delete(asset)
            db.session.flush()
    except (IntegrityError, AssertionError):  # something points to it
        raise Invalid("asset.in_use", reference=reference) from None


def _known(keeper_id: int, record: AssetRecord) -> Asset | None:
    """The right of the portfolio that shares the strongest natural key of the record."""
    wanted = keys(record)
    if record.patent_number:
        wanted.append(("patent", record.patent_number))
    rows = db.session.execute(
        select(AssetNumber.scheme, AssetNumber.number, AssetNumber.asset_id).where(
            AssetNumber.keeper_id == keeper_id,
            tuple_(AssetNumber.scheme, AssetNumber.number).in_(wanted),
        )
    )
    found = {(scheme, number): asset_id for scheme, number, asset_id in rows}
    for key in wanted:
        if key in found:
            return db.session.get_one(Asset, found[key])
    return None


def _create(actor: Actor, record: AssetRecord, source: str = "") -> tuple[Asset, Notes]:
    keeper = db.session.get_one(Organisation, actor.organisation)
    asset = Asset(
        reference=next_reference("A"),
        keeper=keeper,
        kind=AssetKind(record.kind),
        jurisdiction=record.jurisdiction,
        status=LegalStatus(record.status or "pending"),
        last_day=record.expiry_date,
        source=source[:200],
        title="",
        **{
            name: fitting(name, getattr(record, name))
            for name in PLAIN
            if name != "title" and getattr(record, name) is not None
        },
    )
    title = record.title or record.title_en or asset.number
    asset.title = (title or next(iter(record.publication_numbers), "") or asset.reference)[:500]
    if not record.owners:
        asset.owners = owners_of(keeper, [(keeper.name, 10_000)])
    asset.renewals = renewals_of(asset, record)
    db.session.add(asset)
    fill(asset, record)
    _, notes = add_numbers(asset, record)
    if not asset.province:
        asset.province, asset.city = keeper.province, asset.city or keeper.city
    return asset, notes
