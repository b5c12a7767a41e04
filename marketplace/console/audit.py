"""The whole log and its proof, for operators."""

import json
from collections.abc import Iterable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.audit import queries, services
from marketplace.audit.queries import Wish
from marketplace.core.db import db
from marketplace.core.events import Event
from marketplace.core.policy import require
from marketplace.notifications.subjects import subject_of
from marketplace.web.export import Column, table_response
from marketplace.web.incoming import day
from marketplace.web.locale import gettext
from marketplace.web.paging import paginate
from marketplace.web.presentation import words
from marketplace.web.session import current_actor, operators_only

bp = Blueprint("console_audit", __name__, url_prefix="/console/audit")
bp.before_request(operators_only)
EXPORT_ROWS = 50_000
CHUNK = 500  # numbers in one question to the database


@bp.get("")
def index() -> ResponseReturnValue:
    """Page by page, or all that is wanted as a table."""
    args = request.args
    wish = Wish(
        kind=args.get("kind", "")[:80].strip(),
        who=args.get("who", "")[:200].strip(),
        since=args.get("since", type=day),
        until=args.get("until", type=day),
    )
    rows = queries.log(current_actor(), wish)
    if args.get("format") in {"csv", "xlsx"}:
        found = list(db.session.scalars(rows.limit(EXPORT_ROWS)))
        return table_response(found, _columns(found), "audit-log", args["format"])
    page = paginate(rows, per_page=50)
    users, organisations = queries.names(current_actor(), page.items)
    return render_template(
        "console/audit/index.html",
        page=page,
        wish=wish,
        users=users,
        organisations=organisations,
        subjects={event.id: subject_of(event) for event in page.items},
        most=EXPORT_ROWS,
    )


@bp.post("/verify")
def verify() -> ResponseReturnValue:
    """Prove the chain; the head it ends in is for keeping elsewhere."""
    require(current_actor(), queries.read_everything)
    proof = services.verify()
    if proof.valid:
        flash(
            gettext(
                "日志完整：%(sealed)s 条记录环环相扣，共 %(events)s 条事件。末端哈希：%(head)s",
                sealed=proof.sealed,
                events=proof.events,
                head=proof.head,
            ),
            "ok",
        )
    else:
        flash(gettext("日志有 %(count)s 处与哈希链不符。", count=len(proof.broken)), "bad")
    return redirect(url_for("console_audit.index"), 303)


def _columns(found: list[Event]) -> list[Column]:
    users: dict[int, str] = {}
    organisations: dict[int, str] = {}
    digests: dict[int, str] = {}
    for events in _chunks(found):
        people, firms = queries.names(current_actor(), events)
        users |= people
        organisations |= firms
        digests |= queries.digests(current_actor(), events)
    return [
        (gettext("编号"), lambda e: e.id),
        (gettext("时间"), lambda e: e.created_at),
        (gettext("事件"), lambda e: words("events", e.kind)),
        (gettext("代码"), lambda e: e.kind),
        (gettext("对象"), lambda e: f"{e.subject_kind} {e.subject_id}"),
        (gettext("操作人"), lambda e: users.get(e.user_id, "") if e.user_id else gettext("系统")),
        (gettext("机构"), lambda e: organisations.get(e.organisation_id, "")),
        (gettext("原因"), lambda e: e.because),
        (gettext("内容"), lambda e: json.dumps(e.facts, ensure_ascii=False, sort_keys=True)),
        (gettext("哈希"), lambda e: digests.get(e.id, "")),
    ]


def _chunks(found: list[Event]) -> Iterable[list[Event]]:
    return (found[i : i + CHUNK] for i in range(0, len(found), CHUNK))
