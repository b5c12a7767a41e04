"""Looking at a file: allowed, then written down, then given out."""

from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.errors import Refused
from marketplace.core.policy import Actor, require
from marketplace.rooms import copies, policy, queries
from marketplace.rooms.models import Look, Room, RoomFileVersion, RoomLook


def look(
    actor: Actor, room: Room, version_id: int, how: Look, *, address: str = ""
) -> RoomFileVersion:
    """The version, once it is in the log that the actor looked at it.

    Who may is worked out anew at each look: being in, the folder, the rule of the file.
    """
    require(actor, policy.look, room)
    found = queries.version(actor, room, version_id)
    queries.must_be_allowed(actor, room, found.file, how)
    if how is not Look.ORIGINAL and not copies.can_be_shown(found.document.media_type):
        raise Refused("room.cannot_be_shown")
    db.session.add(
        RoomLook(
            room_id=room.id,
            version=found,
            user_id=actor.user,
            organisation_id=actor.organisation_id,
            how=how,
            address=address,
            created_at=clock.now(),
        )
    )
    return found
