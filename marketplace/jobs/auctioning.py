"""What the clock starts around auctions, each piece in a transaction of its own."""

from collections.abc import Callable

import structlog

from marketplace.auctions.services import awarding, deposits, enforcing, guarding, sequencing
from marketplace.core.db import db, transaction
from marketplace.core.errors import Refused

log = structlog.get_logger()


def follow() -> bool:
    """Deposits that arrived, awards to make, deals that moved on, offers that lapsed."""
    return any(
        [
            _each(deposits.received(), deposits.take_in),
            _awards(),
            _each(awarding.follow_due(), awarding.follow),
            _each(awarding.fallbacks_due(), awarding.lapse_fallback),
        ]
    )


def _each(numbers: list[int], act: Callable[[int], bool]) -> bool:
    done = False
    for number in numbers:
        try:
            with transaction():
                done = act(number) or done
        except Refused as refusal:
            log.warning("auction step refused", step=act.__name__, id=number, code=refusal.code)
    return done


def _awards() -> bool:
    done = False
    for number in awarding.to_award():
        try:
            with transaction():
                done = awarding.award(number) or done
        except Refused as refusal:
            with transaction():
                awarding.blocked(number, refusal)
    return done


def guard() -> bool:
    """Auctions of rights that are gone, sealed or newly pledged stand still."""
    found = guarding.to_look_at()
    db.session.rollback()
    return _each(found, guarding.stop)


def enforce() -> bool:
    """Winners who are late are reminded; then the default is found."""
    found = enforcing.to_look_at()
    db.session.rollback()
    return _each(found, enforcing.look)


def alarm() -> int:
    """Deposits of losers that are held too long."""
    with transaction():
        return deposits.alarm()


def sequence() -> bool:
    """Lines take their places in the log of all auctions, and it is signed."""
    due = sequencing.is_due()
    db.session.rollback()
    if not due:
        return False
    with transaction():
        return sequencing.sequence() == sequencing.AT_A_TIME
