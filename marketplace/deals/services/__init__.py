"""Verbs of the deal, by step; callers find all of them here."""

from marketplace.deals.services.banking import book_line, settle_line, take_in_statement
from marketplace.deals.services.brokerage import follow_brokerage
from marketplace.deals.services.cancelling import (
    agree_cancellation,
    cancel,
    decide_cancellation,
    end_by_default,
    oppose_cancellation,
    overdue,
    request_cancellation,
    withdraw_cancellation,
)
from marketplace.deals.services.declaring import (
    conclude_filing,
    open_export_check,
    open_filing,
    submit_filing,
)
from marketplace.deals.services.depositing import (
    enter_payoff,
    pass_deposit_to_seller,
    pay_deposit_to_lender,
)
from marketplace.deals.services.disputing import (
    MAY_BE_DISPUTED,
    Decision,
    answer_dispute,
    decide_dispute,
    may_be_disputed,
    propose_decision,
    raise_dispute,
    return_decision,
    withdraw_dispute,
)
from marketplace.deals.services.extending import extend
from marketplace.deals.services.filing import (
    check_holds,
    file_evidence,
    refuse_evidence,
    use_again,
    withdraw_evidence,
)
from marketplace.deals.services.following import follow, follow_stale
from marketplace.deals.services.funding import match_receipt, receive, set_off
from marketplace.deals.services.instalments import (
    call_due,
    confirm_milestone,
    decide_milestone,
    declare_milestone,
    lapse_milestone,
    object_to_milestone,
    remind_instalments,
    withdraw_milestone,
)
from marketplace.deals.services.noticing import notify, notify_if_clear
from marketplace.deals.services.on_paper import (
    accept_paper,
    ask_for_paper,
    file_scan,
    send_back_scan,
    withdraw_paper,
)
from marketplace.deals.services.opening import open_deal
from marketplace.deals.services.preparing import answer, clear, reopen
from marketplace.deals.services.proving import self_check
from marketplace.deals.services.publicity import (
    announce_sale,
    correct_notice,
    draft_notice,
    end_notices,
    follow_notice,
    publish_notice,
)
from marketplace.deals.services.recordals import (
    ask_supplement,
    cure,
    dispense,
    extend_supplement,
    file_recordal,
    pay_fee,
    refuse_recordal,
    remind_recordals,
    rescind_for_refusal,
    resume_recordal,
    withdraw_recordal,
)
from marketplace.deals.services.repaying import (
    ask_repayment,
    propose_repayment,
    withdraw_repayment,
)
from marketplace.deals.services.rewarding import plan_rewards
from marketplace.deals.services.settling import (
    confirm_account,
    confirm_evidence,
    record,
    release,
    release_instalment,
    send_payout,
    waive_instalment,
)
from marketplace.deals.services.signing import sign
from marketplace.deals.services.taxing import (
    file_tax_receipt,
    instruct_tax,
    order_tax,
    withdraw_tax,
)
from marketplace.deals.services.waiving import ask_waiver, decide_waiver, revoke_waiver

__all__ = [
    "MAY_BE_DISPUTED",
    "Decision",
    "accept_paper",
    "agree_cancellation",
    "announce_sale",
    "answer",
    "answer_dispute",
    "ask_for_paper",
    "ask_repayment",
    "ask_supplement",
    "ask_waiver",
    "book_line",
    "call_due",
    "cancel",
    "check_holds",
    "clear",
    "conclude_filing",
    "confirm_account",
    "confirm_evidence",
    "confirm_milestone",
    "correct_notice",
    "cure",
    "decide_cancellation",
    "decide_dispute",
    "decide_milestone",
    "decide_waiver",
    "declare_milestone",
    "dispense",
    "draft_notice",
    "end_by_default",
    "end_notices",
    "enter_payoff",
    "extend",
    "extend_supplement",
    "file_evidence",
    "file_recordal",
    "file_scan",
    "file_tax_receipt",
    "follow",
    "follow_brokerage",
    "follow_notice",
    "follow_stale",
    "instruct_tax",
    "lapse_milestone",
    "match_receipt",
    "may_be_disputed",
    "notify",
    "notify_if_clear",
    "object_to_milestone",
    "open_deal",
    "open_export_check",
    "open_filing",
    "oppose_cancellation",
    "order_tax",
    "overdue",
    "pass_deposit_to_seller",
    "pay_deposit_to_lender",
    "pay_fee",
    "plan_rewards",
    "propose_decision",
    "propose_repayment",
    "publish_notice",
    "raise_dispute",
    "receive",
    "record",
    "refuse_evidence",
    "refuse_recordal",
    "release",
    "release_instalment",
    "remind_instalments",
    "remind_recordals",
    "reopen",
    "request_cancellation",
    "rescind_for_refusal",
    "resume_recordal",
    "return_decision",
    "revoke_waiver",
    "self_check",
    "send_back_scan",
    "send_payout",
    "set_off",
    "settle_line",
    "sign",
    "submit_filing",
    "take_in_statement",
    "use_again",
    "waive_instalment",
    "withdraw_cancellation",
    "withdraw_dispute",
    "withdraw_evidence",
    "withdraw_milestone",
    "withdraw_paper",
    "withdraw_recordal",
    "withdraw_repayment",
    "withdraw_tax",
]
