"""A file of rights on its way into a portfolio: uploaded, mapped, put on record chunk by chunk."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from marketplace.assets import policy
from marketplace.assets.importing.records import AssetRecord, Note, Rejected
from marketplace.assets.models import ImportBatch, ImportLine, ImportMapping, ImportState
from marketplace.assets.services.records import put
from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.errors import Refused
from marketplace.core.events import plain
from marketplace.core.lifecycle import advance
from marketplace.core.policy import SYSTEM, Actor, require
from marketplace.documents.models import Document


def upload(actor: Actor, document: Document, *, form: str, rows: int = 0) -> ImportBatch:
    """Keep an uploaded file as an import that has not started."""
    require(actor, policy.run_import)
    batch = ImportBatch(
        organisation_id=actor.organisation,
        user_id=actor.user_id,
        document_id=document.id,
        format=form,
        rows=rows,
        mapping={},
    )
    db.session.add(batch)
    events.record(batch, "import.upload", by=actor, filename=document.filename)
    return batch


def start_import(actor: Actor, batch: ImportBatch, *, mapping: dict[str, Any]) -> None:
    """Queue the import with the mapping that the person has seen and settled."""
    require(actor, policy.run_import)
    batch.mapping = mapping
    advance(batch, "start", by=actor)


def cancel_import(actor: Actor, batch: ImportBatch) -> None:
    """Drop an import, or stop one that runs: what it has put on record stays."""
    require(actor, policy.run_import)
    advance(batch, "cancel", by=actor)
    batch.finished_at = clock.now()


def remember_mapping(actor: Actor, signature: str, mapping: dict[str, Any]) -> None:
    """Understand the same headers the same way next time."""
    require(actor, policy.run_import)
    known = _mapping(actor, signature)
    if known is None:
        try:
            with db.session.begin_nested():
                db.session.add(
                    ImportMapping(
                        organisation_id=actor.organisation, signature=signature, mapping=mapping
                    )
                )
        except IntegrityError:  # a colleague imports the same kind of file just now
            known = _mapping(actor, signature)
    if known is not None:
        known.mapping = mapping


def _mapping(actor: Actor, signature: str) -> ImportMapping | None:
    return db.session.scalar(
        select(ImportMapping).where(
            ImportMapping.organisation_id == actor.organisation,
            ImportMapping.signature == signature,
        )
    )


def remembered_mapping(actor: Actor, signature: str) -> dict[str, Any] | None:
    """How these headers were understood last time."""
    require(actor, policy.run_import)
    known = _mapping(actor, signature)
    return known.mapping if known else None


def begin(
    batch: ImportBatch, *, rows: int, rejected: Sequence[Rejected], notes: Sequence[Note]
) -> None:
    """The file has been read: the rows that became nothing get their line.

    Where a worker died, the next goes on after the last row that has its line.
    """
    goes_on = batch.state is ImportState.RUNNING
    advance(batch, "run", by=SYSTEM)
    if goes_on:
        return
    batch.rows, batch.seen, batch.rejected = rows, len(rejected), len(rejected)
    batch.notes = [[n.code, dict(n.params)] for n in notes if n.row == 0]
    db.session.add_all(
        ImportLine(
            batch_id=batch.id,
            row=r.row,
            outcome="rejected",
            code=r.code,
            facts=dict(r.params),
            text=r.text[:500],
        )
        for r in rejected
    )


def take(
    actor: Actor,
    batch: ImportBatch,
    records: Sequence[AssetRecord],
    notes: Mapping[int, Sequence[Note]],
) -> bool:
    """Put a chunk of records on record; each of their rows gets its line.

    False when the import was cancelled meanwhile. Rows that have their line are not taken again.
    """
    require(actor, policy.run_import)
    lock(batch)
    if batch.state is not ImportState.RUNNING:
        return False
    rows = [row for record in records for row in record.source_rows]
    done = set(
        db.session.scalars(
            select(ImportLine.row).where(ImportLine.batch_id == batch.id, ImportLine.row.in_(rows))
        )
    )
    for record in records:
        if not done.intersection(record.source_rows):
            _take_one(actor, batch, record, notes)
    return True


def _take_one(
    actor: Actor, batch: ImportBatch, record: AssetRecord, notes: Mapping[int, Sequence[Note]]
) -> None:
    rows = record.source_rows or (0,)
    text = (record.title or record.title_en or "")[:500]
    batch.seen += len(rows)
    try:
        change = put(actor, record, source=f"import:{batch.id}")
    except Refused as refusal:
        batch.rejected += len(rows)
        db.session.add_all(
            ImportLine(
                batch_id=batch.id,
                row=row,
                outcome="rejected",
                code=refusal.code,
                facts=plain(refusal.facts),
                text=text,
            )
            for row in rows
        )
        return
    for position, row in enumerate(rows):
        outcome = change.outcome if position == 0 or change.outcome == "unchanged" else "merged"
        said = [(n.code, dict(n.params)) for n in notes.get(row, ())]
        said += change.notes if position == 0 else ()
        setattr(batch, outcome, getattr(batch, outcome) + 1)
        db.session.add(
            ImportLine(
                batch_id=batch.id,
                row=row,
                outcome=outcome,
                notes=[list(pair) for pair in said],
                text=text,
                asset_id=change.asset.id,
            )
        )


def finish(batch: ImportBatch) -> None:
    """All rows have their line."""
    advance(
        batch,
        "finish",
        by=SYSTEM,
        created=batch.created,
        merged=batch.merged,
        unchanged=batch.unchanged,
        rejected=batch.rejected,
    )
    batch.finished_at = clock.now()


def fail(batch: ImportBatch, code: str, facts: Mapping[str, Any] | None = None) -> None:
    """The file as a whole could not be read, or its import broke off."""
    advance(batch, "fail", by=SYSTEM, because=code)
    batch.failure, batch.failure_facts = code, plain(dict(facts or {}))
    batch.finished_at = clock.now()
