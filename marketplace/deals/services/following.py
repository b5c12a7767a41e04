"""The tasks of a deal, brought up to what the rules say of it."""

from collections.abc import Iterator

from marketplace.compliance import services as compliance
from marketplace.compliance.models import TaskState
from marketplace.compliance.services.tasks import About, Wanted
from marketplace.core import clock
from marketplace.core.policy import SYSTEM, Actor
from marketplace.deals import checklist, periods, queries, steps
from marketplace.deals.checklist import Checklist, Item
from marketplace.deals.models import Deal, DealState
from marketplace.deals.services.tracking import track
from marketplace.rules.engine import Status
from marketplace.rules.library import Gate, Stage

_STATES = {
    Status.OPEN: TaskState.OPEN,
    Status.DUTY: TaskState.OPEN,
    Status.SATISFIED: TaskState.DONE,
    Status.WAIVED: TaskState.WAIVED,
}


def follow(deal: Deal, *, by: Actor = SYSTEM, found: Checklist | None = None) -> None:
    """Bring the tasks up to date; for commands that changed what the rules see. Twice is once.

    The entries in the registers as well: they begin with the signing or the recordal.
    """
    track(deal, by=by)
    about = About(deal.reference, deal.listing.title)
    if deal.state is DealState.CANCELLED:
        compliance.refresh(deal, [], about, by=by, gone="cancelled")
    else:
        gone = "stage_passed" if deal.state is DealState.CLOSED else "vanished"
        judged = found or checklist.of(deal)
        compliance.note(deal, [item.finding for item in judged.items], whole=True)
        wanted = list(wanted_of(deal, judged))
        compliance.refresh(deal, wanted, about, by=by, gone=gone)
    deal.judged_on = clock.today()


def follow_stale(limit: int = 50) -> int:
    """Follow what was changed without being followed, and once a day every deal on its way.

    A register or the law may change overnight. The job calls it again until it answers 0.
    """
    stale = queries.to_follow(clock.today(), limit)
    for deal in stale:
        follow(deal)
    return len(stale)


def wanted_of(deal: Deal, found: Checklist) -> Iterator[Wanted]:
    """What each side has to do by the findings whose time has come."""
    for item in found.items:
        if item.status not in _STATES or not periods.reached(deal, item.finding):
            continue
        if _over(deal, item):
            continue
        for side, actor in _owners(item):
            yield Wanted(
                rule=item.finding.rule,
                stage=item.finding.stage.value,
                gate=item.finding.gate.value,
                actor=actor,
                side=side,
                organisation_id={steps.SELLER: deal.seller_id, steps.BUYER: deal.buyer_id}.get(
                    side
                ),
                due=item.by,
                state=_STATES[item.status],
                settled=_how(item),
                settled_by=item.settled_by,
                keeps_only=deal.state is DealState.CLOSED and item.finding.stage is not Stage.POST,
            )


def _over(deal: Deal, item: Item) -> bool:
    """After the closing nothing can be stopped any more."""
    return deal.state is DealState.CLOSED and item.finding.gate is Gate.HARD


def _owners(item: Item) -> list[tuple[str, str]]:
    """Each side that has to act, with the actor of the rule for whom it does."""
    found: dict[str, str] = {}
    for actor in item.finding.actors:
        found.setdefault(checklist.side_of(actor), actor)
    if item.finding.stage is Stage.CONTINUOUS:
        found.pop(steps.EXCHANGE, None)  # its standing duties belong to no deal
    return list(found.items())


def _how(item: Item) -> str:
    if item.status is Status.WAIVED:
        return "waiver"
    return "evidence" if item.settled_by else "facts"
