"""Licences taken as offered: the owner states the listed terms to everyone, a firm takes them."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.core.db import transaction
from marketplace.core.errors import NotFound, Refused
from marketplace.core.policy import Actor
from marketplace.deals.models import Deal
from marketplace.forms.terms import new_key
from marketplace.listings import queries as listings
from marketplace.listings.models import Listing
from marketplace.negotiation import policy, queries, standing
from marketplace.web import wording
from marketplace.web.limits import limiter
from marketplace.web.locale import gettext
from marketplace.web.presentation import words
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("standing", __name__)
OWN = "/workbench/listings/<reference>/standing-offer"


@bp.post(OWN)
@sign_in_required
def state(reference: str) -> ResponseReturnValue:
    """Offer the listed terms to everyone."""
    return _command(reference, standing.state, gettext("已生效：符合条件的企业可以直接取得许可。"))


@bp.post(f"{OWN}/end")
@sign_in_required
def end(reference: str) -> ResponseReturnValue:
    """Offer them to nobody from now on."""
    return _command(reference, standing.end, gettext("已终止。已经取得的许可不受影响。"))


def _command(
    reference: str, verb: Callable[[Actor, Listing], Any], said: str
) -> ResponseReturnValue:
    actor = current_actor()
    try:
        with transaction():
            listing = listings.get_own(actor, reference)
            terms = listing.terms
            verb(actor, listing)
    except Refused as refusal:
        if refusal.status in {403, 404}:
            raise
        flash(words("refusals", refusal.code), "bad")
        for name, code in refusal.fields.items():
            flash(
                f"{wording.term_name(name, terms)}{gettext('：')}{words('refusals', code)}", "bad"
            )
    else:
        flash(said, "ok")
    return redirect(url_for("my_listings.show", reference=reference, _anchor="standing"), 303)


def _said(deal: Deal) -> str:
    """What has come of taking it, and what is next."""
    if not deal.by_notice:
        return gettext("已取得许可约定。下一步：逐项落实合规清单，签署并付款。")
    if deal.notice is None:
        return gettext("交易已建立。下一步：逐项落实合规清单，然后书面通知专利权人。")
    if deal.signed_at is None:
        return gettext("书面通知已发出。下一步：付清公告的许可使用费，到账之日许可生效。")
    return gettext("书面通知已发出，许可已生效。")


@bp.route("/listings/<reference>/take", methods=["GET", "POST"])
@sign_in_required
@limiter.limit("10 per minute; 50 per day", methods=["POST"])
def take(reference: str) -> ResponseReturnValue:
    """The whole terms once more, and the deal opens when they are taken."""
    actor = current_actor()
    listing = listings.get(actor, reference)
    refused = ""
    if request.method == "POST":
        try:
            with transaction():
                deal = standing.take(
                    actor,
                    listings.get(actor, reference),
                    reference=request.form.get("standing", ""),
                    agreed_to=request.form.get("agreed") == "on",
                    key=request.form.get("key", ""),
                )
                deal_reference, said = deal.reference, _said(deal)
        except Refused as refusal:
            if refusal.status in {403, 404}:
                raise
            refused = words("refusals", refusal.code, **refusal.facts)
            listing = listings.get(actor, reference)
        else:
            flash(said, "ok")
            return redirect(url_for("deals.show", reference=deal_reference), 303)
    found = queries.standing_on(listing)
    if found is None and not refused:
        raise NotFound("standing_offer")
    page = render_template(
        "listings/take.html",
        listing=listing,
        found=found if found and standing.can_be_taken(found) else None,
        terms=wording.term_rows(found.terms) if found else [],
        refused=refused,
        key=request.form.get("key") or new_key(),
        lacks=[p.__name__ for p in policy.take.missing(actor, listing)],
    )
    return page, 422 if refused else 200
