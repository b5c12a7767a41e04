"""A deal by the law: what it was judged by, and what the law of another day would change."""

from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue

from marketplace.compliance import queries as compliance
from marketplace.core import clock
from marketplace.deals import queries, rejudging
from marketplace.rules import changes
from marketplace.rules.compare import Cause, Difference
from marketplace.web import incoming, wording
from marketplace.web.deals.shared import bp
from marketplace.web.locale import gettext
from marketplace.web.presentation import words
from marketplace.web.session import current_actor, sign_in_required

TONES = {"open": "b-bad", "unknown": "b-plum", "duty": "b-warn", "satisfied": "b-ok", "info": ""}


@bp.get("/<reference>/law")
@sign_in_required
def law(reference: str) -> ResponseReturnValue:
    """Right by right: judged by which rules when, and what differs by the law of a day."""
    actor = current_actor()
    deal = queries.get(actor, reference)
    today = clock.today()
    day = request.args.get("on", type=incoming.day) or today
    return render_template(
        "deals/law.html",
        deal=deal,
        console=actor.is_operator,
        title=wording.own_title(deal.listing)[0],
        day=day,
        today=today,
        rejudged=rejudging.of(deal, day),
        kept=compliance.of(deal),
        by_cause=_by_cause,
        tones=TONES,
        status_of=_status_of,
        marks=changes.marks,
    )


def _by_cause(differences: tuple[Difference, ...]) -> list[tuple[str, list[Difference]]]:
    """The differences under what brought them about."""
    headings = {
        Cause.LAW: gettext("因为法律变了"),
        Cause.FACTS: gettext("因为事实变了"),
        Cause.BOTH: gettext("法律和事实都变了"),
    }
    return [
        (heading, some)
        for cause, heading in headings.items()
        if (some := [one for one in differences if one.cause is cause])
    ]


def _status_of(finding: Any) -> str:
    """Where a finding stands, in words; nothing where the rule does not bear on the deal."""
    return words("enums", f"rule_status.{finding.status}") if finding else gettext("不适用")
