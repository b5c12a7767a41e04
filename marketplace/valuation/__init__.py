"""Valuation reports on record."""
