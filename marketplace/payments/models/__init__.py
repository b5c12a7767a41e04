"""Tables of money that comes and goes."""

from marketplace.payments.models.batch import PAYOUT_BATCH, PayoutBatch, PayoutBatchState
from marketplace.payments.models.card import (
    CARD_ATTEMPT,
    CARD_PAYOUT,
    CardAttempt,
    CardAttemptState,
    CardKind,
    CardPayout,
    CardPayoutKind,
    CardPayoutState,
    ProviderEntry,
    ProviderNotice,
    order_key,
)
from marketplace.payments.models.card import DEFINITE as CARD_DEFINITE
from marketplace.payments.models.payee_account import (
    PAYEE_ACCOUNT,
    PayeeAccount,
    PayeeAccountState,
)
from marketplace.payments.models.payment import (
    PAYMENT,
    PAYOUT,
    Payment,
    PaymentState,
    Payout,
    PayoutState,
    Receipt,
)
from marketplace.payments.models.sandbox import SandboxNotice, SandboxObject, SandboxRequest
from marketplace.payments.models.statement import (
    BANK_LINE,
    BankLine,
    BankLineState,
    BankStatement,
)

__all__ = [
    "BANK_LINE",
    "CARD_ATTEMPT",
    "CARD_DEFINITE",
    "CARD_PAYOUT",
    "PAYEE_ACCOUNT",
    "PAYMENT",
    "PAYOUT",
    "PAYOUT_BATCH",
    "BankLine",
    "BankLineState",
    "BankStatement",
    "CardAttempt",
    "CardAttemptState",
    "CardKind",
    "CardPayout",
    "CardPayoutKind",
    "CardPayoutState",
    "PayeeAccount",
    "PayeeAccountState",
    "Payment",
    "PaymentState",
    "Payout",
    "PayoutBatch",
    "PayoutBatchState",
    "PayoutState",
    "ProviderEntry",
    "ProviderNotice",
    "Receipt",
    "SandboxNotice",
    "SandboxObject",
    "SandboxRequest",
    "order_key",
]
