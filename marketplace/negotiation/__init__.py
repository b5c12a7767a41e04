"""Enquiries, offers, counter-offers."""
