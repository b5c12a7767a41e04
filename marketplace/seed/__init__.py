"""The demonstration: organisations, rights and deals, made by the same verbs as real ones."""
