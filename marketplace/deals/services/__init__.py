"""Verbs of the deal, by step; callers find all of them here."""

from marketplace.deals.services.banking import book_line, settle_line, take_in_statement
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
from marketplace.deals.services.disputing import (
    MAY_BE_DISPUTED,
    Decision,
    answer_dispute,
    decide_dispute,
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
from marketplace.deals.services.settling import (
    confirm_account,
    confirm_evidence,
    record,
    release,
    send_payout,
)
from marketplace.deals.services.signing import sign
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
    "ask_supplement",
    "ask_waiver",
    "book_line",
    "cancel",
    "check_holds",
    "clear",
    "conclude_filing",
    "confirm_account",
    "confirm_evidence",
    "correct_notice",
    "cure",
    "decide_cancellation",
    "decide_dispute",
    "decide_waiver",
    "dispense",
    "draft_notice",
    "end_by_default",
    "end_notices",
    "extend",
    "extend_supplement",
    "file_evidence",
    "file_recordal",
    "file_scan",
    "follow",
    "follow_notice",
    "follow_stale",
    "match_receipt",
    "open_deal",
    "open_export_check",
    "open_filing",
    "oppose_cancellation",
    "overdue",
    "pay_fee",
    "propose_decision",
    "publish_notice",
    "raise_dispute",
    "receive",
    "record",
    "refuse_evidence",
    "refuse_recordal",
    "release",
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
    "withdraw_cancellation",
    "withdraw_dispute",
    "withdraw_evidence",
    "withdraw_paper",
    "withdraw_recordal",
]
