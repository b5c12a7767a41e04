"""The end of the bidding: the result, the reserve opened, and failure where nothing is sold."""

from marketplace.auctions.engine.asked import Asked
from marketplace.auctions.engine.state import Event


def closed(
    asked: Asked, price: int | None, leader: str | None, *, reserve_met: bool
) -> tuple[Event, ...]:
    """Closed, and failed where there was no bid or the reserve was not met (I-16)."""
    sold = leader is not None and reserve_met
    ended = asked.event(
        "closed",
        code=leader,
        price=price,
        leader=leader,
        reserve_met=sold,
        reserve=asked.reserve,
        reserve_salt=asked.secrets.get("reserve_salt") if asked.reserve is not None else None,
    )
    if sold:
        return (ended,)
    return ended, failed(asked, leader)


def failed(asked: Asked, leader: str | None) -> Event:
    """Nothing is sold: there was no bid, or none up to the reserve."""
    return asked.event("failed", reason="no_bid" if leader is None else "reserve")
