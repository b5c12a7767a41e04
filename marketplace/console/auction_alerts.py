"""What looks odd in auctions: codes and figures, to be dismissed with a reason."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.auctions import policy_control as policy
from marketplace.auctions.models import Alert, AlertState
from marketplace.auctions.queries import alerts as queries
from marketplace.auctions.services import watching
from marketplace.core.db import transaction
from marketplace.core.errors import NotAllowed, Refused
from marketplace.core.money import Money
from marketplace.forms.absorb import absorb
from marketplace.forms.deals import ReasonForm
from marketplace.web import history
from marketplace.web.locale import gettext
from marketplace.web.paging import paginate
from marketplace.web.presentation import locale_code, words
from marketplace.web.session import current_actor, operators_only

bp = Blueprint("console_auction_alerts", __name__, url_prefix="/console/auction-alerts")
bp.before_request(operators_only)


@bp.get("")
def index() -> ResponseReturnValue:
    """Alerts, those that nobody has looked at first asked for."""
    state = request.args.get("state", "open")
    return render_template(
        "console/auctions/alerts.html",
        page=paginate(queries.alerts(current_actor(), state=state)),
        state=state,
        states=[
            *((s.value, words("states", f"auction_alert.{s.value}")) for s in AlertState),
            ("all", gettext("全部")),
        ],
    )


@bp.route("/<int:alert_id>", methods=["GET", "POST"])
def show(alert_id: int) -> ResponseReturnValue:
    """One alert; dismissed here."""
    actor = current_actor()
    alert = queries.alert(actor, alert_id)
    form = ReasonForm()
    if form.validate_on_submit():
        try:
            with transaction():
                watching.dismiss(
                    actor, queries.alert(actor, alert_id), reason=form.because.data or ""
                )
        except NotAllowed:
            raise
        except Refused as refusal:
            absorb(form, refusal, locale_code())
            alert = queries.alert(actor, alert_id)
        else:
            flash(gettext("已排除。"), "ok")
            return redirect(url_for("console_auction_alerts.index"), 303)
    page = render_template(
        "console/auctions/alert.html",
        alert=alert,
        auction=alert.auction,
        form=form,
        driven=_driven(alert),
        may_dismiss=alert.state is AlertState.OPEN and policy.dismiss_alert.allows(actor, alert),
        events=history.entries(alert),
    )
    return page, 422 if form.is_submitted() else 200


def _driven(alert: Alert) -> Money | None:
    """By how much the price was driven, where that is the pattern."""
    minor = alert.facts.get("driven_minor")
    return Money(alert.auction.currency, minor) if minor else None
