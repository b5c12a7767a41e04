"""Reads of auctions."""

from marketplace.auctions.queries import answers, calendar, desk, jury, reading

__all__ = ["answers", "calendar", "desk", "jury", "reading"]
