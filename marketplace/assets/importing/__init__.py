"""Portfolios as files: read, mapped, merged into one record per right; no database here."""
