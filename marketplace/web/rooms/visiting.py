"""The list of rooms, the door of one, and what is inside."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.core.db import transaction
from marketplace.core.errors import NotAllowed, NotFound, Refused
from marketplace.core.policy import require
from marketplace.documents import storage
from marketplace.forms.absorb import absorb
from marketplace.forms.rooms import AskForm, SignRoomForm
from marketplace.listings import queries as listings
from marketplace.organisations import passwords
from marketplace.rooms import copies, policy, queries, services
from marketplace.rooms.models import Look, Room, RoomState
from marketplace.web.deals.contract import inline
from marketplace.web.limits import limiter
from marketplace.web.locale import gettext
from marketplace.web.presentation import locale_code
from marketplace.web.rooms.shared import bp, frame
from marketplace.web.session import current_actor, current_sign_in, sign_in_required


@bp.get("/workbench/rooms")
@sign_in_required
def index() -> ResponseReturnValue:
    """One's own rooms, and those one asked for or is invited to."""
    actor = current_actor()
    visited = [(room, queries.admission_of(actor, room)) for room in queries.visited(actor)]
    return render_template("rooms/index.html", own=queries.own(actor), visited=visited)


@bp.post("/workbench/listings/<reference>/room")
@sign_in_required
def open_room(reference: str) -> ResponseReturnValue:
    """Open the room of a listing, or go to it."""
    actor = current_actor()
    listing = listings.get(actor, reference)
    require(actor, policy.open_room, listing)
    with transaction():
        room = services.open_room(actor, listings.get(actor, reference))
        room_reference = room.reference
    return redirect(url_for("rooms.manage", reference=room_reference), 303)


@bp.get("/rooms/<reference>")
@sign_in_required
def show(reference: str) -> ResponseReturnValue:
    """What is inside for those who are in; the door for the others."""
    actor = current_actor()
    room = queries.get(actor, reference)
    if not queries.is_in(actor, room):
        return door(room)
    return render_template(
        "rooms/show.html",
        **frame(room, "files"),
        folders=[(folder, queries.files(folder)) for folder in queries.folders(actor, room)],
        admission=queries.admission_of(actor, room),
        may=lambda file, how: queries.may(actor, room, file, Look(how)),
        can_be_shown=copies.can_be_shown,
    )


def door(room: Room, status: int = 200, **forms: Any) -> ResponseReturnValue:
    """What is still to be done before one is in."""
    actor = current_actor()
    sign = SignRoomForm(formdata=None, sha256=room.agreement.document.sha256)
    return render_template(
        "rooms/door.html",
        **frame(room, "door"),
        admission=queries.admission_of(actor, room),
        signature=queries.signature_of(actor.organisation_id, room),
        signing_request=queries.signing_request(actor, room),
        invited=queries.is_invited(actor.organisation_id, room),
        may_sign=policy.sign.allows(actor, room) and room.state is RoomState.OPEN,
        may_ask=policy.ask.allows(actor, room) and room.state is RoomState.OPEN,
        **{"sign_form": sign, "ask_form": AskForm(formdata=None)} | forms,
    ), status


@bp.get("/rooms/<reference>/agreement")
@sign_in_required
def agreement(reference: str) -> ResponseReturnValue:
    """The secrecy agreement to read: the file that is signed."""
    document = queries.get(current_actor(), reference).agreement.document
    return inline(storage.open_file(document.sha256), document.filename)


@bp.post("/rooms/<reference>/sign")
@sign_in_required
@limiter.limit("10 per minute")
def sign(reference: str) -> ResponseReturnValue:
    """Sign the file that was shown, with the password once more."""
    actor = current_actor()
    room = queries.get(actor, reference)
    require(actor, policy.sign, room)
    form = SignRoomForm()
    if not form.validate_on_submit():
        return door(room, 422, sign_form=form)
    row = current_sign_in()
    user = row.user if row else None
    proved = passwords.matches(user, form.password.data or "")  # slow: before the transaction
    try:
        with transaction():
            services.sign(
                actor,
                queries.get(actor, reference),
                password_proved=proved,
                sha256=form.sha256.data or "",
                second_factor=bool(user and user.has_second_factor),
                address=request.remote_addr or "",
                user_agent=request.user_agent.string,
            )
    except (NotAllowed, NotFound):
        raise
    except Refused as refusal:
        absorb(form, refusal, locale_code())
        room = queries.get(actor, reference)
        form.sha256.data = room.agreement.document.sha256
        return door(room, 422, sign_form=form)
    flash(gettext("保密协议已签署。"), "ok")
    return redirect(url_for("rooms.show", reference=reference), 303)


@bp.post("/rooms/<reference>/ask-colleague")
@sign_in_required
@limiter.limit("10 per minute")
def ask_colleague(reference: str) -> ResponseReturnValue:
    """Tell the colleagues who may sign."""
    actor = current_actor()
    with transaction():
        services.ask_to_sign(actor, queries.get(actor, reference))
    flash(gettext("已通知贵机构有签署权的同事。"), "ok")
    return redirect(url_for("rooms.show", reference=reference), 303)


@bp.post("/rooms/<reference>/ask")
@sign_in_required
@limiter.limit("10 per minute")
def ask(reference: str) -> ResponseReturnValue:
    """Ask to be let in."""
    actor = current_actor()
    form = AskForm()
    try:
        with transaction():
            services.ask(actor, queries.get(actor, reference), reason=form.reason.data or "")
    except (NotAllowed, NotFound):
        raise
    except Refused as refusal:
        absorb(form, refusal, locale_code())
        return door(queries.get(actor, reference), 422, ask_form=form)
    flash(gettext("申请已提交。"), "ok")
    return redirect(url_for("rooms.show", reference=reference), 303)
