"""Setting up and using the second factor."""

from sqlalchemy import delete, update

from marketplace.core import clock, events, signing
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, WrongState
from marketplace.core.policy import Actor, require
from marketplace.organisations import policy, second_factor
from marketplace.organisations.models import RecoveryCode, User


def prepare(actor: Actor, user: User) -> None:
    """Make a seed to show; it does not count until a code from it was typed."""
    require(actor, policy.edit_account, user)
    lock(user)
    if user.has_second_factor:
        raise WrongState("second_factor.on")
    if user.totp_secret is None:
        user.totp_secret = signing.seal(second_factor.new_secret())


def enable(actor: Actor, user: User, code: str) -> list[str]:
    """Turn it on with a code from the application; returns the recovery codes, shown only now."""
    require(actor, policy.edit_account, user)
    lock(user)
    if user.has_second_factor or user.totp_secret is None:
        raise WrongState("second_factor.on" if user.has_second_factor else "second_factor.no_seed")
    _spend_code(user, code)
    user.totp_enabled_at = clock.now()
    events.record(user, "user.enable_second_factor", by=actor)
    return _renew(user)


def renew_recovery_codes(actor: Actor, user: User) -> list[str]:
    """Ten new recovery codes, shown only now; the old ones no longer work."""
    require(actor, policy.edit_account, user)
    lock(user)
    if not user.has_second_factor:
        raise WrongState("second_factor.off")
    events.record(user, "user.renew_recovery_codes", by=actor)
    return _renew(user)


def disable(actor: Actor, user: User) -> None:
    """Turn it off, forget seed and recovery codes. The entry point has asked for the password."""
    require(actor, policy.edit_account, user)
    lock(user)
    user.totp_secret = user.totp_enabled_at = user.totp_last_step = None
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    events.record(user, "user.disable_second_factor", by=actor)


def spend(user: User, code: str) -> str:
    """Use a code at sign-in: `totp` or `recovery`. A code, of either kind, counts once."""
    lock(user)  # of two browsers with the same code, the second finds it used
    if len(code.replace(" ", "").replace("-", "")) <= 8:
        _spend_code(user, code)
        return "totp"
    _spend_recovery(user, code)
    return "recovery"


def _spend_code(user: User, code: str) -> None:
    secret = signing.unseal(user.totp_secret) if user.totp_secret else ""
    step = second_factor.step_of(secret, code, after=user.totp_last_step) if secret else None
    if step is None:
        raise Invalid("second_factor.wrong", fields={"code": "second_factor.wrong"})
    user.totp_last_step = step


def _spend_recovery(user: User, code: str) -> None:
    used = db.session.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.user_id == user.id,
            RecoveryCode.code_hash == second_factor.recovery_hash(code),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=clock.now())
    )
    if used.rowcount != 1:  # type: ignore[attr-defined]
        raise Invalid("second_factor.wrong", fields={"code": "second_factor.wrong"})
    by = Actor(user_id=user.id, organisation_id=None)
    events.record(user, "user.use_recovery_code", by=by)


def _renew(user: User) -> list[str]:
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    codes = second_factor.new_recovery_codes()
    db.session.add_all(
        RecoveryCode(user_id=user.id, code_hash=second_factor.recovery_hash(code)) for code in codes
    )
    return codes
