"""Brokers: their credentials to check, and objections to introductions to decide."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.core.db import transaction
from marketplace.core.errors import NotAllowed, NotFound, Refused
from marketplace.mandates import queries
from marketplace.mandates import services as mandates
from marketplace.mandates.models import Credential, Introduction
from marketplace.web.locale import gettext
from marketplace.web.paging import paginate
from marketplace.web.presentation import words
from marketplace.web.session import current_actor, operators_only

bp = Blueprint("console_brokers", __name__, url_prefix="/console/brokers")
bp.before_request(operators_only)


@bp.get("")
def index() -> ResponseReturnValue:
    """Licences and practitioners, those that wait first."""
    state = request.args.get("state", "")
    return render_template(
        "console/brokers/index.html",
        page=paginate(queries.credentials(current_actor(), state)),
        state=state,
    )


@bp.post("/<int:credential_id>/<any(confirm, refuse, revoke):verb>")
def decide(credential_id: int, verb: str) -> ResponseReturnValue:
    """What the register says."""
    actor, because = current_actor(), request.form.get("because", "")[:1000]
    verbs: dict[str, Callable[[Credential], None]] = {
        "confirm": lambda found: mandates.confirm(actor, found, because=because),
        "refuse": lambda found: mandates.refuse(actor, found, because=because),
        "revoke": lambda found: mandates.revoke_credential(actor, found, because=because),
    }
    return _done(
        lambda: verbs[verb](queries.credential(actor, credential_id)), "console_brokers.index"
    )


@bp.get("/objections")
def objections() -> ResponseReturnValue:
    """Introductions that are contested."""
    return render_template(
        "console/brokers/objections.html",
        page=paginate(queries.disputed_introductions(current_actor())),
    )


@bp.post("/objections/<int:introduction_id>/<any(uphold, reject):verb>")
def judge(introduction_id: int, verb: str) -> ResponseReturnValue:
    """Say whether there was an introduction."""
    actor, because = current_actor(), request.form.get("because", "")[:1000]
    verbs: dict[str, Callable[[Introduction], None]] = {
        "uphold": lambda found: mandates.uphold(actor, found, because=because),
        "reject": lambda found: mandates.reject(actor, found, because=because),
    }
    return _done(
        lambda: verbs[verb](queries.introduction(actor, introduction_id)),
        "console_brokers.objections",
    )


def _done(work: Callable[[], None], back: str) -> ResponseReturnValue:
    try:
        with transaction():
            work()
    except (NotAllowed, NotFound):
        raise
    except Refused as refusal:
        flash(words("refusals", refusal.code, **refusal.facts), "bad")
    else:
        flash(gettext("已办理。"), "ok")
    return redirect(url_for(back), 303)
