"""Verbs of money; callers find all of them here."""

from marketplace.payments.services.banking import (
    TakenIn,
    book_fee,
    check_account,
    link_payout,
    link_receipt,
    must_be_clear,
    take_in,
)
from marketplace.payments.services.paying import (
    Seen,
    book_receipt,
    book_unmatched,
    call_off,
    confirm_account,
    expect,
    mark_sent,
    match_receipt,
    order_payout,
    refund_credit,
    self_check,
    send_back,
    set_off,
)

__all__ = [
    "Seen",
    "TakenIn",
    "book_fee",
    "book_receipt",
    "book_unmatched",
    "call_off",
    "check_account",
    "confirm_account",
    "expect",
    "link_payout",
    "link_receipt",
    "mark_sent",
    "match_receipt",
    "must_be_clear",
    "order_payout",
    "refund_credit",
    "self_check",
    "send_back",
    "set_off",
    "take_in",
]
