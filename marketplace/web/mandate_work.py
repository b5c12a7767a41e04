"""What a broker does under a mandate: list, ask and answer, offer, counter, accept, introduce."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.core import clock
from marketplace.core.db import transaction
from marketplace.core.errors import Invalid, NotAllowed, NotFound, Refused
from marketplace.core.policy import Actor, require
from marketplace.forms.absorb import absorb
from marketplace.forms.mandates import (
    CounterForm,
    IntroductionForm,
    ListForm,
    OfferForAnotherForm,
)
from marketplace.forms.negotiation import MessageForm
from marketplace.listings import queries as listings
from marketplace.listings import services as listing_verbs
from marketplace.listings.models import Listing
from marketplace.listings.terms import DealKind, Terms
from marketplace.mandates import policy, queries
from marketplace.mandates import services as mandates
from marketplace.mandates.models import Mandate, MandateState
from marketplace.negotiation import pipeline
from marketplace.negotiation import queries as talks
from marketplace.negotiation import services as negotiation
from marketplace.negotiation.models import Enquiry, Offer
from marketplace.web.documents import handed_out
from marketplace.web.locale import gettext
from marketplace.web.presentation import locale_code, words
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("mandate_work", __name__, url_prefix="/workbench/mandates/<mandates>")


def held(mandates: str) -> tuple[Actor, Mandate]:
    """The person and the mandate, to look; a verb takes the mandate in hand by itself."""
    actor = current_actor()
    mandate = queries.get(actor, mandates)
    require(actor, policy.act_under, mandate)
    return actor, mandate


def _offer(mandate: Mandate, reference: str) -> Offer:
    for each in pipeline.offers_under(mandate):
        if each.reference == reference:
            return each
    raise NotFound("offer")


def _enquiry(mandate: Mandate, enquiry_id: int) -> Enquiry:
    for each in pipeline.enquiries_under(mandate):
        if each.id == enquiry_id:
            return each
    raise NotFound("enquiry")


def _listing(actor: Actor, form: Any) -> Listing:
    try:
        return listings.get(actor, form.listing.data or "")
    except NotFound:
        code = "introduction.listing_unknown"
        raise Invalid(code, fields={"listing": code}) from None


@bp.get("/offers/<offer>")
@sign_in_required
def offer(mandates: str, offer: str) -> ResponseReturnValue:
    """An offer of the principal's, and the acts that the mandate lets the broker do."""
    _, mandate = held(mandates)
    return _offer_page(mandate, _offer(mandate, offer), CounterForm(formdata=None))


def _offer_page(
    mandate: Mandate, found: Offer, form: CounterForm, status: int = 200
) -> ResponseReturnValue:
    form.version.data = str(found.version)
    page = render_template(
        "mandates/offer.html",
        mandate=mandate,
        offer=found,
        form=form,
        my_turn=found.awaits == mandate.principal_id,
    )
    return page, status


@bp.get("/offers/<offer>/files/<int:document_id>")
@sign_in_required
def offer_file(mandates: str, offer: str, document_id: int) -> ResponseReturnValue:
    """A file of the terms, for as long as the mandate is in force."""
    _, mandate = held(mandates)
    if mandate.state is MandateState.IN_FORCE and mandate.expires_on >= clock.today():
        for version in _offer(mandate, offer).versions:
            for paper in version.papers:
                if paper.id == document_id:
                    return handed_out(paper)
    raise NotFound("document")


@bp.post("/offers/<offer>/<any(accept, decline, withdraw):verb>")
@sign_in_required
def answer_offer(mandates: str, offer: str, verb: str) -> ResponseReturnValue:
    """Accept within the limit, decline or withdraw for the principal."""
    version = request.form.get("version", 0, type=int)
    because = request.form.get("because", "")[:2000]
    verbs: dict[str, Callable[[Actor, Offer], Any]] = {
        "accept": lambda by, found: negotiation.accept(by, found, version=version, because=because),
        "decline": lambda by, found: negotiation.decline(by, found, because=because),
        "withdraw": lambda by, found: negotiation.withdraw(by, found, because=because),
    }

    def work(by: Actor, mandate: Mandate) -> None:
        verbs[verb](by, talks.get(by, _offer(mandate, offer).reference))

    back = url_for("mandate_work.offer", mandates=mandates, offer=offer)
    return _done(mandates, work, gettext("已代委托人办理。"), back)


@bp.post("/offers/<offer>/counter")
@sign_in_required
def counter(mandates: str, offer: str) -> ResponseReturnValue:
    """Another price for the principal."""
    _, mandate = held(mandates)
    found = _offer(mandate, offer)
    form = CounterForm()
    if not form.validate_on_submit():
        return _offer_page(mandate, found, form, 422)
    try:
        with transaction():
            by = take_up(mandates)
            found = talks.get(by, found.reference)
            version = form.version.data or ""
            negotiation.counter(
                by,
                found,
                version=int(version) if version.isdecimal() else 0,
                terms=replace(found.terms, price=form.price.data),
                message=form.message.data or "",
            )
    except NotAllowed as refusal:
        flash(needs(refusal), "bad")
    except Refused as refusal:
        absorb(form, refusal, locale_code())
        return _offer_page(mandate, _offer(mandate, offer), form, 422)
    else:
        flash(gettext("已代委托人还价。"), "ok")
    return redirect(url_for("mandate_work.offer", mandates=mandates, offer=offer), 303)


@bp.route("/enquiries/<int:enquiry_id>", methods=["GET", "POST"])
@sign_in_required
def enquiry(mandates: str, enquiry_id: int) -> ResponseReturnValue:
    """A thread of the principal's, and a message into it."""
    actor, mandate = held(mandates)
    found = _enquiry(mandate, enquiry_id)
    form = MessageForm()
    if form.validate_on_submit():
        try:
            with transaction():
                by = take_up(mandates)
                negotiation.post(
                    by,
                    talks.get_enquiry(by, found.id),
                    text=form.text.data or "",
                    key=form.key.data or "",
                )
        except NotAllowed as refusal:
            form.form_errors.append(needs(refusal))
        except Refused as refusal:
            absorb(form, refusal, locale_code())
        else:
            here = url_for("mandate_work.enquiry", mandates=mandates, enquiry_id=enquiry_id)
            return redirect(here, 303)
        found = _enquiry(queries.get(actor, mandates), enquiry_id)
    page = render_template("mandates/enquiry.html", mandate=mandate, enquiry=found, form=form)
    return page, 422 if form.is_submitted() else 200


@bp.route("/list", methods=["GET", "POST"])
@sign_in_required
def list_right(mandates: str) -> ResponseReturnValue:
    """A listing of the principal's rights, submitted for review at once."""
    _, mandate = held(mandates)
    form = ListForm()
    form.offer(mandate.assets)

    def work(by: Actor, found: Mandate) -> None:
        chosen = [one for one in found.assets if one.reference in (form.assets.data or ())]
        terms = Terms(kind=DealKind.TRANSFER, price=form.price.data)
        made = listing_verbs.draft(by, chosen, terms=terms, summary=form.summary.data or "")
        if request.form.get("do") == "submit":
            listing_verbs.submit(by, made)

    return _form(
        mandate, form, work, "mandates/list.html", gettext("已代委托人挂牌，委托人已可看到。")
    )


@bp.route("/new-offer", methods=["GET", "POST"])
@sign_in_required
def make_offer(mandates: str) -> ResponseReturnValue:
    """An offer for the principal, on the listing's terms but for the price."""
    actor, mandate = held(mandates)
    form = OfferForAnotherForm()

    def work(by: Actor, _: Mandate) -> None:
        listing = _listing(actor, form)
        terms = replace(listing.terms, price=form.price.data)
        negotiation.make(by, listing, terms=terms, message=form.message.data or "")

    return _form(mandate, form, work, "mandates/make_offer.html", gettext("已代委托人报价。"))


@bp.route("/introduce", methods=["GET", "POST"])
@sign_in_required
def introduce(mandates: str) -> ResponseReturnValue:
    """Put on record whom one brought to which listing."""
    actor, mandate = held(mandates)
    form = IntroductionForm()

    def work(_: Actor, found: Mandate) -> None:
        listing = _listing(actor, form)
        if not pipeline.in_scope(found, listing):
            code = "introduction.not_in_scope"
            raise Invalid(code, fields={"listing": code})
        party = queries.party_by_name(form.party.data or "")
        if party is None:
            code = "introduction.party_unknown"
            raise Invalid(code, fields={"party": code})
        _introduce(actor, found, party, listing.reference, form.proof.data or "")

    return _form(
        mandate, form, work, "mandates/introduce.html", gettext("已记录，双方已收到通知。")
    )


def _introduce(actor: Actor, mandate: Mandate, party: Any, listing: str, proof: str) -> None:
    mandates.introduce(actor, mandate, party, listing_reference=listing, proof=proof)


def take_up(reference: str) -> Actor:
    """The person with the mandate in hand, for the transaction under way."""
    actor = current_actor()
    return mandates.acting(actor, queries.get(actor, reference))


def _form(
    mandate: Mandate,
    form: Any,
    work: Callable[[Actor, Mandate], None],
    template: str,
    said: str,
) -> ResponseReturnValue:
    actor, reference = current_actor(), mandate.reference
    if form.validate_on_submit():
        try:
            with transaction():
                found = queries.get(actor, reference)
                work(mandates.acting(actor, found), found)
        except NotAllowed as refusal:
            form.form_errors.append(needs(refusal))
        except Refused as refusal:
            absorb(form, refusal, locale_code())
        else:
            flash(said, "ok")
            return redirect(url_for("mandates.show", reference=reference), 303)
    page = render_template(template, mandate=queries.get(actor, reference), form=form)
    return page, 422 if form.is_submitted() else 200


def _done(
    reference: str, work: Callable[[Actor, Mandate], None], said: str, back: str
) -> ResponseReturnValue:
    actor, mandate = held(reference)
    try:
        with transaction():
            found = queries.get(actor, mandate.reference)
            work(mandates.acting(actor, found), found)
    except NotFound:
        raise
    except NotAllowed as refusal:
        flash(needs(refusal), "bad")
    except Refused as refusal:
        flash(words("refusals", refusal.code, **refusal.facts), "bad")
    else:
        flash(said, "ok")
    return redirect(back, 303)


def needs(refusal: NotAllowed) -> str:
    """What the mandate does not let the broker do, and what is wanting."""
    lacking = "；".join(words("needs", need) for need in refusal.needs)
    return f"{words('refusals', refusal.code)} {lacking}"
