"""The authority on brokers: the ranking, complaints to read, sanctions, which are its own."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.core import clock
from marketplace.core.policy import require
from marketplace.forms.trust import SanctionForm
from marketplace.mandates import queries as mandates
from marketplace.trust import policy
from marketplace.trust import services as trust
from marketplace.trust.models import SanctionKind, SanctionState
from marketplace.trust.queries import complaints, sanctions
from marketplace.trust.services import Measure
from marketplace.web import history, trust_words
from marketplace.web.complaints import asked, columns, options, shown
from marketplace.web.doing import do, do_form
from marketplace.web.export import Column, table_response
from marketplace.web.locale import gettext
from marketplace.web.paging import everything, paginate, paginate_list
from marketplace.web.presentation import org_name, words
from marketplace.web.session import current_actor, overseers_only

bp = Blueprint("authority_trust", __name__, url_prefix="/authority")
bp.before_request(overseers_only)


@bp.get("/brokers")
def ranking() -> ResponseReturnValue:
    """Every broker with grade, ratings and performance; the best first unless asked otherwise."""
    text = request.args.get("q", "").strip()[:100]
    grade, sort = request.args.get("grade", ""), request.args.get("sort", "grade")
    found = [
        one
        for one in mandates.all_brokers()
        if text.lower() in f"{one.name} {one.name_en} {one.uscc}".lower()
    ]
    rows = trust_words.narrowed(trust_words.standings(found), grade=grade, sort=sort)
    if request.args.get("format") in {"csv", "xlsx"}:
        kind = request.args["format"]
        return table_response(rows, trust_words.ranking_columns(), "broker-ranking", kind)
    page = paginate_list(rows)
    return render_template(
        "authority/brokers.html",
        page=page,
        text=text,
        grade=grade,
        sort=sort,
        trust=trust_words,
        suspended=mandates.suspended(one.broker.id for one in page.items),
    )


@bp.get("/complaints")
def all_complaints() -> ResponseReturnValue:
    """All of them, to read."""
    wanted = asked()
    rows = complaints.listed(current_actor(), **wanted)
    if request.args.get("format") in {"csv", "xlsx"}:
        return table_response(everything(rows), columns(), "complaints", request.args["format"])
    return render_template(
        "authority/complaints.html", page=paginate(rows), asked=wanted, options=options()
    )


@bp.get("/complaints/<reference>")
def complaint(reference: str) -> ResponseReturnValue:
    """One with both sides; nothing is changed here."""
    found = complaints.get(current_actor(), reference)
    return render_template("authority/complaint.html", **shown(found))


@bp.get("/sanctions")
def all_sanctions() -> ResponseReturnValue:
    """What was imposed."""
    kind, state = request.args.get("kind", ""), request.args.get("state", "")
    search = request.args.get("q", "").strip()[:100]
    rows = sanctions.listed(current_actor(), kind=kind, state=state, search=search)
    if request.args.get("format") in {"csv", "xlsx"}:
        return table_response(everything(rows), _columns(), "sanctions", request.args["format"])
    return render_template(
        "authority/sanctions.html",
        page=paginate(rows),
        kind=kind,
        state=state,
        search=search,
        kinds=[
            ("", gettext("全部种类")),
            *((k.value, words("enums", f"sanction_kind.{k.value}")) for k in SanctionKind),
        ],
        states=[
            ("", gettext("全部状态")),
            *((s.value, words("states", f"sanction.{s.value}")) for s in SanctionState),
        ],
        may_impose=policy.impose.allows(current_actor()),
    )


def _columns() -> list[Column]:
    return [
        (gettext("编号"), lambda s: s.reference),
        (gettext("机构"), lambda s: org_name(s.broker)),
        (gettext("执业人员"), lambda s: s.credential.name if s.credential else ""),
        (gettext("种类"), lambda s: words("enums", f"sanction_kind.{s.kind.value}")),
        (gettext("依据条文"), lambda s: s.article),
        (gettext("决定书文号"), lambda s: s.number),
        (gettext("起始日"), lambda s: s.starts_on),
        (gettext("截止日"), lambda s: s.ends_on),
        (gettext("状态"), lambda s: words("states", f"sanction.{s.state.value}")),
    ]


@bp.route("/brokers/<slug>/sanction", methods=["GET", "POST"])
def impose(slug: str) -> ResponseReturnValue:
    """Enter a sanction; it takes effect at once."""
    actor, broker = current_actor(), mandates.broker(slug)
    require(actor, policy.impose)
    people = complaints.practitioners(broker.id)
    form = SanctionForm()
    form.offer(people)
    if request.method == "GET":
        form.starts_on.data = clock.today()
    made: list[str] = []

    def work() -> None:
        chosen = int(form.practitioner.data) if form.practitioner.data else 0
        measure = Measure(
            kind=SanctionKind(form.kind.data),
            article=form.article.data or "",
            reason=form.reason.data or "",
            number=form.number.data or "",
            starts_on=form.starts_on.data or clock.today(),
            ends_on=form.ends_on.data,
        )
        person = next((one for one in people if one.id == chosen), None)
        made.append(trust.impose(actor, broker, measure, person).reference)

    back = url_for("authority_trust.all_sanctions")
    if do_form(form, work, "", back) is not None:
        flash(gettext("处分已录入，即时生效。"), "ok")
        return redirect(url_for("authority_trust.sanction", reference=made[-1]), 303)
    page = render_template("authority/impose.html", broker=broker, form=form)
    return page, 422 if form.is_submitted() else 200


@bp.get("/sanctions/<reference>")
def sanction(reference: str) -> ResponseReturnValue:
    """One sanction; the authority that imposed it may take it back."""
    found = sanctions.get(current_actor(), reference)
    return render_template(
        "authority/sanction.html",
        sanction=found,
        may_revoke=found.state is SanctionState.IMPOSED
        and policy.revoke_sanction.allows(current_actor(), found),
        history=history.entries(found),
    )


@bp.post("/sanctions/<reference>/revoke")
def revoke(reference: str) -> ResponseReturnValue:
    """Take it back."""
    actor, because = current_actor(), request.form.get("because", "")

    def work() -> None:
        trust.revoke(actor, sanctions.get(actor, reference), because=because)

    back = url_for("authority_trust.sanction", reference=reference)
    return do(work, gettext("处分已撤销。"), back)
