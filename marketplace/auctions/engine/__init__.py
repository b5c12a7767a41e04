"""The thinking of an auction: pure, whole numbers only, the standard library only.

`rules` are what was published, `state` what the log has led to; `deciding.decide` answers a command
with events or a refusal, `applying.apply` takes an event into the state. A stranger's verifier runs
the very same modules.
"""
