"""Running queued imports, and imports from the command line."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO

import structlog
from sqlalchemy import or_, select
from sqlalchemy.exc import OperationalError

from marketplace.assets import services as assets
from marketplace.assets.importing import command
from marketplace.assets.importing.legal import command as legal
from marketplace.assets.importing.mapping import ColumnMapping
from marketplace.assets.importing.records import AssetRecord, Note
from marketplace.assets.models import ImportBatch, ImportState
from marketplace.core import clock
from marketplace.core.db import db, lock, transaction
from marketplace.core.errors import Invalid, Refused
from marketplace.core.policy import Actor
from marketplace.core.words import say
from marketplace.documents import storage
from marketplace.organisations import queries as organisations
from marketplace.organisations.models import Organisation

log = structlog.get_logger()
CHUNK = 100


def run_queued() -> bool:
    """Run the next queued import, or one whose worker died; whether there was one."""
    batch_id = db.session.scalar(
        select(ImportBatch.id)
        .where(
            or_(
                ImportBatch.state == ImportState.QUEUED,
                ImportBatch.state == ImportState.RUNNING,
            )
        )
        .order_by(ImportBatch.id)
        .limit(1)
    )
    if batch_id is None:
        return False
    run(batch_id)
    return True


def run(batch_id: int) -> None:
    """One import from its file to its result; cut short, it goes on where it was.

    Whatever breaks it off is said on its page: a file nobody can read must not hold up the others.
    """
    try:
        _run(batch_id)
    except Refused as refusal:
        _fail(batch_id, refusal.code, refusal.facts)
    except OperationalError:  # the database is away: the next round tries again
        raise
    except Exception:
        log.exception("import broke off", batch=batch_id)
        _fail(batch_id, "import.broke_off", {})


def _fail(batch_id: int, code: str, facts: Mapping[str, Any]) -> None:
    with transaction():
        batch = db.session.get_one(ImportBatch, batch_id)
        lock(batch)
        if batch.state in {ImportState.QUEUED, ImportState.RUNNING}:
            assets.fail(batch, code, facts)


def _run(batch_id: int) -> None:
    batch = db.session.get_one(ImportBatch, batch_id)
    sha256, form = batch.document.sha256, batch.format
    mapping = mapping_from(batch.mapping)
    db.session.rollback()  # reading the file may take minutes: no snapshot is held open
    with storage.on_disk(sha256) as path:
        outcome = command.read_file(path, form or None, mapping, today=clock.today())
    notes: dict[int, list[Note]] = {}
    for note in outcome.notes:
        notes.setdefault(note.row, []).append(note)
    with transaction():
        batch = db.session.get_one(ImportBatch, batch_id)
        assets.begin(batch, rows=outcome.rows, rejected=outcome.rejected, notes=notes.get(0, ()))
        actor = _actor_of(batch)
    for start in range(0, len(outcome.assets), CHUNK):
        with transaction():
            batch = db.session.get_one(ImportBatch, batch_id)
            chunk = outcome.assets[start : start + CHUNK]
            if not assets.take(actor, batch, chunk, notes):
                return
    with transaction():
        batch = db.session.get_one(ImportBatch, batch_id)
        lock(batch)
        if batch.state is ImportState.RUNNING:  # not cancelled at the last moment
            assets.finish(batch)


def mapping_from(kept: Mapping[str, Any]) -> ColumnMapping | None:
    """The mapping that an import was started with."""
    if not kept.get("columns"):
        return None
    return ColumnMapping(kept["columns"], kept.get("constants") or {}, kept.get("layout"))


def _actor_of(batch: ImportBatch) -> Actor:
    """Whoever started it, with what the organisation may do now."""
    organisation = db.session.get_one(Organisation, batch.organisation_id)
    return Actor(batch.user_id, organisation.id, "manager", organisation.capabilities)


def import_file(
    file: str, form: str | None = None, *, owner: str | None = None, dry_run: bool = False
) -> dict[str, Any]:
    """The command line's import, straight into a portfolio: all of it or, with dry_run, none.

    Without an owner it says what the file would be in an empty portfolio.
    """
    outcome = command.read_file(_source(file), form, today=clock.today())
    counts = {"created": outcome.created, "merged": outcome.merged, "unchanged": outcome.unchanged}
    rejected = [
        {"row": r.row, "code": r.code, "reason": say("refusals", r.code, "en", **r.params)}
        for r in outcome.rejected
    ]
    if owner is not None:
        counts = _put_all(_owner(owner), outcome, rejected, dry_run=dry_run)
    return {"rows": outcome.rows, **counts, "rejected": rejected}


class _Unwanted(Exception):  # noqa: N818 -- undoes a rehearsal
    """Everything was done to see what would happen."""


def _put_all(
    actor: Actor, outcome: command.Outcome, rejected: list[dict[str, Any]], *, dry_run: bool
) -> dict[str, int]:
    counts = {"created": 0, "merged": 0, "unchanged": 0}
    chunk = max(len(outcome.assets), 1) if dry_run else CHUNK
    with suppress(_Unwanted):
        for start in range(0, len(outcome.assets), chunk):
            with transaction():
                for record in outcome.assets[start : start + chunk]:
                    _put_one(actor, record, counts, rejected)
                if dry_run:
                    raise _Unwanted
    rejected.sort(key=itemgetter("row"))
    return counts


def _put_one(
    actor: Actor, record: AssetRecord, counts: dict[str, int], rejected: list[dict[str, Any]]
) -> None:
    others = len(record.source_rows) - 1
    try:
        change = assets.put(actor, record, source="command line")
    except Refused as refusal:
        reason = say("refusals", refusal.code, "en", **refusal.facts)
        rejected += [
            {"row": row, "code": refusal.code, "reason": reason} for row in record.source_rows
        ]
        return
    counts[change.outcome] += 1
    counts["unchanged" if change.outcome == "unchanged" else "merged"] += others


def import_events(file: str, *, owner: str | None = None, dry_run: bool = False) -> dict[str, Any]:
    """The command line's import of legal events: all of it or, with dry_run, none.

    Without an owner they are an operator's, for whatever rights they speak of.
    """
    reading = legal.read_file(_source(file))
    exchange = Actor(None, None, "operator", frozenset({"operator"}))
    taken = assets.legal_events.Taken(reading.format, reading.rows)
    with suppress(_Unwanted), transaction():
        actor = _owner(owner) if owner is not None else exchange
        taken = assets.legal_events.take_file(actor, reading)
        if dry_run:
            raise _Unwanted
    return {
        "format": taken.format,
        "rows": taken.rows,
        "created": taken.created,
        "known": taken.known,
        "assets": len(+taken.assets),
        "rejected": [
            {"row": r.row, "code": r.code, "reason": say("refusals", r.code, "en", **r.params)}
            for r in taken.rejected
        ],
    }


def records_of(file: str, form: str | None = None) -> Iterator[dict[str, Any]]:
    """The assets read from a file, as plain values."""
    outcome = command.read_file(_source(file), form, today=clock.today())
    yield from command.records_json(outcome)


def _source(file: str) -> Path | BinaryIO:
    if file == "-":
        return sys.stdin.buffer
    path = Path(file)
    if not path.is_file():
        raise Invalid("import.no_file", file=file)
    return path


def _owner(name: str) -> Actor:
    found = organisations.named(name)
    if found is None:
        raise Invalid("import.no_owner", owner=name)
    return Actor(None, found.id, "owner", found.capabilities | {"holder"})
