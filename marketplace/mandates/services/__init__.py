"""Verbs of brokers: credentials, mandates, acting for another, introductions, commissions."""

from marketplace.mandates.services.acting import acting, must_be_within
from marketplace.mandates.services.claiming import (
    agree_split,
    deal_ended,
    deal_opened,
    fallen_away,
    paid,
    propose_split,
)
from marketplace.mandates.services.conflicts import consent, declare, must_be_clear
from marketplace.mandates.services.credentials import (
    confirm,
    describe,
    file_credential,
    refuse,
    revoke_credential,
)
from marketplace.mandates.services.drafting import (
    Draft,
    complete,
    decline,
    draft,
    expire_due,
    offer,
    revoke,
    sign,
)
from marketplace.mandates.services.introducing import (
    OBJECT_WITHIN,
    introduce,
    note,
    object_to,
    reject,
    uphold,
)
from marketplace.mandates.services.suspending import lift_suspension, suspend

__all__ = [
    "OBJECT_WITHIN",
    "Draft",
    "acting",
    "agree_split",
    "complete",
    "confirm",
    "consent",
    "deal_ended",
    "deal_opened",
    "declare",
    "decline",
    "describe",
    "draft",
    "expire_due",
    "fallen_away",
    "file_credential",
    "introduce",
    "lift_suspension",
    "must_be_clear",
    "must_be_within",
    "note",
    "object_to",
    "offer",
    "paid",
    "propose_split",
    "refuse",
    "reject",
    "revoke",
    "revoke_credential",
    "sign",
    "suspend",
    "uphold",
]
