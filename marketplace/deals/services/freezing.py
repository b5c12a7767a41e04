"""While the parties dispute, the money of their deal stands still."""

from marketplace.core.errors import Refused
from marketplace.deals import queries
from marketplace.deals.models import Deal


def must_not_be_disputed(deal: Deal) -> None:
    """Refuse to move the money of a deal with an open dispute (`deal.disputed`)."""
    if queries.open_dispute(deal) is not None:
        raise Refused("deal.disputed")
