"""Open licences for another: a broker takes one for a buyer, states and withdraws one for an owner."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.assets.models import PATENTS, Asset
from marketplace.core.db import transaction
from marketplace.core.errors import Invalid, NotAllowed, NotFound, Refused
from marketplace.core.policy import Actor
from marketplace.deals import services as deals
from marketplace.deals.models import Deal
from marketplace.forms.absorb import absorb
from marketplace.forms.open_licences import StatementForm, TakeForAnotherForm
from marketplace.listings import queries as listings
from marketplace.mandates.models import Mandate, Side
from marketplace.negotiation import pipeline, standing
from marketplace.negotiation import queries as talks
from marketplace.open_licences import queries, services
from marketplace.open_licences.models import OpenStatement
from marketplace.web import open_licence_words
from marketplace.web.deals.shared import refused_text
from marketplace.web.locale import gettext
from marketplace.web.mandate_work import held, needs, take_up
from marketplace.web.presentation import locale_code
from marketplace.web.session import sign_in_required

bp = Blueprint("mandate_licences", __name__, url_prefix="/workbench/mandates/<mandates>")


@bp.get("/open-licences")
@sign_in_required
def index(mandates: str) -> ResponseReturnValue:
    """The patents of a seller's mandate, and the statement of each."""
    _, mandate = _selling(mandates)
    assets = [asset for asset in mandate.assets if asset.kind in PATENTS]
    page = render_template(
        "mandates/open_licences.html",
        mandate=mandate,
        assets=assets,
        statements=queries.of_assets(assets),
        fee=open_licence_words.fee,
    )
    return page, 200


@bp.route("/open-licences/new/<asset>", methods=["GET", "POST"])
@sign_in_required
def state(mandates: str, asset: str) -> ResponseReturnValue:
    """Draw a statement up for the owner."""
    _, mandate = _selling(mandates)
    right = _right(mandate, asset)
    form = StatementForm()
    if not form.is_submitted():
        form.payment_way.data = open_licence_words.usual_way()
    if form.validate_on_submit():
        try:
            with transaction():
                by = take_up(mandates)
                services.draw_up(by, _right(mandate, asset), form.said())
        except NotAllowed as refusal:
            form.form_errors.append(needs(refusal))
        except Refused as refusal:
            absorb(form, refusal, locale_code())
        else:
            flash(gettext("已代专利权人起草声明；未尽事实和附件由专利权人补充。"), "ok")
            return redirect(url_for("mandate_licences.index", mandates=mandates), 303)
    page = render_template(
        "mandates/state_open_licence.html", mandate=mandate, asset=right, form=form
    )
    return page, 422 if form.is_submitted() else 200


@bp.post("/open-licences/<reference>/<any(file, withdraw):verb>")
@sign_in_required
def change(mandates: str, reference: str, verb: str) -> ResponseReturnValue:
    """File a draft, or withdraw what is published, for the owner."""
    _selling(mandates)
    because = request.form.get("because", "")[:2000]

    def work(by: Actor, statement: OpenStatement) -> None:
        if verb == "file":
            services.file(by, statement)
        else:
            services.ask_withdrawal(by, statement, because=because)

    try:
        with transaction():
            by = take_up(mandates)
            work(by, queries.get(by, reference))
    except NotFound:
        raise
    except NotAllowed as refusal:
        flash(needs(refusal), "bad")
    except Refused as refusal:
        flash(refused_text(refusal), "bad")
    else:
        flash(gettext("已代委托人办理。"), "ok")
    return redirect(url_for("mandate_licences.index", mandates=mandates), 303)


@bp.route("/take", methods=["GET", "POST"])
@sign_in_required
def take(mandates: str) -> ResponseReturnValue:
    """Take a licence as offered for the buyer; the mandate is shown with it."""
    actor, mandate = held(mandates)
    if mandate.side is not Side.BUY:
        raise NotFound("mandate")
    form = TakeForAnotherForm()
    if request.method == "GET":
        form.listing.data = request.args.get("listing", "")[:20]
    found = _offered(actor, form.listing.data or "")
    if form.validate_on_submit():
        try:
            with transaction():
                deal = _take(take_up(mandates), form)
                said = _said(deal.reference, by_notice=deal.by_notice)
        except NotAllowed as refusal:
            form.form_errors.append(needs(refusal))
        except Refused as refusal:
            absorb(form, refusal, locale_code())
        else:
            flash(said, "ok")
            return redirect(url_for("mandates.show", reference=mandates), 303)
    page = render_template(
        "mandates/take.html",
        mandate=mandate,
        form=form,
        found=found,
        fee=open_licence_words.fee,
        term=open_licence_words.term,
    )
    return page, 422 if form.is_submitted() else 200


@bp.post("/deals/<deal>/notify")
@sign_in_required
def notify(mandates: str, deal: str) -> ResponseReturnValue:
    """Give the written notice for the buyer, once the checklist of the deal is clear."""
    _, mandate = held(mandates)
    try:
        with transaction():
            by = take_up(mandates)
            deals.notify(by, _deal(mandate, deal))
    except NotFound:
        raise
    except NotAllowed as refusal:
        flash(needs(refusal), "bad")
    except Refused as refusal:
        flash(refused_text(refusal), "bad")
    else:
        flash(gettext("已代委托人发出书面通知。"), "ok")
    return redirect(url_for("mandates.show", reference=mandates), 303)


def _selling(reference: str) -> tuple[Actor, Mandate]:
    actor, mandate = held(reference)
    if mandate.side is not Side.SELL:
        raise NotFound("mandate")
    return actor, mandate


def _right(mandate: Mandate, reference: str) -> Asset:
    for asset in mandate.assets:
        if asset.reference == reference:
            return asset
    raise NotFound("asset")


def _deal(mandate: Mandate, reference: str) -> Deal:
    for offer in pipeline.offers_under(mandate):
        if offer.deal is not None and offer.deal.reference == reference:
            return offer.deal
    raise NotFound("deal.unknown")


def _offered(actor: Actor, reference: str) -> Any:
    if not reference:
        return None
    try:
        listing = listings.get(actor, reference)
    except NotFound:
        return None
    found = talks.standing_on(listing)
    return found if found and standing.can_be_taken(found) else None


def _take(by: Actor, form: TakeForAnotherForm) -> Any:
    found = _offered(by, form.listing.data or "")
    if found is None:
        raise Invalid("standing_offer.over", fields={"listing": "standing_offer.over"})
    return standing.take(
        by,
        found.listing,
        reference=request.form.get("standing", ""),  # the terms that were shown, or none
        agreed_to=bool(form.agreed.data),
    )


def _said(reference: str, *, by_notice: bool) -> str:
    if by_notice:
        return gettext("已代委托人取得开放许可，交易 %(deal)s 已建立。", deal=reference)
    return gettext("已代委托人取得许可，交易 %(deal)s 已建立。", deal=reference)
