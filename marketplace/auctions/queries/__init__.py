"""Reads of auctions."""

from marketplace.auctions.queries import answers, calendar, desk, reading

__all__ = ["answers", "calendar", "desk", "reading"]
