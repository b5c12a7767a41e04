"""What the rules ask of an owner: about a right, once; about a listing, what is its own."""

from collections.abc import Mapping, Sequence
from typing import Any

from marketplace.assets import services as assets
from marketplace.assets.models import Asset
from marketplace.assets.queries import registers
from marketplace.compliance import exchange
from marketplace.core import clock
from marketplace.listings import facts as known
from marketplace.listings.models import Listing
from marketplace.rules import demands, engine
from marketplace.rules.demands import Question
from marketplace.rules.facts import FIELDS, Facts
from marketplace.rules.sources import ORIGINS, STATED, Side, Source

EVERY_WAY = ("transfer", "exclusive", "sole", "non_exclusive", "equity")
"""What is done with rights here (deal.kind)."""


def of_right(asset: Asset) -> list[Question]:
    """The owner's questions about a right, whatever is done with it; answered ones come along."""
    right = registers.right_of(asset)
    sheets = [
        known.merged(
            {
                "asset": known.of_right(asset, right),
                "tech": known.of_technology(asset),
                "owner": known.of_owner(asset.keeper),
                "deal": {"kind": kind},
                **exchange.facts(holders=len(asset.owners)),
            },
            known.of_statements(asset),
        )
        for kind in EVERY_WAY
    ]
    given = {path: said["value"] for path, said in (asset.stated or {}).items()}
    return _questions(_lacking(sheets, {Source.PROVENANCE}), given)


def of_listing(listing: Listing, sheets: Sequence[Mapping[str, Any]]) -> list[Question]:
    """The owner's questions about a listing and its rights, as its fact sheets stand."""
    given = {
        f"{record}.{name}": value
        for record, content in (listing.facts or {}).items()
        if isinstance(content, dict)
        for name, value in content.items()
    }
    given |= assets.stated_together(listing.assets)
    return _questions(_lacking(sheets, {Source.PROVENANCE, Source.QUESTION}), given)


def _lacking(
    sheets: Sequence[Mapping[str, Any]], sources: set[Source]
) -> dict[str, tuple[str, ...]]:
    """The facts that the owner may state of those that rules lack, with these rules."""
    judged = (engine.judge(Facts.of(sheet), clock.today()) for sheet in sheets)
    return {
        path: tuple(lack.rules)
        for path, lack in demands.lacking(judged).items()
        if ORIGINS[path].side is Side.SELLER and ORIGINS[path].source in sources
    }


def _questions(lacking: Mapping[str, tuple[str, ...]], given: Mapping[str, Any]) -> list[Question]:
    """In the order of the model: what is open, and what was answered already."""
    return [
        Question(
            field,
            None if path in lacking else given.get(path),
            "seller",
            required=path in lacking,
            rules=lacking.get(path, ()),
        )
        for path, field in FIELDS.items()
        if path in lacking or (path in given and (path in STATED or ORIGINS[path].is_asked))
    ]
