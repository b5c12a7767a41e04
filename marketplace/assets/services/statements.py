"""What an owner states of a right: how it came about, what hangs over it. Asked once, kept with it.

Each statement says who made it and when. A register that says otherwise is believed instead.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from marketplace.assets import policy
from marketplace.assets.models import Asset
from marketplace.core import clock, events
from marketplace.core.db import lock
from marketplace.core.errors import Invalid
from marketplace.core.policy import Actor, require
from marketplace.rules.facts import FIELDS
from marketplace.rules.sources import STATED

BY_OPERATORS = frozenset({"asset.complaint_received", "plat.complaint_measures_taken"})
"""What the exchange knows of a right: complaints of infringement that came in, and what it did."""


def state(actor: Actor, asset: Asset, answers: Mapping[str, Any]) -> None:
    """Keep answers by path (`{"asset.service_work": True}`); None takes one back.

    Raises Invalid `asset.not_stated` for a fact that a register keeps, and FactError beside the
    path of a value that does not fit.
    """
    require(actor, policy.state_facts, asset)
    may = STATED | BY_OPERATORS if actor.is_operator else STATED
    for path in answers:
        if path not in may:
            raise Invalid("asset.not_stated", fields={path: "asset.not_stated"})
    accepted = {p: None if v is None else FIELDS[p].accept(v) for p, v in answers.items()}
    lock(asset)
    known = dict(asset.stated or {})
    changed = {p: v for p, v in accepted.items() if known.get(p, {}).get("value") != v}
    if not changed:
        return
    for path, value in changed.items():
        known.pop(path, None)
        if value is not None:
            known[path] = {
                "value": value,
                "on": clock.today().isoformat(),
                "by": actor.user_id,
                "for": actor.organisation_id,
            }
    asset.stated = known
    events.record(asset, "asset.state", by=actor, stated=changed)


def state_of_all(actor: Actor, assets: Sequence[Asset], path: str, value: Any) -> bool:
    """One answer for several rights: for those that lack it; for all, if all had another.

    Says whether anything changed.
    """
    lacking = [asset for asset in assets if path not in (asset.stated or {})]
    concerned = lacking if lacking and value is not None else assets
    changed = [a for a in concerned if (a.stated or {}).get(path, {}).get("value") != value]
    for asset in changed:
        state(actor, asset, {path: value})
    return bool(changed)


def stated_together(assets: Sequence[Asset]) -> dict[str, Any]:
    """What all of these rights have in common, by path; None where they differ."""
    found: dict[str, Any] = {}
    for path in STATED:
        said = [asset.stated[path]["value"] for asset in assets if path in (asset.stated or {})]
        if said and len(said) == len(assets):
            found[path] = said[0] if all(one == said[0] for one in said) else None
    return found
