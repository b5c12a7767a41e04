"""Who may work on a deal, sign it, see its payment, decide about it."""

from marketplace.assets.models import Pledge
from marketplace.compliance.models import Paper
from marketplace.core.policy import (
    Actor,
    Permission,
    is_operator,
    is_regulator,
    may_manage,
    may_pay,
)
from marketplace.deals.models import Deal, Instalment, Recordal


def acts_for_party(actor: Actor, deal: Deal) -> bool:
    """You act for the seller or the buyer."""
    return actor.organisation_id is not None and actor.organisation_id in {
        deal.seller_id,
        deal.buyer_id,
    }


def acts_for_buyer(actor: Actor, deal: Deal) -> bool:
    """You act for the buyer."""
    return actor.organisation_id is not None and actor.organisation_id == deal.buyer_id


def acts_for_side(actor: Actor, line: Instalment) -> bool:
    """You act for the seller or the buyer."""
    return acts_for_party(actor, line.deal)


def acts_for_payee(actor: Actor, line: Instalment) -> bool:
    """You act for the seller, whose money it is."""
    return actor.organisation_id is not None and actor.organisation_id == line.deal.seller_id


def acts_for_owner(actor: Actor, deal: Deal) -> bool:
    """You belong to the owner that sold or licensed the right."""
    return actor.organisation_id is not None and actor.organisation_id == deal.seller_id


def acts_for_lender(actor: Actor, pledge: Pledge) -> bool:
    """You act for the pledgee."""
    return actor.organisation_id is not None and actor.organisation_id == pledge.lender_id


def holds_mandate_of_buyer_to_accept(actor: Actor, deal: Deal) -> bool:
    """You hold the buyer's mandate in force that lets you accept."""
    under = actor.under
    return (
        under is not None
        and under.side == "buy"
        and "accept" in under.acts
        and under.principal_id == deal.buyer_id
    )


def filed_it(actor: Actor, evidence: Paper) -> bool:
    """Your organisation filed it."""
    return actor.organisation_id is not None and actor.organisation_id == evidence.filed_by_id


def acts_for_recordal(actor: Actor, recordal: Recordal) -> bool:
    """You act for a party of the deal whose entry it is."""
    return acts_for_party(actor, recordal.deal)


see = Permission("deal.see", ((acts_for_party,), (is_operator,), (is_regulator,)))
answer = Permission("deal.answer", ((acts_for_party, may_manage), (is_operator,)))
file_evidence = Permission("deal.file_evidence", ((acts_for_party, may_manage), (is_operator,)))
withdraw_evidence = Permission("evidence.withdraw", ((filed_it, may_manage), (is_operator,)))
decide_evidence = Permission("evidence.decide", ((is_operator,),))
waive = Permission("deal.waive", ((acts_for_party, may_manage), (is_operator,)))
clear = Permission("deal.clear", ((acts_for_party, may_manage), (is_operator,)))
reopen = Permission("deal.reopen", ((acts_for_party, may_manage), (is_operator,)))
notify = Permission(
    "deal.notify",
    ((acts_for_buyer, may_manage), (holds_mandate_of_buyer_to_accept, may_manage)),
)
sign = Permission("deal.sign", ((acts_for_party, may_manage),))
check_paper = Permission("deal.check_paper", ((is_operator,),))
cancel = Permission("deal.cancel", ((acts_for_party, may_manage), (is_operator,)))
agree_cancellation = Permission("deal.agree_cancellation", ((acts_for_party, may_manage),))
see_payment = Permission("deal.see_payment", ((acts_for_buyer, may_pay), (is_operator,)))
receive = Permission("deal.receive", ((is_operator,),))
record = Permission("deal.record", ((is_operator,),))
declare_milestone = Permission("instalment.declare", ((acts_for_side, may_manage),))
decide_milestone = Permission("instalment.decide", ((is_operator,),))
waive_instalment = Permission("instalment.waive", ((acts_for_payee, may_manage),))
instruct_tax = Permission("tax.instruct", ((acts_for_buyer, may_pay),))
handle_tax = Permission("tax.handle", ((is_operator,),))
enter_payoff = Permission("payoff.enter", ((acts_for_lender, may_manage),))
pay_deposit = Permission("deposit.pay", ((is_operator,),))
ask_repayment = Permission("repayment.ask", ((is_operator,),))
see_receivables = Permission("receivable.see", ((is_operator,),))
see_rewards = Permission("reward.see", ((acts_for_owner,),))
edit_rewards = Permission("reward.edit", ((acts_for_owner, may_manage),))
dispute = Permission("deal.dispute", ((acts_for_party, may_manage),))
decide_dispute = Permission("deal.decide_dispute", ((is_operator,),))
release = Permission("deal.release", ((is_operator,),))
decide_cancellation = Permission("deal.decide_cancellation", ((is_operator,),))
see_recordal = Permission("recordal.see", ((acts_for_recordal,), (is_operator,), (is_regulator,)))
work_recordal = Permission("recordal.work", ((acts_for_recordal, may_manage), (is_operator,)))
dispense_recordal = Permission(
    "recordal.dispense", ((acts_for_recordal, may_manage), (is_operator,))
)
rescind_for_refusal = Permission("recordal.rescind", ((acts_for_recordal, may_manage),))
