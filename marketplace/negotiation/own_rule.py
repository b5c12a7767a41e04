"""What an organisation's own rule lets a person do alone; under a mandate it is not asked.

A mandate has limits of its own, and a broker learns neither the rule nor the clauses of its principal.
"""

from marketplace.core.errors import Refused
from marketplace.core.money import Money
from marketplace.core.policy import Actor
from marketplace.listings import terms as agreed
from marketplace.listings.terms import Terms
from marketplace.negotiation import positions, queries
from marketplace.negotiation.models import ClauseSide, Needs
from marketplace.negotiation.positions import Weighed


def must_accept_alone(by: Actor, terms: Terms, side: ClauseSide) -> None:
    """The terms are the person's to accept alone: their amount, and their clauses if the rule says so."""
    rule = queries.rule_of(by.organisation)
    if rule is None or by.under is not None:
        return
    alone = rule.needs is Needs.OWNER and by.role == "owner"
    if _is_above(terms.price, rule.above) and not alone:
        raise Refused("offer.needs_approval", needs=[f"approval_by.{rule.needs}"])
    _must_keep_clauses(by, terms, side)


def _is_above(price: Money | None, limit: Money | None) -> bool:
    """Whether a limit is there, in the same currency, and passed."""
    if price is None or limit is None or price.currency != limit.currency:
        return False
    return price > limit


def must_offer_alone(by: Actor, terms: Terms, side: ClauseSide) -> None:
    """The terms are the person's to put to the other side alone."""
    rule = queries.rule_of(by.organisation)
    if rule is None or by.under is not None:
        return
    if rule.owners_offer and by.role != "owner":
        raise Refused("offer.owners_only", needs=["approval_by.owner"])
    _must_keep_clauses(by, terms, side)


def _must_keep_clauses(by: Actor, terms: Terms, side: ClauseSide) -> None:
    off = off_clauses(by.organisation, terms, side)
    if off and by.role != "owner":
        raise Refused(
            "offer.off_clauses",
            needs=["approval_by.owner"],
            fields={one.name: "offer.off_clause" for one in off},
        )


def off_clauses(organisation_id: int, terms: Terms, side: ClauseSide) -> list[Weighed]:
    """The terms that an owner must agree to, where the organisation's rule asks for it."""
    rule = queries.rule_of(organisation_id)
    if rule is None or not rule.keep_clauses:
        return []
    return [one for one in weighed(organisation_id, terms, side) if one.wants_owner]


def weighed(organisation_id: int, terms: Terms, side: ClauseSide) -> list[Weighed]:
    """How terms stand to what the organisation holds to; for callers that act for it."""
    held = queries.positions(organisation_id, terms.kind, side)
    return positions.weighed(held, agreed.normalised(terms))
