"""Reading rooms: the door for whoever sees the listing, the inside for those who are in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.errors import NotAllowed, NotFound
from marketplace.core.policy import Actor
from marketplace.listings.models import PUBLIC, Listing
from marketplace.organisations.models import Organisation
from marketplace.rooms import policy
from marketplace.rooms.models import (
    Admission,
    AdmissionState,
    Look,
    Room,
    RoomAgreement,
    RoomFile,
    RoomFileVersion,
    RoomFolder,
    RoomFolderReader,
    RoomInvitation,
    RoomLook,
    RoomQuestion,
    RoomSignature,
    RoomSigningRequest,
)


def _own(actor: Actor) -> Any:
    return Room.seller_id == actor.organisation_id


def _known(actor: Actor) -> Any:
    """Those that the person asked for, or that the organisation was invited to."""
    mine = select(Admission.room_id).where(
        Admission.user_id == actor.user_id, Admission.organisation_id == actor.organisation_id
    )
    invited = select(RoomInvitation.room_id).where(
        RoomInvitation.organisation_id == actor.organisation_id
    )
    return or_(Room.id.in_(mine), Room.id.in_(invited))


def get(actor: Actor, reference: str) -> Room:
    """A room whose door the actor sees; the others are not there."""
    found = db.session.scalar(
        select(Room)
        .join(Room.listing)
        .options(joinedload(Room.listing), joinedload(Room.seller))
        .where(Room.reference == reference.strip().upper()[:20])
    )
    if found is None or actor.user_id is None:
        raise NotFound("room")
    if policy.oversee.allows(actor, found) or found.listing.state in PUBLIC:
        return found
    known = db.session.scalar(select(Room.id).where(Room.id == found.id, _known(actor)))
    if known is None:
        raise NotFound("room")
    return found


def kept(actor: Actor, reference: str) -> Room:
    """A room of the actor's own organisation, to look after; others' are not there."""
    found = get(actor, reference)
    if not policy.keeps_room(actor, found):
        raise NotFound("room")
    return found


def overseen(actor: Actor, reference: str) -> Room:
    """A room of one's own, or any for the exchange and the authority."""
    found = get(actor, reference)
    if not policy.oversee.allows(actor, found):
        raise NotFound("room")
    return found


def of_listing(listing: Listing) -> Room | None:
    """The room of a listing."""
    return db.session.scalar(select(Room).where(Room.listing_id == listing.id))


def own(actor: Actor) -> list[Room]:
    """The organisation's own rooms, the latest first."""
    return _rooms(_own(actor))


def visited(actor: Actor) -> list[Room]:
    """Rooms that the person asked for or is invited to, the latest first."""
    return _rooms(_known(actor))


def _rooms(where: Any) -> list[Room]:
    found = select(Room).where(where).order_by(Room.id.desc()).limit(200)
    return list(
        db.session.scalars(found.options(joinedload(Room.listing), joinedload(Room.seller)))
    )


# ---- who is in ---------------------------------------------------------------------------------


def admission_of(actor: Actor, room: Room) -> Admission | None:
    """The person's own, for the organisation acted for."""
    if actor.user_id is None or actor.organisation_id is None:
        return None
    return db.session.scalar(
        select(Admission).where(
            Admission.room_id == room.id,
            Admission.user_id == actor.user_id,
            Admission.organisation_id == actor.organisation_id,
        )
    )


def signature_of(organisation_id: int | None, room: Room) -> RoomSignature | None:
    """The organisation's signature that counts: none older than the last text that all must sign."""
    since = max((one.number for one in room.agreements if one.renews), default=1)
    return db.session.scalar(
        select(RoomSignature)
        .join(RoomSignature.agreement)
        .where(
            RoomAgreement.room_id == room.id,
            RoomAgreement.number >= since,
            RoomSignature.organisation_id == organisation_id,
        )
        .order_by(RoomSignature.id.desc())
        .limit(1)
    )


def is_in(actor: Actor, room: Room) -> bool:
    """Whether the actor may look at what is in it, this moment."""
    if policy.oversee.allows(actor, room):
        return True
    admission = admission_of(actor, room)
    return (
        room.state == "open"
        and admission is not None
        and admission.stands
        and signature_of(actor.organisation_id, room) is not None
    )


def must_be_in(actor: Actor, room: Room) -> None:
    """What is inside is not there for whoever is not in."""
    if not is_in(actor, room):
        raise NotFound("room")


def is_invited(organisation_id: int | None, room: Room) -> bool:
    """Whether the seller has asked the organisation in."""
    found = select(RoomInvitation.id).where(
        RoomInvitation.room_id == room.id, RoomInvitation.organisation_id == organisation_id
    )
    return db.session.scalar(found) is not None


def admissions(room: Room) -> list[Admission]:
    """Everybody who asked, those who wait first."""
    found = (
        select(Admission)
        .where(Admission.room_id == room.id)
        .options(joinedload(Admission.user), joinedload(Admission.organisation))
        .order_by((Admission.state != AdmissionState.ASKED), Admission.id.desc())
    )
    return list(db.session.scalars(found))


def admission(actor: Actor, admission_id: int) -> Admission:
    """One of a room of one's own."""
    found = db.session.get(Admission, admission_id)
    if found is None or not policy.keeps_room(actor, found.room):
        raise NotFound("admission")
    return found


def invitations(room: Room) -> list[RoomInvitation]:
    """Organisations that were asked in."""
    found = select(RoomInvitation).where(RoomInvitation.room_id == room.id)
    return list(
        db.session.scalars(
            found.options(joinedload(RoomInvitation.organisation)).order_by(RoomInvitation.id)
        )
    )


def signatures(room: Room) -> list[RoomSignature]:
    """Who signed, the latest first."""
    found = (
        select(RoomSignature)
        .join(RoomSignature.agreement)
        .where(RoomAgreement.room_id == room.id)
        .options(
            joinedload(RoomSignature.agreement),
            joinedload(RoomSignature.user),
            joinedload(RoomSignature.organisation),
            joinedload(RoomSignature.paper),
        )
        .order_by(RoomSignature.id.desc())
    )
    return list(db.session.scalars(found))


def organisation_named(text: str) -> Organisation | None:
    """A verified organisation by its exact name or number."""
    wanted = text.strip()
    if not wanted:
        return None
    return db.session.scalar(
        select(Organisation)
        .where(
            or_(
                Organisation.name == wanted,
                Organisation.name_en == wanted,
                Organisation.slug == wanted,
            )
        )
        .order_by(Organisation.id)
        .limit(1)
    )


# ---- what is in it -----------------------------------------------------------------------------


def folders(actor: Actor, room: Room) -> list[RoomFolder]:
    """The folders that the actor sees, each before those in it."""
    found = db.session.scalars(
        select(RoomFolder)
        .where(RoomFolder.room_id == room.id)
        .options(
            selectinload(RoomFolder.readers).joinedload(RoomFolderReader.organisation),
            selectinload(RoomFolder.files)
            .selectinload(RoomFile.versions)
            .options(joinedload(RoomFileVersion.document), joinedload(RoomFileVersion.user)),
        )
        .order_by(RoomFolder.position, RoomFolder.id)
    ).all()
    everything = policy.oversee.allows(actor, room)
    seen = [f for f in found if everything or f.is_open_to(actor.organisation_id)]
    return _in_order(seen, None)


def _in_order(seen: Sequence[RoomFolder], parent_id: int | None) -> list[RoomFolder]:
    found: list[RoomFolder] = []
    for folder in seen:
        if folder.parent_id == parent_id:
            found += [folder, *_in_order(seen, folder.id)]
    return found


def files(folder: RoomFolder) -> list[RoomFile]:
    """The files of a folder that are still there."""
    return [file for file in folder.files if file.removed_at is None]


def all_files(actor: Actor, room: Room) -> list[RoomFile]:
    """Every file that the actor sees, in order."""
    return [file for folder in folders(actor, room) for file in files(folder)]


def folder(actor: Actor, room: Room, folder_id: int) -> RoomFolder:
    """A folder of this room that the actor sees."""
    found = db.session.get(RoomFolder, folder_id)
    if found is None or found.room_id != room.id:
        raise NotFound("room_folder")
    if not policy.oversee.allows(actor, room) and not found.is_open_to(actor.organisation_id):
        raise NotFound("room_folder")
    return found


def file(actor: Actor, room: Room, file_id: int) -> RoomFile:
    """A file of this room that the actor sees and that is still there."""
    found = db.session.get(RoomFile, file_id)
    if found is None or found.removed_at is not None:
        raise NotFound("room_file")
    folder(actor, room, found.folder_id)
    return found


def version(actor: Actor, room: Room, version_id: int) -> RoomFileVersion:
    """A version to look at: the current one, or any for the seller, the exchange and the authority."""
    must_be_in(actor, room)
    found = db.session.get(RoomFileVersion, version_id)
    if found is None:
        raise NotFound("room_file")
    if policy.oversee.allows(actor, room):
        if found.file.folder.room_id != room.id:
            raise NotFound("room_file")
        return found
    if file(actor, room, found.file_id).current is not found:
        raise NotFound("room_file")
    return found


def may(actor: Actor, room: Room, file_: RoomFile, how: Look) -> bool:
    """Whether the rule of the file lets the actor do this; the seller may do everything."""
    if policy.keeps_room(actor, room):
        return True
    allowed = {
        "view": {Look.VIEW},
        "watermarked": {Look.VIEW, Look.COPY},
        "original": {Look.VIEW, Look.COPY, Look.ORIGINAL},
    }
    return how in allowed[file_.rule.value]


def must_be_allowed(actor: Actor, room: Room, file_: RoomFile, how: Look) -> None:
    """The rule of the file, or a refusal that names it."""
    if not may(actor, room, file_, how):
        raise NotAllowed("room.download", needs=[f"room_rule_{file_.rule.value}"])


# ---- who looked --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Filters:
    """Which lines of the log."""

    organisation_id: int | None = None
    how: Look | None = None
    since: date | None = None
    until: date | None = None


def looks(actor: Actor, room: Room, filters: Filters | None = None) -> Select[tuple[RoomLook]]:
    """The log, latest first: all of it for the seller and overseers, one's own for a visitor."""
    filters = filters or Filters()
    found = select(RoomLook).where(RoomLook.room_id == room.id)
    if not policy.oversee.allows(actor, room):
        found = found.where(
            RoomLook.user_id == actor.user_id, RoomLook.organisation_id == actor.organisation_id
        )
    if filters.organisation_id is not None:
        found = found.where(RoomLook.organisation_id == filters.organisation_id)
    if filters.how is not None:
        found = found.where(RoomLook.how == filters.how)
    if filters.since:
        found = found.where(RoomLook.created_at >= _begin(filters.since))
    if filters.until:
        found = found.where(RoomLook.created_at < _begin(filters.until + timedelta(days=1)))
    return found.options(
        joinedload(RoomLook.user),
        joinedload(RoomLook.organisation),
        joinedload(RoomLook.version).joinedload(RoomFileVersion.document),
    ).order_by(RoomLook.id.desc())


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), clock.BEIJING)


@dataclass(frozen=True)
class Interest:
    """How much an organisation has looked."""

    organisation: Organisation
    people: int
    files: int
    looks: int
    last_at: datetime


def interest(room: Room) -> list[Interest]:
    """Each organisation of visitors, the one that looked most first."""
    rows = db.session.execute(
        select(
            Organisation,
            func.count(RoomLook.user_id.distinct()),
            func.count(RoomFileVersion.file_id.distinct()),
            func.count(RoomLook.id),
            func.max(RoomLook.created_at),
        )
        .join(RoomLook, RoomLook.organisation_id == Organisation.id)
        .join(RoomLook.version)
        .where(RoomLook.room_id == room.id, Organisation.id != room.seller_id)
        .group_by(Organisation.id)
        .order_by(func.count(RoomLook.id).desc(), Organisation.id)
    ).all()
    return [Interest(*row) for row in rows]


# ---- questions ---------------------------------------------------------------------------------


def questions(actor: Actor, room: Room) -> list[RoomQuestion]:
    """All for the seller and overseers; for a visitor the own ones and those that are shared."""
    found = select(RoomQuestion).where(RoomQuestion.room_id == room.id)
    if not policy.oversee.allows(actor, room):
        found = found.where(
            or_(
                RoomQuestion.shared.is_(True),
                (RoomQuestion.user_id == actor.user_id)
                & (RoomQuestion.organisation_id == actor.organisation_id),
            )
        )
    return list(
        db.session.scalars(
            found.options(
                joinedload(RoomQuestion.user), joinedload(RoomQuestion.organisation)
            ).order_by(RoomQuestion.id.desc())
        )
    )


def question(actor: Actor, question_id: int) -> RoomQuestion:
    """One of a room of one's own."""
    found = db.session.get(RoomQuestion, question_id)
    if found is None or not policy.keeps_room(actor, found.room):
        raise NotFound("room_question")
    return found


def question_by_key(key: str) -> RoomQuestion | None:
    """The question that a form put already."""
    return db.session.scalar(select(RoomQuestion).where(RoomQuestion.key == key))


def signing_request(actor: Actor, room: Room) -> RoomSigningRequest | None:
    """What the person has asked the colleagues already."""
    return db.session.scalar(
        select(RoomSigningRequest).where(
            RoomSigningRequest.room_id == room.id,
            RoomSigningRequest.user_id == actor.user_id,
            RoomSigningRequest.organisation_id == actor.organisation_id,
        )
    )


def people_in(room: Room) -> list[int]:
    """The users whose admission stands."""
    found = select(Admission.user_id).where(
        Admission.room_id == room.id,
        Admission.state == AdmissionState.ADMITTED,
        Admission.expires_at > clock.now(),
    )
    return list(db.session.scalars(found.distinct().order_by(Admission.user_id)))
