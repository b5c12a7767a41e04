"""Verbs of the deal, by step; callers find all of them here."""

from marketplace.deals.services.opening import net_of, open_deal

__all__ = ["net_of", "open_deal"]
