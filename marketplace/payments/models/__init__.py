"""Tables of money that comes and goes."""

from marketplace.payments.models.batch import PAYOUT_BATCH, PayoutBatch, PayoutBatchState
from marketplace.payments.models.payment import (
    PAYMENT,
    PAYOUT,
    Payment,
    PaymentState,
    Payout,
    PayoutState,
    Receipt,
)
from marketplace.payments.models.statement import (
    BANK_LINE,
    BankLine,
    BankLineState,
    BankStatement,
)

__all__ = [
    "BANK_LINE",
    "PAYMENT",
    "PAYOUT",
    "PAYOUT_BATCH",
    "BankLine",
    "BankLineState",
    "BankStatement",
    "Payment",
    "PaymentState",
    "Payout",
    "PayoutBatch",
    "PayoutBatchState",
    "PayoutState",
    "Receipt",
]
