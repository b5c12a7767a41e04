"""The schedule of a deal in its reader's words, and what the reader may do with each line."""

from dataclasses import dataclass

from marketplace.core import clock
from marketplace.core.money import Money
from marketplace.core.policy import Actor, Permission
from marketplace.deals import policy, schedule
from marketplace.deals import services as deals
from marketplace.deals.models import Deal, DealState, Instalment, InstalmentState
from marketplace.payments import codes
from marketplace.web.locale import gettext
from marketplace.web.presentation import format_date

S = InstalmentState
ASKED: dict[str, Permission] = {
    **dict.fromkeys(("declare", "withdraw", "confirm", "object"), policy.declare_milestone),
    **dict.fromkeys(("decide", "dismiss", "lapse"), policy.decide_milestone),
    "waive": policy.waive_instalment,
}
VERBS = (*ASKED, "release")


@dataclass(frozen=True)
class Row:
    """A line as its readers see it; `verbs` are what the reader may do with it now."""

    line: Instalment
    what: str
    due: str
    code: str  # of the payment; only for those who pay it and the exchange
    late: Money | None  # interest by the terms: information
    verbs: tuple[str, ...]


def rows_of(actor: Actor, deal: Deal) -> list[Row]:
    """The schedule for this reader."""
    sees_code = policy.see_payment.allows(actor, deal)
    return [
        Row(
            line,
            what_of(line),
            _due(line),
            codes.shown(line.payment.reference) if line.payment and sees_code else "",
            _late(line),
            tuple(verb for verb in VERBS if _may(actor, line, verb)),
        )
        for line in deal.instalments
    ]


def what_of(line: Instalment) -> str:
    """What a line is for, in words."""
    if line.besides:
        return gettext("里程碑：%(event)s", event=line.event)
    if line.number == 1:
        return gettext("首期")
    if line.event:
        return gettext("第 %(number)s 期：%(event)s", number=line.number, event=line.event)
    return gettext("第 %(number)s 期", number=line.number)


def _due(line: Instalment) -> str:
    if line.due_on is not None:
        return format_date(line.due_on)
    if line.latest_on is not None:
        return gettext("事件确认后 15 天内，最迟 %(day)s", day=format_date(line.latest_on))
    return gettext("事件确认后 15 天内")


def _late(line: Instalment) -> Money | None:
    if line.state is not S.DUE or line.payment is None:
        return None
    cost = schedule.late_interest(
        line.payment.outstanding,
        due=line.due_on,
        on=clock.today(),
        bps=line.deal.terms.pay.late_interest_bps,
    )
    return cost or None


def _may(actor: Actor, line: Instalment, verb: str) -> bool:  # noqa: PLR0911 -- a line a verb
    deal, own = line.deal, line.declared_by_id == actor.organisation_id
    if deal.state not in {*deals.MAY_BE_DISPUTED, DealState.CLOSED}:
        return False
    if verb == "release":
        ready = deal.state in {DealState.SETTLEMENT, DealState.CLOSED} and line.state is S.PAID
        return ready and policy.release.allows(actor, deal)
    if not ASKED[verb].allows(actor, line):
        return False
    if verb == "declare":
        return line.state is S.PLANNED
    if verb == "withdraw":
        return own and line.state in {S.DECLARED, S.OBJECTED}
    if verb in {"confirm", "object"}:
        return not own and line.state in (
            {S.DECLARED, S.OBJECTED} if verb == "confirm" else {S.DECLARED}
        )
    if verb == "decide":
        return line.state in {S.DECLARED, S.OBJECTED}
    if verb == "dismiss":
        return line.state is S.OBJECTED
    waits = line.state in {S.PLANNED, S.DECLARED, S.OBJECTED}
    if verb == "lapse":
        return line.besides and waits
    return (
        (line.number > 1 or line.besides) and not line.received and (waits or line.state is S.DUE)
    )
