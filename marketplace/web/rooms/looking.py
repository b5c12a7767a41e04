"""Looking at files, and the log of who looked."""

import io
from typing import Any

from flask import Response, render_template, request, send_file
from flask.typing import ResponseReturnValue

from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Refused
from marketplace.documents import storage
from marketplace.organisations.models import User
from marketplace.rooms import copies, policy, queries, services
from marketplace.rooms.models import Look, RoomFileVersion
from marketplace.web.export import table_response
from marketplace.web.incoming import day, row_number
from marketplace.web.limits import limiter
from marketplace.web.locale import gettext
from marketplace.web.paging import everything, paginate
from marketplace.web.presentation import org_name, words
from marketplace.web.rooms.shared import bp, frame
from marketplace.web.session import acting_organisation, current_actor, sign_in_required


@bp.get("/rooms/<reference>/files/<int:version_id>/<any(view, copy, original):verb>")
@sign_in_required
@limiter.limit("120 per minute")
def look(reference: str, version_id: int, verb: str) -> ResponseReturnValue:
    """A file: shown with marks, saved with marks, or the original.

    The copy is made first, without a transaction; then the door is asked again and the look written
    down; only then is it given out.
    """
    actor, how = current_actor(), Look(verb)
    room = queries.get(actor, reference)
    found = queries.version(actor, room, version_id)
    queries.must_be_allowed(actor, room, found.file, how)
    content = None if how is Look.ORIGINAL else _marked(found, room.reference)
    with transaction():
        room = queries.get(actor, reference)
        found = services.look(actor, room, version_id, how, address=request.remote_addr or "")
        sha256, media_type = found.document.sha256, found.document.media_type
        name = found.filename
    if content is None:
        return _given(storage.open_file(sha256), media_type, name, save=True)
    stem = name.rpartition(".")[0] or name
    return _given(io.BytesIO(content), "application/pdf", f"{stem}.pdf", save=how is Look.COPY)


def _marked(version: RoomFileVersion, room_reference: str) -> bytes:
    document = version.document
    if not copies.can_be_shown(document.media_type):
        raise Refused("room.cannot_be_shown")
    person = db.session.get_one(User, current_actor().user)
    organisation = acting_organisation()
    mark = copies.Mark(
        person.name, organisation.name if organisation else "", room_reference, clock.now()
    )
    return copies.marked(storage.read(document.sha256), document.media_type, mark)


def _given(content: Any, media_type: str, name: str, *, save: bool) -> Response:
    response = send_file(
        content, mimetype=media_type, as_attachment=save, download_name=name, conditional=False
    )
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


@bp.get("/rooms/<reference>/log")
@sign_in_required
def log(reference: str) -> ResponseReturnValue:
    """Who looked at what: all of it for the seller, one's own for a visitor."""
    actor = current_actor()
    room = queries.get(actor, reference)
    queries.must_be_in(actor, room)
    oversees = policy.oversee.allows(actor, room)
    filters = _filters()
    rows = queries.looks(actor, room, filters)
    kind = request.args.get("format", "")
    if kind in {"csv", "xlsx"}:
        return table_response(everything(rows), _columns(), f"{room.reference}-log", kind)
    return render_template(
        "rooms/log.html",
        **frame(room, "log"),
        page=paginate(rows),
        interest=queries.interest(room) if oversees else [],
        filters=filters,
        filtered=any((filters.organisation_id, filters.how, filters.since, filters.until)),
    )


def _filters() -> queries.Filters:
    how = request.args.get("how", "")
    return queries.Filters(
        organisation_id=request.args.get("organisation", type=row_number),
        how=Look(how) if how in set(Look) else None,
        since=request.args.get("since", type=day),
        until=request.args.get("until", type=day),
    )


def _columns() -> list[tuple[str, Any]]:
    return [
        (gettext("时间"), lambda row: row.created_at),
        (gettext("机构"), lambda row: org_name(row.organisation)),
        (gettext("人员"), lambda row: row.user.name),
        (gettext("文件"), lambda row: row.version.filename),
        (gettext("版本"), lambda row: row.version.number),
        (gettext("方式"), lambda row: words("enums", f"look.{row.how}")),
        (gettext("网络地址"), lambda row: row.address),
    ]
