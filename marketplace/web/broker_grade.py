"""A broker's own grade: every item with what may be done about it, objections and repair."""

from typing import Any

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from marketplace.core.policy import require
from marketplace.documents import services as documents
from marketplace.documents.sniff import PAPERS
from marketplace.forms.trust import CaseForm
from marketplace.trust import policy
from marketplace.trust import services as trust
from marketplace.trust.models import CaseKind
from marketplace.trust.queries import grades
from marketplace.web import trust_words
from marketplace.web.doing import do, do_form
from marketplace.web.locale import gettext
from marketplace.web.session import acting_organisation, current_actor, sign_in_required

bp = Blueprint("broker_grade", __name__, url_prefix="/workbench/broker/grade")


def _broker() -> Any:
    broker = acting_organisation()
    require(current_actor(), policy.see_grade, broker) if broker else None
    return broker or grades.broker(current_actor().organisation)


@bp.get("")
@sign_in_required
def show() -> ResponseReturnValue:
    """Grade, items, performance, and what was asked for before."""
    broker = _broker()
    [standing] = trust_words.standings([broker])
    return render_template(
        "broker_office/grade.html",
        broker=broker,
        standing=standing,
        cases=grades.cases_of(broker.id),
        may_contest=policy.contest.allows(current_actor(), broker),
        trust=trust_words,
    )


@bp.route("/items/<item>", methods=["GET", "POST"])
@sign_in_required
def contest(item: str) -> ResponseReturnValue:
    """Object to one item, or apply for its repair."""
    actor, broker = current_actor(), _broker()
    entry = grades.graded(broker.id).entry(item)
    require(actor, policy.contest, broker)
    form = CaseForm()

    def work() -> None:
        upload = form.document.data
        paper = (
            documents.store(
                actor, upload.stream, upload.filename or "proof", purpose="grade_case",
                allowed=PAPERS,
            )
            if upload
            else None
        )  # fmt: skip
        kind = CaseKind(form.kind.data)
        trust.file_case(actor, broker, kind, item=item, text=form.text.data or "", document=paper)

    done = do_form(form, work, gettext("已提交，等待决定。"), url_for("broker_grade.show"))
    if done is not None:
        return done
    page = render_template("broker_office/contest.html", entry=entry, form=form, trust=trust_words)
    return page, 422 if form.is_submitted() else 200


@bp.post("/cases/<reference>/withdraw")
@sign_in_required
def withdraw(reference: str) -> ResponseReturnValue:
    """Let it go."""
    actor = current_actor()

    def work() -> None:
        trust.withdraw_case(actor, grades.case(actor, reference))

    return do(work, gettext("已撤回。"), url_for("broker_grade.show"))
