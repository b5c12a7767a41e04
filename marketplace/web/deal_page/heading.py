"""What stands at the top of a deal's page, and in lists of deals."""

from marketplace.core import clock
from marketplace.deals import steps
from marketplace.deals.models import Deal, DealState
from marketplace.web import covers, wording
from marketplace.web.locale import gettext
from marketplace.web.presentation import (
    format_date,
    words,
)

S = DealState


def is_overdue(deal: Deal) -> bool:
    """The step is past its deadline."""
    return deal.due_at is not None and deal.due_at < clock.now()


def mode_of(deal: Deal) -> str:
    """What kind of deal it is: transfer, exclusive licence, contribution."""
    kind = "open_licence" if deal.by_notice else deal.terms.rule_kind
    return words("enums", f"deal_mode.{kind}")


def family_of(deal: Deal) -> str:
    """Which cover stands for it."""
    if not deal.items:
        return "lattice"
    first = deal.assets[0]
    return covers.family_of(first.kind.value, wording.first_class(first))


def sides_text(sides: frozenset[str]) -> str:
    """Whose turn it is, in words."""
    if sides == steps.PARTIES:
        return words("enums", "deal_side.both")
    return gettext("、").join(words("enums", f"deal_side.{side}") for side in sorted(sides))


def stages(deal: Deal) -> list[tuple[str, str, str]]:
    """The steps of this deal for ui.timeline: done, now or to come."""
    order = steps.of(deal)
    here = order.index(deal.state) if deal.state in order else -1
    shown = []
    for place, state in enumerate(order):
        status = "done" if place < here or deal.state is S.CLOSED else ""
        note = ""
        if place == here and deal.state is not S.CLOSED:
            status = "now"
            note = gettext("%(day)s 前", day=format_date(deal.due_at)) if deal.due_at else ""
        shown.append((status, words("states", f"deal.{state.value}"), note))
    return shown


# What a stage is about comes first on the page, then what led to it.
PARTS = ("certificate", "settlement", "recordal", "payment", "contract", "checklist")
FIRST = {
    S.CHECKLIST: "checklist",
    S.SIGNING: "contract",
    S.PAYMENT: "payment",
    S.RECORDAL: "recordal",
    S.SETTLEMENT: "settlement",
    S.CLOSED: "certificate",
    S.CANCELLED: "settlement",
}


def order(deal: Deal) -> list[str]:
    """The parts of the page: that of the stage, the terms, then the others, the latest first."""
    first = FIRST[deal.state]
    return [first, "terms", *(part for part in PARTS if part != first)]
