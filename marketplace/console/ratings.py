"""Ratings as the exchange keeps them lawful: unlawful words are hidden by two people, nothing is deleted."""

from collections.abc import Callable

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.trust import services as trust
from marketplace.trust.models import Rating, RatingState
from marketplace.trust.queries import ratings
from marketplace.web import trust_words
from marketplace.web.doing import do
from marketplace.web.locale import gettext
from marketplace.web.paging import paginate
from marketplace.web.presentation import words
from marketplace.web.session import current_actor, operators_only

bp = Blueprint("console_ratings", __name__, url_prefix="/console/ratings")
bp.before_request(operators_only)


@bp.get("")
def index() -> ResponseReturnValue:
    """Words in question first, then the newest."""
    state, search = request.args.get("state", ""), request.args.get("q", "").strip()[:100]
    return render_template(
        "console/ratings/index.html",
        page=paginate(ratings.moderated(current_actor(), state, search)),
        state=state,
        search=search,
        states=[
            ("", gettext("全部状态")),
            *((s.value, words("states", f"rating.{s.value}")) for s in RatingState),
        ],
        me=current_actor().user_id,
        trust=trust_words,
    )


@bp.post("/<int:rating_id>/<any(propose, leave, hide, show):verb>")
def moderate(rating_id: int, verb: str) -> ResponseReturnValue:
    """Propose to hide the words, leave them, hide them, show them again."""
    actor, because = current_actor(), request.form.get("because", "")
    verbs: dict[str, Callable[[Rating], None]] = {
        "propose": lambda found: trust.propose_hiding(actor, found, because=because),
        "leave": lambda found: trust.leave(actor, found, because=because),
        "hide": lambda found: trust.hide(actor, found),
        "show": lambda found: trust.show(actor, found, because=because),
    }

    def work() -> None:
        verbs[verb](ratings.get(actor, rating_id))

    return do(work, gettext("已办理。"), url_for("console_ratings.index"))
