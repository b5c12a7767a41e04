"""The whole checklist of a deal, stage by stage, with tasks, papers and waivers."""

from collections.abc import Sequence
from dataclasses import dataclass

from marketplace.compliance import worklist
from marketplace.compliance.models import Task, Waiver, WaiverState
from marketplace.core.policy import Actor
from marketplace.deals import periods, policy
from marketplace.deals.checklist import Checklist, Item
from marketplace.deals.models import Deal, DealState
from marketplace.rules.engine import Status
from marketplace.rules.library import Stage
from marketplace.web.deal_page import findings
from marketplace.web.export import Column
from marketplace.web.locale import gettext
from marketplace.web.presentation import format_date, org_name, words

TO_DO = frozenset({Status.OPEN, Status.DUTY, Status.UNKNOWN})
SETTLED = frozenset({Status.SATISFIED, Status.WAIVED})
_ORDER = (Status.OPEN, Status.UNKNOWN, Status.DUTY, Status.WAIVED, Status.SATISFIED)


@dataclass(frozen=True)
class Row:
    """A finding with what is being done about it."""

    item: Item
    tasks: tuple[Task, ...]
    waivers: tuple[Waiver, ...]

    @property
    def may_be_waived(self) -> bool:
        """The law lets somebody waive it, and nobody has asked yet."""
        asked = any(one.state in {WaiverState.ASKED, WaiverState.CONFIRMED} for one in self.waivers)
        return self.item.finding.waiver is not None and self.item.status in TO_DO and not asked


@dataclass(frozen=True)
class StageShown:
    """A stage: what it asks for, how far it is, whether it is now."""

    stage: Stage
    rows: tuple[Row, ...]
    information: tuple[Row, ...]
    is_now: bool

    @property
    def done(self) -> int:
        """Findings that are settled."""
        return sum(row.item.status in SETTLED for row in self.rows)

    @property
    def title(self) -> str:
        """Its name."""
        return words("enums", f"rule_stage.{self.stage.value}")


def stages_of(deal: Deal, checklist: Checklist) -> list[StageShown]:
    """Every stage that asks for something of this deal, in the order of the stages."""
    tasks: dict[str, list[Task]] = {}
    for task in worklist.tasks_of(deal):
        tasks.setdefault(task.rule, []).append(task)
    waivers: dict[str, list[Waiver]] = {}
    for waiver in worklist.waivers_of(deal):
        waivers.setdefault(waiver.rule, []).append(waiver)
    rows: dict[Stage, list[Row]] = {}
    for item in checklist.items:
        rule = item.finding.rule
        row = Row(item, tuple(tasks.get(rule, ())), tuple(waivers.get(rule, ())))
        rows.setdefault(item.finding.stage, []).append(row)
    now = _now(deal)
    return [
        StageShown(
            stage,
            tuple(
                sorted(
                    (row for row in rows[stage] if row.item.status is not Status.INFO),
                    key=lambda row: _ORDER.index(row.item.status),
                )
            ),
            tuple(row for row in rows[stage] if row.item.status is Status.INFO),
            stage is now,
        )
        for stage in Stage
        if stage in rows
    ]


def _now(deal: Deal) -> Stage | None:
    return None if deal.state is DealState.CANCELLED else periods.REACHED.get(deal.state)


def due_text(item: Item) -> str:
    """By when, what it counts from; or why there is no day."""
    due = item.by
    if due.undated == "in_words":
        return ""  # the words of the law say it
    if due.on is None:
        return words("enums", f"undated.{due.undated}") if due.undated else ""
    since = words("enums", f"counts_from.{due.counts_from}") if due.counts_from else ""
    if due.started_on is None:
        return gettext("按%(since)s", since=since) if since else ""
    return gettext("%(since)s（%(day)s）", since=since, day=format_date(due.started_on))


def settled_text(row: Row) -> str:
    """What settled it."""
    item = row.item
    if item.status is Status.WAIVED:
        waiver = next((w for w in row.waivers if w.state is WaiverState.CONFIRMED), None)
        return gettext("%(who)s豁免", who=waiver.holder) if waiver else ""
    if item.status is not Status.SATISFIED:
        return ""
    if item.settled_by:
        return findings.evidence_text(item.settled_by)
    return words("enums", "task_settled.facts")


def may_waive(actor: Actor, deal: Deal) -> bool:
    """The reader may ask for a waiver here."""
    return deal.state is not DealState.CANCELLED and policy.waive.allows(actor, deal)


def columns() -> list[Column]:
    """For the export of the checklist."""
    return [
        (gettext("阶段"), lambda r: words("enums", f"rule_stage.{r.item.finding.stage.value}")),
        (gettext("规则"), lambda r: findings.title_of(r.item.finding)),
        (gettext("规则编号"), lambda r: r.item.finding.rule),
        (gettext("约束力"), lambda r: words("enums", f"rule_gate.{r.item.finding.gate.value}")),
        (gettext("状态"), lambda r: findings.status_text(r.item)),
        (gettext("条文"), lambda r: findings.article_of(r.item.finding)),
        (gettext("引文"), lambda r: r.item.finding.quote),
        (gettext("释义（英文）"), lambda r: r.item.finding.gloss),
        (gettext("由谁办理"), lambda r: findings.actors_of(r.item.finding)),
        (gettext("期限"), lambda r: r.item.by.on),
        (gettext("期限说明"), lambda r: due_text(r.item)),
        (gettext("证明材料"), lambda r: findings.evidence_text(r.item.finding.evidence)),
        (gettext("办结依据"), settled_text),
        (gettext("涉及权利"), lambda r: "、".join(a.number or a.title for a in r.item.assets)),
    ]


def people_of(tasks: Sequence[Task]) -> str:
    """Who works on it, by name."""
    names = [
        f"{org_name(task.organisation)} {task.assignee.name}" for task in tasks if task.assignee
    ]
    return gettext("、").join(names)
