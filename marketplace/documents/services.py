"""Verbs of documents: put down, attach to a record, let others read."""

from collections.abc import Collection, Iterable

from marketplace.core import events
from marketplace.core.db import Record, db
from marketplace.core.policy import Actor, require
from marketplace.documents import clamav, policy, queries, sniff, storage
from marketplace.documents.models import Document, DocumentReader, Visibility

LARGEST = 50 << 20


def store(
    actor: Actor,
    stream: storage.Readable,
    filename: str,
    *,
    purpose: str,
    subject: Record | None = None,
    visibility: Visibility = Visibility.READERS,
    readers: Iterable[int] = (),
    allowed: Collection[sniff.Kind] = sniff.EVERYTHING,
) -> Document:
    """Keep an upload after a look at what it really is. The same upload twice is one document.

    `readers` are the organisations that may read it besides the actor's own.
    """
    require(actor, policy.store)
    with storage.receive(stream, cap=LARGEST) as incoming:
        finding = sniff.inspect(incoming.path, filename, allowed=allowed)
        clamav.scan(incoming.path)
        incoming.keep()
    return _record(
        actor,
        Document(
            sha256=incoming.sha256,
            size=incoming.size,
            media_type=finding.media_type,
            filename=finding.filename,
            purpose=purpose,
            organisation_id=actor.organisation_id,
            visibility=visibility,
        ),
        subject,
        readers,
    )


def keep(
    actor: Actor,
    content: bytes,
    filename: str,
    *,
    purpose: str,
    subject: Record | None = None,
    visibility: Visibility = Visibility.READERS,
    readers: Iterable[int] = (),
    media_type: str = "application/pdf",
    organisation_id: int | None = None,
) -> Document:
    """Keep a file of our own making (a contract, a certificate) for the parties named as readers.

    Callers have already proved that the actor may have it made; it belongs to
    `organisation_id`, or to nobody but its readers.
    """
    return _record(
        actor,
        Document(
            sha256=storage.put(content),
            size=len(content),
            media_type=media_type,
            filename=sniff.clean_name(filename),
            purpose=purpose,
            organisation_id=organisation_id,
            visibility=visibility,
        ),
        subject,
        readers,
    )


def attach(actor: Actor, document: Document, subject: Record) -> None:
    """Say which record a document belongs to, once that record exists."""
    require(actor, policy.share, document)
    db.session.flush()  # the subject needs its id
    document.subject_kind, document.subject_id = subject.__tablename__, subject.id


def share(actor: Actor, document: Document, organisation_ids: Iterable[int]) -> None:
    """Let more organisations read a document; who reads already stays."""
    require(actor, policy.share, document)
    added = _add_readers(document, organisation_ids)
    if added:
        events.record(document, "document.share", by=actor, readers=added)


def publish(actor: Actor, document: Document) -> None:
    """Let everybody read a document."""
    require(actor, policy.share, document)
    if document.visibility is not Visibility.PUBLIC:
        document.visibility = Visibility.PUBLIC
        events.record(document, "document.publish", by=actor)


def hide(actor: Actor, document: Document) -> None:
    """Take a document back from the public; its readers keep it."""
    require(actor, policy.share, document)
    if document.visibility is Visibility.PUBLIC:
        document.visibility = Visibility.READERS
        events.record(document, "document.hide", by=actor)


def _record(
    actor: Actor, document: Document, subject: Record | None, readers: Iterable[int]
) -> Document:
    db.session.flush()  # a new subject needs its id
    known = queries.same_as(
        document.sha256,
        organisation_id=document.organisation_id,
        purpose=document.purpose,
        subject=subject,
    )
    if known is not None:
        _add_readers(known, readers)
        return known
    if subject is not None:
        document.subject_kind, document.subject_id = subject.__tablename__, subject.id
    document.uploaded_by_id = actor.user_id
    db.session.add(document)
    _add_readers(document, readers)
    events.record(
        document,
        "document.store",
        by=actor,
        filename=document.filename,
        sha256=document.sha256,
        purpose=document.purpose,
    )
    return document


def _add_readers(document: Document, organisation_ids: Iterable[int]) -> list[int]:
    known = {reader.organisation_id for reader in document.readers} | {document.organisation_id}
    added = [each for each in dict.fromkeys(organisation_ids) if each not in known]
    document.readers.extend(DocumentReader(organisation_id=each) for each in added)
    return added
