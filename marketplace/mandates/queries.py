"""Reading brokers, mandates, introductions and commissions; each side sees its own."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import aliased, joinedload, selectinload

from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.money import Money
from marketplace.core.policy import Actor
from marketplace.mandates import commission as reckoning
from marketplace.mandates.models import (
    ENDED,
    BrokerProfile,
    Commission,
    CommissionState,
    Conflict,
    Contribution,
    Credential,
    CredentialKind,
    CredentialState,
    Introduction,
    IntroductionState,
    Mandate,
    MandateAsset,
    MandateState,
    Payer,
    Side,
    Suspension,
)
from marketplace.organisations.models import (
    Capability,
    CapabilityGrant,
    GrantState,
    Membership,
    Organisation,
)


def _like(text: str) -> str:
    escaped = text.strip()[:200].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


# ---- directory -------------------------------------------------------------------------------


def _standing() -> Any:
    today = clock.today()
    return and_(
        Credential.state == CredentialState.CONFIRMED,
        or_(Credential.valid_to.is_(None), Credential.valid_to >= today),
        ~select(Suspension.id)
        .where(Suspension.credential_id == Credential.id, _running())
        .exists(),
    )


def _running() -> Any:
    """Suspensions in force today."""
    today = clock.today()
    return and_(
        Suspension.lifted_at.is_(None),
        Suspension.starts_on <= today,
        or_(Suspension.ends_on.is_(None), Suspension.ends_on >= today),
    )


def _suspended_houses() -> Select[tuple[int]]:
    """Brokers that are suspended as a whole today."""
    return select(Suspension.organisation_id).where(Suspension.credential_id.is_(None), _running())


def is_suspended(organisation_id: int) -> bool:
    """Whether a broker is suspended as a whole today: no listing, no new mandates."""
    found = _suspended_houses().where(Suspension.organisation_id == organisation_id)
    return db.session.scalar(found.limit(1)) is not None


def suspended(organisation_ids: Iterable[int]) -> set[int]:
    """Which of these are suspended as a whole today."""
    wanted = Suspension.organisation_id.in_(list(organisation_ids))
    return set(db.session.scalars(_suspended_houses().where(wanted)))


def suspension_for(cause: str) -> Suspension | None:
    """The one that a sanction brought about."""
    return db.session.scalar(select(Suspension).where(Suspension.cause == cause))


def _brokers() -> Select[tuple[Organisation]]:
    granted = (
        select(CapabilityGrant.id)
        .where(
            CapabilityGrant.organisation_id == Organisation.id,
            CapabilityGrant.capability == Capability.BROKER,
            CapabilityGrant.state == GrantState.GRANTED,
        )
        .exists()
    )
    return select(Organisation).where(granted, Organisation.closed_at.is_(None))


def _listed() -> Select[tuple[Organisation]]:
    return _brokers().where(Organisation.id.not_in(_suspended_houses()))


def directory(
    *, text: str = "", kind: str = "", city: str = "", field: str = "", sort: str = "name"
) -> Select[tuple[Organisation]]:
    """Brokers that everybody may see, narrowed; a credential that is over counts no more.

    Who is suspended is not listed; its own page stays and says so.
    """
    found = _listed().outerjoin(BrokerProfile, BrokerProfile.organisation_id == Organisation.id)
    if text.strip():
        like = _like(text)
        found = found.where(
            or_(
                Organisation.name.ilike(like, escape="\\"),
                Organisation.name_en.ilike(like, escape="\\"),
                BrokerProfile.text.ilike(like, escape="\\"),
            )
        )
    if field.strip():
        found = found.where(BrokerProfile.fields.ilike(_like(field), escape="\\"))
    if city:
        found = found.where(Organisation.city == city)
    if kind in set(CredentialKind):
        holds = select(Credential.id).where(
            Credential.organisation_id == Organisation.id, Credential.kind == kind, _standing()
        )
        found = found.where(holds.exists())
    key: Any = {"city": Organisation.city}.get(sort.removeprefix("-"), Organisation.name)
    order = key.desc() if sort.startswith("-") else key.asc()
    return found.order_by(order, Organisation.id)


def cities() -> list[str]:
    """Where brokers are seated."""
    seated = _brokers().with_only_columns(Organisation.city).where(Organisation.city != "")
    return list(db.session.scalars(seated.distinct().order_by(Organisation.city)))


def broker(slug: str) -> Organisation:
    """A broker by its public address, or NotFound."""
    found = db.session.scalar(_brokers().where(Organisation.slug == slug))
    if found is None:
        raise NotFound("broker")
    return found


def brokers() -> list[Organisation]:
    """All that take mandates by name, to choose one."""
    return list(db.session.scalars(_listed().order_by(Organisation.name, Organisation.id)))


def all_brokers() -> list[Organisation]:
    """Suspended ones too, by name."""
    return list(db.session.scalars(_brokers().order_by(Organisation.name, Organisation.id)))


def broker_by_id(organisation_id: int) -> Organisation | None:
    """A broker by number; None: it is none (any more)."""
    return db.session.scalar(_brokers().where(Organisation.id == organisation_id))


def standing_credentials(organisation_ids: Iterable[int]) -> dict[int, list[Credential]]:
    """What each may call itself today, its people last."""
    found: dict[int, list[Credential]] = {}
    rows = select(Credential).where(
        Credential.organisation_id.in_(list(organisation_ids)), _standing()
    )
    for row in db.session.scalars(rows.order_by(Credential.kind, Credential.id)):
        found.setdefault(row.organisation_id, []).append(row)
    return found


def profiles(organisation_ids: Iterable[int]) -> dict[int, BrokerProfile]:
    """What each says of itself."""
    rows = select(BrokerProfile).where(BrokerProfile.organisation_id.in_(list(organisation_ids)))
    return {row.organisation_id: row for row in db.session.scalars(rows)}


def own_credentials(actor: Actor) -> list[Credential]:
    """One's own, whatever their state."""
    own = select(Credential).where(Credential.organisation_id == actor.organisation)
    return list(db.session.scalars(own.order_by(Credential.id.desc())))


def credentials(actor: Actor, state: str = "") -> Select[tuple[Credential]]:
    """For the operators: those that wait first."""
    if not actor.is_operator:
        raise NotFound("credential")
    found = select(Credential).options(
        joinedload(Credential.organisation), joinedload(Credential.document)
    )
    if state in set(CredentialState):
        found = found.where(Credential.state == state)
    waits = (Credential.state == CredentialState.FILED).desc()
    return found.order_by(waits, Credential.id.desc())


def credential(actor: Actor, credential_id: int) -> Credential:
    """One to decide, or NotFound."""
    found = db.session.scalar(credentials(actor).where(Credential.id == credential_id))
    if found is None:
        raise NotFound("credential")
    return found


# ---- mandates --------------------------------------------------------------------------------


def _mine(actor: Actor) -> Any:
    me = actor.organisation
    draft_of_other = and_(Mandate.state == MandateState.DRAFTED, Mandate.drafted_by_id != me)
    return and_(or_(Mandate.principal_id == me, Mandate.broker_id == me), ~draft_of_other)


def mandates(actor: Actor, *, state: str = "", side: str = "") -> Select[tuple[Mandate]]:
    """Given and held; a draft is its drafter's alone until it is offered."""
    found = (
        select(Mandate)
        .where(_mine(actor))
        .options(joinedload(Mandate.principal), joinedload(Mandate.broker))
    )
    if state in set(MandateState):
        found = found.where(Mandate.state == state)
    if side in set(Side):
        found = found.where(Mandate.side == side)
    return found.order_by(Mandate.id.desc())


def get(actor: Actor, reference: str) -> Mandate:
    """One mandate; others' are not there."""
    found = db.session.scalar(
        mandates(actor)
        .where(Mandate.reference == reference.strip().upper()[:20])
        .options(selectinload(Mandate.items).joinedload(MandateAsset.asset))
    )
    if found is None:
        raise NotFound("mandate")
    return found


def held(actor: Actor) -> list[Mandate]:
    """The mandates under which the actor's organisation may act today."""
    if actor.organisation_id is None:
        return []
    found = _in_force().where(Mandate.broker_id == actor.organisation_id)
    return list(db.session.scalars(found.order_by(Mandate.id)))


def _in_force() -> Select[tuple[Mandate]]:
    return select(Mandate).where(
        Mandate.state == MandateState.IN_FORCE, Mandate.expires_on >= clock.today()
    )


def rival_exclusive(mandate: Mandate) -> Mandate | None:
    """Another exclusive mandate in force on the same side for one of the same rights or seeks."""
    found = _in_force().where(
        Mandate.exclusive.is_(True), Mandate.side == mandate.side, Mandate.id != mandate.id
    )
    if mandate.side is Side.SELL:
        ids = [item.asset_id for item in mandate.items]
        same = select(MandateAsset.id).where(
            MandateAsset.mandate_id == Mandate.id, MandateAsset.asset_id.in_(ids)
        )
        return db.session.scalars(found.where(same.exists()).order_by(Mandate.id)).first()
    for other in db.session.scalars(
        found.where(Mandate.principal_id == mandate.principal_id).order_by(Mandate.id)
    ):
        if not other.kinds or not mandate.kinds or set(other.kinds) & set(mandate.kinds):
            return other
    return None


def due_to_expire(limit: int) -> list[Mandate]:
    """Those whose last day is over by the clock and not yet by their state."""
    return list(
        db.session.scalars(
            select(Mandate)
            .where(Mandate.state == MandateState.IN_FORCE, Mandate.expires_on < clock.today())
            .order_by(Mandate.id)
            .limit(limit)
        )
    )


def brokers_of(principal_id: int) -> list[int]:
    """Who acts for an organisation today: they are told what it is told of its trade."""
    found = _in_force().where(Mandate.principal_id == principal_id)
    ids = found.with_only_columns(Mandate.broker_id).distinct()
    return sorted(db.session.scalars(ids))


def for_trade(
    *, seller_id: int, buyer_id: int, asset_ids: Collection[int], kinds: Collection[str]
) -> list[Mandate]:
    """The mandates of either side, in force or within their tail, that a trade falls under."""
    rows = db.session.scalars(
        select(Mandate)
        .where(
            Mandate.state.in_([MandateState.IN_FORCE, *ENDED]),
            or_(
                and_(Mandate.side == Side.SELL, Mandate.principal_id == seller_id),
                and_(Mandate.side == Side.BUY, Mandate.principal_id == buyer_id),
            ),
        )
        .options(selectinload(Mandate.items))
        .order_by(Mandate.id)
    )
    return [
        row for row in rows if row.tail_until >= clock.today() and _covers(row, asset_ids, kinds)
    ]


def of_trade(
    *,
    seller_id: int,
    buyer_id: int,
    asset_ids: Collection[int],
    kinds: Collection[str],
    during: tuple[date, date],
) -> list[Mandate]:
    """The mandates of either side that were in force on some day of a trade that is over."""
    began, ended = during
    rows = db.session.scalars(
        select(Mandate)
        .where(
            Mandate.in_force_at.is_not(None),
            or_(
                and_(Mandate.side == Side.SELL, Mandate.principal_id == seller_id),
                and_(Mandate.side == Side.BUY, Mandate.principal_id == buyer_id),
            ),
        )
        .options(selectinload(Mandate.items))
        .order_by(Mandate.id)
    )
    return [
        row
        for row in rows
        if row.in_force_at is not None
        and row.in_force_at.astimezone(clock.BEIJING).date() <= ended
        and row.last_day >= began
        and _covers(row, asset_ids, kinds)
    ]


def _covers(mandate: Mandate, asset_ids: Collection[int], kinds: Collection[str]) -> bool:
    if mandate.side is Side.SELL:
        return set(asset_ids) <= {item.asset_id for item in mandate.items}
    return not mandate.kinds or set(kinds) <= set(mandate.kinds)


# ---- introductions ---------------------------------------------------------------------------


def introductions(actor: Actor) -> Select[tuple[Introduction]]:
    """Recorded by one's organisation, about it, or under its mandate; operators see all."""
    found = (
        select(Introduction)
        .join(Introduction.mandate)
        .options(
            joinedload(Introduction.mandate).joinedload(Mandate.broker),
            joinedload(Introduction.mandate).joinedload(Mandate.principal),
            joinedload(Introduction.party),
        )
    )
    if not actor.is_operator:
        me = actor.organisation
        found = found.where(
            or_(Mandate.broker_id == me, Mandate.principal_id == me, Introduction.party_id == me)
        )
    return found.order_by(Introduction.id.desc())


def introduction(actor: Actor, introduction_id: int) -> Introduction:
    """One of them, or NotFound."""
    found = db.session.scalar(introductions(actor).where(Introduction.id == introduction_id))
    if found is None:
        raise NotFound("introduction")
    return found


def disputed_introductions(actor: Actor) -> Select[tuple[Introduction]]:
    """Objections that wait for the operators."""
    if not actor.is_operator:
        raise NotFound("introduction")
    return introductions(actor).where(Introduction.state == IntroductionState.OBJECTED)


def introduction_of(mandate: Mandate, party_id: int, listing_reference: str) -> Introduction | None:
    """The record of this very introduction."""
    return db.session.scalar(
        select(Introduction).where(
            Introduction.mandate_id == mandate.id,
            Introduction.party_id == party_id,
            Introduction.listing_reference == listing_reference,
        )
    )


def party_by_name(name: str) -> Organisation | None:
    """An organisation by its whole name, in either language; for a broker who names whom it brought."""
    wanted = name.strip()
    same = or_(Organisation.name == wanted, func.lower(Organisation.name_en) == wanted.lower())
    if not wanted:
        return None
    return db.session.scalars(
        select(Organisation).where(same, Organisation.closed_at.is_(None)).order_by(Organisation.id)
    ).first()


# ---- commissions -----------------------------------------------------------------------------


def commissions(actor: Actor) -> Select[tuple[Commission]]:
    """Earned, shared or owed by one's organisation, or under a mandate that it gave."""
    me = actor.organisation
    shares = select(Contribution.id).where(
        Contribution.commission_id == Commission.id, Contribution.organisation_id == me
    )
    return (
        select(Commission)
        .join(Commission.mandate)
        .where(
            or_(
                Mandate.broker_id == me,
                Mandate.principal_id == me,
                Commission.payer_id == me,
                shares.exists(),
            )
        )
        .options(
            joinedload(Commission.mandate).joinedload(Mandate.broker),
            joinedload(Commission.mandate).joinedload(Mandate.principal),
            joinedload(Commission.counterparty),
            joinedload(Commission.payer),
            selectinload(Commission.contributions).joinedload(Contribution.organisation),
        )
        .order_by(Commission.id.desc())
    )


def commission(actor: Actor, commission_id: int) -> Commission:
    """One of them, or NotFound."""
    found = db.session.scalar(commissions(actor).where(Commission.id == commission_id))
    if found is None:
        raise NotFound("commission")
    return found


def claims_on(deal_reference: str) -> list[Commission]:
    """The claims that a deal gave rise to, void ones left out."""
    return list(
        db.session.scalars(
            select(Commission)
            .where(
                Commission.deal_reference == deal_reference,
                Commission.state != CommissionState.VOID,
            )
            .options(selectinload(Commission.contributions), joinedload(Commission.mandate))
            .order_by(Commission.id)
        )
    )


def shares_of(claim: Commission) -> dict[int, Money]:
    """Who gets what of a claim, VAT included; the parts sum to it. Alone, the lead gets all."""
    parts = [(one.organisation_id, one.bps) for one in claim.contributions]
    lead = [(claim.mandate.broker_id, reckoning.WHOLE)]
    return dict(reckoning.split(claim.gross, parts or lead))


def payable_by_seller(deal_reference: str) -> list[Commission]:
    """The claims that the seller bears and that a release may pay, those already paid among them.

    Not while an objection holds a claim, or its co-brokers have not agreed; and only by a mandate
    that the seller itself gave.
    """
    return [
        claim
        for claim in claims_on(deal_reference)
        if claim.mandate.payer is Payer.SELLER and _own(claim) and claim.may_be_paid
    ]


def borne_by_buyer(deal_reference: str) -> list[Commission]:
    """The claims that the buyer pays besides the price, void ones left out.

    Only where the buyer itself gave the mandate: nobody is bound by a contract of others (民法典
    art. 465), so a fee that a seller's mandate puts on the buyer is a matter between those two.
    """
    return [
        claim
        for claim in claims_on(deal_reference)
        if claim.mandate.payer is Payer.BUYER and _own(claim)
    ]


def _own(claim: Commission) -> bool:
    """Whoever pays gave the mandate."""
    return claim.payer_id == claim.mandate.principal_id


def asked_of_buyer(deal_reference: str) -> list[Commission]:
    """Every claim for which the buyer was asked to pay, void ones too; in the order of their rise."""
    return list(
        db.session.scalars(
            select(Commission)
            .where(Commission.deal_reference == deal_reference, Commission.payment_id.is_not(None))
            .order_by(Commission.id)
        )
    )


def unsettled_by_buyers(after: int, limit: int) -> list[tuple[int, str]]:
    """Claims that a buyer bears and that have not ended, or are void with its payment still tied to it.

    By their row, from one row on: claim and deal.
    """
    void = (Commission.state == CommissionState.VOID) & Commission.payment_id.is_not(None)
    rows = db.session.execute(
        select(Commission.id, Commission.deal_reference)
        .join(Commission.mandate)
        .where(
            Mandate.payer == Payer.BUYER,
            Mandate.principal_id == Commission.payer_id,
            or_(Commission.state == CommissionState.ARISEN, void),
            Commission.id > after,
        )
        .order_by(Commission.id)
        .limit(limit)
    )
    return [(int(number), str(reference)) for number, reference in rows]


# ---- conflicts of interest -------------------------------------------------------------------


def conflict_of(
    broker_id: int, listing_reference: str, seller_id: int, buyer_id: int
) -> Conflict | None:
    """What a broker has declared of this trade."""
    return db.session.scalar(
        select(Conflict).where(
            Conflict.broker_id == broker_id,
            Conflict.listing_reference == listing_reference,
            Conflict.seller_id == seller_id,
            Conflict.buyer_id == buyer_id,
        )
    )


def conflicts(actor: Actor) -> list[Conflict]:
    """Declared by one's organisation, or asking for its consent."""
    me = actor.organisation
    return list(
        db.session.scalars(
            select(Conflict)
            .where(or_(Conflict.broker_id == me, Conflict.seller_id == me, Conflict.buyer_id == me))
            .order_by(Conflict.id.desc())
        )
    )


def conflict(actor: Actor, conflict_id: int) -> Conflict:
    """One of them, or NotFound."""
    found = next((each for each in conflicts(actor) if each.id == conflict_id), None)
    if found is None:
        raise NotFound("conflict")
    return found


def conflicted_brokers(
    *, seller_id: int, buyer_id: int, asset_ids: Collection[int], kinds: Collection[str]
) -> list[int]:
    """Brokers that stand by both sides, or by one side while their people belong to the other."""
    standing = [
        each
        for each in for_trade(
            seller_id=seller_id, buyer_id=buyer_id, asset_ids=asset_ids, kinds=kinds
        )
        if each.is_in_force
    ]
    other_side = {Side.SELL: buyer_id, Side.BUY: seller_id}
    sides: dict[int, set[Side]] = {}
    found = set()
    for each in standing:
        sides.setdefault(each.broker_id, set()).add(each.side)
        if share_people(each.broker_id, other_side[each.side]):
            found.add(each.broker_id)
    return sorted(found | {who for who, both in sides.items() if len(both) > 1})


def share_people(first_id: int, second_id: int) -> bool:
    """Somebody is a member of both."""
    if first_id == second_id:
        return True
    here, there = aliased(Membership), aliased(Membership)
    both = (
        select(here.id)
        .join(there, there.user_id == here.user_id)
        .where(here.organisation_id == first_id, there.organisation_id == second_id)
    )
    return db.session.scalar(both.limit(1)) is not None


def claims_resting_on(introduction: Introduction) -> list[Commission]:
    """Claims not yet paid that only this introduction bears."""
    return list(
        db.session.scalars(
            select(Commission).where(
                Commission.introduction_id == introduction.id,
                Commission.state == CommissionState.ARISEN,
            )
        )
    )
