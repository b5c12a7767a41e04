"""Verbs of people and organisations, one module a noun. Entry points hash passwords before."""

from marketplace.organisations.services import members, sign_ins


def expire_due() -> int:
    """Close invitations whose time has passed, forget old attempts; run by the clock."""
    sign_ins.prune()
    return members.expire_invitations()
