"""What a bidder does: bid, buy at once, accept a falling price, hand in an envelope."""

import secrets
from typing import Any

from marketplace.auctions import policy
from marketplace.auctions.engine.state import Command
from marketplace.auctions.services import door
from marketplace.auctions.services.door import Reply
from marketplace.auctions.services.intake import micros
from marketplace.core import signing
from marketplace.core.db import asked_at
from marketplace.core.errors import Invalid
from marketplace.core.policy import Actor, require

CONFIRM = "auction.confirm"
CONFIRM_SECONDS = 60


def place_bid(
    actor: Actor, reference: str, amount: Any, key: str, confirm_token: str | None = None
) -> Reply:
    """Bid up to an amount in minor units; a jump far above the price asks for the amount again."""
    require(actor, policy.take_part)
    said = str(confirm_token or "")
    arguments = {
        "amount": amount,
        "salt": secrets.token_hex(32),
        "token": said,
        "confirmed": said.isascii() and _confirms(actor, reference, amount, said),
    }
    private = {}
    if type(amount) is int:
        bound = [*_bound_to(actor, reference, amount), micros(asked_at())]
        private = {"confirm": signing.sign(CONFIRM, bound)}
    command = Command("bid", None, arguments)
    return door.execute(actor, reference, command, key=key, private=private)


def _bound_to(actor: Actor, reference: str, amount: Any) -> list[Any]:
    return [actor.organisation, reference, amount]


def _confirms(actor: Actor, reference: str, amount: Any, token: str) -> bool:
    """Whether the token was given for this amount, less than a minute ago."""
    if not token:
        return False
    try:
        *bound, at = signing.unsign(CONFIRM, token, max_age_seconds=3600)
    except Invalid:
        return False
    age = micros(asked_at()) - at
    return bool(
        bound == _bound_to(actor, reference, amount) and 0 <= age <= CONFIRM_SECONDS * 10**6
    )


def buy_now(actor: Actor, reference: str, key: str) -> Reply:
    """Take it at the price that ends the bidding at once."""
    require(actor, policy.take_part)
    return door.execute(actor, reference, Command("buy_now"), key=key)


def accept(actor: Actor, reference: str, expected_price: Any, key: str) -> Reply:
    """Take it at the falling price that was shown; another price now is refused."""
    require(actor, policy.take_part)
    command = Command("accept", None, {"expected_price": expected_price})
    return door.execute(actor, reference, command, key=key)


def put_envelope(actor: Actor, reference: str, ciphertext: str, commitment: str, key: str) -> Reply:
    """Hand in a sealed bid; the last one before the end counts."""
    require(actor, policy.take_part)
    arguments = {"ciphertext": ciphertext, "commitment": commitment}
    return door.execute(actor, reference, Command("envelope", None, arguments), key=key)
