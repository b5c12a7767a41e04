"""What the views of a room have in common."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from marketplace.core.db import transaction
from marketplace.core.errors import NotAllowed, NotFound, Refused
from marketplace.rooms import policy, queries
from marketplace.rooms.models import DownloadRule, Room, RoomFolder
from marketplace.web.locale import gettext
from marketplace.web.presentation import words
from marketplace.web.session import current_actor

bp = Blueprint("rooms", __name__)
KEEP = "/workbench/rooms/<reference>"


def rules(*, inherit: bool = False) -> list[tuple[str, str]]:
    """The download rules to choose from."""
    found = [(r.value, words("enums", f"download_rule.{r.value}")) for r in DownloadRule]
    return [("", gettext("同文件夹")), *found] if inherit else found


def folder_choices(folders: list[RoomFolder], *, top: str = "") -> list[tuple[int, str]]:
    """Folders, indented by their depth."""
    found = [(f.id, "　" * f.depth + f.name) for f in folders]
    return [(0, top), *found] if top else found


def file_choices(room: Room) -> list[tuple[int, str]]:
    """The files that the reader sees."""
    found = queries.all_files(current_actor(), room)
    return [(0, gettext("不指定"))] + [(f.id, f.name) for f in found]


def do(reference: str, page: str, command: Callable[[Room], Any], done: str) -> ResponseReturnValue:
    """One command of the seller without a form of its own; what is refused is said on the page."""
    actor = current_actor()
    try:
        with transaction():
            command(queries.kept(actor, reference))
    except (NotAllowed, NotFound):
        raise
    except Refused as refusal:
        flash(words("refusals", refusal.code, **refusal.facts), "bad")
    else:
        flash(done, "ok")
    return redirect(url_for(page, reference=reference), 303)


def frame(room: Room, here: str) -> dict[str, Any]:
    """What every page of a room shows: its head and tabs."""
    actor = current_actor()
    keeps = policy.keeps_room(actor, room)
    return {
        "room": room,
        "here": here,
        "keeps": keeps,
        "oversees": policy.oversee.allows(actor, room),
        "may_keep": policy.keep.allows(actor, room),
    }
