"""The next step of a deal: what, whose turn, by when."""

from dataclasses import dataclass
from datetime import datetime

from marketplace.compliance.models import EvidenceState
from marketplace.core.policy import Actor
from marketplace.deals import checklist as lists
from marketplace.deals import facts, steps
from marketplace.deals.checklist import Checklist
from marketplace.deals.models import NOT_DUE, Deal, DealState, InstalmentState
from marketplace.payments import queries as payments
from marketplace.payments.models import PayoutState

S = DealState
MANAGES = frozenset({"owner", "manager"})
PAYS = MANAGES | {"finance"}


@dataclass(frozen=True)
class NextStep:
    """What is to be done next.

    `code` has words (enums `step.*`, `step_text.*`); `who` are sides (seller, buyer, exchange);
    `anchor` is the part of the deal's page where it is done; `mine`: the reader may do it.
    """

    code: str
    who: frozenset[str]
    due_at: datetime | None
    anchor: str
    mine: bool


def next_step(deal: Deal, actor: Actor, checklist: Checklist | None = None) -> NextStep:
    """What a deal waits for, for this reader. A checklist that is known already saves judging."""
    code, who, anchor = _step(deal, checklist)
    return _for(actor, deal, code, who, anchor)


def brief(deal: Deal, actor: Actor) -> NextStep:
    """The next step for a list of deals: without judging, and without a further query."""
    match deal.state:
        case S.CHECKLIST:
            filed = any(e.state is EvidenceState.FILED for e in deal.evidence)
            code, who, anchor = "checklist", steps.PARTIES, "checklist"
            if filed:
                code, who = "confirm_evidence", frozenset({steps.EXCHANGE})
        case S.SETTLEMENT:
            code, who, anchor = "settle", frozenset({steps.EXCHANGE}), "settlement"
        case S.CANCELLED:
            code, who, anchor = "cancelled", frozenset(), "log"
        case _:
            code, who, anchor = _step(deal, None)
    return _for(actor, deal, code, who, anchor)


def _for(actor: Actor, deal: Deal, code: str, who: frozenset[str], anchor: str) -> NextStep:
    side = steps.EXCHANGE if actor.is_operator else steps.side(deal, actor.organisation_id)
    roles = PAYS if code in {"pay", "pay_instalment"} else MANAGES
    may = actor.is_operator or (side != steps.EXCHANGE and actor.role in roles)
    return NextStep(code, who, deal.due_at, anchor, mine=side in who and may)


def _step(  # noqa: PLR0911 -- one line a state
    deal: Deal, checklist: Checklist | None
) -> tuple[str, frozenset[str], str]:
    if deal.cancel_requested_by_id is not None and deal.state in {S.PAYMENT, S.RECORDAL}:
        if deal.cancel_opposition:
            return "decide_cancellation", frozenset({steps.EXCHANGE}), "cancellation"
        asked = steps.side(deal, deal.cancel_requested_by_id)
        return "answer_cancellation", steps.PARTIES - {asked}, "cancellation"
    match deal.state:
        case S.CHECKLIST:
            return _checking(deal, checklist or lists.of(deal))
        case S.SIGNING:
            return "sign", _unsigned(deal), "sign"
        case S.PAYMENT:
            return "pay", frozenset({steps.BUYER}), "payment"
        case S.RECORDAL:
            return _recording(deal)
        case S.SETTLEMENT:
            return _settling(deal)
        case S.CLOSED:
            return "closed", frozenset(), "certificate"
        case _:
            return _cancelled(deal)


def _checking(deal: Deal, found: Checklist) -> tuple[str, frozenset[str], str]:
    if found.open_questions:
        sides = {q.side for q in found.open_questions}
        who = steps.PARTIES if "" in sides else frozenset(sides)
        return "answer", who, "questions"
    to_file = [item for item in found.blocks if not item.awaits_exchange or item.to_file]
    if to_file:
        return "file_evidence", frozenset().union(*(i.sides for i in to_file)), "checklist"
    if found.blocks:
        return "confirm_evidence", frozenset({steps.EXCHANGE}), "checklist"
    if deal.by_notice:
        return "notify", frozenset({steps.BUYER}), "notice"
    return "clear", steps.PARTIES, "checklist"


def _unsigned(deal: Deal) -> frozenset[str]:
    sides = {steps.SELLER: deal.seller_id, steps.BUYER: deal.buyer_id}
    return frozenset(side for side, number in sides.items() if deal.signed_by(number) is None)


def _recording(deal: Deal) -> tuple[str, frozenset[str], str]:
    waiting = {e.name for e in deal.evidence if e.state is EvidenceState.FILED}
    lacking = facts.recordal_lacking(deal)
    if any(not waiting & set(group) for group in lacking):
        return "file_recordal", steps.PARTIES, "recordal"
    if lacking:
        return "confirm_recordal", frozenset({steps.EXCHANGE}), "recordal"
    return "record", frozenset({steps.EXCHANGE}), "recordal"


def _settling(deal: Deal) -> tuple[str, frozenset[str], str]:
    ordered = [p for p in payments.payouts_of(deal) if p.state is PayoutState.ORDERED]
    lines = {line.state for line in deal.parts}
    if deal.parts and not ordered and InstalmentState.PAID not in lines:
        if lines & {InstalmentState.OBJECTED}:
            return "decide_instalment", frozenset({steps.EXCHANGE}), "instalments"
        who = steps.PARTIES if lines & NOT_DUE else frozenset({steps.BUYER})
        return "pay_instalment", who, "instalments"
    code = "send_payout" if ordered else "release"
    return code, frozenset({steps.EXCHANGE}), "settlement"


def _cancelled(deal: Deal) -> tuple[str, frozenset[str], str]:
    if any(p.state is PayoutState.ORDERED for p in payments.payouts_of(deal)):
        return "send_refund", frozenset({steps.EXCHANGE}), "settlement"
    return "cancelled", frozenset(), "log"
