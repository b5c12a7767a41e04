"""One's organisation's tasks: the list, one task, the calendar."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.compliance import policy, worklist
from marketplace.compliance import services as compliance
from marketplace.compliance.models import Task, TaskState
from marketplace.compliance.worklist import Wish
from marketplace.core import clock, settings
from marketplace.core.db import transaction
from marketplace.core.errors import NotAllowed, NotFound, Refused
from marketplace.forms.absorb import absorb
from marketplace.forms.tasks import AssignForm, ReportForm
from marketplace.organisations import queries as organisations
from marketplace.rules.library import load
from marketplace.web import history, incoming
from marketplace.web.export import Column, table_response
from marketplace.web.locale import gettext
from marketplace.web.paging import everything, paginate
from marketplace.web.presentation import format_date, locale_code, org_name, words
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("tasks", __name__, url_prefix="/workbench/tasks")


def wish_of(args: Any) -> Wish:
    """What the list's address asks for; nonsense is ignored."""
    state = args.get("state", TaskState.OPEN.value)
    return Wish(
        when=args.get("when", "")[:10],
        state=state if state in {one.value for one in TaskState} else "",
        reference=args.get("deal", "").strip()[:20],
        rule=args.get("rule", "")[:80],
        person=args.get("person", type=incoming.row_number),
        owner=args.get("owner", "")[:10],
        search=args.get("q", "").strip()[:100],
    )


def rule_title(rule_id: str) -> str:
    """The title of a rule on file."""
    rule = load().by_id.get(rule_id)
    return rule.title.say(locale_code()) if rule else rule_id


def due_text(task: Task) -> str:
    """What its day counts from, or why there is none."""
    if task.undated == "in_words":
        rule = load().by_id.get(task.rule)
        return rule.deadline.words.say(locale_code()) if rule and rule.deadline else ""
    if task.due_on is None:
        return words("enums", f"undated.{task.undated}") if task.undated else ""
    since = words("enums", f"counts_from.{task.counts_from}") if task.counts_from else ""
    if task.started_on is None:
        return since
    return gettext("%(since)s（%(day)s）", since=since, day=format_date(task.started_on))


def settled_text(task: Task) -> str:
    """How it was settled, and by what."""
    how = words("enums", f"task_settled.{task.settled}") if task.settled else ""
    papers = gettext("、").join(words("enums", f"evidence.{name}") for name in task.settled_by)
    return gettext("%(how)s：%(papers)s", how=how, papers=papers) if papers else how


def options(wish: Wish) -> dict[str, list[tuple[str, str]]]:
    """What the filters of a list of tasks offer."""
    actor = current_actor()
    members = organisations.members_of(actor.organisation) if actor.organisation_id else []
    rules = worklist.rules_of_tasks(actor)
    if wish.rule and wish.rule not in rules:
        rules.append(wish.rule)
    return {
        "when": [
            ("", gettext("任何期限")),
            ("overdue", gettext("已逾期")),
            ("soon", gettext("14 天内到期")),
            ("dated", gettext("有期限")),
            ("undated", gettext("无期限")),
        ],
        "state": [
            *((one.value, words("states", f"task.{one.value}")) for one in TaskState),
            ("all", gettext("全部状态")),
        ],
        "rule": [("", gettext("全部规则")), *((one, rule_title(one)) for one in rules)],
        "person": [
            ("", gettext("任何经办人")),
            *((str(one.user_id), one.user.name) for one in members),
        ],
    }


def words_for_template() -> dict[str, Any]:
    """The functions by which the templates of tasks say things."""
    return {"rule_title": rule_title, "due_text": due_text, "settled_text": settled_text}


def columns() -> list[Column]:
    """For the export of a list of tasks."""
    return [
        (gettext("编号"), lambda t: t.reference),
        (gettext("标的"), lambda t: t.title),
        (gettext("规则"), lambda t: rule_title(t.rule)),
        (gettext("阶段"), lambda t: words("enums", f"rule_stage.{t.stage}")),
        (gettext("约束力"), lambda t: words("enums", f"rule_gate.{t.gate}")),
        (gettext("办理方"), lambda t: org_name(t.organisation) if t.organisation else ""),
        (gettext("经办人"), lambda t: t.assignee.name if t.assignee else ""),
        (gettext("期限"), lambda t: t.due_on),
        (gettext("期限说明"), due_text),
        (gettext("状态"), lambda t: words("states", f"task.{t.state.value}")),
        (gettext("是否逾期"), lambda t: gettext("是") if t.is_overdue else ""),
        (gettext("办结依据"), settled_text),
        (gettext("办结时间"), lambda t: t.settled_at),
    ]


@bp.get("")
@sign_in_required
def index() -> ResponseReturnValue:
    """What the organisation has to do, the most urgent first."""
    actor = current_actor()
    if actor.is_operator:
        return redirect(url_for("console_tasks.index"), 303)
    wish = wish_of(request.args)
    rows = worklist.listed_tasks(actor, wish)
    kind = request.args.get("format")
    if kind in {"csv", "xlsx"}:
        return table_response(everything(rows), columns(), "tasks", kind)
    return render_template(
        "tasks/index.html",
        page=paginate(rows),
        wish=wish,
        filtered=bool(request.args),
        options=options(wish),
        overdue=worklist.count_tasks(actor, Wish(when="overdue")),
        soon=worklist.count_tasks(actor, Wish(when="soon")),
        open=worklist.count_tasks(actor, Wish()),
        **words_for_template(),
    )


@bp.get("/calendar.ics")
@sign_in_required
def calendar() -> ResponseReturnValue:
    """The days of the open tasks, for a calendar program."""
    tasks = everything(worklist.listed_tasks(current_actor(), Wish(when="dated")))
    response = Response("\r\n".join(_calendar(tasks)) + "\r\n", mimetype="text/calendar")
    response.headers["Content-Disposition"] = 'attachment; filename="tasks.ics"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _calendar(tasks: list[Task]) -> list[str]:
    site = settings.current().site_url
    host = site.split("//", 1)[-1].split("/", 1)[0]
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:-//{host}//tasks//ZH", "CALSCALE:GREGORIAN"]
    for task in tasks:
        if task.due_on is None:
            continue
        lines += [
            "BEGIN:VEVENT",
            f"UID:task-{task.id}@{host}",
            f"DTSTAMP:{clock.now():%Y%m%dT%H%M%SZ}",
            f"DTSTART;VALUE=DATE:{task.due_on:%Y%m%d}",
            f"DTEND;VALUE=DATE:{task.due_on + timedelta(days=1):%Y%m%d}",
            *_folded(f"SUMMARY:{_plain(rule_title(task.rule))}"),
            *_folded(f"DESCRIPTION:{_plain(f'{task.reference} {task.title}')}"),
            *_folded(f"URL:{site}{url_for('tasks.show', task_id=task.id)}"),
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    return [*lines, "END:VCALENDAR"]


def _plain(text: str) -> str:
    for sign in ("\\", ";", ","):
        text = text.replace(sign, f"\\{sign}")
    return " ".join(text.split())


def _folded(line: str) -> list[str]:
    """Lines of at most 75 octets; a continuation begins with a blank (RFC 5545, 3.1)."""
    found, current = [], ""
    for character in line:
        if len((current + character).encode()) > 74:
            found.append(current)
            current = " "
        current += character
    return [*found, current]


@bp.get("/<int:task_id>")
@sign_in_required
def show(task_id: int) -> ResponseReturnValue:
    """One task: the rule, whose it is, by when, what settled it, its history."""
    return _page(worklist.task(current_actor(), task_id))


def _page(task: Task, status: int = 200, **forms: Any) -> ResponseReturnValue:
    actor = current_actor()
    members = organisations.members_of(task.organisation_id) if task.organisation_id else []
    assign_form = AssignForm(formdata=None, assignee=str(task.assignee_id or ""))
    assign_form.offer(members)
    rule = load().by_id.get(task.rule)
    given = {"assign_form": assign_form, "report_form": ReportForm(formdata=None)} | forms
    page = render_template(
        "tasks/show.html",
        task=task,
        rule=rule,
        text=rule.text_on(clock.today()) if rule else None,
        may_assign=bool(members) and policy.assign_task.allows(actor, task),
        may_report=policy.report_task.allows(actor, task),
        history=history.entries(task),
        **words_for_template(),
        **given,
    )
    return page, status


@bp.post("/<int:task_id>/assign")
@sign_in_required
def assign(task_id: int) -> ResponseReturnValue:
    """Give it to a person of the organisation."""
    actor = current_actor()
    task = worklist.task(actor, task_id)
    person = request.form.get("assignee", type=incoming.row_number)
    return _do(task, lambda: compliance.assign(actor, task, person), gettext("已指派。"))


@bp.post("/<int:task_id>/report")
@sign_in_required
def report(task_id: int) -> ResponseReturnValue:
    """Say that a duty is done, and how."""
    actor = current_actor()
    task = worklist.task(actor, task_id)
    form = ReportForm()
    if not form.validate_on_submit():
        return _page(task, 422, report_form=form)
    try:
        with transaction():
            compliance.report(actor, task, because=form.because.data or "")
    except (NotAllowed, NotFound):
        raise
    except Refused as refusal:
        absorb(form, refusal, locale_code())
        return _page(worklist.task(actor, task_id), 422, report_form=form)
    flash(gettext("已记为办结。"), "ok")
    return redirect(url_for("tasks.show", task_id=task_id), 303)


@bp.post("/<int:task_id>/resume")
@sign_in_required
def resume(task_id: int) -> ResponseReturnValue:
    """Take the report back."""
    actor = current_actor()
    task = worklist.task(actor, task_id)
    return _do(task, lambda: compliance.resume(actor, task), gettext("任务已恢复办理。"))


def _do(task: Task, command: Any, done: str) -> ResponseReturnValue:
    try:
        with transaction():
            command()
    except (NotAllowed, NotFound):
        raise
    except Refused as refusal:
        flash(words("refusals", refusal.code, **refusal.facts), "bad")
    else:
        flash(done, "ok")
    return redirect(url_for("tasks.show", task_id=task.id), 303)
