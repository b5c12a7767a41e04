"""Who keeps rights, who confirms what is said of them."""

from marketplace.assets.models import Asset
from marketplace.core.policy import Actor, Permission, is_operator, may_manage


def keeps_asset(actor: Actor, asset: Asset) -> bool:
    """The right is in your organisation's portfolio."""
    return actor.organisation_id is not None and actor.organisation_id == asset.keeper_id


def is_asset_holder(actor: Actor, _: object) -> bool:
    """Your organisation has been granted the capability of a rights holder."""
    return "holder" in actor.capabilities


def is_pledge_lender(actor: Actor, pledge: object) -> bool:
    """Your organisation is the lender of this pledge."""
    return actor.organisation_id is not None and actor.organisation_id == getattr(
        pledge, "lender_id", None
    )


def is_asked_for_consent(actor: Actor, consent: object) -> bool:
    """Your organisation is the one whose consent is asked."""
    return actor.organisation_id is not None and actor.organisation_id == getattr(
        consent, "party_id", None
    )


add_asset = Permission("asset.add", ((may_manage, is_asset_holder),))
revise_asset = Permission("asset.revise", ((keeps_asset, may_manage),))
state_facts = Permission("asset.state", ((keeps_asset, may_manage), (is_operator,)))
record_fee = Permission("fee.record", ((keeps_asset, may_manage),))
request_verification = Permission("title.request", ((keeps_asset, may_manage),))
decide_title = Permission("title.decide", ((is_operator,),))
declare_pledge = Permission("pledge.declare", ((keeps_asset, may_manage), (is_operator,)))
decide_pledge = Permission("pledge.decide", ((is_operator,),))
declare_licence = Permission("licence.declare", ((keeps_asset, may_manage), (is_operator,)))
decide_licence = Permission("licence.decide", ((is_operator,),))
declare_burden = Permission("burden.declare", ((keeps_asset, may_manage), (is_operator,)))
decide_burden = Permission("burden.decide", ((is_operator,),))
ask_consent = Permission("consent.ask", ((keeps_asset, may_manage), (is_operator,)))
answer_consent = Permission("consent.answer", ((is_asked_for_consent, may_manage),))
decide_consent = Permission("consent.decide", ((is_operator,),))
run_import = Permission("import.run", ((may_manage, is_asset_holder),))
declare_event = Permission("legal_event.declare", ((keeps_asset, may_manage), (is_operator,)))
decide_event = Permission("legal_event.decide", ((is_operator,),))
import_events = Permission("legal_event.import", ((may_manage, is_asset_holder), (is_operator,)))
issue_certificate = Permission("free_to_deal.issue", ((keeps_asset, may_manage), (is_operator,)))
revoke_certificate = Permission("free_to_deal.revoke", ((is_operator,),))
