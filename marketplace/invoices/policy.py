"""Who asks for invoices, who sees them, who issues them."""

from typing import Any

from marketplace.core.policy import Actor, Permission, is_operator, may_pay
from marketplace.invoices.models import Invoice


def is_made_out_to_you(actor: Actor, invoice: Invoice) -> bool:
    """The invoice is your organisation's."""
    return actor.organisation_id is not None and actor.organisation_id == invoice.organisation_id


def pays_fees(actor: Actor, _: Any) -> bool:
    """You act for an organisation."""
    return actor.organisation_id is not None


request = Permission("invoice.request", ((pays_fees, may_pay),))
withdraw = Permission("invoice.withdraw", ((is_made_out_to_you, may_pay),))
see = Permission("invoice.see", ((is_made_out_to_you, may_pay), (is_operator,)))
issue = Permission("invoice.issue", ((is_operator,),))
