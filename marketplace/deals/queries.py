"""Reading deals: each party its own, the exchange all of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, and_, false, func, or_, select, true, tuple_
from sqlalchemy.orm import aliased, joinedload, selectinload

from marketplace.assets.models import Asset, Pledge, PledgeState
from marketplace.compliance.models import EvidenceState, Filing, Notice, Paper, Task, Waiver
from marketplace.compliance.policy import oversee
from marketplace.core.db import Record, db
from marketplace.core.errors import NotFound
from marketplace.core.events import Event
from marketplace.core.policy import SYSTEM, Actor, require
from marketplace.deals import policy, steps
from marketplace.deals.models import (
    NOT_DUE,
    OPEN,
    OPEN_DISPUTES,
    Deal,
    DealAsset,
    DealState,
    Dispute,
    Evidence,
    Instalment,
    InstalmentState,
    PaperSigning,
    PaperState,
    Receivable,
    ReceivableState,
    Recordal,
    Repayment,
    WithheldTax,
)
from marketplace.documents.models import Document
from marketplace.listings.models import Listing, ListingAsset, ListingEvidence
from marketplace.organisations.models import Membership, Organisation, User
from marketplace.payments import queries as money
from marketplace.payments.models import Payment, PaymentState, Payout

SORTS: dict[str, tuple[Any, Any]] = {
    "due": (Deal.due_at.asc().nulls_last(), Deal.id.desc()),
    "newest": (Deal.created_at.desc(), Deal.id.desc()),
    "price": (Deal.price_minor.desc(), Deal.id.desc()),
}


def visible_to(actor: Actor) -> Select[tuple[Deal]]:
    """What the actor may see: deals of the organisation acted for.

    All of them for the exchange, and for the authority, which only reads.
    """
    if actor is SYSTEM or actor.is_operator or actor.is_regulator:
        return select(Deal).where(true())
    if actor.organisation_id is None:
        return select(Deal).where(false())
    return select(Deal).where(
        or_(Deal.seller_id == actor.organisation_id, Deal.buyer_id == actor.organisation_id)
    )


def get(actor: Actor, reference: str) -> Deal:
    """One deal by its reference; another firm's is not there."""
    found = db.session.scalar(
        visible_to(actor)
        .where(Deal.reference == reference)
        .options(
            joinedload(Deal.seller),
            joinedload(Deal.buyer),
            joinedload(Deal.listing),
            selectinload(Deal.items).joinedload(DealAsset.asset),
            selectinload(Deal.evidence).joinedload(Evidence.document),
            selectinload(Deal.signatures),
        )
    )
    if found is None:
        raise NotFound("deal.unknown")
    return found


def recently_closed(limit: int) -> list[Deal]:
    """The deals fulfilled last, for the public news.

    It tells what was dealt in, how and when; never for how much or to whom.
    """
    return list(
        db.session.scalars(
            select(Deal)
            .where(Deal.state == DealState.CLOSED)
            .options(
                joinedload(Deal.listing).joinedload(Listing.seller),
                joinedload(Deal.listing)
                .selectinload(Listing.items)
                .joinedload(ListingAsset.asset)
                .selectinload(Asset.classes),
            )
            .order_by(Deal.closed_at.desc(), Deal.id.desc())
            .limit(limit)
        )
    )


@dataclass(frozen=True)
class Wanted:
    """How a list of deals is narrowed: the side (seller, buyer), the states, words, the order."""

    side: str = ""
    state: str = ""  # a DealState, or "open"
    search: str = ""
    sort: str = "due"


def listed(actor: Actor, wanted: Wanted) -> Select[tuple[Deal]]:
    """The actor's deals as a list page shows them."""
    query = visible_to(actor).options(
        joinedload(Deal.seller),
        joinedload(Deal.buyer),
        joinedload(Deal.listing),
        selectinload(Deal.evidence),
        selectinload(Deal.recordals),
        selectinload(Deal.items).joinedload(DealAsset.asset),
        selectinload(Deal.signatures),
        joinedload(Deal.contract),
    )
    if wanted.side == steps.SELLER:
        query = query.where(Deal.seller_id == actor.organisation_id)
    if wanted.side == steps.BUYER:
        query = query.where(Deal.buyer_id == actor.organisation_id)
    query = query.where(_in_state(wanted.state))
    if wanted.search:
        query = query.where(_mentions(wanted.search))
    return query.order_by(*SORTS.get(wanted.sort, SORTS["due"]))


def _in_state(state: str) -> Any:
    if state == "open":
        return Deal.state.in_(OPEN)
    if state in {one.value for one in DealState}:
        return Deal.state == DealState(state)
    return true()


def _mentions(text: str) -> Any:
    seller, buyer = aliased(Organisation), aliased(Organisation)
    return or_(
        Deal.reference.contains(text.upper(), autoescape=True),
        Deal.listing_id.in_(
            select(Listing.id).where(
                or_(
                    Listing.title.icontains(text, autoescape=True),
                    Listing.title_en.icontains(text, autoescape=True),
                    Listing.reference == text.upper(),
                )
            )
        ),
        Deal.seller_id.in_(select(seller.id).where(_named(seller, text))),
        Deal.buyer_id.in_(select(buyer.id).where(_named(buyer, text))),
        Deal.id.in_(
            select(DealAsset.deal_id)
            .join(DealAsset.asset)
            .where(
                or_(
                    Asset.title.icontains(text, autoescape=True),
                    Asset.patent_number.icontains(text, autoescape=True),
                    Asset.registration_number.icontains(text, autoescape=True),
                )
            )
        ),
    )


def _named(organisation: Any, text: str) -> Any:
    return or_(
        organisation.name.icontains(text, autoescape=True),
        organisation.name_en.icontains(text, autoescape=True),
    )


def counts(actor: Actor) -> dict[DealState, int]:
    """How many of the actor's deals stand where."""
    rows = db.session.execute(
        visible_to(actor)
        .with_only_columns(Deal.state, func.count(Deal.id))
        .group_by(Deal.state)
        .order_by(Deal.state)
    )
    return {state: int(count) for state, count in rows}


def open_about(asset_ids: Iterable[int]) -> Sequence[Deal]:
    """Deals on their way about any of these rights; for services."""
    return (
        db.session.scalars(
            select(Deal)
            .join(Deal.items)
            .where(DealAsset.asset_id.in_(list(asset_ids)), Deal.state.in_(OPEN))
            .order_by(Deal.id)
        )
        .unique()
        .all()
    )


def oldest_open(limit: int) -> Sequence[Deal]:
    """Deals on their way; for jobs."""
    return db.session.scalars(
        select(Deal).where(Deal.state.in_(OPEN)).order_by(Deal.id).limit(limit)
    ).all()


def ids_from(listing: Listing) -> list[int]:
    """The rows of the deals that came of a listing; for callers that show nothing of them."""
    return list(db.session.scalars(select(Deal.id).where(Deal.listing_id == listing.id)))


def by_id(deal_id: int) -> Deal | None:
    """A deal by its row; for services that hold one of its payments."""
    return db.session.get(Deal, deal_id)


def ids_numbered(text: str) -> list[int]:
    """Deals whose number a text is, or begins; for lists that are searched by it."""
    wanted = text.strip().upper()
    if not wanted.startswith("D-"):
        return []
    return list(
        db.session.scalars(
            select(Deal.id)
            .where(Deal.reference.startswith(wanted, autoescape=True))
            .order_by(Deal.id.desc())
            .limit(500)
        )
    )


def with_reference(reference: str) -> Deal | None:
    """A deal by its number; for services that go by a claim to commission."""
    return db.session.scalar(select(Deal).where(Deal.reference == reference))


def evidence(actor: Actor, evidence_id: int) -> Evidence:
    """One piece of evidence of a deal that the actor may see."""
    found = db.session.scalar(
        select(Evidence)
        .where(
            Evidence.id == evidence_id,
            Evidence.deal_id.in_(visible_to(actor).with_only_columns(Deal.id)),
        )
        .options(joinedload(Evidence.document), joinedload(Evidence.deal))
    )
    if found is None:
        raise NotFound("evidence.unknown")
    return found


def own_papers(actor: Actor, deal: Deal, names: Iterable[str]) -> list[Paper]:
    """Papers of the actor's organisation that were confirmed elsewhere and are still good.

    The newest of each file and name; what this deal has already is left out.
    """
    if actor.organisation_id is None:
        return []
    here = {(one.name, one.document_id) for one in deal.evidence}
    found: dict[tuple[str, int], Paper] = {}
    kinds: tuple[type[Evidence | ListingEvidence], ...] = (Evidence, ListingEvidence)
    for kind in kinds:
        rows = db.session.scalars(
            select(kind)
            .where(
                kind.filed_by_id == actor.organisation_id,
                kind.state == EvidenceState.CONFIRMED,
                kind.name.in_(list(names)),
            )
            .options(joinedload(kind.document))
            .order_by(kind.decided_at.desc(), kind.id.desc())
            .limit(100)
        )
        for paper in rows:
            key = (paper.name, paper.document_id)
            if paper.counts and key not in here:
                found.setdefault(key, paper)
    return list(found.values())


def own_paper(actor: Actor, origin: str) -> Paper:
    """A paper of the actor's organisation by where it was filed, `evidence:12`."""
    kind, _, number = origin.partition(":")
    model: type[Evidence | ListingEvidence] | None = (
        Evidence if kind == "evidence" else ListingEvidence if kind == "listing_evidence" else None
    )
    found = (
        db.session.get(model, int(number))
        if model and number.isascii() and number.isdigit()
        else None
    )
    own = actor.organisation_id is not None and actor.organisation_id == (
        found and found.filed_by_id
    )
    if found is None or not own:
        raise NotFound("evidence.not_yours")
    return found


def evidence_to_decide(actor: Actor, *, search: str = "") -> Select[tuple[Evidence]]:
    """Evidence that waits for the exchange, the oldest first."""
    require(actor, policy.decide_evidence)
    query = (
        select(Evidence)
        .join(Evidence.deal)
        .where(Evidence.state == EvidenceState.FILED, Deal.state.in_(OPEN))
        .options(
            joinedload(Evidence.deal).joinedload(Deal.listing),
            joinedload(Evidence.document),
            joinedload(Evidence.filed_by),
        )
        .order_by(Evidence.created_at, Evidence.id)
    )
    if search:
        query = query.where(
            or_(
                Deal.reference.contains(search.upper(), autoescape=True),
                Evidence.issuer.icontains(search, autoescape=True),
                Evidence.number.icontains(search, autoescape=True),
            )
        )
    return query


def disputed(actor: Actor) -> Sequence[Deal]:
    """Signed deals of which one side asked for the cancellation, for the exchange to decide."""
    require(actor, policy.decide_cancellation)
    return db.session.scalars(
        select(Deal)
        .where(
            Deal.cancel_requested_by_id.is_not(None),
            Deal.state.in_({DealState.PAYMENT, DealState.RECORDAL}),
        )
        .options(joinedload(Deal.seller), joinedload(Deal.buyer), joinedload(Deal.listing))
        .order_by(Deal.due_at, Deal.id)
    ).all()


def open_dispute(deal: Deal) -> Dispute | None:
    """The dispute that freezes the deal's money; for services and readers of the deal."""
    return db.session.scalar(
        select(Dispute).where(Dispute.deal_id == deal.id, Dispute.state.in_(OPEN_DISPUTES))
    )


def disputes_of(deal: Deal) -> Sequence[Dispute]:
    """Every dispute of a deal, newest first; for callers that may see the deal."""
    return db.session.scalars(
        select(Dispute).where(Dispute.deal_id == deal.id).order_by(Dispute.id.desc())
    ).all()


def disputes(actor: Actor) -> Select[tuple[Dispute]]:
    """All disputes, the open ones first and of these the oldest, for the exchange's staff."""
    require(actor, policy.decide_dispute)
    return (
        select(Dispute)
        .options(joinedload(Dispute.deal), joinedload(Dispute.raised_by))
        .order_by(Dispute.ended_at.desc().nulls_first(), Dispute.id)
    )


def dispute(actor: Actor, dispute_id: int) -> Dispute:
    """One dispute, for the exchange's staff."""
    found = db.session.scalar(disputes(actor).where(Dispute.id == dispute_id))
    if found is None:
        raise NotFound("dispute.unknown")
    return found


@dataclass(frozen=True)
class Traded:
    """What was concluded in a time: of which kind of right, from which city, how many, how much."""

    kind: str
    city: str
    currency: str
    count: int
    minor: int


def traded(actor: Actor, start: datetime, end: datetime) -> list[Traded]:
    """Deals signed in a time, by kind of the first right and city of the seller."""
    require(actor, oversee)
    first = select(func.min(DealAsset.id)).group_by(DealAsset.deal_id)
    rows = db.session.execute(
        select(
            Asset.kind,
            Organisation.city,
            Deal.currency,
            func.count(Deal.id),
            func.sum(Deal.price_minor),
        )
        .select_from(Deal)
        .join(DealAsset, DealAsset.deal_id == Deal.id)
        .join(Asset, Asset.id == DealAsset.asset_id)
        .join(Organisation, Organisation.id == Deal.seller_id)
        .where(
            DealAsset.id.in_(first),
            Deal.signed_at >= start,
            Deal.signed_at < end,
            Deal.state != DealState.CANCELLED,
        )
        .group_by(Asset.kind, Organisation.city, Deal.currency)
        .order_by(func.count(Deal.id).desc(), Asset.kind, Organisation.city)
    )
    return [
        Traded(kind.value, city, currency, int(count), int(total or 0))
        for kind, city, currency, count, total in rows
    ]


def by_certificate(code: str) -> Deal | None:
    """The closed deal that a verification code belongs to; for the public page."""
    return db.session.scalar(
        select(Deal).where(Deal.verification_code == code, Deal.state == DealState.CLOSED)
    )


def late(moment: datetime) -> Sequence[Deal]:
    """Deals whose step is past its deadline, for the reminders."""
    return db.session.scalars(
        select(Deal)
        .where(Deal.state.in_(OPEN), Deal.due_at < moment)
        .order_by(Deal.due_at, Deal.id)
    ).all()


def to_follow(today: date, limit: int) -> Sequence[Deal]:
    """Deals whose tasks may be behind the rules: changed since, or not judged today."""
    open_and_old = and_(Deal.state.in_(OPEN), Deal.judged_on < today)
    return (
        db.session.scalars(
            select(Deal)
            .where(or_(Deal.judged_on.is_(None), open_and_old))
            .options(
                joinedload(Deal.listing),
                joinedload(Deal.seller),
                joinedload(Deal.buyer),
                selectinload(Deal.items).joinedload(DealAsset.asset),
                selectinload(Deal.evidence),
                selectinload(Deal.recordals),
            )
            .order_by(Deal.id)
            .limit(limit)
        )
        .unique()
        .all()
    )


def last_event(deal: Deal, kind: str) -> Event | None:
    """The latest event of a kind about a deal."""
    return db.session.scalar(
        select(Event)
        .where(Event.subject_kind == "deal", Event.subject_id == deal.id, Event.kind == kind)
        .order_by(Event.id.desc())
        .limit(1)
    )


@dataclass(frozen=True)
class Entry:
    """A line of the timeline: what happened, when, who did it for which side, why."""

    at: datetime
    kind: str
    side: str
    organisation: Organisation | None
    person: User | None
    role: str
    because: str
    facts: Mapping[str, Any]

    @property
    def by_system(self) -> bool:
        """Nobody did it: time passed, or it followed from something else."""
        return self.person is None


AT_THE_DESK = frozenset({"filing.receive", "filing.ask", "filing.conclude", "filing.close"})
LISTING_EVENTS = ("listing.reserve", "listing.release", "listing.close")


def timeline(actor: Actor, deal: Deal, *, with_: Iterable[Record] = ()) -> list[Entry]:
    """Everything that happened to a deal, oldest first: with its evidence, payments, papers.

    `with_`: other records whose events belong to its story, such as the offer it came from.
    """
    require(actor, policy.see, deal)
    more = [(record.__tablename__, record.id) for record in with_]
    subjects = [("deal", deal.id), *_subjects_of(actor, deal), *more]
    seen = db.session.scalars(
        select(Event)
        .where(
            or_(
                tuple_(Event.subject_kind, Event.subject_id).in_(subjects),
                and_(
                    Event.subject_kind == "listing",
                    Event.subject_id == deal.listing_id,
                    Event.kind.in_(LISTING_EVENTS),
                    Event.because == deal.reference,
                ),
            )
        )
        .order_by(Event.created_at, Event.id)
    ).all()
    return _entries(deal, seen)


def _not_shown(actor: Actor, deal: Deal) -> tuple[Any, Any]:
    """What one party pays besides the price is none of the other's business: payments, payouts.

    The buyer's to its broker; the seller's fee to the exchange.
    """
    if actor.organisation_id == deal.seller_id:
        own = Payment.account.startswith("brokerage:"), Payout.purpose.startswith("brokerage")
        return ~own[0], ~own[1]
    if actor.organisation_id == deal.buyer_id:
        return ~Payment.account.startswith("fee_in:"), true()
    return true(), true()


def _subjects_of(actor: Actor, deal: Deal) -> list[tuple[str, int]]:
    payments, payouts = _not_shown(actor, deal)
    own: list[tuple[type[Record], Any]] = [
        (Evidence, Evidence.deal_id == deal.id),
        (Dispute, Dispute.deal_id == deal.id),
        (Recordal, Recordal.deal_id == deal.id),
        (Instalment, Instalment.deal_id == deal.id),
        (WithheldTax, WithheldTax.deal_id == deal.id),
        (Repayment, Repayment.deal_id == deal.id),
        (Task, and_(Task.subject_kind == "deal", Task.subject_id == deal.id)),
        (Waiver, and_(Waiver.subject_kind == "deal", Waiver.subject_id == deal.id)),
        (Notice, and_(Notice.subject_kind == "deal", Notice.subject_id == deal.id)),
        (Filing, and_(Filing.subject_kind == "deal", Filing.subject_id == deal.id)),
        (Payment, and_(Payment.subject_kind == "deal", Payment.subject_id == deal.id, payments)),
        (Payout, and_(Payout.subject_kind == "deal", Payout.subject_id == deal.id, payouts)),
        (
            Document,  # but for evidence, whose filing says it already
            and_(
                Document.subject_kind == "deal",
                Document.subject_id == deal.id,
                Document.purpose != "evidence",
            ),
        ),
    ]
    return [
        (model.__tablename__, number)
        for model, condition in own
        for number in db.session.scalars(select(model.id).where(condition).order_by(model.id))
    ]


def _side(deal: Deal, event: Event) -> str:
    """Who acted: a party, the exchange, or the authority at its desk."""
    return "authority" if event.kind in AT_THE_DESK else steps.side(deal, event.organisation_id)


def _entries(deal: Deal, seen: Sequence[Event]) -> list[Entry]:
    user_ids = {event.user_id for event in seen} - {None}
    organisation_ids = {event.organisation_id for event in seen} - {None}
    users = {
        user.id: user for user in db.session.scalars(select(User).where(User.id.in_(user_ids)))
    }
    organisations = {
        one.id: one
        for one in db.session.scalars(
            select(Organisation).where(Organisation.id.in_(organisation_ids))
        )
    }
    roles = {
        (m.user_id, m.organisation_id): m.role.value
        for m in db.session.scalars(select(Membership).where(Membership.user_id.in_(user_ids)))
    }
    return [
        Entry(
            at=event.created_at,
            kind=event.kind,
            side=_side(deal, event),
            organisation=organisations.get(event.organisation_id or 0),
            person=users.get(event.user_id or 0),
            role=roles.get((event.user_id or 0, event.organisation_id or 0), ""),
            because="" if event.because == deal.reference else event.because,
            facts=event.facts,
        )
        for event in seen
    ]


def paper_signing(deal: Deal) -> PaperSigning | None:
    """The signing on paper of the contract as it now stands, where one was asked for."""
    if deal.contract is None:
        return None
    return db.session.scalar(
        select(PaperSigning)
        .where(
            PaperSigning.deal_id == deal.id,
            PaperSigning.contract_sha256 == deal.contract.sha256,
            PaperSigning.state != PaperState.WITHDRAWN,
        )
        .order_by(PaperSigning.id.desc())
        .limit(1)
    )


def papers_to_check() -> list[PaperSigning]:
    """Scans of contracts signed on paper that wait for the exchange, the oldest first."""
    return list(
        db.session.scalars(
            select(PaperSigning)
            .where(PaperSigning.state == PaperState.FILED)
            .order_by(PaperSigning.id)
        )
    )


def instalments_to_call(until: date, limit: int) -> Sequence[Instalment]:
    """Lines that wait for an event and are owed by a near day all the same."""
    return db.session.scalars(
        select(Instalment)
        .join(Instalment.deal)
        .where(
            Instalment.state.in_(NOT_DUE),
            Instalment.latest_on <= until,
            Deal.state.not_in([DealState.CANCELLED]),
        )
        .order_by(Instalment.latest_on, Instalment.id)
        .limit(limit)
    ).all()


def instalments_to_remind(today: date, until: date, limit: int) -> Sequence[Instalment]:
    """Lines that are owed soon or late, and of which nobody was reminded yet."""
    soon = and_(Instalment.due_on >= today, Instalment.due_on <= until, Instalment.told < 1)
    late = and_(Instalment.due_on < today, Instalment.told < 2)
    return db.session.scalars(
        select(Instalment)
        .where(Instalment.state == InstalmentState.DUE, or_(soon, late))
        .order_by(Instalment.due_on, Instalment.id)
        .limit(limit)
    ).all()


def instalment(actor: Actor, reference: str, number: int) -> Instalment:
    """One line of the schedule of a deal that the actor may see."""
    deal = get(actor, reference)
    found = next((line for line in deal.instalments if line.number == number), None)
    if found is None:
        raise NotFound("instalment.unknown")
    return found


def payments_for(deal: Deal) -> list[Payment]:
    """What the buyer pays of the price; what either side owes besides is not among it."""
    return [one for one in money.of(deal) if one.account == deal.escrow_account]


def current_payment(deal: Deal) -> Payment | None:
    """What is awaited now, the first of several; or else what came last."""
    found = payments_for(deal)
    awaited = [one for one in found if one.state is PaymentState.AWAITED]
    return awaited[0] if awaited else (found[-1] if found else None)


def tax_paid_by(payout: Payout) -> WithheldTax | None:
    """The withheld tax that a payout carries to the tax office."""
    return db.session.scalar(select(WithheldTax).where(WithheldTax.payout_id == payout.id))


def repayment(actor: Actor, deal: Deal, repayment_id: int) -> Repayment:
    """One repayment of a deal, for the exchange's staff."""
    require(actor, policy.ask_repayment)
    found = next((one for one in deal.repayments if one.id == repayment_id), None)
    if found is None:
        raise NotFound("repayment.unknown")
    return found


def deposited_pledge(deal: Deal, pledge_id: int) -> Pledge:
    """A pledge on a right of the deal, standing or ended."""
    for asset in deal.assets:
        for pledge in asset.pledges:
            if pledge.id == pledge_id:
                return pledge
    raise NotFound("deposit.nothing")


def withheld_tax(actor: Actor, reference: str, tax_id: int) -> WithheldTax:
    """One withheld tax of a deal that the actor may see."""
    found = next((one for one in get(actor, reference).withheld_taxes if one.id == tax_id), None)
    if found is None:
        raise NotFound("tax.unknown")
    return found


def receivables(actor: Actor, *, open_only: bool = False) -> Select[tuple[Receivable]]:
    """Fees that sellers owe to the exchange, the oldest first, for its staff."""
    require(actor, policy.see_receivables)
    query = select(Receivable).options(
        joinedload(Receivable.deal), joinedload(Receivable.debtor), joinedload(Receivable.payment)
    )
    if open_only:
        query = query.where(Receivable.state == ReceivableState.OPEN)
    return query.order_by(Receivable.id)


def pledged_deals(actor: Actor) -> list[tuple[Deal, Pledge]]:
    """Signed deals about rights that are pledged to the actor's organisation, with its pledges."""
    rows = db.session.execute(
        select(Deal, Pledge)
        .join(DealAsset, DealAsset.deal_id == Deal.id)
        .join(Pledge, Pledge.asset_id == DealAsset.asset_id)
        .where(
            Pledge.lender_id == actor.organisation_id,
            Pledge.state == PledgeState.REGISTERED,
            Deal.state.in_([DealState.PAYMENT, DealState.RECORDAL, DealState.SETTLEMENT]),
        )
        .order_by(Deal.id, Pledge.id)
    )
    return [(deal, pledge) for deal, pledge in rows]
