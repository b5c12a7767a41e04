"""What an event is about, in words, with its page and the organisations concerned."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import select

from marketplace.assets.models import (
    Asset,
    Burden,
    Consent,
    FreeToDealCertificate,
    ImportBatch,
    LegalEvent,
    Licence,
    Pledge,
    TitleVerification,
)
from marketplace.auctions.models import (
    Auction,
    AuctionLetter,
    Hold,
    Juror,
    Order,
    Participant,
    PriorityHolder,
)
from marketplace.compliance.models import Filing, Notice, Objection, Task, Waiver
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.events import Event
from marketplace.deals.models import (
    Deal,
    DepositPayment,
    Dispute,
    Evidence,
    Instalment,
    PayoffLetter,
    Receivable,
    Recordal,
    Repayment,
    RewardPlan,
    WithheldTax,
)
from marketplace.invoices.models import Invoice
from marketplace.listings.models import Listing, ListingEvidence, SavedSearch
from marketplace.mandates import queries as mandates
from marketplace.mandates.models import Commission, Conflict, Credential, Introduction, Mandate
from marketplace.negotiation.models import Approval, Enquiry, Offer, StandingOffer
from marketplace.open_licences import queries as statements
from marketplace.open_licences.models import OpenStatement, StatementState
from marketplace.organisations.models import (
    CapabilityGrant,
    Invitation,
    Membership,
    Organisation,
    User,
)
from marketplace.payments.models import PayeeAccount, Payment, Payout
from marketplace.rooms import queries as rooms
from marketplace.rooms.models import (
    Admission,
    Room,
    RoomInvitation,
    RoomQuestion,
    RoomSigningRequest,
)
from marketplace.royalties.models import RoyaltyAudit, RoyaltyStatement
from marketplace.trust.models import Complaint, GradeCase, Rating, Sanction
from marketplace.valuation.models import ValuationReport


@dataclass(frozen=True)
class Subject:
    """A label for people, the page for those concerned and the operators' page."""

    label: str
    path: str
    console_path: str = "/console"
    organisations: tuple[int, ...] = ()
    users: tuple[int, ...] = ()  # people concerned in person, whatever they act for
    public_path: str = ""  # for readers whom the record does not belong to
    brokers: Mapping[int, str] = field(
        default_factory=dict
    )  # who acts for one of them, and its page

    def path_for(self, organisation_id: int | None) -> str:
        """Its page for somebody who acts for an organisation."""
        if organisation_id is not None and organisation_id not in self.organisations:
            acting = self.brokers.get(organisation_id)
            if acting is not None:
                return acting
        own = not self.public_path or organisation_id in self.organisations
        return self.path if own else self.public_path


def _deal(deal: Deal) -> Subject:
    return Subject(
        f"{deal.reference} {deal.listing.title}",
        f"/workbench/deals/{deal.reference}",
        f"/console/deals/{deal.reference}",
        (deal.seller_id, deal.buyer_id),
        brokers=_brokers(deal.listing, deal.buyer_id),
    )


def _brokers(listing: Listing, other_id: int, page: str = "") -> dict[int, str]:
    """Who acts for the seller or the other side in this matter today, with the page to act on."""
    return {
        mandate.broker_id: f"/workbench/mandates/{mandate.reference}{page}"
        for mandate in mandates.for_trade(
            seller_id=listing.seller_id,
            buyer_id=other_id,
            asset_ids=[asset.id for asset in listing.assets],
            kinds={asset.kind.value for asset in listing.assets},
        )
        if mandate.is_in_force
    }


def _evidence(evidence: Evidence) -> Subject:
    about = _deal(evidence.deal)
    return Subject(about.label, about.path, "/console/evidence", about.organisations)


def _dispute(dispute: Dispute) -> Subject:
    about = _deal(dispute.deal)
    path = f"/workbench/deals/{dispute.deal.reference}/disputes"
    return replace(about, path=path, console_path=f"/console/disputes/{dispute.id}")


def _recordal(recordal: Recordal) -> Subject:
    about = _deal(recordal.deal)
    day = recordal.next_day
    until = f" {day.isoformat()}" if day else ""
    path = f"/workbench/recordals/{recordal.reference}"
    label = f"{recordal.reference} {recordal.deal.listing.title}{until}"
    return Subject(label, path, path, about.organisations)


def _instalment(line: Instalment) -> Subject:
    about = _deal(line.deal)
    day = line.due_on or line.latest_on
    until = f" {day.isoformat()}" if day else ""
    path = f"/workbench/deals/{line.deal.reference}/instalments"
    label = f"{line.deal.reference} {line.deal.listing.title} #{line.number}{until}"
    return Subject(label, path, path, about.organisations)


def _settled(record: Any, *organisations: int) -> Subject:
    """Something around the settlement of a deal: told to both parties, or to those who are named."""
    deal = record.deal
    path = f"/workbench/deals/{deal.reference}/money"
    told = organisations or (deal.seller_id, deal.buyer_id)
    return Subject(f"{deal.reference} {deal.listing.title}", path, path, told)


def _money(record: Payment | Payout) -> Subject:
    if record.subject_kind == "hold":
        auction = db.session.get_one(Hold, record.subject_id).auction
        return replace(_auction(auction), console_path="/console/money", organisations=())
    deal = db.session.get(Deal, record.subject_id) if record.subject_kind == "deal" else None
    if deal is None:
        return Subject("", "/workbench", "/console/money")
    about = _deal(deal)
    return Subject(about.label, about.path, "/console/money", _whose_money(record, deal))


def _whose_money(record: Payment | Payout, deal: Deal) -> tuple[int, ...]:
    """Of the price both parties are told; of what one side owes besides, that side alone."""
    parties = (deal.seller_id, deal.buyer_id)
    if isinstance(record, Payment):
        return parties if record.account == deal.escrow_account else (record.payer_id,)
    if record.purpose.startswith("brokerage"):
        return tuple(dict.fromkeys((deal.buyer_id, record.payee_id)))
    return parties


def _offer(offer: Offer) -> Subject:
    return Subject(
        f"{offer.reference} {offer.listing.title}",
        f"/workbench/offers/{offer.reference}",
        organisations=(offer.listing.seller_id, offer.buyer_id),
        brokers=_brokers(offer.listing, offer.buyer_id, f"/offers/{offer.reference}"),
    )


def _approval(approval: Approval) -> Subject:
    return replace(_offer(approval.offer), organisations=(approval.organisation_id,))


def _enquiry(enquiry: Enquiry) -> Subject:
    return Subject(
        enquiry.listing.title,
        f"/workbench/enquiries/{enquiry.id}",
        organisations=(enquiry.listing.seller_id, enquiry.asker_id),
        brokers=_brokers(enquiry.listing, enquiry.asker_id, f"/enquiries/{enquiry.id}"),
    )


def _listing(listing: Listing) -> Subject:
    return Subject(
        f"{listing.reference} {listing.title}",
        f"/workbench/listings/{listing.reference}",
        f"/console/listings/{listing.reference}",
        (listing.seller_id,),
        public_path=f"/listings/{listing.reference}",
        brokers=_brokers(listing, 0),
    )


def _asset(asset: Asset, console: str = "/console/titles") -> Subject:
    return Subject(
        f"{asset.number} {asset.title}".strip(),
        f"/workbench/assets/{asset.reference}",
        console,
        (asset.keeper_id,),
    )


def _pledge(pledge: Pledge) -> Subject:
    about = _asset(pledge.asset, "/console/pledges")
    lender = (pledge.lender_id,) if pledge.lender_id else ()
    return Subject(about.label, about.path, about.console_path, about.organisations + lender)


def _certificate(certificate: FreeToDealCertificate) -> Subject:
    about = _asset(certificate.asset)
    path = f"/certificates/{certificate.code}"
    return Subject(about.label, path, path, (certificate.organisation_id,))


def _notice(notice: Notice) -> Subject:
    told = [notice.organisation_id]
    if notice.subject_kind == "deal":
        deal = db.session.get_one(Deal, notice.subject_id)
        told += [deal.seller_id, deal.buyer_id]
    return Subject(
        f"{notice.reference} {notice.title}",
        f"/notices/{notice.reference}",
        f"/notices/{notice.reference}",
        tuple(dict.fromkeys(told)),
    )


def _objection(objection: Objection) -> Subject:
    """Told to the publisher and to whoever objected; not to the other party, nor who it was."""
    about = _notice(objection.notice)
    users = (objection.user_id,) if objection.user_id else ()
    return Subject(
        about.label, about.path, about.console_path, (objection.notice.organisation_id,), users
    )


def _filing(filing: Filing) -> Subject:
    return Subject(
        f"{filing.reference} {filing.title}",
        f"/workbench/filings/{filing.reference}",
        f"/authority/filings/{filing.reference}",
        (filing.organisation_id,),
    )


def _licence(licence: Licence) -> Subject:
    about = _entry(licence.asset, f"licences/{licence.id}")
    return _with(about, licence.licensee_id)


def _burden(burden: Burden) -> Subject:
    about = _entry(burden.asset, f"burdens/{burden.id}")
    return _with(about, burden.holder_id)


def _consent(consent: Consent) -> Subject:
    return _with(_entry(consent.asset, f"consents/{consent.id}"), consent.party_id)


def _entry(asset: Asset, page: str) -> Subject:
    about = _asset(asset)
    return Subject(about.label, f"/workbench/{page}", f"/console/{page}", about.organisations)


def _with(about: Subject, organisation_id: int | None) -> Subject:
    """Those concerned, and one more where it is with us."""
    if organisation_id is None or organisation_id in about.organisations:
        return about
    return replace(about, organisations=(*about.organisations, organisation_id))


def _payee_account(account: PayeeAccount) -> Subject:
    return Subject(
        account.organisation.name,
        "/workbench/organisation/payout-account",
        f"/console/money/cards/accounts/{account.id}",
        (account.organisation_id,),
    )


def _organisation(organisation: Organisation) -> Subject:
    return Subject(
        organisation.name,
        "/workbench/organisation",
        f"/console/organisations/{organisation.id}",
        (organisation.id,),
    )


def _grant(grant: CapabilityGrant) -> Subject:
    return Subject(
        grant.organisation.name,
        "/workbench/organisation/capabilities",
        "/console/capabilities",
        (grant.organisation_id,),
    )


def _membership(membership: Membership) -> Subject:
    return Subject(
        f"{membership.organisation.name} · {membership.user.name}",
        "/workbench/organisation/members",
        f"/console/organisations/{membership.organisation_id}",
        (membership.organisation_id,),
        (membership.user_id,),
    )


def _user(user: User) -> Subject:
    return Subject(user.name, "/account/security", "/console/users", users=(user.id,))


def _saved_search(saved: SavedSearch) -> Subject:
    return Subject(saved.name, f"/search?{saved.query}", users=(saved.user_id,))


def _invitation(invitation: Invitation) -> Subject:
    invited = db.session.scalar(select(User.id).where(User.email == invitation.email))
    return Subject(
        invitation.organisation.name, "/account/organisations", users=(invited,) if invited else ()
    )


def _import(batch: ImportBatch) -> Subject:
    return Subject(
        batch.document.filename,
        f"/workbench/imports/{batch.id}",
        users=(batch.user_id,) if batch.user_id else (),
    )


def _listing_evidence(evidence: ListingEvidence) -> Subject:
    about = _listing(evidence.listing)
    return Subject(about.label, about.path, "/console/evidence", about.organisations)


def _task(task: Task) -> Subject:
    day = f" {task.due_on.isoformat()}" if task.due_on else ""
    return Subject(
        f"{task.reference} {task.title}{day}",
        f"/workbench/deals/{task.reference}/checklist",
        f"/console/deals/{task.reference}",
        (task.organisation_id,) if task.organisation_id else (),
    )


def _waiver(waiver: Waiver) -> Subject:
    deal = db.session.get(Deal, waiver.subject_id) if waiver.subject_kind == "deal" else None
    if deal is None:
        return Subject("", "/workbench", "/console/waivers")
    about = _deal(deal)
    return Subject(about.label, about.path, "/console/waivers", about.organisations)


def _order(order: Order) -> Subject:
    """For the exchange's people only."""
    label = f"{order.auction.reference} {order.auction.listing.title}"
    return Subject(label, "/workbench", f"/console/auction-control/orders/{order.id}")


def _auction(auction: Auction) -> Subject:
    """For the seller; bidders are told of what is theirs, each alone."""
    return Subject(
        f"{auction.reference} {auction.listing.title}",
        f"/auctions/{auction.reference}",
        f"/console/auction-control/{auction.reference}",
        (auction.seller_id,),
    )


def _bidder(participant: Participant) -> Subject:
    """For this bidder only."""
    told = (participant.organisation_id,)
    about = _auction(participant.auction)
    return replace(about, console_path="/console/auction-desk", organisations=told)


def _juror(juror: Juror) -> Subject:
    """For the juror: named in the event; the organisation need not know."""
    about = _auction(juror.auction)
    return Subject(
        about.label,
        f"/workbench/juries/{juror.id}",
        f"/console/auction-juries/{juror.auction.reference}",
    )


def _auction_letter(letter: AuctionLetter) -> Subject:
    """For one person; the moment that it speaks of is in the label."""
    about = _auction(letter.auction)
    moment = letter.moment and letter.moment.astimezone(clock.BEIJING)
    told = f" {moment:%Y-%m-%d %H:%M} (UTC+8)" if moment else ""
    return replace(about, label=about.label + told, organisations=(), users=(letter.user_id,))


def _priority(right: PriorityHolder) -> Subject:
    """For its holder."""
    auction = right.auction
    return Subject(
        f"{auction.reference} {auction.listing.title}",
        f"/workbench/priority-rights/{right.id}",
        f"/console/auction-control/{auction.reference}",
        (right.holder_id,) if right.holder_id else (),
    )


def _room(room: Room) -> Subject:
    return Subject(
        f"{room.reference} {room.listing.title}",
        f"/workbench/rooms/{room.reference}",
        f"/rooms/{room.reference}",
        (room.seller_id,),
        public_path=f"/rooms/{room.reference}",
    )


def _admission(admission: Admission) -> Subject:
    """For the seller, and for the person: colleagues need not know."""
    about = _room(admission.room)
    return replace(
        about, path=f"{about.path}/people", users=(admission.user_id,),
    )  # fmt: skip


def _room_invitation(invitation: RoomInvitation) -> Subject:
    about = _room(invitation.room)
    return replace(about, path=about.console_path, organisations=(invitation.organisation_id,))


def _signing_request(request: RoomSigningRequest) -> Subject:
    about = _room(request.room)
    return replace(about, path=about.console_path, organisations=(request.organisation_id,))


def _room_question(question: RoomQuestion) -> Subject:
    """For the seller and the asker; an answer to all also for everybody who is in."""
    about = _room(question.room)
    others = rooms.people_in(question.room) if question.shared else []
    users = tuple(dict.fromkeys([question.user_id, *others]))
    return replace(about, path=f"{about.console_path}/questions", public_path="", users=users)


def _credential(credential: Credential) -> Subject:
    return Subject(
        credential.number,
        "/workbench/broker",
        "/console/brokers",
        (credential.organisation_id,),
    )


def _mandate(mandate: Mandate) -> Subject:
    return Subject(
        mandate.reference,
        f"/workbench/mandates/{mandate.reference}",
        organisations=(mandate.principal_id, mandate.broker_id),
    )


def _introduction(introduction: Introduction) -> Subject:
    mandate = introduction.mandate
    return Subject(
        f"{introduction.listing_reference} {mandate.reference}",
        "/workbench/introductions",
        "/console/brokers/objections",
        (mandate.principal_id, mandate.broker_id, introduction.party_id),
    )


def _commission(claim: Commission) -> Subject:
    sharing = (one.organisation_id for one in claim.contributions)
    told = (claim.payer_id, claim.mandate.principal_id, claim.mandate.broker_id, *sharing)
    return Subject(
        f"{claim.deal_reference} {claim.mandate.reference}",
        f"/workbench/commissions/{claim.id}",
        organisations=tuple(dict.fromkeys(told)),
    )


def _conflict(conflict: Conflict) -> Subject:
    return Subject(
        conflict.listing_reference,
        "/workbench/conflicts",
        organisations=(conflict.broker_id, conflict.seller_id, conflict.buyer_id),
    )


def _invoice(invoice: Invoice) -> Subject:
    return Subject(
        f"{invoice.reference} {invoice.title}",
        f"/workbench/money/invoices/{invoice.reference}",
        f"/console/money/invoices/{invoice.reference}",
        (invoice.organisation_id,),
    )


def _royalty(record: RoyaltyStatement | RoyaltyAudit) -> Subject:
    deal = record.deal
    path = "/workbench/royalties"
    if isinstance(record, RoyaltyStatement):
        path = f"{path}/{record.reference}"
    return Subject(
        f"{deal.reference} {deal.listing.title}",
        path,
        f"/console/deals/{deal.reference}",
        (deal.seller_id, deal.buyer_id),
    )


def _rating(rating: Rating) -> Subject:
    """For the broker; the one who wrote it reads it at the deal."""
    return Subject(
        rating.deal.reference,
        "/workbench/broker/ratings",
        "/console/ratings",
        (rating.broker_id,),
        brokers={rating.rater_id: f"/workbench/deals/{rating.deal.reference}#ratings"},
    )


def _complaint(complaint: Complaint) -> Subject:
    """Until the exchange has accepted it the broker is not told."""
    sides = [complaint.complainant_id]
    if complaint.answer_by is not None:
        sides.append(complaint.broker_id)
    return Subject(
        complaint.reference,
        f"/workbench/complaints/{complaint.reference}",
        f"/console/complaints/{complaint.reference}",
        tuple(sides),
    )


def _sanction(sanction: Sanction) -> Subject:
    return Subject(
        sanction.reference,
        "/workbench/broker/grade",
        f"/authority/sanctions/{sanction.reference}",
        (sanction.broker_id,),
    )


def _case(case: GradeCase) -> Subject:
    return Subject(
        case.reference,
        "/workbench/broker/grade",
        f"/console/grade-cases/{case.reference}",
        (case.broker_id,),
    )


def _open_statement(statement: OpenStatement) -> Subject:
    """The owner; once it is withdrawn, who took a licence under it too, with the page of the deal."""
    about = Subject(
        f"{statement.reference} {statement.asset.title}",
        f"/workbench/open-licences/{statement.reference}",
        f"/workbench/open-licences/{statement.reference}",
        (statement.owner_id,),
    )
    if statement.state not in {StatementState.WITHDRAWING, StatementState.WITHDRAWN}:
        return about
    takers = {
        d.buyer_id: f"/workbench/deals/{d.reference}" for d in statements.licensees(statement)
    }
    return replace(about, brokers=takers)


KINDS: dict[str, tuple[type, Callable[[Any], Subject]]] = {
    "deal": (Deal, _deal),
    "evidence": (Evidence, _evidence),
    "dispute": (Dispute, _dispute),
    "recordal": (Recordal, _recordal),
    "instalment": (Instalment, _instalment),
    "withheld_tax": (WithheldTax, _settled),
    "repayment": (Repayment, _settled),
    "receivable": (Receivable, lambda one: _settled(one, one.debtor_id)),
    "payoff_letter": (PayoffLetter, lambda one: _settled(one, one.deal.seller_id)),
    "deposit_payment": (DepositPayment, lambda one: _settled(one, one.deal.seller_id)),
    "reward_plan": (RewardPlan, lambda one: _settled(one, one.deal.seller_id)),
    "listing_evidence": (ListingEvidence, _listing_evidence),
    "task": (Task, _task),
    "waiver": (Waiver, _waiver),
    "payment": (Payment, _money),
    "payout": (Payout, _money),
    "invoice": (Invoice, _invoice),
    "royalty_statement": (RoyaltyStatement, _royalty),
    "royalty_audit": (RoyaltyAudit, _royalty),
    "offer": (Offer, _offer),
    "offer_approval": (Approval, _approval),
    "open_statement": (OpenStatement, _open_statement),
    "standing_offer": (StandingOffer, lambda s: _listing(s.listing)),
    "enquiry": (Enquiry, _enquiry),
    "listing": (Listing, _listing),
    "asset": (Asset, _asset),
    "title_verification": (TitleVerification, lambda v: _asset(v.asset)),
    "valuation_report": (ValuationReport, lambda r: _asset(r.asset, "/console/valuations")),
    "legal_event": (LegalEvent, lambda e: _asset(e.asset, "/console/legal-events")),
    "pledge": (Pledge, _pledge),
    "free_to_deal": (FreeToDealCertificate, _certificate),
    "notice": (Notice, _notice),
    "objection": (Objection, _objection),
    "filing": (Filing, _filing),
    "licence": (Licence, _licence),
    "burden": (Burden, _burden),
    "consent": (Consent, _consent),
    "auction": (Auction, _auction),
    "auction_letter": (AuctionLetter, _auction_letter),
    "broker_credential": (Credential, _credential),
    "mandate": (Mandate, _mandate),
    "introduction": (Introduction, _introduction),
    "broker_rating": (Rating, _rating),
    "complaint": (Complaint, _complaint),
    "sanction": (Sanction, _sanction),
    "grade_case": (GradeCase, _case),
    "broker_commission": (Commission, _commission),
    "broker_conflict": (Conflict, _conflict),
    "participant": (Participant, _bidder),
    "hold": (Hold, lambda hold: _bidder(hold.participant)),
    "auction_priority": (PriorityHolder, _priority),
    "auction_juror": (Juror, _juror),
    "auction_order": (Order, _order),
    "room": (Room, _room),
    "room_admission": (Admission, _admission),
    "room_invitation": (RoomInvitation, _room_invitation),
    "room_signing_request": (RoomSigningRequest, _signing_request),
    "room_question": (RoomQuestion, _room_question),
    "organisation": (Organisation, _organisation),
    "payee_account": (PayeeAccount, _payee_account),
    "capability_grant": (CapabilityGrant, _grant),
    "membership": (Membership, _membership),
    "user": (User, _user),
    "saved_search": (SavedSearch, _saved_search),
    "invitation": (Invitation, _invitation),
    "import_batch": (ImportBatch, _import),
}


def subject_of(event: Event) -> Subject | None:
    """What the event is about; None where nobody is told of such things."""
    if event.subject_kind not in KINDS:
        return None
    model, describe = KINDS[event.subject_kind]
    record = db.session.get(model, event.subject_id)
    return None if record is None else describe(record)
