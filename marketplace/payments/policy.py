"""Who sees payments, who books them."""

from typing import Any

from marketplace.core.policy import Actor, Permission, is_operator, may_pay
from marketplace.payments.models import Payment


def pays(actor: Actor, payment: Payment) -> bool:
    """The payment is your organisation's to make."""
    return actor.organisation_id is not None and actor.organisation_id == payment.payer_id


def has_organisation(actor: Actor, _: Any) -> bool:
    """You act for an organisation."""
    return actor.organisation_id is not None


pay_by_card = Permission("payment.pay_by_card", ((pays, may_pay),))
see_own = Permission("payment.see_own", ((has_organisation, may_pay),))
see_payment = Permission("payment.see", ((pays, may_pay), (is_operator,)))
book = Permission("payment.book", ((is_operator,),))
pay_out = Permission("payout.send", ((is_operator,),))
