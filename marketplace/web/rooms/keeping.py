"""The seller fills the room: folders, files, versions."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from marketplace.core.db import transaction
from marketplace.core.errors import NotAllowed, NotFound, Refused
from marketplace.forms.absorb import absorb
from marketplace.forms.rooms import (
    FileForm,
    FolderEditForm,
    FolderForm,
    UploadForm,
    with_choices,
)
from marketplace.rooms import queries, services
from marketplace.rooms.models import DownloadRule, Room, RoomFile, RoomFolder
from marketplace.web.limits import limiter
from marketplace.web.locale import gettext
from marketplace.web.presentation import locale_code, org_name, words
from marketplace.web.rooms.shared import KEEP, bp, do, folder_choices, frame, rules
from marketplace.web.session import current_actor, sign_in_required


@bp.get(KEEP)
@sign_in_required
def manage(reference: str) -> ResponseReturnValue:
    """The files as the seller sees them, with what to add."""
    return _page(queries.kept(current_actor(), reference))


def _page(room: Room, **forms: Any) -> ResponseReturnValue:
    folders = queries.folders(current_actor(), room)
    top = folder_choices(folders, top=gettext("（最上级）"))
    given = {
        "folder_form": FolderForm(formdata=None, prefix="folder-"),
        "upload_form": UploadForm(formdata=None, prefix="upload-"),
    } | forms
    with_choices(given["folder_form"], parent=top, rule=rules())
    with_choices(given["upload_form"], folder=folder_choices(folders))
    page = render_template(
        "rooms/manage.html",
        **frame(room, "manage"),
        folders=[(folder, queries.files(folder)) for folder in folders],
        **given,
    )
    return page, 422 if forms else 200


@bp.post(KEEP + "/folders")
@sign_in_required
def add_folder(reference: str) -> ResponseReturnValue:
    """A new folder."""
    actor = current_actor()
    room = queries.kept(actor, reference)
    form = FolderForm(prefix="folder-")
    with_choices(
        form,
        parent=folder_choices(queries.folders(actor, room), top=gettext("（最上级）")),
        rule=rules(),
    )
    if not form.validate_on_submit():
        return _page(room, folder_form=form)
    try:
        with transaction():
            room = queries.kept(actor, reference)
            parent = queries.folder(actor, room, form.parent.data) if form.parent.data else None
            services.add_folder(
                actor, room, form.name.data or "", parent=parent, rule=DownloadRule(form.rule.data)
            )
    except (NotAllowed, NotFound):
        raise
    except Refused as refusal:
        absorb(form, refusal, locale_code())
        return _page(queries.kept(actor, reference), folder_form=form)
    flash(gettext("文件夹已建立。"), "ok")
    return redirect(url_for("rooms.manage", reference=reference), 303)


@bp.post(KEEP + "/upload")
@sign_in_required
@limiter.limit("60 per minute")
def upload(reference: str) -> ResponseReturnValue:
    """Several files at once: each is kept or refused for itself."""
    actor = current_actor()
    room = queries.kept(actor, reference)
    form = UploadForm(prefix="upload-")
    with_choices(form, folder=folder_choices(queries.folders(actor, room)))
    files = [file for file in form.files.data or () if file and file.filename]
    if not form.validate_on_submit():
        return _page(room, upload_form=form)
    if not files:
        form.files.errors = [words("refusals", "room.no_file")]
        return _page(room, upload_form=form)
    kept = 0
    for file in files[:50]:
        try:
            with transaction():
                room = queries.kept(actor, reference)
                services.add_file(
                    actor,
                    queries.folder(actor, room, form.folder.data),
                    file.stream,
                    file.filename,
                    description=form.description.data or "",
                )
            kept += 1
        except (NotAllowed, NotFound):
            raise
        except Refused as refusal:
            why = words("refusals", refusal.code, **refusal.facts)
            flash(gettext("%(name)s：%(why)s", name=file.filename, why=why), "bad")
    if kept:
        flash(gettext("已上传 %(number)s 份文件。", number=kept), "ok")
    return redirect(url_for("rooms.manage", reference=reference), 303)


@bp.route(KEEP + "/folders/<int:folder_id>", methods=["GET", "POST"])
@sign_in_required
def folder(reference: str, folder_id: int) -> ResponseReturnValue:
    """One folder: its name, rule, and who sees it."""
    actor = current_actor()
    room = queries.kept(actor, reference)
    found = queries.folder(actor, room, folder_id)
    form = FolderEditForm(data=_as_it_is(found))
    with_choices(form, rule=rules(), readers=_organisations(room))
    if form.validate_on_submit():
        try:
            with transaction():
                room = queries.kept(actor, reference)
                services.revise_folder(
                    actor,
                    queries.folder(actor, room, folder_id),
                    name=form.name.data or "",
                    rule=DownloadRule(form.rule.data),
                    position=form.position.data or 0,
                    restricted=bool(form.restricted.data),
                    readers=form.readers.data or (),
                )
            flash(gettext("文件夹已修改。"), "ok")
            return redirect(url_for("rooms.manage", reference=reference), 303)
        except (NotAllowed, NotFound):
            raise
        except Refused as refusal:
            absorb(form, refusal, locale_code())
            room = queries.kept(actor, reference)
            found = queries.folder(actor, room, folder_id)
    page = render_template("rooms/folder.html", **frame(room, "manage"), folder=found, form=form)
    return page, 422 if form.errors or form.form_errors else 200


def _as_it_is(found: RoomFolder) -> dict[str, Any]:
    return {
        "name": found.name,
        "rule": found.rule.value,
        "position": found.position,
        "restricted": found.restricted,
        "readers": [reader.organisation_id for reader in found.readers],
    }


def _organisations(room: Room) -> list[tuple[int, str]]:
    """Those who asked, were invited, or signed."""
    known = [each.organisation for each in queries.admissions(room)]
    known += [each.organisation for each in queries.invitations(room)]
    known += [each.organisation for each in queries.signatures(room)]
    return sorted({(each.id, org_name(each)) for each in known})


@bp.route(KEEP + "/files/<int:file_id>", methods=["GET", "POST"])
@sign_in_required
def file(reference: str, file_id: int) -> ResponseReturnValue:
    """One file: its description, rule and place, its versions, and a newer one."""
    actor = current_actor()
    room = queries.kept(actor, reference)
    found = queries.file(actor, room, file_id)
    form = FileForm(
        data={
            "folder": found.folder_id,
            "description": found.description,
            "rule": found.own_rule.value if found.own_rule else "",
            "position": found.position,
        }
    )
    with_choices(
        form, folder=folder_choices(queries.folders(actor, room)), rule=rules(inherit=True)
    )
    if form.validate_on_submit():
        try:
            with transaction():
                _revise(queries.kept(actor, reference), file_id, form)
            flash(gettext("文件已修改。"), "ok")
            return redirect(url_for("rooms.file", reference=reference, file_id=file_id), 303)
        except (NotAllowed, NotFound):
            raise
        except Refused as refusal:
            absorb(form, refusal, locale_code())
            room = queries.kept(actor, reference)
            found = queries.file(actor, room, file_id)
    page = render_template("rooms/file.html", **frame(room, "manage"), file=found, form=form)
    return page, 422 if form.errors or form.form_errors else 200


def _revise(room: Room, file_id: int, form: FileForm) -> RoomFile:
    actor = current_actor()
    found = queries.file(actor, room, file_id)
    services.revise_file(
        actor,
        found,
        description=form.description.data or "",
        rule=DownloadRule(form.rule.data) if form.rule.data else None,
        position=form.position.data or 0,
        folder=queries.folder(actor, room, form.folder.data),
    )
    newer = form.version.data
    if newer and newer.filename:
        services.add_version(actor, found, newer.stream, newer.filename)
    return found


@bp.post(KEEP + "/files/<int:file_id>/remove")
@sign_in_required
def remove_file(reference: str, file_id: int) -> ResponseReturnValue:
    """Out of the room; the log keeps what was seen of it."""
    actor = current_actor()
    return do(
        reference,
        "rooms.manage",
        lambda room: services.remove_file(actor, queries.file(actor, room, file_id)),
        gettext("文件已移除。"),
    )
