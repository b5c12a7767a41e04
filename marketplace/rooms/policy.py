"""Who may keep a room, and who may ask for it. Who is in is the register's answer (queries)."""

from marketplace.core.policy import (
    Actor,
    Permission,
    is_operator,
    is_regulator,
    is_signed_in,
    may_manage,
)
from marketplace.listings.models import Listing
from marketplace.rooms.models import Admission, Room, RoomQuestion


def is_listing_of_own(actor: Actor, listing: Listing) -> bool:
    """The listing is your organisation's."""
    return actor.organisation_id is not None and actor.organisation_id == listing.seller_id


def keeps_room(actor: Actor, room: Room) -> bool:
    """The room is your organisation's."""
    return actor.organisation_id is not None and actor.organisation_id == room.seller_id


def is_visitor(actor: Actor, room: Room) -> bool:
    """You act for another organisation than the one whose room it is, and not for the authority."""
    own = actor.organisation_id is None or actor.organisation_id == room.seller_id
    return not own and not is_regulator(actor, room)


def keeps_room_of_admission(actor: Actor, admission: Admission) -> bool:
    """The room is your organisation's."""
    return keeps_room(actor, admission.room)


def keeps_room_of_question(actor: Actor, question: RoomQuestion) -> bool:
    """The room is your organisation's."""
    return keeps_room(actor, question.room)


open_room = Permission("room.open", ((is_listing_of_own, may_manage),))
keep = Permission("room.keep", ((keeps_room, may_manage),))
oversee = Permission("room.oversee", ((keeps_room,), (is_operator,), (is_regulator,)))
sign = Permission("room.sign", ((is_signed_in, is_visitor, may_manage),))
look = Permission("room.look", ((is_signed_in,),))
ask = Permission("admission.ask", ((is_signed_in, is_visitor),))
decide = Permission("admission.decide", ((keeps_room_of_admission, may_manage),))
put_question = Permission("room_question.ask", ((is_signed_in, is_visitor),))
answer = Permission("room_question.answer", ((keeps_room_of_question, may_manage),))
