"""The demonstration: organisations, rights, listings and deals, made through the same verbs as real ones."""
