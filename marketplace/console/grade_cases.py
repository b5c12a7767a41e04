"""Objections to items of grades and applications for repair: one proposes, another decides."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.core.policy import require
from marketplace.forms.trust import ProposalForm
from marketplace.trust import policy
from marketplace.trust import services as trust
from marketplace.trust.models import CaseKind, CaseState, GradeCase
from marketplace.trust.queries import grades
from marketplace.web import history, trust_words
from marketplace.web.doing import do, do_form
from marketplace.web.locale import gettext
from marketplace.web.paging import paginate
from marketplace.web.presentation import words
from marketplace.web.session import current_actor, operators_only

bp = Blueprint("console_grade_cases", __name__, url_prefix="/console/grade-cases")
bp.before_request(operators_only)


@bp.get("")
def index() -> ResponseReturnValue:
    """What waits first."""
    state, kind = request.args.get("state", ""), request.args.get("kind", "")
    return render_template(
        "console/grade_cases/index.html",
        page=paginate(grades.cases(current_actor(), state=state, kind=kind)),
        state=state,
        kind=kind,
        states=[
            ("", gettext("全部状态")),
            *((s.value, words("states", f"grade_case.{s.value}")) for s in CaseState),
        ],
        kinds=[
            ("", gettext("全部")),
            *((k.value, words("enums", f"case_kind.{k.value}")) for k in CaseKind),
        ],
    )


@bp.route("/<reference>", methods=["GET", "POST"])
def show(reference: str) -> ResponseReturnValue:
    """One case with its item; propose what should become of it."""
    actor = current_actor()
    case = grades.case(actor, reference)
    form = ProposalForm()
    if form.is_submitted():
        require(actor, policy.decide_case, case)

    def work() -> None:
        trust.propose(
            actor,
            grades.case(actor, reference),
            to_grant=form.to_grant.data == "y",
            because=form.because.data or "",
        )

    back = url_for("console_grade_cases.show", reference=reference)
    done = do_form(form, work, gettext("已提出意见，须由另一位工作人员决定。"), back)
    return done or _page(grades.case(actor, reference), form)


def _page(case: GradeCase, form: ProposalForm) -> ResponseReturnValue:
    graded = grades.graded(case.broker_id)
    page = render_template(
        "console/grade_cases/show.html",
        case=case,
        entry=next((e for e in graded.entries if e.key == case.item), None),
        graded=graded,
        form=form,
        own_proposal=case.proposed_by_id == current_actor().user_id,
        history=history.entries(case),
        trust=trust_words,
    )
    return page, 422 if form.is_submitted() else 200


@bp.post("/<reference>/settle")
def settle(reference: str) -> ResponseReturnValue:
    """The second person agrees."""
    actor = current_actor()

    def work() -> None:
        trust.settle(actor, grades.case(actor, reference))

    back = url_for("console_grade_cases.show", reference=reference)
    return do(work, gettext("已决定，机构会收到通知。"), back)


@bp.post("/<reference>/return")
def send_back(reference: str) -> ResponseReturnValue:
    """The second person does not agree."""
    actor, because = current_actor(), request.form.get("because", "")

    def work() -> None:
        trust.return_case(actor, grades.case(actor, reference), because=because)

    back = url_for("console_grade_cases.show", reference=reference)
    return do(work, gettext("已退回，重新提出意见。"), back)
