"""Reads of auctions."""
