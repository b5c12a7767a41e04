"""By when a finding must be met in a deal: the day, what it counts from, or why there is none."""

from datetime import date

from marketplace.compliance.services.tasks import Due
from marketplace.core import clock, working_days
from marketplace.deals.models import Deal, DealState
from marketplace.rules.engine import Finding
from marketplace.rules.library import STAGES, Gate, Stage

STEP = "step"
"""Counted by the exchange's own period for the step at which the deal stands, not by law."""
REACHED = {
    DealState.CHECKLIST: Stage.SIGNING,
    DealState.SIGNING: Stage.SIGNING,
    DealState.PAYMENT: Stage.CLOSING,
    DealState.RECORDAL: Stage.CLOSING,
    DealState.SETTLEMENT: Stage.CLOSING,
    DealState.CLOSED: Stage.POST,
}
"""The last stage whose findings somebody has to work on now."""
_WORKED_ON = frozenset(
    {DealState.CHECKLIST, DealState.SIGNING, DealState.RECORDAL, DealState.SETTLEMENT}
)


def reached(deal: Deal, finding: Finding) -> bool:
    """Whether its time has come: its stage, or the event from which its period runs."""
    stage = REACHED.get(deal.state)
    if stage is None:
        return False
    begun = finding.deadline is not None and _start(deal, finding.deadline.after) is not None
    here = finding.stage is Stage.CONTINUOUS or _place(finding.stage) <= _place(stage)
    return here or begun


def due(deal: Deal, finding: Finding) -> Due:
    """The day by law where the law counts; for what stops the deal, the day of the step."""
    if finding.deadline is not None and (finding.deadline.months or finding.deadline.days):
        return _by_law(deal, finding)
    if finding.gate is Gate.HARD:
        return _by_step(deal, finding)
    return Due(undated="no_period" if finding.deadline is None else "in_words")


def _by_law(deal: Deal, finding: Finding) -> Due:
    period = finding.deadline
    if period is None or period.after.endswith("_before"):
        return Due(undated="runs_before")
    if period.after not in {"signing", "closing"}:
        return Due(counts_from=period.after, undated="elsewhere")
    start = _start(deal, period.after)
    if start is None:
        return Due(counts_from=period.after, undated="not_begun")
    try:
        return Due(period.due_on(start), period.after, start)
    except working_days.Unpublished as refusal:
        return Due(counts_from=period.after, started_on=start, undated=refusal.code)


def _by_step(deal: Deal, finding: Finding) -> Due:
    stage = REACHED.get(deal.state)
    here = stage is not None and (
        finding.stage is Stage.CONTINUOUS or _place(finding.stage) <= _place(stage)
    )
    if not here or deal.due_at is None or deal.state not in _WORKED_ON:
        return Due(undated="not_begun")
    return Due(deal.due_at.astimezone(clock.BEIJING).date(), STEP)


def _start(deal: Deal, event: str) -> date | None:
    moment = {"signing": deal.signed_at, "closing": deal.closed_at}.get(event)
    return moment and moment.astimezone(clock.BEIJING).date()


def _place(stage: Stage) -> int:
    return STAGES.index(stage) if stage in STAGES else -1
