"""Running queued imports, and imports from the command line."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import or_, select

from marketplace.assets import services as assets
from marketplace.assets.importing import command
from marketplace.assets.importing.mapping import ColumnMapping
from marketplace.assets.models import ImportBatch, ImportState
from marketplace.core import clock
from marketplace.core.db import db, lock, transaction
from marketplace.core.errors import Invalid, Refused
from marketplace.core.policy import Actor
from marketplace.core.words import say
from marketplace.documents import storage
from marketplace.organisations import queries as organisations
from marketplace.organisations.models import Organisation

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
    """One import from its file to its result; cut short, it begins again from the file."""
    batch = db.session.get_one(ImportBatch, batch_id)
    path, form = storage.path(batch.document.sha256), batch.format
    mapping = mapping_from(batch.mapping)
    db.session.rollback()  # reading the file may take minutes: no snapshot is held open
    try:
        outcome = command.read_file(path, form or None, mapping, today=clock.today())
    except Refused as refusal:
        with transaction():
            assets.fail(db.session.get_one(ImportBatch, batch_id), refusal.code)
        return
    with transaction():
        batch = db.session.get_one(ImportBatch, batch_id)
        assets.begin(batch, rows=outcome.rows, rejected=outcome.rejected)
        actor = _actor_of(batch)
    for start in range(0, len(outcome.assets), CHUNK):
        with transaction():
            batch = db.session.get_one(ImportBatch, batch_id)
            lock(batch)
            assets.take(actor, batch, outcome.assets[start : start + CHUNK])
    with transaction():
        assets.finish(db.session.get_one(ImportBatch, batch_id))


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
    """The command line's import, straight into a portfolio: all of it or, with dry_run, none."""
    outcome = command.read_file(_path(file), form, today=clock.today())
    counts = {"created": outcome.created, "merged": outcome.merged, "unchanged": outcome.unchanged}
    rejected = [
        {"row": r.row, "code": r.code, "reason": say("refusals", r.code, "en", **r.params)}
        for r in outcome.rejected
    ]
    if owner is not None and not dry_run:
        counts = _put_all(_owner(owner), outcome, rejected)
    return {"rows": outcome.rows, **counts, "rejected": rejected}


def _put_all(actor: Actor, outcome: Any, rejected: list[dict[str, Any]]) -> dict[str, int]:
    counts = {"created": 0, "merged": 0, "unchanged": outcome.unchanged}
    for start in range(0, len(outcome.assets), CHUNK):
        with transaction():
            for record in outcome.assets[start : start + CHUNK]:
                change = assets.put(actor, record, source="command line")
                counts[change.outcome] += 1
                others = len(record.source_rows) - 1
                counts["unchanged" if change.outcome == "unchanged" else "merged"] += others
    counts["unchanged"] = outcome.rows - counts["created"] - counts["merged"] - len(rejected)
    return counts


def records_of(file: str, form: str | None = None) -> Iterator[dict[str, Any]]:
    """The assets read from a file, as plain values."""
    outcome = command.read_file(_path(file), form, today=clock.today())
    yield from command.records_json(outcome)


def _path(file: str) -> Path:
    path = Path("/dev/stdin") if file == "-" else Path(file)
    if file != "-" and not path.is_file():
        raise Invalid("import.no_file", file=file)
    return path


def _owner(name: str) -> Actor:
    found = organisations.named(name)
    if found is None:
        raise Invalid("import.no_owner", owner=name)
    return Actor(None, found.id, "owner", found.capabilities | {"holder"})
