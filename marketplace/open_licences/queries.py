"""Reading statements, and who has taken a licence under them."""

from collections.abc import Sequence

from sqlalchemy import Select, or_, select, true
from sqlalchemy.orm import contains_eager, joinedload

from marketplace.assets import queries as rights
from marketplace.assets.models import PATENTS, Asset, AssetNumber
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.policy import SYSTEM, Actor, require
from marketplace.deals.models import Deal, DealAsset, DealState
from marketplace.open_licences import policy
from marketplace.open_licences.models import STANDS, UNDER_WAY, OpenStatement, StatementState


def visible_to(actor: Actor) -> Select[tuple[OpenStatement]]:
    """The statements of the owner acted for; all for the exchange and the authority."""
    found = select(OpenStatement).join(OpenStatement.asset)
    if actor is SYSTEM or actor.is_operator or actor.is_regulator:
        return found.where(true())
    return found.where(OpenStatement.owner_id == actor.party)


def get(actor: Actor, reference: str) -> OpenStatement:
    """One statement; another owner's is not there."""
    found = db.session.scalar(
        visible_to(actor).where(OpenStatement.reference == reference.strip().upper()[:20])
    )
    if found is None:
        raise NotFound("open_statement")
    require(actor, policy.see, found)
    return found


def statements(
    actor: Actor, *, state: StatementState | None = None, text: str = ""
) -> Select[tuple[OpenStatement]]:
    """A list of them, the newest first."""
    found = visible_to(actor)
    if state is not None:
        found = found.where(OpenStatement.state == state)
    if text:
        compact = "".join(c for c in text.upper() if c.isalnum() or c == ".")
        found = found.where(
            or_(
                Asset.title.contains(text, autoescape=True),
                Asset.title_en.icontains(text, autoescape=True),
                OpenStatement.reference == text.upper(),
                Asset.numbers.any(AssetNumber.number.contains(compact, autoescape=True)),
            )
        )
    return found.options(
        contains_eager(OpenStatement.asset),
        joinedload(OpenStatement.owner),
        joinedload(OpenStatement.burden),
    ).order_by(OpenStatement.id.desc())


def under_way(asset: Asset) -> OpenStatement | None:
    """The statement of a right that is being drawn up, published, or not yet withdrawn."""
    return _latest(asset, UNDER_WAY)


def standing(asset: Asset) -> OpenStatement | None:
    """The published statement of a right, as far as it was made here."""
    return _latest(asset, STANDS)


def _latest(asset: Asset, states: frozenset[StatementState]) -> OpenStatement | None:
    return db.session.scalar(
        select(OpenStatement)
        .where(OpenStatement.asset_id == asset.id, OpenStatement.state.in_(states))
        .order_by(OpenStatement.id.desc())
        .limit(1)
    )


def of_asset(asset: Asset) -> list[OpenStatement]:
    """Every statement of a right, the newest first; for callers that may read the right."""
    rows = select(OpenStatement).where(OpenStatement.asset_id == asset.id)
    return list(db.session.scalars(rows.order_by(OpenStatement.id.desc())))


def licensees(statement: OpenStatement) -> list[Deal]:
    """Who holds a licence under it, the oldest first; for callers that may see the statement."""
    return taken_under(statement.asset, statement.number)


def taken_under(asset: Asset, number: str) -> list[Deal]:
    """The licences of a right that hold or held under the statement of this number.

    Each stands from notice and payment, whatever the recordal; one that was undone does not.
    """
    if not number:
        return []
    rows = (
        select(Deal)
        .join(DealAsset, DealAsset.deal_id == Deal.id)
        .where(
            DealAsset.asset_id == asset.id,
            Deal.statement.contains(number, autoescape=True),
            Deal.signed_at.is_not(None),
            Deal.state != DealState.CANCELLED,
        )
        .options(joinedload(Deal.buyer), joinedload(Deal.notice))
        .order_by(Deal.signed_at, Deal.id)
    )
    return list(db.session.scalars(rows).unique())


def patents_to_state(actor: Actor, *, text: str = "") -> Select[tuple[Asset]]:
    """One's own patents for which no statement is under way."""
    busy = select(OpenStatement.asset_id).where(OpenStatement.state.in_(UNDER_WAY))
    return rights.mine(actor, text=text).where(Asset.kind.in_(PATENTS), Asset.id.not_in(busy))


def of_assets(assets: Sequence[Asset]) -> dict[int, OpenStatement]:
    """The statement under way of each of these rights; for callers that may see them."""
    ids = [asset.id for asset in assets]
    rows = (
        select(OpenStatement)
        .where(OpenStatement.asset_id.in_(ids), OpenStatement.state.in_(UNDER_WAY))
        .options(joinedload(OpenStatement.burden))
        .order_by(OpenStatement.id)
    )
    return {one.asset_id: one for one in db.session.scalars(rows)}


def counts(pairs: Sequence[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """How many hold a licence of a right under a number, in one statement whatever the number."""
    ids = sorted({asset_id for asset_id, _ in pairs})
    rows = db.session.execute(
        select(DealAsset.asset_id, Deal.statement)
        .join(Deal, Deal.id == DealAsset.deal_id)
        .where(
            DealAsset.asset_id.in_(ids),
            Deal.statement != "",
            Deal.signed_at.is_not(None),
            Deal.state != DealState.CANCELLED,
        )
    ).all()
    return {
        (asset_id, number): sum(1 for a, said in rows if a == asset_id and number in said)
        for asset_id, number in pairs
    }
