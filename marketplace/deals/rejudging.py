"""A deal judged anew: what today's law and today's facts change in what was found before.

Only reads. What was kept stays as it was; the comparison is worked out each time.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from marketplace.assets.models import Asset
from marketplace.compliance import queries as compliance
from marketplace.compliance.models import Judgement
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.policy import Actor
from marketplace.deals import facts, queries
from marketplace.deals.models import OPEN, Deal, DealAsset
from marketplace.rules import engine
from marketplace.rules.compare import Comparison, Law, compare
from marketplace.rules.facts import Facts
from marketplace.rules.library import load

AT_ONCE = 200  # deals read together


@dataclass(frozen=True)
class Rejudged:
    """One right of a deal: the judgement that was kept, and what would be found now."""

    deal: Deal
    asset: Asset
    now: Law
    kept: Judgement | None  # none where the deal was never judged
    comparison: Comparison | None  # none without the facts and the law of then
    repeats: bool  # judging the old facts by the old law again gives what was kept

    @property
    def changes(self) -> int:
        """How many rules are seen differently."""
        return len(self.comparison.differences) if self.comparison else 0

    def as_dict(self) -> dict[str, Any]:
        """Plain values: the command line's."""
        compared = self.comparison
        return {
            "deal": self.deal.reference,
            "asset": self.asset.reference,
            "judged_on": self.kept and self.kept.judged_on.isoformat(),
            "judged_by": self.kept and self.kept.catalogue_version,
            "repeats": self.repeats,
            "on": self.now.on.isoformat(),
            "by": self.now.catalogue.version,
            "outcome": compared
            and {"before": compared.before.outcome.value, "after": compared.after.outcome.value},
            "changes": [one.as_dict() for one in compared.differences] if compared else [],
        }


def of(deal: Deal, on: date | None = None) -> list[Rejudged]:
    """Judge every right of a deal anew, by the law of today or of another day."""
    now = Law(load(), on or clock.today())
    return _rejudge(deal, facts.sheets(deal), compliance.last(deal), now)


def many(
    actor: Actor, references: Iterable[str] = (), on: date | None = None
) -> Iterator[Rejudged]:
    """The deals named, or all open ones, in order of their references."""
    query = queries.visible_to(actor).with_only_columns(Deal.id).order_by(Deal.id)
    wanted = list(references)
    chosen = query.where(Deal.reference.in_(wanted) if wanted else Deal.state.in_(OPEN))
    ids = list(db.session.scalars(chosen))
    now = Law(load(), on or clock.today())
    for first in range(0, len(ids), AT_ONCE):
        some = ids[first : first + AT_ONCE]
        kept = compliance.latest("deal", some)
        for deal, sheets in facts.sheets_of(_loaded(some)):
            yield from _rejudge(deal, sheets, kept.get(deal.id, {}), now)


def _loaded(ids: Sequence[int]) -> Sequence[Deal]:
    right = selectinload(Deal.items).joinedload(DealAsset.asset)
    return (
        db.session.scalars(
            select(Deal)
            .where(Deal.id.in_(ids))
            .options(
                joinedload(Deal.seller),
                joinedload(Deal.buyer),
                joinedload(Deal.listing),
                right.selectinload(Asset.owners),
                right.selectinload(Asset.pledges),
                right.selectinload(Asset.verifications),
                right.selectinload(Asset.numbers),
                selectinload(Deal.evidence),
            )
            .order_by(Deal.id)
        )
        .unique()
        .all()
    )


def _rejudge(
    deal: Deal, sheets: list[tuple[Asset, facts.Sheet]], kept: dict[str, Judgement], now: Law
) -> list[Rejudged]:
    found = []
    for asset, sheet in sheets:
        # judged before rights were named, a deal about one right still has its judgement
        was = kept.get(asset.reference) or (kept.get("") if len(deal.items) == 1 else None)
        rules = was and compliance.law(was.catalogue_version)
        if not was or not rules:
            found.append(Rejudged(deal, asset, now, was, None, repeats=False))
            continue
        old_facts, then = Facts.kept(was.facts), Law(rules, was.judged_on)
        compared = compare(old_facts, then, Facts.of(sheet), now)
        waived = {one["rule"] for one in was.findings if one["status"] == engine.Status.WAIVED}
        again = compared.before.up_to(was.stage).with_waivers(waived)
        repeats = again.as_dict()["findings"] == was.findings
        found.append(Rejudged(deal, asset, now, was, compared, repeats))
    return found
