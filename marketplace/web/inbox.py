"""The inbox: what happened and concerns the reader."""

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.core.db import Record, transaction
from marketplace.notifications import queries, services
from marketplace.web.paging import paginate
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("inbox", __name__, url_prefix="/workbench/inbox")


@bp.app_context_processor
def _unread() -> dict[str, int]:
    if "unread_count" not in g:
        g.unread_count = queries.unread_count(current_actor())
    return {"unread_count": g.unread_count}


def unread(kind: str) -> frozenset[int]:
    """For lists: the records of a kind of which the reader has unread news."""
    return queries.unread_subjects(current_actor(), kind)


def opened(record: Record) -> bool:
    """The reader opened a record's page: its news are read. True if there were any.

    The transaction makes the record load again: callers fetch it anew.
    """
    if record.id not in unread(record.__tablename__):
        return False
    with transaction():
        services.see(current_actor(), record)
    g.pop("unread_count", None)
    return True


@bp.get("")
@sign_in_required
def index() -> ResponseReturnValue:
    unread_only = request.args.get("show") == "unread"
    page = paginate(queries.inbox(current_actor(), unread_only=unread_only))
    return render_template(
        "inbox/index.html",
        page=page,
        items=queries.described(page.items),
        unread_only=unread_only,
    )


@bp.get("/<int:notification_id>")
@sign_in_required
def open_one(notification_id: int) -> ResponseReturnValue:
    """Go to what it is about; going there is having read it."""
    found = queries.get(current_actor(), notification_id)
    [item] = queries.described([found])
    with transaction():
        services.mark_read(current_actor(), [notification_id])
    if item.subject is None:
        return redirect(url_for("inbox.index"), 303)
    for_staff = (current_actor().is_operator or current_actor().is_regulator) and (
        current_actor().organisation_id not in item.subject.organisations
    )
    own = item.subject.path_for(current_actor().organisation_id)
    return redirect(item.subject.console_path if for_staff else own, 303)


@bp.post("/read")
@sign_in_required
def mark_all_read() -> ResponseReturnValue:
    with transaction():
        services.mark_read(current_actor())
    return redirect(url_for("inbox.index"), 303)
