"""Who files and checks credentials, makes and ends mandates, claims and shares commissions."""

from typing import Any

from marketplace.core.policy import (
    Acting,
    Actor,
    Permission,
    is_operator,
    is_signed_in,
    may_manage,
)
from marketplace.mandates.models import (
    Act,
    Commission,
    Conflict,
    Credential,
    Introduction,
    Mandate,
)


def is_broker(actor: Actor, _: Any) -> bool:
    """Your organisation has the capability of a broker."""
    return "broker" in actor.capabilities


def holds_credential(actor: Actor, credential: Credential) -> bool:
    """The credential is your organisation's."""
    return actor.organisation_id is not None and actor.organisation_id == credential.organisation_id


def judges_another(actor: Actor, credential: Credential) -> bool:
    """The credential is not your own organisation's."""
    return actor.organisation_id != credential.organisation_id


def is_mandate_party(actor: Actor, mandate: Mandate) -> bool:
    """You act for the principal or the broker of the mandate."""
    return actor.organisation_id is not None and actor.organisation_id in {
        mandate.principal_id,
        mandate.broker_id,
    }


def drafted_mandate(actor: Actor, mandate: Mandate) -> bool:
    """Your organisation drafted the mandate."""
    return actor.organisation_id is not None and actor.organisation_id == mandate.drafted_by_id


def is_mandated_broker(actor: Actor, mandate: Mandate) -> bool:
    """You act for the broker of the mandate."""
    return actor.organisation_id is not None and actor.organisation_id == mandate.broker_id


def is_introduced(actor: Actor, introduction: Introduction) -> bool:
    """You act for the party that is said to have been introduced."""
    return actor.organisation_id is not None and actor.organisation_id == introduction.party_id


def introduced_it(actor: Actor, introduction: Introduction) -> bool:
    """Your organisation recorded the introduction."""
    return is_mandated_broker(actor, introduction.mandate)


def leads_claim(actor: Actor, commission: Commission) -> bool:
    """You act for the broker that earned the commission."""
    return is_mandated_broker(actor, commission.mandate)


def shares_claim(actor: Actor, commission: Commission) -> bool:
    """You act for a broker that is to share the commission."""
    return any(one.organisation_id == actor.organisation_id for one in commission.contributions)


def is_conflict_side(actor: Actor, conflict: Conflict) -> bool:
    """You act for one of the two sides whom the conflict touches."""
    return actor.organisation_id is not None and actor.organisation_id in {
        conflict.seller_id,
        conflict.buyer_id,
    }


def may_act(under: Acting, act: Act) -> bool:
    """The mandate names the act."""
    return act.value in under.acts


file_credential = Permission("credential.file", ((is_broker, may_manage),))
decide_credential = Permission("credential.decide", ((is_operator, may_manage, judges_another),))
edit_profile = Permission("broker_profile.edit", ((is_broker, may_manage),))
draft_mandate = Permission("mandate.draft", ((is_signed_in, may_manage),))
offer_mandate = Permission("mandate.offer", ((drafted_mandate, may_manage),))
decline_mandate = Permission("mandate.decline", ((is_mandate_party, may_manage),))
sign_mandate = Permission("mandate.sign", ((is_mandate_party, may_manage),))
end_mandate = Permission("mandate.end", ((is_mandate_party, may_manage),))
act_under = Permission("mandate.act", ((is_mandated_broker, is_broker, may_manage),))
introduce = Permission("introduction.record", ((is_mandated_broker, is_broker, may_manage),))
object_to = Permission("introduction.object", ((is_introduced, may_manage),))
decide_objection = Permission("introduction.decide", ((is_operator, may_manage),))
write_note = Permission("introduction.note", ((introduced_it, may_manage),))
propose_split = Permission("commission.propose", ((leads_claim, may_manage),))
agree_split = Permission("commission.agree", ((shares_claim, may_manage),))
declare_conflict = Permission("conflict.declare", ((is_broker, may_manage),))
consent_to_conflict = Permission("conflict.consent", ((is_conflict_side, may_manage),))
