"""Letters around auctions, in transactions of their own: beside the bids, never in their way."""

from collections.abc import Callable
from typing import Any

import structlog

from marketplace.auctions.services import outbidding, reminding
from marketplace.core.db import db, transaction

log = structlog.get_logger()


def remind() -> bool:
    """Openings and ends that are near; a full lot of letters is followed by another."""
    wanted = reminding.due()
    db.session.rollback()
    lots = [_apart(reminding.remind, *each) for each in wanted]
    return any(number == reminding.AT_ONCE for number in lots)


def tell_outbid() -> bool:
    """Lost leads."""
    wanted = outbidding.to_look_at()
    db.session.rollback()
    return sum(_apart(outbidding.tell, number) for number in wanted) > 0


def _apart(work: Callable[..., int], *wanted: Any) -> int:
    """What fails in one auction does not hold up the others: the next look tries again."""
    try:
        with transaction():
            return work(*wanted)
    except Exception:
        db.session.rollback()
        log.exception("letters of an auction not written", auction=wanted[0])
        return 0
