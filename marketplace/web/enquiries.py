"""Enquiries: asking the seller, answering, the list of threads."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.core.db import db, transaction
from marketplace.core.errors import Refused
from marketplace.core.policy import Actor
from marketplace.documents import services as documents
from marketplace.documents.models import Document
from marketplace.forms.absorb import absorb
from marketplace.forms.negotiation import MessageForm
from marketplace.listings import queries as listings
from marketplace.negotiation import policy, queries, services
from marketplace.negotiation.models import Enquiry, EnquiryState
from marketplace.negotiation.queries import Side
from marketplace.web import inbox
from marketplace.web.export import table_response
from marketplace.web.limits import limiter
from marketplace.web.locale import gettext
from marketplace.web.paging import paginate
from marketplace.web.presentation import locale_code, org_name, words
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("enquiries", __name__)
LIST = "/workbench/enquiries"


@bp.get(LIST)
@sign_in_required
def index() -> ResponseReturnValue:
    """Threads received as a seller, or sent as one who asks."""
    actor = current_actor()
    filters = {"text": request.args.get("q", ""), "sort": request.args.get("sort", "-changed")}
    state = request.args.get("state", "")
    rows = queries.enquiries(
        actor,
        _side(actor),
        state=EnquiryState(state) if state in set(EnquiryState) else None,
        **filters,
    )
    kind_of_file = request.args.get("format", "")
    if kind_of_file in {"csv", "xlsx"}:
        found = db.session.scalars(rows.limit(10_000)).unique().all()
        return table_response(found, _columns(), "enquiries", kind_of_file)
    return render_template(
        "enquiries/index.html",
        page=paginate(rows),
        tab=_side(actor),
        counts={side: _count(actor, side) for side in Side},
        state=state,
        filters=filters,
        unread=inbox.unread("enquiry"),
    )


def _side(actor: Actor) -> Side:
    """The tab asked for; by default the one where something is."""
    asked = request.args.get("side", "")
    if asked in set(Side):
        return Side(asked)
    received = _count(actor, Side.RECEIVED)
    return Side.RECEIVED if received or not _count(actor, Side.SENT) else Side.SENT


def _count(actor: Actor, side: Side) -> int:
    return queries.count(queries.enquiries_of(actor, side))


def _columns() -> list[tuple[str, Any]]:
    return [
        (gettext("挂牌编号"), lambda row: row.listing.reference),
        (gettext("挂牌"), lambda row: row.listing.title),
        (gettext("咨询方"), lambda row: org_name(row.asker)),
        (gettext("卖方"), lambda row: org_name(row.listing.seller)),
        (gettext("状态"), lambda row: words("states", f"enquiry.{row.state}")),
        (gettext("消息数"), lambda row: len(row.messages)),
        (gettext("最近消息"), lambda row: row.messages[-1].created_at if row.messages else None),
    ]


@bp.route("/listings/<reference>/enquiry", methods=["GET", "POST"])
@sign_in_required
@limiter.limit("10 per minute; 100 per day", methods=["POST"])
def new(reference: str) -> ResponseReturnValue:
    """Ask about a listing; who asked before goes on in the same thread."""
    actor = current_actor()
    listing = listings.get(actor, reference)
    standing = queries.enquiry_about(actor, listing)
    if standing is not None and request.method == "GET":
        return redirect(url_for("enquiries.show", enquiry_id=standing.id), 303)
    form = MessageForm()
    if form.validate_on_submit():
        try:
            with transaction():
                listing = listings.get(actor, reference)
                enquiry = services.ask(
                    actor,
                    listing,
                    text=form.text.data or "",
                    document=_document(actor, form),
                    key=form.key.data or "",
                )
                enquiry_id = enquiry.id
            flash(gettext("已发出，对方回复后会通知您。"), "ok")
            return redirect(url_for("enquiries.show", enquiry_id=enquiry_id), 303)
        except Refused as refusal:
            absorb(form, refusal, locale_code())
            listing = listings.get(actor, reference)
    page = render_template(
        "enquiries/new.html",
        listing=listing,
        form=form,
        lacks=[p.__name__ for p in policy.ask.missing(actor, listing)],
    )
    return page, 422 if form.errors or form.form_errors else 200


def _document(actor: Actor, form: MessageForm) -> Document | None:
    """The file that came with a message, kept for the two sides."""
    upload = form.document.data
    if not upload or not getattr(upload, "filename", ""):
        return None
    return documents.store(actor, upload.stream, upload.filename, purpose="enquiry")


@bp.route(f"{LIST}/<int:enquiry_id>", methods=["GET", "POST"])
@sign_in_required
@limiter.limit("20 per minute; 300 per day", methods=["POST"])
def show(enquiry_id: int) -> ResponseReturnValue:
    """The thread, and a message into it."""
    actor = current_actor()
    enquiry = queries.get_enquiry(actor, enquiry_id)
    if inbox.opened(enquiry):
        enquiry = queries.get_enquiry(actor, enquiry_id)
    form = MessageForm()
    if form.validate_on_submit():
        try:
            with transaction():
                enquiry = queries.get_enquiry(actor, enquiry_id)
                services.post(
                    actor,
                    enquiry,
                    text=form.text.data or "",
                    document=_document(actor, form),
                    key=form.key.data or "",
                    and_close=request.form.get("do") == "close",
                )
            return redirect(url_for("enquiries.show", enquiry_id=enquiry_id, _anchor="last"), 303)
        except Refused as refusal:
            absorb(form, refusal, locale_code())
            enquiry = queries.get_enquiry(actor, enquiry_id)
    return _thread(actor, enquiry, form)


def _thread(actor: Actor, enquiry: Enquiry, form: MessageForm) -> ResponseReturnValue:
    is_seller = actor.organisation_id == enquiry.listing.seller_id
    page = render_template(
        "enquiries/show.html",
        enquiry=enquiry,
        form=form,
        is_seller=is_seller,
        other=enquiry.asker if is_seller else enquiry.listing.seller,
        may_post=policy.post.allows(actor, enquiry),
        lacks=[p.__name__ for p in policy.post.missing(actor, enquiry)],
        may_offer=enquiry.listing.takes_offers and policy.make_offer.allows(actor, enquiry.listing),
    )
    return page, 422 if form.errors or form.form_errors else 200


@bp.post(f"{LIST}/<int:enquiry_id>/close")
@sign_in_required
def close(enquiry_id: int) -> ResponseReturnValue:
    return _command(enquiry_id, services.close_enquiry)


@bp.post(f"{LIST}/<int:enquiry_id>/reopen")
@sign_in_required
def reopen(enquiry_id: int) -> ResponseReturnValue:
    return _command(enquiry_id, services.reopen_enquiry)


def _command(enquiry_id: int, verb: Any) -> ResponseReturnValue:
    actor = current_actor()
    try:
        with transaction():
            verb(actor, queries.get_enquiry(actor, enquiry_id))
    except Refused as refusal:
        if refusal.status in {403, 404}:
            raise
        flash(words("refusals", refusal.code, **refusal.facts), "warning")
    return redirect(url_for("enquiries.show", enquiry_id=enquiry_id), 303)
