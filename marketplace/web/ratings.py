"""Rating a broker from the page of a fulfilled deal, and the broker's own ratings with its answers."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.core.errors import NotFound
from marketplace.core.policy import require
from marketplace.deals import queries as deals
from marketplace.forms.trust import RatingForm
from marketplace.mandates import policy as mandate_policy
from marketplace.mandates import queries as mandates
from marketplace.trust import policy
from marketplace.trust import services as trust
from marketplace.trust.queries import ratings
from marketplace.web import trust_words
from marketplace.web.doing import do, do_form
from marketplace.web.locale import gettext
from marketplace.web.paging import paginate
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("ratings", __name__, url_prefix="/workbench")


@bp.route("/deals/<reference>/rate/<slug>", methods=["GET", "POST"])
@sign_in_required
def rate(reference: str, slug: str) -> ResponseReturnValue:
    """Rate, or change what was written while that is allowed."""
    actor = current_actor()
    deal, broker = deals.get(actor, reference), mandates.broker(slug)
    require(actor, policy.rate, deal)
    known = ratings.of_deal(deal, broker.id, actor.organisation)
    if known is None and broker.id not in ratings.brokers_of(deal):
        raise NotFound("broker")
    form = RatingForm()
    if known is not None and request.method == "GET":
        form.begin_with(known)

    def work() -> None:
        again = deals.get(actor, reference)
        written = ratings.of_deal(again, broker.id, actor.organisation)
        if known is not None and written is not None:
            trust.revise(actor, written, form.scores, comment=form.comment.data or "")
        else:
            trust.rate(actor, again, broker, form.scores, comment=form.comment.data or "")

    done = do_form(
        form, work, gettext("已评价。"), url_for("deals.show", reference=reference) + "#ratings"
    )
    if done is not None:
        return done
    page = render_template(
        "ratings/rate.html", deal=deal, broker=broker, form=form, rating=known, trust=trust_words
    )
    return page, 422 if form.is_submitted() else 200


@bp.get("/broker/ratings")
@sign_in_required
def index() -> ResponseReturnValue:
    """What was written about us; what waits for an answer first."""
    actor = current_actor()
    require(actor, mandate_policy.edit_profile)
    return render_template(
        "ratings/index.html",
        page=paginate(ratings.about(actor)),
        scores=ratings.scores([actor.organisation]).get(actor.organisation),
        trust=trust_words,
    )


@bp.post("/broker/ratings/<int:rating_id>/answer")
@sign_in_required
def answer(rating_id: int) -> ResponseReturnValue:
    """Answer in public, once."""
    actor, text = current_actor(), request.form.get("text", "")

    def work() -> None:
        trust.answer_rating(actor, ratings.get(actor, rating_id), text)

    return do(work, gettext("已公开回应。"), url_for("ratings.index"))
