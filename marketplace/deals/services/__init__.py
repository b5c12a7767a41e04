"""Verbs of the deal, by step; callers find all of them here."""

from marketplace.deals.services.cancelling import (
    agree_cancellation,
    cancel,
    decide_cancellation,
    oppose_cancellation,
    overdue,
    request_cancellation,
    withdraw_cancellation,
)
from marketplace.deals.services.opening import open_deal
from marketplace.deals.services.preparing import (
    answer,
    clear,
    file_evidence,
    refuse_evidence,
    reopen,
    withdraw_evidence,
)
from marketplace.deals.services.proving import self_check
from marketplace.deals.services.settling import (
    confirm_account,
    confirm_evidence,
    match_receipt,
    receive,
    record,
    release,
    send_payout,
)
from marketplace.deals.services.signing import sign

__all__ = [
    "agree_cancellation",
    "answer",
    "cancel",
    "clear",
    "confirm_account",
    "confirm_evidence",
    "decide_cancellation",
    "file_evidence",
    "match_receipt",
    "open_deal",
    "oppose_cancellation",
    "overdue",
    "receive",
    "record",
    "refuse_evidence",
    "release",
    "reopen",
    "request_cancellation",
    "self_check",
    "send_payout",
    "sign",
    "withdraw_cancellation",
    "withdraw_evidence",
]
