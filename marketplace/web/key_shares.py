"""Parts of opening keys, for the three who keep them: fetched once, handed in after the end."""

from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from marketplace.auctions import policy_opening as policy
from marketplace.auctions.engine.state import Phase
from marketplace.auctions.queries import opening as queries
from marketplace.auctions.services import opening
from marketplace.core.db import transaction
from marketplace.core.errors import NotAllowed, Refused
from marketplace.forms.absorb import absorb
from marketplace.forms.key_shares import HandInForm
from marketplace.web import history
from marketplace.web.locale import gettext
from marketplace.web.presentation import locale_code
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("key_shares", __name__, url_prefix="/workbench/key-shares")


@bp.get("")
@sign_in_required
def index() -> ResponseReturnValue:
    """The parts that my organisation keeps."""
    return render_template("key_shares/index.html", shares=queries.mine(current_actor()))


@bp.route("/<int:share_id>", methods=["GET", "POST"])
@sign_in_required
def show(share_id: int) -> ResponseReturnValue:
    """One part: what has become of it; handed in here."""
    actor = current_actor()
    share = queries.share(actor, share_id)
    form = HandInForm()
    if form.validate_on_submit():
        try:
            with transaction():
                opening.hand_in(
                    actor, queries.share(actor, share_id), phrase=form.phrase.data or ""
                )
        except NotAllowed:
            raise
        except Refused as refusal:
            absorb(form, refusal, locale_code())
            share = queries.share(actor, share_id)
        else:
            flash(gettext("已交回。两份到齐即开启报价。"), "ok")
            return redirect(url_for("key_shares.show", share_id=share_id), 303)
    auction = share.auction
    page = render_template(
        "key_shares/show.html",
        share=share,
        auction=auction,
        form=form,
        may_fetch=share.kept is not None and policy.fetch_share.allows(actor, share),
        may_hand_in=auction.state is Phase.OPENING
        and share.handed_in_at is None
        and policy.hand_in_share.allows(actor, share),
        events=history.entries(share),
    )
    return page, 422 if form.is_submitted() else 200


@bp.post("/<int:share_id>/fetch")
@sign_in_required
def fetch(share_id: int) -> ResponseReturnValue:
    """The phrase, this once: the page is kept nowhere."""
    actor = current_actor()
    with transaction():
        share = queries.share(actor, share_id)
        phrase = opening.fetch(actor, share)
    page = make_response(
        render_template("key_shares/phrase.html", share=share, auction=share.auction, phrase=phrase)
    )
    page.headers["Cache-Control"] = "no-store"
    return page
