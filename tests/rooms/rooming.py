"""A room with folders and files, and people at its door, for tests."""

import io
from dataclasses import dataclass
from datetime import timedelta

from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.policy import Actor
from marketplace.listings.models import ListingState
from marketplace.organisations.models import Organisation
from marketplace.rooms import queries, services
from marketplace.rooms.models import Admission, DownloadRule, Room, RoomFile, RoomFolder
from tests import factories as a
from tests.documents import samples


@dataclass
class Story:
    """The seller's room, its first folder and file."""

    seller: Actor
    room: Room
    folder: RoomFolder
    file: RoomFile


def a_room(*, automatic: bool = False, state: ListingState = ListingState.PUBLISHED) -> Story:
    """A room of a listing with one folder and one PDF."""
    seller = a.actor(a.organisation("holder"))
    listing = a.listing(seller=db.session.get(Organisation, seller.organisation_id), state=state)
    room = services.open_room(seller, listing, automatic=automatic)
    folder = services.add_folder(seller, room, "技术资料")
    file = put(seller, folder, "试验报告.pdf")
    return Story(seller, room, folder, file)


def put(
    seller: Actor,
    folder: RoomFolder,
    name: str = "图纸.pdf",
    content: bytes | None = None,
    rule: DownloadRule | None = None,
) -> RoomFile:
    """A file of the folder."""
    file = services.add_file(seller, folder, io.BytesIO(content or samples.pdf()), name, rule=rule)
    db.session.flush()
    return file


def a_visitor(role: str = "manager") -> Actor:
    """Somebody of another organisation."""
    return a.actor(a.organisation("acquirer"), role)


def sign(visitor: Actor, room: Room) -> None:
    """For the visitor's organisation, by whoever may."""
    signatory = visitor
    if visitor.role not in {"owner", "manager"}:
        signatory = a.actor(db.session.get(Organisation, visitor.organisation_id))
    services.sign(
        signatory,
        room,
        password_proved=True,
        sha256=room.agreement.document.sha256,
        address="192.0.2.7",
    )


def admit(visitor: Actor, story: Story, *, days: float = 10) -> Admission:
    """Signed, asked and let in."""
    sign(visitor, story.room)
    admission = services.ask(visitor, story.room, reason="评估交易")
    if not admission.stands:
        services.grant(story.seller, admission, until=clock.now() + timedelta(days=days))
    return admission


def inside(visitor: Actor, story: Story) -> bool:
    """Whether the visitor is in this moment."""
    return queries.is_in(visitor, story.room)
