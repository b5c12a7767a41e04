"""Reading documents: the public ones, one's own, and those one is a named reader of."""

from collections.abc import Iterable, Iterator

from sqlalchemy import Select, exists, or_, select, true, tuple_

from marketplace.core.db import Record, db
from marketplace.core.errors import NotFound
from marketplace.core.policy import SYSTEM, Actor
from marketplace.documents import storage
from marketplace.documents.models import Document, DocumentReader, Visibility

READS_EVERYTHING = {"operator", "regulator"}


def visible_to(actor: Actor) -> Select[tuple[Document]]:
    """What the actor may read. The exchange and the authority read everything."""
    if actor is SYSTEM or actor.capabilities & READS_EVERYTHING:
        return select(Document).where(true())
    public = Document.visibility == Visibility.PUBLIC
    if actor.organisation_id is None:
        return select(Document).where(public)
    is_reader = exists().where(
        DocumentReader.document_id == Document.id,
        DocumentReader.organisation_id == actor.organisation_id,
    )
    own = Document.organisation_id == actor.organisation_id
    return select(Document).where(or_(public, own, is_reader))


def get(actor: Actor, document_id: int) -> Document:
    """One document; what the actor may not read is not there."""
    found = db.session.scalar(visible_to(actor).where(Document.id == document_id))
    if found is None:
        raise NotFound("document")
    return found


def readable(actor: Actor, ids: Iterable[int | None]) -> set[int]:
    """Which of these documents the actor may open; a page links no others."""
    wanted = [each for each in ids if each is not None]
    if not wanted:
        return set()
    found = visible_to(actor).where(Document.id.in_(wanted))
    return set(db.session.scalars(found.with_only_columns(Document.id)))


def of(actor: Actor, subject: Record, *, purpose: str = "") -> list[Document]:
    """The documents of a record (a deal, an asset), newest first."""
    wanted = visible_to(actor).where(
        Document.subject_kind == subject.__tablename__, Document.subject_id == subject.id
    )
    if purpose:
        wanted = wanted.where(Document.purpose == purpose)
    return list(db.session.scalars(wanted.order_by(Document.id.desc())))


def public_of(subjects: Iterable[Record]) -> list[Document]:
    """What everybody may read of the documents of these records, newest first."""
    pairs = [(subject.__tablename__, subject.id) for subject in subjects]
    if not pairs:
        return []
    found = select(Document).where(
        Document.visibility == Visibility.PUBLIC,
        tuple_(Document.subject_kind, Document.subject_id).in_(pairs),
    )
    return list(db.session.scalars(found.order_by(Document.id.desc())))


def same_as(
    sha256: str, *, organisation_id: int | None, purpose: str, subject: Record | None
) -> Document | None:
    """The document that an upload repeats: same content, purpose, subject and organisation."""
    return db.session.scalar(
        select(Document)
        .where(
            Document.sha256 == sha256,
            Document.organisation_id == organisation_id,
            Document.purpose == purpose,
            Document.subject_kind == (subject.__tablename__ if subject else ""),
            Document.subject_id == (subject.id if subject else None),
        )
        .order_by(Document.id)
        .limit(1)
    )


def damaged() -> Iterator[Document]:
    """Documents whose content is lost or changed on disk; for the audit's proof."""
    for document in db.session.scalars(select(Document).order_by(Document.id)):
        if not (storage.exists(document.sha256) and storage.verify(document.sha256)):
            yield document
