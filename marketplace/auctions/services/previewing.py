"""What would be answered to a bid, by the same checks: nothing is written, locked, counted or signed.

It says what is public, or the bidder's own: whether the bid is good, and who leads at what price where
that follows without anybody's secret. Whether it beats another's maximum, or reaches a secret reserve, is
not said: whoever asked often enough would know both, and have bid nothing.
"""

from dataclasses import dataclass, field
from typing import Any

from marketplace.auctions import policy
from marketplace.auctions.engine.deciding import decide
from marketplace.auctions.engine.state import Command, Refusal, State
from marketplace.auctions.queries.standing import standing
from marketplace.auctions.services import door, intake, sealing
from marketplace.core.policy import Actor, require


@dataclass(frozen=True)
class Preview:
    """Good or refused; leader and price only where they are nobody's secret."""

    refusal: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    leads: bool | None = None
    price: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """For a script; the same names as in a receipt."""
        return {
            "dry_run": True,
            "accepted": self.refusal is None,
            "refusal": self.refusal,
            "facts": self.facts,
            "leads": self.leads,
            "price": self.price,
        }


def preview(actor: Actor, reference: str, amount: Any) -> Preview:
    """What `bidding.place_bid` would answer now, without a token to confirm with."""
    require(actor, policy.take_part)
    row = intake.read_row(reference)
    who = standing(actor, row.id, seller_id=row.seller_id, parent_id=row.parent_id, key="")
    found: Any = door.kept_out(row, actor, "bid", who)
    before = door.state_of(row)
    if found is None:
        secrets = sealing.unseal_values(row.sealed_secrets)
        command = Command("bid", who.code, {"amount": amount, "salt": "", "confirmed": False})
        found = decide(row.rules, before, command, row.arrived_us, secrets)
    if isinstance(found, Refusal):
        return Preview(found.code, dict(found.facts))
    bids = [event for event in found if event.kind == "bid"]
    if not bids or not _is_open(before, who.code):
        return Preview()
    hidden = row.rules.has_reserve and not before.reserve_met
    return Preview(leads=True, price=None if hidden else bids[-1].public["price"])


def _is_open(state: State, code: str | None) -> bool:
    """Nobody else leads, so no other maximum decides."""
    return state.leader is None or state.leader == code
