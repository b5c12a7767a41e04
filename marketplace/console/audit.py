"""The whole log and its proof, for operators."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.audit import queries, services
from marketplace.core.db import db
from marketplace.core.policy import require
from marketplace.organisations.models import Organisation, User
from marketplace.web.export import Column, table_response
from marketplace.web.locale import gettext
from marketplace.web.paging import paginate
from marketplace.web.presentation import words
from marketplace.web.session import current_actor, operators_only

bp = Blueprint("console_audit", __name__, url_prefix="/console/audit")
bp.before_request(operators_only)
EXPORT_ROWS = 20_000


@bp.get("")
def index() -> ResponseReturnValue:
    kind = request.args.get("kind", "")[:80].strip()
    rows = queries.log(current_actor(), kind=kind)
    if request.args.get("format") in {"csv", "xlsx"}:
        found = db.session.scalars(rows.limit(EXPORT_ROWS))
        return table_response(found, _columns(), "audit-log", request.args["format"])
    page = paginate(rows, per_page=50)
    users = _names(User, {e.user_id for e in page.items})
    organisations = _names(Organisation, {e.organisation_id for e in page.items})
    return render_template(
        "console/audit/index.html",
        page=page,
        kind=kind,
        users=users,
        organisations=organisations,
    )


@bp.post("/verify")
def verify() -> ResponseReturnValue:
    require(current_actor(), queries.read_everything)
    proof = services.verify()
    if proof.valid:
        flash(
            gettext(
                "日志完整：%(sealed)s 条记录环环相扣，共 %(events)s 条事件。",
                sealed=proof.sealed,
                events=proof.events,
            ),
            "ok",
        )
    else:
        flash(gettext("日志有 %(count)s 处与哈希链不符。", count=len(proof.broken)), "bad")
    return redirect(url_for("console_audit.index"), 303)


def _names(model: type[User] | type[Organisation], ids: set[int | None]) -> dict[int, str]:
    rows = db.session.query(model.id, model.name).filter(model.id.in_(i for i in ids if i))
    return {row.id: row.name for row in rows}


def _columns() -> list[Column]:
    return [
        (gettext("时间"), lambda e: e.created_at),
        (gettext("事件"), lambda e: words("events", e.kind)),
        (gettext("代码"), lambda e: e.kind),
        (gettext("对象"), lambda e: f"{e.subject_kind} {e.subject_id}"),
        (gettext("用户"), lambda e: e.user_id),
        (gettext("机构"), lambda e: e.organisation_id),
        (gettext("原因"), lambda e: e.because),
    ]
