"""The papers of a room: the standard secrecy agreement, and the record of a signature under one."""

from datetime import datetime

from marketplace.core.words import say
from marketplace.documents import papers, typeset
from marketplace.documents.letterhead import site
from marketplace.organisations.models import Organisation
from marketplace.rooms.models import Room, RoomSignature

AGREEMENT, RECORD = "nda_room.typ", "nda_record.typ"
SECRET_YEARS = 3  # after the last look; what is a trade secret stays one as long as it is


def _party(organisation: Organisation) -> dict[str, str]:
    return {
        "name": organisation.name,
        "name_en": organisation.name_en or "",
        "number": organisation.uscc or "",
    }


def standard_agreement(room: Room, *, number: int, drawn_at: datetime) -> bytes:
    """The exchange's text for this room, Chinese with English beside it; Chinese prevails."""
    return typeset.render(
        AGREEMENT,
        {
            "number": f"{room.reference}-NDA-{number}",
            "drawn_at": papers.moment(drawn_at),
            "site": site().data(),
            "room": room.reference,
            "listing": {
                "reference": room.listing.reference,
                "title": room.listing.title,
                "title_en": room.listing.title_en,
            },
            "seller": _party(room.seller),
            "years": SECRET_YEARS,
        },
    )


def signature_record(signature: RoomSignature) -> bytes:
    """Who signed which file, when, how proved, and from where."""
    room = signature.agreement.room
    factor = "second_factor" if signature.second_factor else "password"
    return typeset.render(
        RECORD,
        {
            "number": f"{room.reference}-NDA-{signature.agreement.number}-{signature.id}",
            "drawn_at": papers.moment(signature.created_at),
            "site": site().data(),
            "room": room.reference,
            "listing": {"reference": room.listing.reference, "title": room.listing.title},
            "seller": _party(room.seller),
            "visitor": _party(signature.organisation),
            "person": signature.user.name,
            "proof": {lang: say("enums", f"room_proof.{factor}", lang) for lang in ("zh", "en")},
            "address": signature.address or "–",
            "sha256": signature.sha256,
        },
    )
