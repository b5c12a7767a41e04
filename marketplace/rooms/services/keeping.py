"""The seller keeps the room: opens it, fills it, closes it."""

from collections.abc import Iterable

from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, NotFound, Refused
from marketplace.core.lifecycle import advance
from marketplace.core.policy import Actor, require
from marketplace.core.references import next_reference
from marketplace.documents import services as documents
from marketplace.documents import sniff
from marketplace.documents.models import Document
from marketplace.documents.storage import Readable
from marketplace.listings.models import Listing
from marketplace.rooms import papers, policy, queries
from marketplace.rooms.models import (
    DownloadRule,
    Room,
    RoomAgreement,
    RoomFile,
    RoomFileVersion,
    RoomFolder,
    RoomFolderReader,
)

LONGEST_DAYS = 365
DEEPEST = 4  # levels of folders
MOST_FOLDERS = 200
LONGEST_TEXT = 5000


def open_room(actor: Actor, listing: Listing, *, automatic: bool = False, days: int = 30) -> Room:
    """Open the room of a listing, with the standard secrecy agreement; a second time it is there."""
    require(actor, policy.open_room, listing)
    lock(listing)
    known = queries.of_listing(listing)
    if known is not None:
        return known
    _check_days(days)
    room = Room(
        reference=next_reference("DR"),
        listing=listing,
        seller_id=listing.seller_id,
        automatic=automatic,
        days=days,
    )
    db.session.add(room)
    db.session.flush()
    agreement = papers.standard_agreement(room, number=1, drawn_at=clock.now())
    document = documents.keep(
        actor,
        agreement,
        f"{room.reference}-NDA-1.pdf",
        purpose="room_agreement",
        subject=room,
        organisation_id=room.seller_id,
    )
    room.agreements.append(
        RoomAgreement(number=1, standard=True, document=document, user_id=actor.user)
    )
    events.record(room, "room.open", by=actor, listing=listing.reference)
    return room


def revise(actor: Actor, room: Room, *, automatic: bool, days: int) -> None:
    """Whether who signed is let in at once, and for how long an admission lasts."""
    require(actor, policy.keep, room)
    _check_days(days)
    if (room.automatic, room.days) == (automatic, days):
        return
    room.automatic, room.days = automatic, days
    events.record(room, "room.revise", by=actor, automatic=automatic, days=days)


def close(actor: Actor, room: Room, *, because: str = "") -> None:
    """Nobody but the seller gets in any more, from the next click."""
    require(actor, policy.keep, room)
    advance(room, "close", by=actor, because=because.strip()[:2000])


def reopen(actor: Actor, room: Room) -> None:
    """Those whose admission still stands get in again."""
    require(actor, policy.keep, room)
    advance(room, "reopen", by=actor)


def _check_days(days: int) -> None:
    if not 1 <= days <= LONGEST_DAYS:
        raise Invalid("room.days_out_of_range", fields={"days": "room.days_out_of_range"})


# ---- folders -----------------------------------------------------------------------------------


def add_folder(
    actor: Actor,
    room: Room,
    name: str,
    *,
    parent: RoomFolder | None = None,
    rule: DownloadRule = DownloadRule.VIEW,
) -> RoomFolder:
    """A folder in the room or in another folder of it."""
    require(actor, policy.keep, room)
    if parent is not None and parent.room_id != room.id:
        raise NotFound("room_folder")
    if parent is not None and parent.depth + 1 >= DEEPEST:
        raise Invalid("room.too_deep", fields={"parent": "room.too_deep"})
    if len(room.folders) >= MOST_FOLDERS:
        raise Refused("room.too_many_folders")
    folder = RoomFolder(
        room=room, parent=parent, name=_name(name), rule=rule, position=len(room.folders)
    )
    db.session.add(folder)
    events.record(room, "room.add_folder", by=actor, name=folder.name)
    return folder


def revise_folder(
    actor: Actor,
    folder: RoomFolder,
    *,
    name: str,
    rule: DownloadRule,
    position: int,
    restricted: bool,
    readers: Iterable[int] = (),
) -> None:
    """Its name, place, rule, and who of those who are in may see it."""
    require(actor, policy.keep, folder.room)
    folder.name, folder.rule, folder.position = _name(name), rule, position
    folder.restricted = restricted
    wanted = set(readers) - {folder.room.seller_id}
    folder.readers = [r for r in folder.readers if r.organisation_id in wanted]
    db.session.flush()
    known = {reader.organisation_id for reader in folder.readers}
    folder.readers.extend(RoomFolderReader(organisation_id=o) for o in sorted(wanted - known))
    events.record(
        folder.room,
        "room.revise_folder",
        by=actor,
        name=folder.name,
        rule=rule,
        restricted=restricted,
        readers=sorted(wanted),
    )


def _name(name: str) -> str:
    found = " ".join(name.split())
    if not found or len(found) > 120:
        raise Invalid("room.name_missing", fields={"name": "room.name_missing"})
    return found


# ---- files -------------------------------------------------------------------------------------


def add_file(
    actor: Actor,
    folder: RoomFolder,
    stream: Readable,
    filename: str,
    *,
    description: str = "",
    rule: DownloadRule | None = None,
) -> RoomFile:
    """Put a file into a folder; the content decides what it is, and nobody else reads it elsewhere."""
    require(actor, policy.keep, folder.room)
    document = _stored(actor, folder.room, stream, filename)
    file = RoomFile(
        folder=folder,
        description=_description(description),
        own_rule=rule,
        position=len(folder.files),
    )
    file.versions.append(
        RoomFileVersion(
            number=1,
            filename=sniff.clean_name(filename),
            document=document,
            user_id=actor.user,
        )
    )
    db.session.add(file)
    events.record(
        folder.room,
        "room.add_file",
        by=actor,
        name=sniff.clean_name(filename),
        sha256=document.sha256,
    )
    return file


def add_version(actor: Actor, file: RoomFile, stream: Readable, filename: str) -> RoomFileVersion:
    """A newer version: visitors see it instead; the older ones stay for the seller and the log."""
    room = file.folder.room
    require(actor, policy.keep, room)
    lock(file)
    if file.removed_at is not None:
        raise NotFound("room_file")
    document = _stored(actor, room, stream, filename)
    if document.sha256 == file.current.document.sha256:
        return file.current
    version = RoomFileVersion(
        number=file.current.number + 1,
        filename=sniff.clean_name(filename),
        document=document,
        user_id=actor.user,
    )
    file.versions.append(version)
    events.record(
        room,
        "room.add_version",
        by=actor,
        name=sniff.clean_name(filename),
        number=version.number,
        sha256=document.sha256,
    )
    return version


def revise_file(
    actor: Actor,
    file: RoomFile,
    *,
    description: str,
    rule: DownloadRule | None,
    position: int,
    folder: RoomFolder,
) -> None:
    """What it is about, its place, and what a visitor may do with it."""
    require(actor, policy.keep, file.folder.room)
    if folder.room_id != file.folder.room_id:
        raise NotFound("room_folder")
    file.description, file.own_rule, file.position = _description(description), rule, position
    file.folder = folder
    events.record(
        folder.room, "room.revise_file", by=actor, name=file.name, rule=rule, folder=folder.name
    )


def remove_file(actor: Actor, file: RoomFile) -> None:
    """Out of the room; what was seen of it stays in the log."""
    require(actor, policy.keep, file.folder.room)
    if file.removed_at is None:
        file.removed_at = clock.now()
        events.record(file.folder.room, "room.remove_file", by=actor, name=file.name)


def _stored(actor: Actor, room: Room, stream: Readable, filename: str) -> Document:
    return documents.store(actor, stream, filename, purpose="room_file", subject=room)


def _description(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise Invalid("room.text_too_long", fields={"description": "room.text_too_long"})
    return text.strip()
