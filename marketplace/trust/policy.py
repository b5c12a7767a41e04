"""Who rates, complains, answers, decides, sanctions, objects and repairs."""

from typing import Any

from marketplace.core.policy import (
    Actor,
    Permission,
    is_operator,
    is_regulator,
    is_signed_in,
    may_manage,
)
from marketplace.deals.models import Deal
from marketplace.organisations.models import Organisation
from marketplace.trust.models import Complaint, GradeCase, Rating, Sanction


def was_party(actor: Actor, deal: Deal) -> bool:
    """Your organisation was a party of the deal."""
    return actor.organisation_id is not None and actor.organisation_id in {
        deal.seller_id,
        deal.buyer_id,
    }


def acts_in_own_name(actor: Actor, _: Any) -> bool:
    """You act for your own organisation, not under a mandate."""
    return actor.under is None


def wrote_rating(actor: Actor, rating: Rating) -> bool:
    """Your organisation wrote the rating."""
    return actor.organisation_id is not None and actor.organisation_id == rating.rater_id


def is_rated(actor: Actor, rating: Rating) -> bool:
    """The rating is about your organisation."""
    return actor.organisation_id is not None and actor.organisation_id == rating.broker_id


def is_complainant(actor: Actor, complaint: Complaint) -> bool:
    """Your organisation complained."""
    return actor.organisation_id is not None and actor.organisation_id == complaint.complainant_id


def is_accused(actor: Actor, complaint: Complaint) -> bool:
    """The complaint is about your organisation."""
    return actor.organisation_id is not None and actor.organisation_id == complaint.broker_id


def imposed_sanction(actor: Actor, sanction: Sanction) -> bool:
    """Your authority imposed the sanction."""
    return actor.organisation_id is not None and actor.organisation_id == sanction.authority_id


def is_graded(actor: Actor, broker: Organisation) -> bool:
    """The grade is your organisation's, which is a broker."""
    own = actor.organisation_id is not None and actor.organisation_id == broker.id
    return own and "broker" in actor.capabilities


def filed_case(actor: Actor, case: GradeCase) -> bool:
    """Your organisation filed the objection or application."""
    return actor.organisation_id is not None and actor.organisation_id == case.broker_id


rate = Permission("rating.write", ((was_party, acts_in_own_name, may_manage),))
revise_rating = Permission("rating.revise", ((wrote_rating, acts_in_own_name, may_manage),))
answer_rating = Permission("rating.answer", ((is_rated, may_manage),))
moderate = Permission("rating.moderate", ((is_operator, may_manage),))
complain = Permission("complaint.file", ((is_signed_in, acts_in_own_name, may_manage),))
see_complaint = Permission(
    "complaint.see", ((is_complainant,), (is_accused,), (is_operator,), (is_regulator,))
)
answer_complaint = Permission("complaint.answer", ((is_accused, may_manage),))
speak = Permission(
    "complaint.speak",
    ((is_complainant, may_manage), (is_accused, may_manage), (is_operator, may_manage)),
)
withdraw_complaint = Permission("complaint.withdraw", ((is_complainant, may_manage),))
object_to_decision = Permission(
    "complaint.object", ((is_complainant, may_manage), (is_accused, may_manage))
)
decide_complaint = Permission("complaint.decide", ((is_operator, may_manage),))
impose = Permission("sanction.impose", ((is_regulator, may_manage),))
revoke_sanction = Permission("sanction.revoke", ((is_regulator, imposed_sanction, may_manage),))
see_grade = Permission("grade.see", ((is_graded,),))
contest = Permission("grade_case.file", ((is_graded, may_manage),))
withdraw_case = Permission("grade_case.withdraw", ((filed_case, may_manage),))
decide_case = Permission("grade_case.decide", ((is_operator, may_manage),))
