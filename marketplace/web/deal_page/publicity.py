"""The notices and filings of a deal, and what its reader may begin."""

from typing import Any

from marketplace.compliance.models import FilingState, NoticeKind
from marketplace.compliance.policy import oversees
from marketplace.core.policy import Actor, may_manage
from marketplace.deals import filings, publicity
from marketplace.deals.checklist import Checklist
from marketplace.deals.models import Deal, DealState
from marketplace.rules.engine import Status
from marketplace.web.deal_page.findings import article_of, title_of


def publicity_box(actor: Actor, deal: Deal, checklist: Checklist) -> dict[str, Any]:
    """For the panel of notices, filings and reviews."""
    party = actor.organisation_id in {deal.seller_id, deal.buyer_id}
    manages = party and may_manage(actor, None)
    own = manages and actor.organisation_id == deal.seller_id
    seen = [
        one
        for one in publicity.of(deal)
        if one.is_public or one.organisation_id == actor.organisation_id or oversees(actor)
    ]
    return {
        "filing_page": "filings.show" if party else "authority_desk.show",
        "notices": seen,
        "to_announce": _to_announce(deal, checklist) if own else [],
        "filings": [
            {
                "finding": one.finding,
                "title": title_of(one.finding),
                "article": article_of(one.finding),
                "kind": one.kind,
                "filing": one.filing,
                "settled": one.is_settled,
                "may_begin": manages
                and _may_begin(deal, one)
                and filings.filer(deal, one.finding, actor.organisation_id).id
                == actor.organisation_id,
                "may_see": one.filing is not None
                and (one.filing.organisation_id == actor.organisation_id or oversees(actor)),
            }
            for one in filings.wanted(deal, checklist.items)
        ],
        "needs_export_check": filings.needs_export_check(deal),
        "export_check": filings.export_check_of(deal),
        "may_check": own and deal.state is DealState.CHECKLIST,
        "sees_check": own or oversees(actor),
    }


def _to_announce(deal: Deal, checklist: Checklist) -> list[NoticeKind]:
    """Kinds that the rules ask for, of which none runs, waits or has ended."""
    known = {
        one.kind
        for one in publicity.of(deal)
        if one.state in publicity.WAITING or one.state == "ended"
    }
    asked = publicity.demanded([item.finding for item in checklist.items])
    return [k for k in asked if k not in known and publicity.may_announce(deal, k)]


def _may_begin(deal: Deal, one: filings.Wanted) -> bool:
    if deal.state is DealState.CANCELLED or one.finding.status is Status.SATISFIED:
        return False
    filing = one.filing
    if filing is None or filing.state is FilingState.WITHDRAWN:
        return True
    refused = filing.state in {FilingState.CONCLUDED, FilingState.CLOSED}
    return refused and not filing.is_favourable
