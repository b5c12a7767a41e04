"""What happened to rights: declared and taken back; files of events."""

from contextlib import suppress
from operator import itemgetter

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.assets import policy, queries, services
from marketplace.assets.importing.legal import command, own
from marketplace.assets.queries import legal
from marketplace.core.db import transaction
from marketplace.core.errors import Invalid, NotFound, Refused
from marketplace.core.policy import require
from marketplace.core.words import say
from marketplace.documents import services as documents
from marketplace.documents import sniff
from marketplace.forms.absorb import absorb
from marketplace.forms.assets import DecisionForm
from marketplace.forms.legal_events import EventFileForm, EventForm
from marketplace.web import asset_status
from marketplace.web.export import Column, table_response
from marketplace.web.limits import limiter
from marketplace.web.locale import gettext
from marketplace.web.presentation import locale_code
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("legal_events", __name__, url_prefix="/workbench")
MOST_BYTES = 20 << 20
MOST_SHOWN = 500


@bp.post("/assets/<reference>/events")
@sign_in_required
def declare(reference: str) -> ResponseReturnValue:
    """Say that something happened to a right."""
    actor = current_actor()
    asset = queries.get(actor, reference)
    require(actor, policy.declare_event, asset)
    form = EventForm(kind=asset.kind.value, locale=locale_code())
    if form.validate():
        try:
            with transaction():
                asset = queries.get(actor, reference)
                upload = form.document.data
                paper = None
                if upload is not None and upload.filename:
                    paper = documents.store(
                        actor,
                        upload.stream,
                        upload.filename,
                        purpose="asset_document",
                        subject=asset,
                        allowed=sniff.PAPERS,
                    )
                services.legal_events.declare(
                    actor,
                    asset,
                    form.code.data,
                    happened_on=form.happened_on.data,
                    details=form.details(),
                    evidence=paper,
                )
            flash(
                gettext("事件已登记。")
                if actor.is_operator
                else gettext("事件已申报，交易所核对登记簿后生效。"),
                "ok",
            )
            here = url_for("asset_status.show", reference=reference, _anchor="events")
            return redirect(here, 303)
        except Refused as refusal:
            if refusal.status == 403:
                raise
            absorb(form, refusal, locale_code())
            asset = queries.get(actor, reference)
    return asset_status.page(asset, 422, event_form=form)


@bp.post("/assets/<reference>/events/<int:legal_event_id>/withdraw")
@sign_in_required
def withdraw(reference: str, legal_event_id: int) -> ResponseReturnValue:
    """Take a declaration back before it is decided."""
    actor = current_actor()
    form = DecisionForm()
    with transaction():
        event = legal.legal_event(actor, legal_event_id)
        if event.asset.reference != reference:
            raise NotFound("legal_event")
        because = form.because.data or gettext("申报人撤回")
        services.legal_events.withdraw(actor, event, because=because)
    flash(gettext("申报已撤回。"), "ok")
    return redirect(url_for("asset_status.show", reference=reference, _anchor="events"), 303)


# ---- files -------------------------------------------------------------------------------------


@bp.route("/imports/events", methods=["GET", "POST"])
@sign_in_required
@limiter.limit("30 per hour", methods=["POST"])
def import_events() -> ResponseReturnValue:
    """A file of events: what would become of each row, then the same for good."""
    actor = current_actor()
    require(actor, policy.import_events)
    form, taken = EventFileForm(), None
    if form.validate_on_submit():
        try:
            taken = _taken(form)
        except Refused as refusal:
            absorb(
                form,
                Invalid(refusal.code, fields={"document": refusal.code}, **refusal.facts),
                locale_code(),
            )
    failed = form.is_submitted() and taken is None
    page = render_template(
        "imports/events.html",
        form=form,
        taken=taken,
        rehearsed=bool(form.rehearsal.data),
        reason=lambda r: say("refusals", r.code, locale_code(), **r.params),
        most=MOST_SHOWN,
    )
    return page, 422 if failed else 200


class _Unwanted(Exception):  # noqa: N818 -- undoes a rehearsal
    """Everything was done to see what would happen."""


def _taken(form: EventFileForm) -> services.legal_events.Taken:
    content = form.document.data.stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise Invalid("import.too_large", limit=str(MOST_BYTES >> 20))
    reading = command.read_file(content)
    taken = services.legal_events.Taken(reading.format, reading.rows)
    with suppress(_Unwanted), transaction():
        taken = services.legal_events.take_file(current_actor(), reading)
        if form.rehearsal.data:
            raise _Unwanted
    return taken


@bp.get("/imports/events/template")
@sign_in_required
def template() -> ResponseReturnValue:
    """An empty table with the headings that the import knows, and a row to follow."""
    first = {field: names[0] for field, names in own.FIELDS.items()}
    example = dict.fromkeys(own.FIELDS, "") | {
        "number": "CN202011068945.9",
        "code": say("enums", "legal_event.assigned"),
        "happened_on": "2024-05-06",
        "published_on": "2024-06-01",
        "givers": "甲大学",
        "takers": "乙公司",
    }
    columns: list[Column] = [(name, itemgetter(field)) for field, name in first.items()]
    form = "xlsx" if request.args.get("format") == "xlsx" else "csv"
    return table_response([example], columns, "events-template", form)
