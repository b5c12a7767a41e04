"""What an owner answers on the way to a listing."""

from collections.abc import Mapping
from typing import Any

from marketplace.assets import services as assets
from marketplace.core.db import lock
from marketplace.core.errors import Invalid
from marketplace.core.policy import Actor, require
from marketplace.listings import policy
from marketplace.listings.models import Listing
from marketplace.listings.services.drafting import revise
from marketplace.rules.facts import FIELDS
from marketplace.rules.sources import ORIGINS, Side, kept_with_right

OF_THE_BUNDLE = frozenset({"asset.similar_marks_left_out", "asset.transfer_confusion_risk"})
"""Said of all that goes together now: what one mark alone left out, another listing takes along."""


def answer(actor: Actor, listing: Listing, answers: Mapping[str, Any]) -> None:
    """Keep answers by path: of the rights with the rights, of the listing with it.

    None takes an answer back. FactError beside the path of a value that does not fit.
    """
    require(actor, policy.revise, listing)
    lock(listing)
    kept = {record: dict(content) for record, content in (listing.facts or {}).items()}
    for path, value in answers.items():
        if path not in FIELDS or ORIGINS[path].side is not Side.SELLER:
            raise Invalid("listing.answers", fields={path: "listing.answers"})
        accepted = None if value is None else FIELDS[path].accept(value)
        record, name = path.split(".")
        if path in OF_THE_BUNDLE:
            for asset in listing.assets:
                assets.state(actor, asset, {path: accepted})
            accepted = None
        elif kept_with_right(path):
            assets.state_of_all(actor, listing.assets, path, accepted)
            accepted = None  # no more kept with the listing
        kept.get(record, {}).pop(name, None)
        if accepted is not None:
            kept.setdefault(record, {})[name] = accepted
    if kept != (listing.facts or {}):
        revise(actor, listing, facts=kept)
