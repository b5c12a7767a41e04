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
from marketplace.payments.services.batching import make_batch, release_batch, withdraw_batch
from marketplace.payments.services.own_book import follow, sweep
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
    postpone,
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
    "follow",
    "link_payout",
    "link_receipt",
    "make_batch",
    "mark_sent",
    "match_receipt",
    "must_be_clear",
    "order_payout",
    "postpone",
    "refund_credit",
    "release_batch",
    "self_check",
    "send_back",
    "set_off",
    "sweep",
    "take_in",
    "withdraw_batch",
]
