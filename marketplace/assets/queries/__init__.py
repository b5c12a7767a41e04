"""Reading rights. A portfolio is its keeper's; operators and the authority read all."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, true
from sqlalchemy.orm import joinedload, selectinload

from marketplace.assets import policy
from marketplace.assets.importing.records import AssetRecord, keys
from marketplace.assets.legal_status.freshness import Freshness
from marketplace.assets.models import (
    Asset,
    AssetClass,
    AssetKind,
    AssetNumber,
    AssetOwner,
    ImportBatch,
    ImportLine,
    LegalStatus,
    Pledge,
    PledgeState,
    TitleVerification,
    VerificationState,
)
from marketplace.assets.queries import registers
from marketplace.core import clock, settings
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.policy import SYSTEM, Actor, require

right_of, rights_of = registers.right_of, registers.rights_of  # the bundle's view of a right
_MOST_ASKED = 500  # numbers in one statement
READS_EVERYTHING = {"operator", "regulator"}
SORTS: dict[str, Any] = {
    "title": Asset.title,
    "filing": Asset.filing_date,
    "last_day": Asset.last_day,
    "status": Asset.status,
    "added": Asset.id,
}


def visible_to(actor: Actor) -> Select[tuple[Asset]]:
    """The actor's own portfolio; everything for operators and the authority."""
    found = select(Asset).options(
        joinedload(Asset.keeper),
        selectinload(Asset.pledges),
        selectinload(Asset.verifications),
        selectinload(Asset.classes),
        selectinload(Asset.owners),
        selectinload(Asset.numbers),
    )
    if actor is SYSTEM or actor.capabilities & READS_EVERYTHING:
        return found.where(true())
    if actor.organisation_id is None:
        return found.where(false())
    return found.where(Asset.keeper_id == actor.organisation_id)


def get(actor: Actor, reference: str) -> Asset:
    """One right of the portfolio, or one pledged to the actor; another firm's is not there."""
    found = db.session.scalar(visible_to(actor).where(Asset.reference == reference))
    if found is None and actor.organisation_id is not None:
        pledged = Asset.pledges.any(Pledge.lender_id == actor.organisation_id)
        found = db.session.scalar(select(Asset).where(Asset.reference == reference, pledged))
    if found is None:
        raise NotFound("asset")
    return found


def mine(
    actor: Actor,
    *,
    text: str = "",
    kind: str = "",
    status: str = "",
    title: str = "",
    pledged: str = "",
    due: str = "",
    fresh: str = "",
    sort: str = "added",
) -> Select[tuple[Asset]]:
    """The portfolio, narrowed and sorted. `title`: verified, requested or unverified."""
    found = visible_to(actor).where(Asset.keeper_id == actor.organisation_id)
    if text:
        found = found.where(_says(text))
    if kind in set(AssetKind):
        found = found.where(Asset.kind == AssetKind(kind))
    if status in set(LegalStatus):
        found = found.where(Asset.status == LegalStatus(status))
    if title:
        confirmed = Asset.verifications.any(TitleVerification.state == VerificationState.CONFIRMED)
        asked = Asset.verifications.any(TitleVerification.state == VerificationState.REQUESTED)
        found = found.where(
            {"verified": confirmed, "requested": asked & ~confirmed}.get(title, ~confirmed & ~asked)
        )
    if pledged:
        stands = Asset.pledges.any(Pledge.state == PledgeState.REGISTERED)
        found = found.where(stands if pledged == "yes" else ~stands)
    if due:
        found = found.where(_due_within_a_year())
    if fresh in set(Freshness):
        found = found.where(is_fresh(fresh))
    column = SORTS.get(sort.removeprefix("-"), Asset.id)
    is_down = sort.startswith("-") or sort.removeprefix("-") not in SORTS
    order = column.desc() if is_down else column.asc()
    return found.order_by(order.nulls_last(), Asset.id.desc())


def _due_within_a_year() -> ColumnElement[bool]:
    """Rights that end within a year, or stand in a time of grace."""
    today = clock.today()
    late = [LegalStatus.ANNUITY_GRACE, LegalStatus.RENEWAL_GRACE]
    ends = Asset.last_day.between(today, today + timedelta(days=365))
    return Asset.status.in_(late) | (ends & Asset.status.in_(_STANDING))


_STANDING = [LegalStatus.IN_FORCE, LegalStatus.PENDING]


def summary(actor: Actor) -> dict[str, int]:
    """What the portfolio holds and what needs care, in one statement."""
    known = [VerificationState.CONFIRMED, VerificationState.REQUESTED]
    verified = Asset.verifications.any(TitleVerification.state.in_(known))
    pledged = Asset.pledges.any(Pledge.state == PledgeState.REGISTERED)
    wanted = {
        "all": true(),
        "unverified": ~verified,
        "pledged": pledged,
        "due": _due_within_a_year(),
    }
    row = db.session.execute(
        select(*(func.count().filter(test) for test in wanted.values()))
        .select_from(Asset)
        .where(Asset.keeper_id == actor.organisation_id)
    ).one()
    return dict(zip(wanted, row, strict=True))


def _says(text: str) -> ColumnElement[bool]:
    like = f"%{text.replace('%', '').replace('_', '')}%"
    compact = f"%{''.join(c for c in text.upper() if c.isalnum() or c == '.')}%"
    return or_(
        Asset.title.ilike(like),
        Asset.title_en.ilike(like),
        Asset.reference.ilike(like),
        Asset.owners.any(AssetOwner.name.ilike(like)),
        Asset.numbers.any(AssetNumber.number.ilike(compact)),
        Asset.classes.any(AssetClass.symbol.ilike(compact)),
    )


def by_ids(actor: Actor, ids: Iterable[int]) -> list[Asset]:
    """Rights of the portfolio by their numbers, in their order; others are left out."""
    return list(
        db.session.scalars(visible_to(actor).where(Asset.id.in_(list(ids))).order_by(Asset.id))
    )


def known_of(actor: Actor, records: Sequence[AssetRecord]) -> int:
    """How many of these rights the portfolio has already: what a preview says."""
    wanted = {key for record in records for key in keys(record)}
    held: set[tuple[str, str]] = set()
    numbers = sorted({number for _, number in wanted})
    for start in range(0, len(numbers), _MOST_ASKED):
        rows = db.session.execute(
            select(AssetNumber.scheme, AssetNumber.number).where(
                AssetNumber.keeper_id == actor.organisation,
                AssetNumber.number.in_(numbers[start : start + _MOST_ASKED]),
            )
        )
        held |= {(scheme, number) for scheme, number in rows}
    return sum(1 for record in records if held.intersection(keys(record)))


def indications() -> list[Asset]:
    """The geographical indications on record: public registers, shown to anybody, never for sale."""
    return list(
        db.session.scalars(
            select(Asset)
            .options(selectinload(Asset.owners))
            .where(Asset.kind == AssetKind.GI)
            .order_by(Asset.title)
            .limit(_MOST_ASKED)
        )
    )


def counts(actor: Actor) -> dict[str, int]:
    """How many rights of each kind the portfolio has."""
    rows = db.session.execute(
        select(Asset.kind, func.count())
        .where(Asset.keeper_id == actor.organisation_id)
        .group_by(Asset.kind)
    )
    return {kind.value: count for kind, count in rows}


def verification(actor: Actor, verification_id: int) -> TitleVerification:
    """A title verification, for the keeper and for operators."""
    found = db.session.get(TitleVerification, verification_id)
    if found is None or not _sees(actor, found.asset):
        raise NotFound("title_verification")
    return found


def pledge(actor: Actor, pledge_id: int) -> Pledge:
    """A pledge, for the keeper, its lender and operators."""
    found = db.session.get(Pledge, pledge_id)
    if found is None or not may_read_pledge(actor, found):
        raise NotFound("pledge")
    return found


def may_read_pledge(actor: Actor, pledge: Pledge) -> bool:
    """The keeper of the right, the lender, the exchange and the authority."""
    return _sees(actor, pledge.asset) or policy.is_pledge_lender(actor, pledge)


def _sees(actor: Actor, asset: Asset) -> bool:
    return bool(actor.capabilities & READS_EVERYTHING) or policy.keeps_asset(actor, asset)


def verifications(
    actor: Actor, *, state: str = "", text: str = ""
) -> Select[tuple[TitleVerification]]:
    """The operators' queue of title verifications, oldest request first."""
    require(actor, policy.decide_title)
    found = select(TitleVerification).join(TitleVerification.asset).order_by(TitleVerification.id)
    if state in set(VerificationState):
        found = found.where(TitleVerification.state == VerificationState(state))
    return found.where(_says(text)) if text else found


def undecided_pledge() -> ColumnElement[bool]:
    """A pledge that waits for an operator: declared, or its release is."""
    releasing = (Pledge.state == PledgeState.REGISTERED) & Pledge.released_on.is_not(None)
    return (Pledge.state == PledgeState.DECLARED) | releasing


def pledges(actor: Actor, *, state: str = "", text: str = "") -> Select[tuple[Pledge]]:
    """The operators' list of pledges, newest first."""
    require(actor, policy.decide_pledge)
    found = select(Pledge).join(Pledge.asset).order_by(Pledge.id.desc())
    if state == PledgeState.DECLARED:
        found = found.where(undecided_pledge())
    elif state in set(PledgeState):
        found = found.where(Pledge.state == PledgeState(state))
    return found.where(_says(text)) if text else found


def imports(actor: Actor) -> Select[tuple[ImportBatch]]:
    """The organisation's imports, newest first."""
    return (
        select(ImportBatch)
        .options(joinedload(ImportBatch.document), joinedload(ImportBatch.user))
        .where(ImportBatch.organisation_id == actor.organisation_id)
        .order_by(ImportBatch.id.desc())
    )


def import_batch(actor: Actor, batch_id: int) -> ImportBatch:
    """One import of the organisation."""
    found = db.session.scalar(imports(actor).where(ImportBatch.id == batch_id))
    if found is None:
        raise NotFound("import")
    return found


def import_lines(batch: ImportBatch, *, outcome: str = "") -> Select[tuple[ImportLine]]:
    """What became of each row, in the file's order."""
    found = (
        select(ImportLine)
        .options(joinedload(ImportLine.asset).load_only(Asset.reference))
        .where(ImportLine.batch_id == batch.id)
    )
    if outcome:
        found = found.where(ImportLine.outcome == outcome)
    return found.order_by(ImportLine.row, ImportLine.id)


def is_fresh(light: str) -> ColumnElement[bool]:
    """Rights whose light it is, for lists."""
    now, today = settings.current(), clock.today()
    green, red = today - timedelta(days=now.fresh_days), today - timedelta(days=now.stale_days)
    if light == Freshness.GREEN:
        return Asset.checked_on >= green
    if light == Freshness.AMBER:
        return and_(Asset.checked_on < green, Asset.checked_on >= red)
    return or_(Asset.checked_on.is_(None), Asset.checked_on < red)


def kept_by(keeper_id: int, references: Sequence[str]) -> list[Asset]:
    """Rights by their numbers, as far as one organisation keeps them; for a mandate's scope."""
    return list(
        db.session.scalars(
            select(Asset)
            .where(Asset.keeper_id == keeper_id, Asset.reference.in_(references))
            .order_by(Asset.id)
        )
    )
