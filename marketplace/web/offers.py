"""Offers: making one, answering it, the list of those received and sent."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Refused
from marketplace.core.policy import Actor
from marketplace.documents import services as documents
from marketplace.documents.models import Document
from marketplace.forms.absorb import absorb
from marketplace.forms.terms import OfferTermsForm, new_key
from marketplace.listings import queries as listings
from marketplace.negotiation import policy, queries, services, within
from marketplace.negotiation.models import ClauseSide, Offer, OfferState
from marketplace.negotiation.queries import Side
from marketplace.web import clause_words, history, inbox, negotiating, term_sheets, wording
from marketplace.web.export import table_response
from marketplace.web.limits import limiter
from marketplace.web.locale import gettext
from marketplace.web.paging import paginate
from marketplace.web.presentation import locale_code, org_name, words
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("offers", __name__)
LIST = "/workbench/offers"


@bp.get(LIST)
@sign_in_required
def index() -> ResponseReturnValue:
    """Offers received as a seller, or sent as a buyer."""
    actor = current_actor()
    side = _side(actor)
    state = request.args.get("state", "")
    text, sort = request.args.get("q", ""), request.args.get("sort", "-changed")
    waiting = request.args.get("waiting") == "1"
    rows = queries.offers(
        actor,
        side,
        state=OfferState(state) if state in set(OfferState) else None,
        text=text,
        mine_to_answer=waiting,
        sort=sort,
    )
    kind_of_file = request.args.get("format", "")
    if kind_of_file in {"csv", "xlsx"}:
        found = db.session.scalars(rows.limit(10_000)).unique().all()
        return table_response(found, _columns(), "offers", kind_of_file)
    return render_template(
        "offers/index.html",
        page=paginate(rows),
        tab=side,
        counts={each: queries.count(queries.offers_of(actor, each)) for each in Side},
        state=state,
        states=list(OfferState),
        unread=inbox.unread("offer"),
        filters={"text": text, "sort": sort, "mine_to_answer": waiting},
    )


def _side(actor: Actor) -> Side:
    asked = request.args.get("side", "")
    if asked in set(Side):
        return Side(asked)
    received = queries.count(queries.offers_of(actor, Side.RECEIVED))
    sent = queries.count(queries.offers_of(actor, Side.SENT))
    return Side.RECEIVED if received or not sent else Side.SENT


def _columns() -> list[tuple[str, Any]]:
    return [
        (gettext("编号"), lambda row: row.reference),
        (gettext("挂牌编号"), lambda row: row.listing.reference),
        (gettext("挂牌"), lambda row: row.listing.title),
        (gettext("买方"), lambda row: org_name(row.buyer)),
        (gettext("卖方"), lambda row: org_name(row.listing.seller)),
        (gettext("金额（元）"), lambda row: row.terms.price),
        (gettext("版本"), lambda row: row.version),
        (gettext("状态"), lambda row: words("states", f"offer.{row.state}")),
        (gettext("有效期至"), lambda row: row.expires_at),
    ]


@bp.route("/listings/<reference>/offer", methods=["GET", "POST"])
@sign_in_required
@limiter.limit("10 per minute; 100 per day", methods=["POST"])
def new(reference: str) -> ResponseReturnValue:
    """An offer on the listing's own terms, changed where the buyer wants them otherwise."""
    actor = current_actor()
    listing = listings.get(actor, reference)
    standing = queries.open_offer_of(actor.organisation_id, listing)
    if standing is not None and request.method == "GET":
        return redirect(url_for("offers.show", reference=standing.reference), 303)
    began = request.args.get("sheet")
    filled = term_sheets.filled(OfferTermsForm, actor, listing.terms)
    form = OfferTermsForm(data=filled if began else filled | {"notes": ""})
    if actor.organisation_id is not None:
        clause_words.set_hints(form, actor, listing.terms, ClauseSide.BUY)
    if form.validate_on_submit():
        try:
            with transaction():
                listing = listings.get(actor, reference)
                offer = services.make(
                    actor,
                    listing,
                    terms=form.terms(listing.terms),
                    message=form.message.data or "",
                    valid_days=form.valid_days.data or services.VALID_DAYS,
                    attachments=_stored(actor, form),
                    key=form.key.data or "",
                )
                offer_reference = offer.reference
            flash(gettext("报价已发出，卖方答复后会通知您。"), "ok")
            return redirect(url_for("offers.show", reference=offer_reference), 303)
        except Refused as refusal:
            absorb(form, refusal, locale_code())
            listing = listings.get(actor, reference)
    page = render_template(
        "offers/new.html",
        listing=listing,
        kind=listing.terms.kind,
        form=form,
        sheets=term_sheets.offered(actor, listing.terms.kind),
        lacks=[p.__name__ for p in policy.make_offer.missing(actor, listing)],
    )
    return page, 422 if form.errors or form.form_errors else 200


def _stored(actor: Actor, form: OfferTermsForm) -> list[Document]:
    """The files that came with the terms."""
    return [
        documents.store(actor, file.stream, file.filename or "", purpose="offer")
        for file in form.uploads
    ]


def _kept(offer: Offer, form: OfferTermsForm) -> list[Document]:
    """Those of the version on the table that stay."""
    return [one for one in offer.versions[-1].papers if one.id in (form.keep.data or ())]


@bp.get(f"{LIST}/<reference>")
@sign_in_required
def show(reference: str) -> ResponseReturnValue:
    """Every version side by side, whose turn it is, what may be done."""
    actor = current_actor()
    offer = queries.get(actor, reference)
    return _page(actor, queries.get(actor, reference) if inbox.opened(offer) else offer)


def _page(actor: Actor, offer: Offer) -> str:
    versions = offer.versions[-4:]
    overdue = offer.awaits is not None and offer.expires_at <= clock.now()
    is_seller = actor.organisation_id == offer.listing.seller_id
    return render_template(
        "offers/show.html",
        offer=offer,
        listing=offer.listing,
        is_seller=is_seller,
        other=offer.buyer if is_seller else offer.listing.seller,
        my_turn=offer.awaits is not None and offer.awaits == actor.organisation_id,
        overdue=overdue,
        heads=[_head(version, offer) for version in versions],
        rows=wording.compared([version.terms for version in versions]),
        listed=wording.compared([offer.listing.terms, offer.terms]),
        may={
            "accept": policy.accept.allows(actor, offer),
            "counter": policy.counter.allows(actor, offer),
            "decline": policy.decline.allows(actor, offer),
            "withdraw": policy.withdraw.allows(actor, offer),
        },
        lacks=[p.__name__ for p in policy.accept.missing(actor, offer)],
        entries=history.entries(offer),
        since=negotiating.since_own(actor, offer),
        inside=negotiating.inside(actor, offer),
        beside=clause_words.beside(actor, offer),
        say=clause_words,
        note_key=new_key(),
    )


def _head(version: Any, offer: Offer) -> str:
    by_seller = version.organisation_id == offer.listing.seller_id
    side = gettext("卖方") if by_seller else gettext("买方")
    return gettext("第 %(number)s 版（%(side)s）", number=version.number, side=side)


@bp.route(f"{LIST}/<reference>/counter", methods=["GET", "POST"])
@sign_in_required
@limiter.limit("10 per minute; 200 per day", methods=["POST"])
def counter(reference: str) -> ResponseReturnValue:
    """Other terms for the version one has read."""
    actor = current_actor()
    offer = queries.get(actor, reference)
    side = clause_words.side_in(actor, offer)
    terms, done = clause_words.taken(actor, offer.terms, side, request.args.getlist("take"))
    filled = term_sheets.filled(OfferTermsForm, actor, terms)
    form = OfferTermsForm(data=filled | {"version": offer.version})
    form.of_table([(one.id, one.filename) for one in offer.versions[-1].papers])
    clause_words.set_hints(form, actor, terms, side)
    asks = request.form.get("do") == "ask"
    if form.validate_on_submit():
        try:
            with transaction():
                offer = queries.get(actor, reference)
                _send(actor, offer, form, to_owner=asks)
            if asks:
                flash(gettext("已请所有者批准，批准后还价即发出。"), "ok")
                return redirect(url_for("offers.show", reference=reference), 303)
            flash(gettext("还价已发出。"), "ok")
            return redirect(url_for("offers.show", reference=reference), 303)
        except Refused as refusal:
            if refusal.code in {"offer.changed", "offer.counter", "offer.counter_back"}:
                flash(words("refusals", refusal.code, **refusal.facts), "warning")
                return redirect(url_for("offers.show", reference=reference), 303)
            absorb(form, refusal, locale_code())
            offer = queries.get(actor, reference)
    page = render_template(
        "offers/counter.html",
        offer=offer,
        listing=offer.listing,
        kind=offer.terms.kind,
        form=form,
        sheets=term_sheets.offered(actor, offer.terms.kind),
        current=wording.term_rows(offer.terms),
        lacks=[p.__name__ for p in policy.counter.missing(actor, offer)],
        my_turn=offer.awaits is not None and offer.awaits == actor.organisation_id,
        done=done,
        may_ask=negotiating.asks_owner(actor),
        because=request.form.get("because", "")[:2000],
    )
    return page, 422 if form.errors or form.form_errors else 200


def _send(actor: Actor, offer: Offer, form: OfferTermsForm, *, to_owner: bool) -> None:
    """The counter-offer to the other side, or to an owner of one's own for approval."""
    terms = form.terms(offer.terms)
    said: dict[str, Any] = {
        "version": _number(form.version.data),
        "terms": terms,
        "message": form.message.data or "",
        "valid_days": form.valid_days.data or services.VALID_DAYS,
        "attachments": [*_kept(offer, form), *_stored(actor, form)],
    }
    if to_owner:
        because = request.form.get("because", "")[:2000]
        within.ask_counter(actor, offer, **said, because=because)
    else:
        services.counter(actor, offer, **said)


def _number(text: Any) -> int:
    """The version a form was made for; nonsense is no version."""
    return int(text) if str(text or "").isascii() and str(text or "").isdigit() else 0


@bp.post(f"{LIST}/<reference>/accept")
@sign_in_required
def accept(reference: str) -> ResponseReturnValue:
    """Agree to the version shown; on success the deal is the next page."""
    actor = current_actor()
    try:
        with transaction():
            offer = queries.get(actor, reference)
            deal = services.accept(actor, offer, version=_number(request.form.get("version")))
            deal_reference = deal.reference
    except Refused as refusal:
        return _refused(reference, refusal)
    flash(gettext("已成交。下一步：逐项落实合规清单。"), "ok")
    return redirect(url_for("deals.show", reference=deal_reference), 303)


@bp.post(f"{LIST}/<reference>/decline")
@sign_in_required
def decline(reference: str) -> ResponseReturnValue:
    return _command(reference, services.decline, gettext("已拒绝。"))


@bp.post(f"{LIST}/<reference>/withdraw")
@sign_in_required
def withdraw(reference: str) -> ResponseReturnValue:
    return _command(reference, services.withdraw, gettext("已撤回。"))


def _command(reference: str, verb: Any, done: str) -> ResponseReturnValue:
    actor = current_actor()
    try:
        with transaction():
            because = request.form.get("because", "")[:2000]
            verb(actor, queries.get(actor, reference), because=because)
    except Refused as refusal:
        return _refused(reference, refusal)
    flash(done, "ok")
    return redirect(url_for("offers.show", reference=reference), 303)


def _refused(reference: str, refusal: Refused) -> ResponseReturnValue:
    """Back to the offer as it now stands; what one may not do at all has its own page."""
    if refusal.status in {403, 404}:
        raise refusal
    flash(words("refusals", refusal.code, **refusal.facts), "bad")
    return redirect(url_for("offers.show", reference=reference), 303)
