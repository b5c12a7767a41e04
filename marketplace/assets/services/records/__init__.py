"""Rights on record: put there, merged, corrected, aged."""

from marketplace.assets.services.records.ageing import age_due, annuities_of, refresh_status
from marketplace.assets.services.records.registering import Change, add, put, remove
from marketplace.assets.services.records.revising import revise

__all__ = [
    "Change",
    "add",
    "age_due",
    "annuities_of",
    "put",
    "refresh_status",
    "remove",
    "revise",
]
