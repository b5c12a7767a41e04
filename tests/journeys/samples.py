"""A page of the demonstration for every address of the site: who opens it, and where."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, url_for
from sqlalchemy import select

from marketplace.assets.bundle import Priority
from marketplace.assets.models import (
    PATENTS,
    Asset,
    Burden,
    CertificateState,
    Consent,
    FreeToDealCertificate,
    ImportBatch,
    ImportState,
    LegalEvent,
    Licence,
    Pledge,
    TitleVerification,
)
from marketplace.auctions.engine.rules import Format
from marketplace.auctions.engine.state import Phase
from marketplace.auctions.models import (
    Alert,
    Auction,
    AuctionWatch,
    OrderKind,
    PriorityHolder,
)
from marketplace.auctions.queries import opening as opening_queries
from marketplace.auctions.services import controlling, opening
from marketplace.compliance.models import (
    Filing,
    FilingState,
    Notice,
    NoticeState,
    Objection,
    ObjectionState,
    Standing,
    Task,
    Waiver,
)
from marketplace.compliance.services import notices
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.policy import Actor
from marketplace.deals import queries as deal_queries
from marketplace.deals.models import (
    Deal,
    DealState,
    Dispute,
    Evidence,
    Instalment,
    RewardPlan,
    WithheldTax,
)
from marketplace.documents import services as documents
from marketplace.invoices.models import Invoice
from marketplace.listings import services as listings
from marketplace.listings.models import Listing, ListingEvidence, ListingState, PriceMode
from marketplace.mandates.models import Commission, Mandate, MandateAsset
from marketplace.negotiation.models import Clause, Enquiry, Offer, StandingOffer, TermSheet
from marketplace.notifications.models import Mail
from marketplace.open_licences import queries as open_licences
from marketplace.open_licences.models import OpenStatement
from marketplace.organisations import tokens
from marketplace.organisations.models import CapabilityGrant, Organisation, User
from marketplace.payments.models import (
    BankLine,
    BankStatement,
    CardAttempt,
    CardAttemptState,
    CardKind,
    PayeeAccount,
    PayeeAccountState,
    Payment,
    Payout,
    PayoutBatch,
    Receipt,
)
from marketplace.rooms.models import Room, RoomFile, RoomFolder
from marketplace.royalties import services as royalties
from marketplace.royalties.models import RoyaltyStatement
from marketplace.trust.models import Complaint, ComplaintState, GradeCase, Rating, Sanction
from marketplace.trust.queries import grades, ratings
from marketplace.valuation.models import ReportState, ValuationReport
from marketplace.web import asset_frame
from marketplace.web.help import PAGES
from tests import factories as a
from tests.auctions.auctioning import an_auction
from tests.journeys import tenders

VISITOR = ""
HOLDER, BUYER, BROKER, OPERATOR, REGULATOR = (
    f"{name}@demo.example" for name in ("tto", "buyer", "broker", "operator", "regulator")
)

LENDER = "bank@demo.example"

# Answers that are no pages of ours, and why.
NOT_PAGES = {
    "static": "a file",
    "rooms.agreement": "a file",
    "rooms.look": "a file",
    "icon_sprite": "a drawing",
    "documents.download": "a file",
    "deals.contract": "a file",
    "mandate_work.offer_file": "a file",
    "open_licences.paper": "a file",
    "deals.payment": "a file",
    "deals.instalments_table": "a file",
    "deals.statement_table": "a file",
    "deals.statement_paper": "a file",
    "deals.rewards_table": "a file",
    "own_money.statement_table": "a file",
    "own_money.statement_paper": "a file",
    "tasks.calendar": "a file",
    "recordals.calendar": "a file",
    "recordals.pack": "a file",
    "deals.registration_pack": "a file",
    "notices.feed": "for machines",
    "certificates.paper": "a file",
    "console_batches.file": "a file",
    "console_cards.raw": "for machines",
    "sandbox.checkout": "stands for another site, only in a demonstration",
    "sandbox.account": "stands for another site, only in a demonstration",
    "payout_account.onboarding": "sends on",
    "certificates.content": "a file",
    "signatures.root": "a file",
    "signatures.revoked": "a file",
    "imports.template": "a file",
    "asset_upkeep.calendar": "a file",
    "asset_upkeep.calendar_of": "a file",
    "legal_events.template": "a file",
    "search.suggestions": "data for the script",
    "certificates.short": "sends on",
    "inbox.open_one": "sends on",
    "auction_room.state": "data for the script",
    "auction_room.events": "data for the script",
    "auction_room.receipt": "a file",
    "auction_proof.bundle": "a file",
    "auction_watch.appointment": "a file",
    "auction_feed.feed": "a stream",
    "auction_log.checkpoint": "a file",
    "auction_log.proof": "a file",
    "auction_log.consistency": "a file",
    "auction_log.tile": "a file",
    "discovery.robots": "for machines",
    "discovery.sitemap": "for machines",
    "discovery.manifest": "for machines",
    "discovery.favicon": "sends on",
    "kit.show": "in development only; test_frame_browser walks it",
    "people.sign_in_code": "between two steps; test_pages walks there",
    "account.second_factor_off": "with a second factor only; test_pages walks there",
}


@dataclass(frozen=True)
class Sample:
    """An endpoint of a visitor or a person of the demonstration, and the address that is opened."""

    endpoint: str
    who: str
    path: str


def samples(app: Flask) -> list[Sample]:
    """At least one for each page; what the demonstration lacks is put on record first."""
    with app.app_context(), app.test_request_context():
        return [
            *_plain(),
            *_public(),
            *_links(),
            *_rooms(),
            *_members(),
            *_brokered(),
            *_trusted(),
            *_staff(),
            *_overseen(),
            *_controlled(),
            *_auctions(),
            *_tenders(),
        ]


def _at(who: str, endpoint: str, **values: Any) -> Sample:
    return Sample(endpoint, who, url_for(endpoint, **values))


def _first(model: Any, *where: Any) -> Any:
    found = db.session.scalar(select(model).where(*where).order_by(model.id).limit(1))
    assert found is not None, f"the demonstration has no such {model.__name__}"
    return found


def _of(email: str) -> Organisation:
    person = _first(User, User.email == email)
    return person.memberships[0].organisation


def _sheet_of(keeper: Organisation) -> TermSheet:
    return _first(TermSheet, TermSheet.organisation_id == keeper.id)


def _invoice_of(email: str) -> Invoice:
    return _first(Invoice, Invoice.organisation_id == _of(email).id)


def _statement_of(email: str) -> RoyaltyStatement:
    """A quarter that is over and not reported: the worker's first look opens it."""
    with transaction():
        royalties.open_due()
    number = _of(email).id
    mine = RoyaltyStatement.deal.has((Deal.seller_id == number) | (Deal.buyer_id == number))
    return _first(RoyaltyStatement, mine)


def _open_licences(holder: Organisation) -> list[Sample]:
    """A statement being drawn up, one that firms have taken, one withdrawn."""
    draft = _first(OpenStatement, OpenStatement.owner_id == holder.id)
    stated = _first(OpenStatement, OpenStatement.state == "published")
    ended = _first(OpenStatement, OpenStatement.state == "withdrawn")
    [taken, *_] = open_licences.licensees(stated)
    listing = taken.listing.reference
    return [
        *(
            _at(HOLDER, f"open_licences.{page}", reference=draft.reference)
            for page in ("show", "edit", "answer")
        ),
        *(_at(BUYER, "open_licences.show", reference=one.reference) for one in (stated, ended)),
        _at(BUYER, "deals.show", reference=taken.reference),
        _at(HOLDER, "listings.show", reference=listing),
        _at(HOLDER, "standing.take", reference=listing),
    ]


def _open_licences_for_another(broker: Organisation, held: Mandate) -> list[Sample]:
    """A broker states one for a seller, and takes one for a buyer."""
    buying = _first(
        Mandate, Mandate.broker_id == broker.id, Mandate.state == "in_force", Mandate.side == "buy"
    )
    stated = _first(OpenStatement, OpenStatement.state == "published")
    [taken, *_] = open_licences.licensees(stated)
    patent = next(one for one in held.assets if one.kind in PATENTS)
    selling = {"mandates": held.reference}
    return [
        _at(BROKER, "mandate_licences.index", **selling),
        _at(BROKER, "mandate_licences.state", asset=patent.reference, **selling),
        _at(
            BROKER,
            "mandate_licences.take",
            mandates=buying.reference,
            listing=taken.listing.reference,
        ),
    ]


def _plain() -> list[Sample]:
    """Pages that need no record."""
    by_who = {
        VISITOR: """brokers.index fees.index kinds.index home.index home.cities search.results search.compare help.index
            open_offers.index
            rules.index rules.laws rules.between brokers.grading_rules
            notices.index certificates.index signatures.verify
            people.sign_in people.sign_up people.signed_up people.reset""",
        HOLDER: """workbench.index assets.index assets.new imports.index imports.new
            legal_events.import_events
            asset_certificates.index
            my_listings.index listing_wizard.new listing_batches.batch enquiries.index offers.index rooms.index
            deals.index recordals.index payoffs.index royalties.index royalties.licences
            complaints.index complaints.new outcomes.index
            open_licences.index open_licences.new
            own_money.index invoices.index invoices.new
            tasks.index inbox.index search.watchlist search.saved organisation.profile
            organisation.members organisation.capabilities organisation.edit organisation.bank
            organisation.identity account.profile account.security account.sessions
            account.organisations account.new_organisation account.second_factor_setup
            account.recovery_codes asset_upkeep.index burdens.consents filings.index""",
        BUYER: "payout_account.show",
        BROKER: """broker_office.credentials broker_office.profile broker_office.board
            broker_office.introductions broker_office.commissions broker_office.conflicts
            mandates.index mandates.new ratings.index broker_grade.show complaints.index""",
        REGULATOR: """authority.index authority.deals authority.listings authority.objections
            authority.findings authority.intermediaries authority_desk.index authority_recordals.index
            authority_trust.ranking authority_trust.all_sanctions authority_trust.all_complaints""",
        OPERATOR: """console.index console_audit.index console_people.applications
            console_people.organisations console_people.users console_assets.titles
            console_assets.reports console_assets.pledges console_legal.index console_burdens.licences
            console_burdens.burdens console_burdens.consents console_listings.index
            console_tasks.index console_tasks.waivers console_certificates.index console_deals.index
            console_disputes.index console_deals.evidence console_recordals.index
            console_mail.index console_money.index
            console_money.accounts console_own_book.receivables console_money.journal console_money.check
            console_money.payouts console_money.receipts console_money.new_receipt
            console_brokers.index console_brokers.objections console_complaints.index
            console_grade_cases.index console_ratings.index
            console_bank.index console_own_book.index console_invoices.index console_bank.lines
            console_batches.index
            console_cards.index console_cards.notices console_cards.entries console_cards.accounts""",
    }
    return [_at(who, endpoint) for who, names in by_who.items() for endpoint in names.split()]


def _public() -> list[Sample]:
    closed = Deal.listing.has(Listing.state == ListingState.CLOSED)
    sold = _first(Deal, Deal.state == DealState.CLOSED, closed)
    return [
        *(_at(VISITOR, "help.page", page=page.name) for page in PAGES),
        _at(VISITOR, "rules.show", rule_id="tm-similar-marks-together"),
        _at(VISITOR, "rules.show", rule_id="patent-pledge-refusal"),
        _at(VISITOR, "rules.index", q="zzzzqqqq"),
        _at(VISITOR, "kinds.show", kind="trademark"),
        _at(VISITOR, "kinds.show", kind="gi_product"),
        _at(VISITOR, "fees.index", price="12,000,000"),
        _at(VISITOR, "search.results", q="脑机接口", kind="invention"),
        _at(VISITOR, "search.results", q="zzzzqqqq"),
        _at(VISITOR, "listings.show", reference=_in(ListingState.PUBLISHED).reference),
        _at(VISITOR, "listings.show", reference=_in(ListingState.RESERVED).reference),
        _at(VISITOR, "listings.show", reference=sold.listing.reference),
        _at(VISITOR, "organisations.show", slug=sold.seller.slug),
        _at(VISITOR, "certificates.verify", code=sold.verification_code),
        *(_at(VISITOR, "certificates.verify", code=each.code) for each in _certificates()),
        _at(VISITOR, "can_i.listed", reference=_in(ListingState.PUBLISHED).reference),
        _at(
            VISITOR,
            "can_i.listed",
            reference=_in(ListingState.PUBLISHED).reference,
            act="licence",
            grant="exclusive",
            territory=["CN", "HK"],
        ),
        Sample("", VISITOR, "/nothing-here"),
    ]


def _certificates() -> list[FreeToDealCertificate]:
    """One in each state."""
    return [
        _first(FreeToDealCertificate, FreeToDealCertificate.state == state)
        for state in CertificateState
    ]


def _rooms() -> list[Sample]:
    """The room of the demonstration, from both sides; its door for one who is not in."""
    room = _first(Room)
    at, folder = room.reference, _first(RoomFolder, RoomFolder.room_id == room.id)
    file = _first(RoomFile, RoomFile.folder_id == folder.id)
    return [
        *(
            _at(HOLDER, f"rooms.{page}", reference=at)
            for page in ("manage", "people", "settings", "questions", "log")
        ),
        _at(HOLDER, "rooms.folder", reference=at, folder_id=folder.id),
        _at(HOLDER, "rooms.file", reference=at, file_id=file.id),
        *(_at(BUYER, f"rooms.{page}", reference=at) for page in ("show", "questions", "log")),
        _at("brand@demo.example", "rooms.show", reference=at),
    ]


def _links() -> list[Sample]:
    """What mailed links open."""
    with transaction():
        new, sent = a.user(confirmed_at=None), a.invitation(_of(HOLDER))
    return [
        _at(VISITOR, "people.confirm", token=tokens.confirmation(new)),
        _at(VISITOR, "people.reset_with", token=tokens.reset(new)),
        _at(VISITOR, "people.invitation", token=tokens.invitation(sent)),
        Sample("people.stop_mail", VISITOR, urlsplit(tokens.stop_mail_address(new)).path),
    ]


def _in(state: ListingState, of: Organisation | None = None) -> Listing:
    where = [Listing.seller_id == of.id] if of else []
    return _first(Listing, Listing.state == state, *where)


def _members() -> list[Sample]:
    holder, buyer = _of(HOLDER), _of(BUYER)
    foreign = _first(
        Listing, Listing.state == ListingState.PUBLISHED, Listing.seller_id != buyer.id
    )
    asset = _first(Asset, Asset.keeper_id == holder.id)
    draft = _in(ListingState.DRAFT, holder)
    to_answer = _first(Offer, Offer.state == "countered", Offer.buyer_id == buyer.id)
    asked = _first(Enquiry, Enquiry.listing.has(Listing.seller_id == holder.id))
    deals = [
        (HOLDER if deal.seller_id == holder.id else BUYER, deal)
        for state in DealState
        for deal in db.session.scalars(select(Deal).where(Deal.state == state).order_by(Deal.id))
        if holder.id == deal.seller_id or buyer.id == deal.buyer_id
    ]
    by_state = {deal.state: (who, deal) for who, deal in reversed(deals)}
    who, checking = by_state[DealState.CHECKLIST]
    return [
        *(_at(HOLDER, endpoint, reference=asset.reference) for _, endpoint, _ in asset_frame.TABS),
        _at(HOLDER, "assets.edit", reference=asset.reference),
        _at(HOLDER, "can_i.own", reference=asset.reference, act="pledge"),
        *(_at(HOLDER, "imports.show", batch_id=each.id) for each in _imports(holder)),
        _at(BUYER, "card_payments.show", awaited_id=_card().payment_id),
        _payee_account(),
        _at(HOLDER, "my_listings.show", reference=draft.reference),
        *(
            _at(HOLDER, "listing_wizard.edit", reference=draft.reference, step=step)
            for step in ("assets", "terms", "text", "check")
        ),
        _at(HOLDER, "listing_batches.batch_result", event_id=_batch(holder, asset)),
        _at(HOLDER, "listing_batches.bulk_result", event_id=_bulk(holder, draft)),
        _at(HOLDER, "asset_provenance.edit", reference=asset.reference),
        _of_asset(HOLDER, "asset_papers.report", "report_id", ValuationReport, holder),
        _of_asset(BUYER, "asset_papers.pledge", "pledge_id", Pledge, _of(BUYER)),
        *_registers(holder),
        _at(BUYER, "offers.show", reference=to_answer.reference),
        _at(HOLDER, "invoices.show", reference=_invoice_of(HOLDER).reference),
        _at(HOLDER, "royalties.show", reference=_statement_of(HOLDER).reference),
        *_open_licences(holder),
        _at(BUYER, "offers.counter", reference=to_answer.reference),
        _at(BUYER, "negotiating.compare", reference=to_answer.reference),
        _at(HOLDER, "term_sheets.index"),
        _at(HOLDER, "term_sheets.new", kind="licence"),
        _at(HOLDER, "term_sheets.show", sheet_id=_sheet_of(holder).id),
        _at(BUYER, "negotiating.rule"),
        *_clauses(buyer, to_answer),
        _at(HOLDER, "negotiating.table", reference=draft.reference),
        _at(HOLDER, "enquiries.show", enquiry_id=asked.id),
        _at(HOLDER, "organisation.apply", capability="broker"),
        _at(BUYER, "enquiries.new", reference=foreign.reference),
        _at(BUYER, "offers.new", reference=foreign.reference),
        _at(BUYER, "standing.take", reference=_standing(buyer).listing.reference),
        *(_at(w, "deals.show", reference=d.reference) for w, d in by_state.values()),
        *(_at(w, "deals.law", reference=d.reference) for w, d in by_state.values()),
        *(
            _at(w, "recordals.show", reference=d.recordals[0].reference)
            for w, d in by_state.values()
            if d.recordals
        ),
        *(_at(w, "deals.checklist", reference=d.reference) for w, d in by_state.values()),
        *(_at(w, "deals.disputes", reference=d.reference) for w, d in by_state.values()),
        *(
            _at(LENDER, "payoffs.enter", reference=deal.reference, pledge_id=pledge.id)
            for deal, pledge in deal_queries.pledged_deals(Actor(None, _of(LENDER).id))[:1]
        ),
        *(
            _at(BUYER, "deals.settlement", reference=one.deal.reference)
            for one in db.session.scalars(select(WithheldTax))
        ),
        *(
            _at(HOLDER, name, reference=one.deal.reference)
            for one in db.session.scalars(select(RewardPlan))
            for name in ("deals.settlement", "deals.rewards_of")
        ),
        *(
            _at(HOLDER, "deals.instalments", reference=one.deal.reference)
            for one in db.session.scalars(select(Instalment).where(Instalment.number == 1))
        ),
        _at(HOLDER, "tasks.show", task_id=_first(Task, Task.organisation_id == holder.id).id),
        _waiver_form(holder),
        _at(HOLDER, "listing_papers.index", reference=draft.reference),
        _at(who, "deals.answer", reference=checking.reference),
        _at(who, "deals.file_evidence", reference=checking.reference),
    ]


def _standing(buyer: Organisation) -> StandingOffer:
    """An offer to everyone that is not the buyer's own."""
    others = StandingOffer.listing.has(Listing.seller_id != buyer.id)
    return _first(StandingOffer, StandingOffer.state == "standing", others)


def _trusted() -> list[Sample]:
    """Brokers by grade; a complaint in each state for its sides, the exchange and the authority."""
    house = _of(BROKER)
    graded = [_first(Organisation, Organisation.name_en.startswith(name)) for name in
              ("Lingjie", "Zhongzhuan", "Haiyu")]  # fmt: skip
    found = [
        _first(Complaint, Complaint.state == state, *about)
        for state in ComplaintState
        for about in ([Complaint.broker_id == house.id], [])
        if db.session.scalar(select(Complaint.id).where(Complaint.state == state, *about).limit(1))
    ]
    found = list(dict.fromkeys(found))
    mine = [c for c in found if c.broker_id == house.id and c.answer_by is not None]
    filed = [c for c in found if c.complainant_id == _of(BUYER).id]
    item = grades.graded(house.id).entries[0].key
    deal = next(
        each
        for each in db.session.scalars(
            select(Deal).where(Deal.state == DealState.CLOSED, Deal.buyer_id == _of(HOLDER).id)
        )
        if house.id in ratings.brokers_of(each)
    )
    rated = _first(Rating).deal
    return [
        *(_at(VISITOR, "brokers.show", slug=one.slug) for one in (house, *graded)),
        _at(VISITOR, "brokers.index", grade="C", sort="grade"),
        _at(HOLDER, "ratings.rate", reference=deal.reference, slug=house.slug),
        _at(OPERATOR, "deals.show", reference=rated.reference),
        _at(BUYER, "complaints.new", broker=house.slug),
        *(_at(BUYER, "complaints.show", reference=c.reference) for c in filed),
        *(_at(BROKER, "complaints.show", reference=c.reference) for c in mine),
        _at(BROKER, "broker_grade.contest", item=item),
        *(_at(OPERATOR, "console_complaints.show", reference=c.reference) for c in found),
        *(
            _at(OPERATOR, "console_grade_cases.show", reference=one.reference)
            for one in db.session.scalars(select(GradeCase).order_by(GradeCase.id))
        ),
        _at(REGULATOR, "authority_trust.complaint", reference=found[0].reference),
        _at(REGULATOR, "authority_trust.impose", slug=house.slug),
        *(
            _at(REGULATOR, "authority_trust.sanction", reference=one.reference)
            for one in db.session.scalars(select(Sanction).order_by(Sanction.id))
        ),
    ]


def _clauses(keeper: Organisation, offer: Offer) -> list[Sample]:
    """A standard clause with fall-backs, and an offer to take one from."""
    clause = _first(Clause, Clause.organisation_id == keeper.id, Clause.term == "forum")
    terms = {"kind": "licence", "side": "buy", "term": "place"}
    return [
        _at(BUYER, "clauses.index"),
        _at(BUYER, "clauses.show", clause_id=clause.id),
        _at(BUYER, "clauses.new"),
        _at(BUYER, "clauses.new", **terms),
        _at(BUYER, "clauses.edit", clause_id=clause.id, stand=0),
        _at(BUYER, "clauses.edit", clause_id=clause.id, stand=1),
        _at(BUYER, "clauses.add", clause_id=clause.id),
        _at(BUYER, "clauses.from_offer", offers=offer.reference),
    ]


def _brokered() -> list[Sample]:
    """A mandate with an offer to answer, and what a closed deal earned."""
    broker = _of(BROKER)
    given = Mandate.principal_id == _of(HOLDER).id
    held = _first(Mandate, Mandate.broker_id == broker.id, Mandate.state == "in_force", given)
    at = {"mandates": held.reference}
    seller = held.principal_id
    asked = _first(Enquiry, Enquiry.listing.has(Listing.seller_id == seller))
    with transaction():
        held = _first(Mandate, Mandate.reference == at["mandates"])
        rights = {item.asset_id for item in held.items}
        rights |= {item.asset_id for item in _first(Enquiry, Enquiry.id == asked.id).listing.items}
        known = {item.asset_id for item in held.items}
        held.items += [MandateAsset(asset_id=each) for each in sorted(rights - known)]
    offers = select(Offer).join(Offer.listing).where(Listing.seller_id == seller)
    held = _first(Mandate, Mandate.reference == at["mandates"])
    mine = {item.asset_id for item in held.items}
    offer = next(
        each
        for each in db.session.scalars(offers.order_by(Offer.id))
        if {item.asset_id for item in each.listing.items} <= mine
    )
    return [
        _at(VISITOR, "brokers.show", slug=broker.slug),
        _at(BROKER, "mandates.show", reference=held.reference),
        _at(BROKER, "mandate_work.offer", offer=offer.reference, **at),
        _at(BROKER, "mandate_work.enquiry", enquiry_id=asked.id, **at),
        _at(BROKER, "mandate_work.list_right", **at),
        _at(BROKER, "mandate_work.make_offer", **at),
        _at(BROKER, "mandate_work.introduce", **at),
        *_open_licences_for_another(broker, held),
        _at(BROKER, "broker_office.commission", commission_id=_first(Commission).id),
    ]


def _waiver_form(holder: Organisation) -> Sample:
    waiting = Task.rule == "service-inventor-preemption"
    task = _first(Task, waiting, Task.state == "open", Task.organisation_id == holder.id)
    return _at(HOLDER, "deals.ask_waiver", reference=task.reference, rule=task.rule)


def _card() -> CardAttempt:
    """A payment page that waits for the buyer."""
    payment = _first(Payment, Payment.payer_id == _of(BUYER).id)
    with transaction():
        made = CardAttempt(
            payment_id=payment.id,
            number=1,
            kind=CardKind.CHECKOUT,
            provider="sandbox",
            key="k" * 64,
            amount_minor=payment.amount_minor,
            currency=payment.currency,
            session_number="cs_sandbox_sample",
            address="/sandbox/checkout/cs_sandbox_sample",
            asked_at=clock.now(),
            state=CardAttemptState.OPEN,
        )
        db.session.add(made)
    return made


def _payee_account() -> Sample:
    """The broker's account at the provider, of which details are due."""
    with transaction():
        db.session.add(
            PayeeAccount(
                organisation_id=_of(BROKER).id,
                number=1,
                provider="sandbox",
                key="a" * 64,
                country="CN",
                account_number="acct_sandbox_sample",
                due=["company.tax_id", "external_account"],
                asked_at=clock.now(),
                state=PayeeAccountState.INCOMPLETE,
            )
        )
    return _at(BROKER, "payout_account.show")


def _imports(holder: Organisation) -> list[ImportBatch]:
    """One to settle, one done with a row that was not taken, one that failed."""
    file = io.BytesIO("App. No.,Name of right\nCN109999999A,一种试验装置\nCN1,错号\n".encode())
    states: list[tuple[ImportState, dict[str, Any]]] = [
        (ImportState.UPLOADED, {"rows": 2}),
        (ImportState.DONE, {"rows": 2, "seen": 2, "created": 1, "rejected": 1}),
        (ImportState.FAILED, {"failure": "import.unreadable"}),
    ]
    with transaction():
        keeper = a.actor(holder)
        paper = documents.store(keeper, file, "portfolio.csv", purpose="import")
        common = {"organisation_id": holder.id, "user_id": keeper.user_id, "format": "csv"}
        batches = [
            ImportBatch(document=paper, state=state, mapping={}, **common, **more)
            for state, more in states
        ]
        db.session.add_all(batches)
    return batches


def _batch(holder: Organisation, asset: Asset) -> int:
    with transaction():
        line = listings.BatchLine(asset, a.terms())
        return listings.batch(a.actor(holder), [line], price_mode=PriceMode.POSTED).id


def _bulk(holder: Organisation, draft: Listing) -> int:
    with transaction():
        keeper = a.actor(holder)
        return listings.many(keeper, [draft], "reconfirm").id


def _overseen() -> list[Sample]:
    """Notices in every state, an objection's link, filings for both sides of the desk."""
    states = db.session.scalars(select(Notice.state).distinct()).all()
    running = _first(Notice, Notice.state == NoticeState.PUBLISHED)
    with transaction():
        asked = Objection(
            notice=running, name="甲", email="a@example.org", text="请说明定价依据。",
            state=ObjectionState.UNCONFIRMED,
        )  # fmt: skip
        db.session.add(asked)
    own = _first(Filing, Filing.organisation_id == _of(HOLDER).id)
    received = _first(Filing, Filing.state == FilingState.RECEIVED)
    standing = _first(Standing, Standing.subject_kind == "deal")
    return [
        *(
            _at(VISITOR, "notices.show", reference=_first(Notice, Notice.state == state).reference)
            for state in states
            if state is not NoticeState.DRAFT
        ),
        _at(VISITOR, "notices.object_to", reference=running.reference),
        _at(VISITOR, "notices.confirm", token=notices.confirmation(asked)),
        _at(HOLDER, "filings.show", reference=own.reference),
        _at(REGULATOR, "authority_desk.show", reference=received.reference),
        _at(REGULATOR, "authority.finding", rule=standing.rule),
    ]


def _registers(holder: Organisation) -> list[Sample]:
    """Burdens and consents of the keeper's rights, and the forms that declare them."""
    of_ours = {
        model: _first(model, model.asset.has(Asset.keeper_id == holder.id))
        for model in (Licence, Burden, Consent)
    }
    shared = of_ours[Consent].asset.reference
    return [
        _at(HOLDER, "burdens.licence", licence_id=of_ours[Licence].id),
        _at(HOLDER, "burdens.burden", burden_id=of_ours[Burden].id),
        _at(HOLDER, "burdens.consent", consent_id=of_ours[Consent].id),
        _at(HOLDER, "asset_burdens.show", reference=shared),
        _at(HOLDER, "asset_burdens.new_licence", reference=shared),
        _at(HOLDER, "asset_burdens.new_burden", reference=shared, burden_kind="coownership"),
        _at(HOLDER, "asset_burdens.ask", reference=shared, deed="sole"),
        _at(OPERATOR, "console_burdens.licence", licence_id=of_ours[Licence].id),
        _at(OPERATOR, "console_burdens.burden", burden_id=of_ours[Burden].id),
        _at(OPERATOR, "console_burdens.consent", consent_id=of_ours[Consent].id),
    ]


def _of_asset(who: str, endpoint: str, name: str, model: Any, keeper: Organisation) -> Sample:
    """The page of a paper of one of the keeper's rights."""
    found = _first(model, model.asset.has(Asset.keeper_id == keeper.id))
    return _at(who, endpoint, reference=found.asset.reference, **{name: found.id})


def _auctions() -> list[Sample]:
    """The demonstration's own auctions, one a stage and format, and the ways to plan another."""
    every = db.session.scalars(select(Auction).order_by(Auction.id))
    found = {(one.state, one.format): one for one in every}
    running, coming = (found[state, Format.ENGLISH] for state in (Phase.FREE, Phase.PUBLISHED))
    listing = _in(ListingState.PUBLISHED, _of(HOLDER))
    with transaction():
        watcher = _first(User, User.email == BUYER)
        watched = select(AuctionWatch.auction_id).where(AuctionWatch.user_id == watcher.id)
        known = set(db.session.scalars(watched))
        db.session.add_all(
            AuctionWatch(user_id=watcher.id, auction_id=one.id)
            for one in (running, coming)
            if one.id not in known
        )
        listing.price_mode = PriceMode.AUCTION
        draft = a.keep(
            Auction(
                reference="J-00099999",
                listing=listing,
                seller_id=listing.seller_id,
                format=running.format,
                rules_data=running.rules_data,
                opens_at=running.opens_at,
                ends_at=running.ends_at,
            )
        )
    rooms = [
        _at(who, "auction_room.show", reference=one.reference)
        for one in found.values()
        if one.published_at
        for who in (VISITOR, BUYER)
    ]
    return [
        *rooms,
        *(_at(VISITOR, "auction_list.index", stage=stage) for stage in ("now", "coming", "over")),
        _at(VISITOR, "auction_list.index", kind="invention", pmin="1", pmax="2"),
        _at(VISITOR, "auction_list.month"),
        _at(VISITOR, "auction_list.month", month="2030-01"),
        _at(VISITOR, "auction_list.results"),
        _at(VISITOR, "auction_proof.verify", reference=running.reference),
        _at(VISITOR, "auction_proof.verify", reference=coming.reference),
        _at(VISITOR, "auction_proof.verify_file"),
        _at(VISITOR, "auction_log.index"),
        _at(VISITOR, "auction_log.index", event="0" * 64),
        _at(BUYER, "auction_watch.index"),
        _at(HOLDER, "auction_watch.index"),
        _at(HOLDER, "my_auctions.index"),
        _at(BUYER, "my_auctions.index", side="bidding"),
        _at(HOLDER, "my_auctions.new", reference=listing.reference),
        _at(HOLDER, "my_auctions.check", reference=draft.reference),
        _at(HOLDER, "my_auctions.revise", reference=draft.reference),
        _at(OPERATOR, "auction_desk.index"),
    ]


def _controlled() -> list[Sample]:
    """An auction with a proposal about it, an alert and a holder; a sealed one with its key."""
    listing = _in(ListingState.PUBLISHED)
    with transaction():
        maker = a.actor(_of(OPERATOR))
    auction = an_auction(listing=listing)
    sealed = an_auction("sealed_first", opened=False, listing=listing, opening_key="0" * 64)
    with transaction():
        opening.make_keys(sealed)
        order = controlling.propose(
            maker, auction, OrderKind.SUSPEND, cause="court_order", reason="粤01执123号"
        )
    with transaction():
        right = a.keep(
            PriorityHolder(
                auction=auction,
                holder_id=_of(BUYER).id,
                holder_name=_of(BUYER).name,
                ground=Priority.COOWNER,
                rank=1,
            )
        )
    with transaction():
        alert = a.keep(
            Alert(
                auction=auction,
                kind="same_address",
                codes=["ABCDE", "FGHIJ"],
                facts={"shared": 1},
                fingerprint="0" * 64,
            )
        )
    by_kind = {share.kind.value: share.id for share in opening_queries.shares_of(sealed)}
    of = {"reference": auction.reference}
    page = "console_auction_control"
    return [
        _at(BUYER, "priority_rights.index"),
        _at(BUYER, "priority_rights.show", right_id=right.id),
        *(_at(who, "key_shares.index") for who in (HOLDER, OPERATOR, REGULATOR)),
        _at(OPERATOR, "key_shares.show", share_id=by_kind["exchange"]),
        _at(REGULATOR, "key_shares.show", share_id=by_kind["authority"]),
        _at(OPERATOR, "console_auction_alerts.index"),
        _at(OPERATOR, "console_auction_alerts.show", alert_id=alert.id),
        _at(OPERATOR, f"{page}.index"),
        _at(OPERATOR, f"{page}.show", **of),
        _at(OPERATOR, f"{page}.order", order_id=order.id),
        *(_at(OPERATOR, f"{page}.propose", **of, kind=kind.value) for kind in OrderKind),
    ]


def _tenders() -> list[Sample]:
    """Every page of a weighted tender, by who reads it."""
    listing = _in(ListingState.PUBLISHED, _of(HOLDER))
    made = tenders.tenders(listing, _of(BUYER), _first(User, User.email == OPERATOR))
    jury, rooms = "console_auction_juries", (made.open, made.judged, made.awarded)
    return [
        *(
            _at(who, "auction_room.show", reference=one.reference)
            for one in rooms
            for who in (VISITOR, BUYER)
        ),
        _at(VISITOR, "auction_proof.verify", reference=made.awarded.reference),
        *(_at(who, "juries.index") for who in (BUYER, OPERATOR)),
        _at(OPERATOR, "juries.show", juror_id=made.juror.id),
        _at(OPERATOR, "juries.show", juror_id=made.named.id),
        _at(OPERATOR, f"{jury}.index"),
        *(_at(OPERATOR, f"{jury}.show", reference=one.reference) for one in rooms),
        *(
            _at(who, "my_auctions.promised", reference=made.awarded.reference)
            for who in ((HOLDER, BUYER) if made.won else (HOLDER,))
        ),
    ]


def _staff() -> list[Sample]:
    exchange = _of(OPERATOR)
    with transaction():
        published = listings.publish_many(a.actor(exchange, "owner"), [_in(ListingState.SUBMITTED)])
        event_id = published.id
    deal = _first(Deal, Deal.state == DealState.CHECKLIST)
    with transaction():
        paper = Evidence(
            deal=deal, name="chain_of_title", document=a.document(), issuer="国家知识产权局（样例）",
            issued_on=date(2026, 11, 1), filed_by_id=deal.seller_id,
        )  # fmt: skip
        db.session.add(paper)
    records: list[tuple[str, str, Any, Callable[[Any], Any]]] = [
        ("console_people.application", "grant_id", _first(CapabilityGrant), lambda r: r.id),
        ("console_people.organisation", "organisation_id", _of(HOLDER), lambda r: r.id),
        ("console_people.correct", "organisation_id", _of(HOLDER), lambda r: r.id),
        ("console_people.user", "user_id", _first(User, User.email == HOLDER), lambda r: r.id),
        ("console_assets.title", "verification_id",
         _first(TitleVerification, TitleVerification.state == "requested"), lambda r: r.id),
        ("console_assets.report", "report_id",
         _first(ValuationReport, ValuationReport.state == ReportState.FILED), lambda r: r.id),
        ("console_assets.pledge", "pledge_id", _first(Pledge), lambda r: r.id),
        ("console_legal.show", "legal_event_id",
         _first(LegalEvent, LegalEvent.state == "declared"), lambda r: r.id),
        ("console_listings.show", "reference", _in(ListingState.SUBMITTED), lambda r: r.reference),
        ("console_deals.show", "reference", deal, lambda r: r.reference),
        ("console_listing_papers.decide", "paper_id", _first(ListingEvidence), lambda r: r.id),
        ("console_tasks.waiver", "waiver_id", _first(Waiver), lambda r: r.id),
        ("console_certificates.revoke", "code", _certificates()[0], lambda r: r.code),
        ("console_mail.show", "mail_id", _first(Mail), lambda r: r.id),
        ("console_money.receipt", "receipt_id", _first(Receipt), lambda r: r.id),
        ("console_money.payout", "payout_id", _first(Payout), lambda r: r.id),
        ("console_disputes.show", "dispute_id", _first(Dispute), lambda r: r.id),
        ("console_cards.attempt", "card_attempt_id", _first(CardAttempt), lambda r: r.id),
        ("console_cards.account", "payee_account_id",
         _first(PayeeAccount, PayeeAccount.state == "ready", PayeeAccount.confirmed_at.is_(None)),
         lambda r: r.id),
        ("console_batches.show", "reference", _first(PayoutBatch), lambda r: r.reference),
        ("console_invoices.show", "reference", _first(Invoice), lambda r: r.reference),
        ("console_bank.statement", "statement_id", _first(BankStatement), lambda r: r.id),
        ("console_bank.line", "line_id", _first(BankLine, BankLine.state == "unbooked"),
         lambda r: r.id),
    ]  # fmt: skip
    return [
        *(_at(OPERATOR, endpoint, **{name: of(r)}) for endpoint, name, r, of in records),
        _at(OPERATOR, "console_deals.decide_evidence", evidence_id=paper.id),
        _at(OPERATOR, "console_listings.published", event_id=event_id),
    ]
