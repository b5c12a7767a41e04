"""The deals of one's organisation: the list, the page of a deal, and its steps."""

from marketplace.web.deals import (  # noqa: F401 -- views
    answering,
    cancelling,
    checklist,
    contract,
    disputes,
    evidence,
    instalments,
    law,
    on_paper,
    publicity,
    rewards,
    settlement,
)
from marketplace.web.deals.listing import columns, state_options, wanted_of
from marketplace.web.deals.shared import bp, refused_text

__all__ = ["bp", "columns", "refused_text", "state_options", "wanted_of"]
