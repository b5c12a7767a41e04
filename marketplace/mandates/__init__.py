"""Brokers: credentials, mandates, acting for another, introductions, commission and its split."""
