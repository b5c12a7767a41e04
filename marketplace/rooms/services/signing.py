"""The secrecy agreement: its versions, and the signatures under the exact file."""

from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, Refused
from marketplace.core.policy import Actor, require
from marketplace.documents import services as documents
from marketplace.documents import signing, sniff, storage
from marketplace.documents.storage import Readable
from marketplace.organisations.models import Organisation, User
from marketplace.rooms import papers, policy, queries
from marketplace.rooms.models import Room, RoomAgreement, RoomSignature, RoomSigningRequest
from marketplace.rooms.services.admitting import let_in_after_signing


def set_agreement(
    actor: Actor,
    room: Room,
    *,
    stream: Readable | None = None,
    filename: str = "",
    renews: bool = False,
) -> RoomAgreement:
    """A new version of the text: the seller's own PDF, or the standard text without one.

    With `renews` signatures under earlier versions no longer count.
    """
    require(actor, policy.keep, room)
    lock(room)
    number = room.agreement.number + 1
    if stream is not None:
        document = documents.store(
            actor,
            stream,
            filename,
            purpose="room_agreement",
            subject=room,
            allowed=frozenset({sniff.Kind.PDF}),
        )
        signing.seal(
            storage.read(document.sha256)
        )  # one that takes no signatures is refused at once
    else:
        document = documents.keep(
            actor,
            papers.standard_agreement(room, number=number, drawn_at=clock.now()),
            f"{room.reference}-NDA-{number}.pdf",
            purpose="room_agreement",
            subject=room,
            organisation_id=room.seller_id,
        )
    agreement = RoomAgreement(
        number=number,
        standard=stream is None,
        renews=renews,
        document=document,
        user_id=actor.user,
    )
    room.agreements.append(agreement)
    events.record(
        room,
        "room.set_agreement",
        by=actor,
        number=number,
        sha256=document.sha256,
        standard=agreement.standard,
        renews=renews,
    )
    return agreement


def sign(
    actor: Actor,
    room: Room,
    *,
    password_proved: bool,
    sha256: str,
    second_factor: bool = False,
    address: str = "",
    user_agent: str = "",
) -> RoomSignature:
    """Sign the file with this hash for one's organisation; signing twice is signing once.

    The signature goes into the PDF, which the exchange then seals: the seller made the text, the visitor
    binds itself to it.

    The page has the password entered once more and says so here, as for contracts.
    """
    require(actor, policy.sign, room)
    lock(room)
    agreement = room.agreement
    known = queries.signature_of(actor.organisation, room)
    if known is not None and known.agreement_id == agreement.id:
        return known
    if not password_proved:
        raise Invalid("room.password", fields={"password": "room.password"})
    if agreement.document.sha256 != sha256:
        raise Refused("room.agreement_changed")
    if not storage.verify(sha256):
        raise Refused("room.agreement_damaged")
    organisation = db.session.get_one(Organisation, actor.organisation)
    signature = RoomSignature(
        agreement=agreement,
        organisation=organisation,
        user=db.session.get_one(User, actor.user),
        sha256=sha256,
        second_factor=second_factor,
        address=address,
        created_at=clock.now(),
    )
    db.session.add(signature)
    db.session.flush()
    done = signing.sign(
        storage.read(sha256),
        by=actor,
        subject=signature,
        draft_sha256=sha256,
        place="recipient",
        means=signing.Means(password_proved, second_factor, address, user_agent),
    )
    signature.signed = signing.execute(
        actor,
        signature,
        done.pdf,
        number=f"{room.reference}-NDA-{agreement.number}-{signature.id}",
        draft_sha256=sha256,
        readers=[room.seller_id, actor.organisation],
    )
    signature.paper = documents.keep(
        actor,
        papers.signature_record(signature),
        f"{room.reference}-NDA-{agreement.number}-{signature.id}.pdf",
        purpose="room_signature",
        subject=signature,
        readers=[room.seller_id, actor.organisation],
    )
    events.record(
        room, "room.sign", by=actor, sha256=sha256, number=agreement.number,
        second_factor=second_factor,
    )  # fmt: skip
    let_in_after_signing(room, actor.organisation)
    return signature


def ask_to_sign(actor: Actor, room: Room) -> None:
    """Tell the colleagues who may sign that one needs it; once a person and room."""
    require(actor, policy.ask, room)
    if queries.signature_of(actor.organisation, room) is not None:
        return
    known = queries.signing_request(actor, room)
    if known is None:
        known = RoomSigningRequest(
            room=room, organisation_id=actor.organisation, user_id=actor.user
        )
        db.session.add(known)
        events.record(known, "room_signing_request.ask", by=actor)
