"""Importing a portfolio: upload, what the columns mean, progress, result."""

from collections.abc import Iterable, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from marketplace.assets import policy, queries, services
from marketplace.assets.importing import command, sources
from marketplace.assets.importing.mapping import FIELDS, ColumnMapping, signature, suggest
from marketplace.assets.models import Asset, ImportBatch, ImportLine, ImportState
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, Refused
from marketplace.core.policy import require
from marketplace.core.words import say
from marketplace.documents import services as documents
from marketplace.documents import storage
from marketplace.forms.absorb import absorb
from marketplace.forms.imports import UploadForm, mapping_form, mapping_of
from marketplace.web.export import Column, table_response
from marketplace.web.limits import limiter
from marketplace.web.locale import gettext
from marketplace.web.paging import paginate
from marketplace.web.presentation import locale_code, words
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("imports", __name__, url_prefix="/workbench/imports")
SHOWN_ROWS = 20
PREVIEW_BYTES = 5 << 20  # larger files are read by the worker only
MOST_LISTED = 500
MEDIA = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "xml": "application/xml",
}
OUTCOMES = ("created", "merged", "unchanged", "rejected")


@bp.get("")
@sign_in_required
def index() -> ResponseReturnValue:
    """The organisation's imports."""
    actor = current_actor()
    page = paginate(queries.imports(actor))
    may_add = policy.run_import.allows(actor)
    return render_template("imports/index.html", page=page, may_add=may_add)


@bp.get("/template")
@sign_in_required
def template() -> ResponseReturnValue:
    """An empty table with the usual headings."""
    names = ("title", "title_en", "application_number", "publication", "owners", "inventors", "ipc",
             "filing_date", "grant_date", "status", "city")  # fmt: skip
    columns: list[Column] = [
        (words("enums", f"import_field.{name}"), itemgetter(name)) for name in names
    ]
    example = dict.fromkeys(names, "") | {
        "title": gettext("（示例）一种检测装置"),
        "application_number": "CN202011068945.9",
        "filing_date": "2020-09-30",
        "ipc": "G01N 21/00",
    }
    form = "xlsx" if request.args.get("format") == "xlsx" else "csv"
    return table_response([example], columns, "portfolio-template", form)


@bp.route("/new", methods=["GET", "POST"])
@sign_in_required
@limiter.limit("30 per hour", methods=["POST"])
def new() -> ResponseReturnValue:
    """Upload a file; what it is, is told from its content."""
    actor = current_actor()
    require(actor, policy.run_import)
    form = UploadForm()
    if form.validate_on_submit():
        try:
            return redirect(url_for("imports.show", batch_id=_upload(form)), 303)
        except Refused as refusal:
            if not refusal.fields:
                refusal = Invalid(refusal.code, fields={"document": refusal.code}, **refusal.facts)
            absorb(form, refusal, locale_code())
    return render_template("imports/new.html", form=form), 422 if form.is_submitted() else 200


def _upload(form: UploadForm) -> int:
    """Keep the file after a look inside; the number of the import."""
    upload = form.document.data
    content = upload.stream.read()
    headings = command.headings_of(content)
    kind = _kind_of(content)
    if len(content) <= PREVIEW_BYTES and not headings:
        command.read_file(
            content, today=clock.today()
        )  # a document that says nothing is refused now
    with transaction():
        document = documents.keep(
            current_actor(),
            content,
            upload.filename or f"portfolio.{kind}",
            purpose="portfolio",
            media_type=MEDIA[kind],
            organisation_id=current_actor().organisation,
        )
        batch = services.upload(current_actor(), document, form=kind)
        return batch.id


def _kind_of(content: bytes) -> str:
    with sources.opened(content, sources.DEFAULT_LIMITS) as file:
        return str(sources.detect(file))


@bp.get("/<int:batch_id>")
@sign_in_required
def show(batch_id: int) -> ResponseReturnValue:
    """Where the import stands: mapping, progress, or result."""
    batch = queries.import_batch(current_actor(), batch_id)
    if batch.state is ImportState.UPLOADED:
        return _mapping_page(batch)
    if batch.state in {ImportState.QUEUED, ImportState.RUNNING}:
        page = render_template("imports/progress.html", batch=batch)
        return page, 200, {"Refresh": "2"}
    return _result(batch)


def _mapping_page(batch: ImportBatch, form: Any = None, status: int = 200) -> ResponseReturnValue:
    with storage.on_disk(batch.document.sha256) as path:
        return _mapping_of(batch, path, form, status)


def _mapping_of(batch: ImportBatch, path: Path, form: Any, status: int) -> ResponseReturnValue:
    actor = current_actor()
    headings = list(command.headings_of(path)) if batch.format in {"csv", "xlsx"} else []
    known = _known(headings)
    form = form or (mapping_form(headings, known) if headings else None)
    outcome, problem = None, ""
    if batch.document.size <= PREVIEW_BYTES:
        try:
            mapping = mapping_of(form, headings, known) if form is not None else None
            outcome = command.read_file(path, batch.format, mapping, today=clock.today())
        except Refused as refusal:
            problem = say("refusals", refusal.code, locale_code(), **refusal.facts)
    page = render_template(
        "imports/mapping.html",
        batch=batch,
        form=form,
        headings=headings,
        samples=command.samples_of(path) if headings else {},
        outcome=outcome,
        problem=problem,
        shown=outcome.assets[:SHOWN_ROWS] if outcome else (),
        notes=_noted((n.code, n.params) for n in outcome.notes if n.row == 0) if outcome else (),
        remarks=[n for n in outcome.notes if n.row][:SHOWN_ROWS] if outcome else (),
        known=queries.known_of(actor, outcome.assets) if outcome else 0,
    )
    return page, status


def _known(headings: list[str]) -> ColumnMapping:
    """How these headings were understood last time, else what they suggest."""
    guess = suggest(headings)
    kept = services.remembered_mapping(current_actor(), signature(headings)) if headings else None
    if kept is None:
        return guess
    columns = {h: f for h, f in kept["columns"].items() if h in headings and f in FIELDS}
    return ColumnMapping(columns, kept.get("constants") or {}, guess.layout)


@bp.post("/<int:batch_id>/start")
@sign_in_required
def start(batch_id: int) -> ResponseReturnValue:
    """Queue it with the mapping as settled, or look at another mapping first."""
    actor = current_actor()
    batch = queries.import_batch(actor, batch_id)
    if batch.state is not ImportState.UPLOADED:
        return redirect(url_for("imports.show", batch_id=batch_id), 303)
    headings: list[str] = []
    if batch.format in {"csv", "xlsx"}:
        with storage.on_disk(batch.document.sha256) as path:
            headings = list(command.headings_of(path))
    known = _known(headings)
    mapping: dict[str, Any] = {}
    if headings:
        form = mapping_form(headings, known)
        chosen = mapping_of(form, headings, known)
        if request.form.get("do") == "preview" or not chosen.is_usable:
            return _mapping_page(batch, form, 200 if chosen.is_usable else 422)
        mapping = {
            "columns": dict(chosen.columns),
            "constants": dict(chosen.constants),
            "layout": chosen.layout,
        }
    with transaction():
        batch = queries.import_batch(actor, batch_id)
        services.start_import(actor, batch, mapping=mapping)
        if headings:
            services.remember_mapping(actor, signature(headings), mapping)
    return redirect(url_for("imports.show", batch_id=batch_id), 303)


@bp.post("/<int:batch_id>/cancel")
@sign_in_required
def cancel(batch_id: int) -> ResponseReturnValue:
    """Drop it before it begins, or stop it: what it has put on record stays."""
    actor = current_actor()
    with transaction():
        batch = queries.import_batch(actor, batch_id)
        has_begun = batch.seen > 0
        services.cancel_import(actor, batch)
    flash(gettext("导入已取消。"), "ok")
    if has_begun:
        return redirect(url_for("imports.show", batch_id=batch_id), 303)
    return redirect(url_for("imports.index"), 303)


@bp.post("/<int:batch_id>/undo")
@sign_in_required
def undo(batch_id: int) -> ResponseReturnValue:
    """Take out what an import created, but for rights that are in use by now."""
    actor = current_actor()
    batch = queries.import_batch(actor, batch_id)
    require(actor, policy.run_import, batch)
    removed = kept = 0
    for reference in _created_by(batch):
        try:
            with transaction():
                services.remove(actor, queries.get(actor, reference))
            removed += 1
        except Refused as refusal:
            if refusal.status == 403:
                raise
            kept += 1
    text = gettext("已移除 %(removed)s 项；%(kept)s 项已在使用，保留。", removed=removed, kept=kept)
    flash(text, "ok" if removed else "info")
    return redirect(url_for("imports.show", batch_id=batch_id), 303)


def _created_by(batch: ImportBatch) -> Sequence[str]:
    """The rights an import made that are still in the portfolio, as many as one page takes."""
    return db.session.scalars(
        select(Asset.reference)
        .join(ImportLine, ImportLine.asset_id == Asset.id)
        .where(
            ImportLine.batch_id == batch.id,
            ImportLine.outcome == "created",
            Asset.keeper_id == batch.organisation_id,
        )
        .order_by(Asset.id)
        .limit(MOST_LISTED)
    ).all()


def _result(batch: ImportBatch) -> ResponseReturnValue:
    wanted = request.args.get("outcome", "")
    wanted = wanted if wanted in OUTCOMES else ""
    lines = queries.import_lines(batch, outcome=wanted)
    form = request.args.get("format", "")
    if form in {"csv", "xlsx"}:
        found = db.session.scalars(lines).all()
        return table_response(found, _columns(), f"import-{batch.id}", form)
    page = paginate(lines, per_page=50)
    fresh = _created_by(batch)
    return render_template(
        "imports/result.html",
        batch=batch,
        page=page,
        wanted=wanted,
        outcomes=OUTCOMES,
        fresh=fresh,
        reason=_reason,
        notes=_noted(batch.notes),
        failure=say("refusals", batch.failure, locale_code(), **batch.failure_facts)
        if batch.failure
        else "",
    )


def _reason(line: ImportLine) -> str:
    """Why a row was refused, or what was noticed on one that was taken."""
    if line.code:
        return say("refusals", line.code, locale_code(), **line.facts)
    return " ".join(_noted(line.notes))


def _noted(notes: Iterable[Any]) -> list[str]:
    return [say("refusals", code, locale_code(), **facts) for code, facts in notes]


def _columns() -> list[Column]:
    return [
        (gettext("数据行"), lambda line: line.row),
        (gettext("结果"), lambda line: words("enums", f"import_outcome.{line.outcome}")),
        (gettext("原因或说明"), _reason),
        (gettext("内容"), lambda line: line.text),
        (gettext("编号"), lambda line: line.reference),
    ]
