"""Who reports, who reads, who asks and confirms."""

from typing import Any

from marketplace.core.policy import Actor, Permission, is_operator, may_manage
from marketplace.organisations.models import Organisation, OrganisationKind
from marketplace.royalties.models import RoyaltyAudit, RoyaltyStatement


def is_licensee(actor: Actor, record: RoyaltyStatement | RoyaltyAudit) -> bool:
    """Your organisation holds the licence."""
    return actor.organisation_id is not None and actor.organisation_id == record.deal.buyer_id


def is_licensor(actor: Actor, record: RoyaltyStatement | RoyaltyAudit) -> bool:
    """Your organisation granted the licence."""
    return actor.organisation_id is not None and actor.organisation_id == record.deal.seller_id


def has_organisation(actor: Actor, _: Any) -> bool:
    """You act for an organisation."""
    return actor.organisation_id is not None


def is_own_research_house(actor: Actor, house: Organisation) -> bool:
    """Your organisation is a university or research institute."""
    return actor.organisation_id == house.id and house.kind in {
        OrganisationKind.UNIVERSITY,
        OrganisationKind.PUBLIC_INSTITUTION,
    }


see_outcomes = Permission("outcomes.see", ((is_own_research_house,),))
see_own = Permission("royalty.see_own", ((has_organisation,),))
see = Permission("royalty.see", ((is_licensee,), (is_licensor,), (is_operator,)))
report = Permission("royalty.report", ((is_licensee, may_manage),))
judge = Permission("royalty.judge", ((is_licensor, may_manage),))
"""Query and accept a statement, confirm direct payment, ask for an audit and conclude it."""
answer_audit = Permission("royalty.answer_audit", ((is_licensee, may_manage),))
