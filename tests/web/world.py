"""A firm with something of everything, and the address of it for every page of the site."""

import re
from dataclasses import dataclass
from typing import Any

from werkzeug.routing import Rule

from marketplace.assets.bundle import Act, BurdenKind, Priority
from marketplace.assets.models import (
    Asset,
    Burden,
    Consent,
    EventSource,
    FeePayment,
    ImportBatch,
    LegalEvent,
    LegalEventState,
    Licence,
    TitleVerification,
    VerificationState,
)
from marketplace.auctions.engine.rules import Format
from marketplace.auctions.models import (
    Alert,
    Answer,
    Auction,
    Juror,
    KeyShare,
    Order,
    OrderKind,
    Participant,
    PriorityHolder,
    ShareHolder,
)
from marketplace.compliance.models import (
    Filing,
    FilingKind,
    Notice,
    NoticeKind,
    NoticeState,
    Objection,
    ObjectionState,
    Task,
    Waiver,
)
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.events import Event
from marketplace.deals.filings import prefilled
from marketplace.deals.models import Deal, Dispute, Instalment, Recordal
from marketplace.documents.models import Document
from marketplace.invoices.models import Invoice, InvoiceKind
from marketplace.listings.models import Listing, ListingEvidence, ListingState, SavedSearch
from marketplace.listings.terms import DealKind, Grant, Terms
from marketplace.listings.termsheet import Forum
from marketplace.mandates.models import (
    Commission,
    Conflict,
    Credential,
    CredentialKind,
    Introduction,
)
from marketplace.negotiation.models import (
    Approval,
    Clause,
    ClauseChange,
    ClauseSide,
    ClauseVersion,
    Enquiry,
    EnquiryMessage,
    TermSheet,
)
from marketplace.negotiation.positions import Position, Stand
from marketplace.notifications.models import Mail, Notification
from marketplace.open_licences.models import OpenStatement
from marketplace.organisations import tokens
from marketplace.organisations.models import Membership, Organisation, SignIn
from marketplace.payments import codes
from marketplace.payments.models import (
    BankLine,
    BankStatement,
    CardAttempt,
    CardPayout,
    PayeeAccount,
    Payment,
    Payout,
    PayoutBatch,
    ProviderEntry,
    ProviderNotice,
    Receipt,
)
from marketplace.rooms.models import (
    Admission,
    Room,
    RoomAgreement,
    RoomFile,
    RoomFileVersion,
    RoomFolder,
    RoomQuestion,
)
from marketplace.royalties.models import RoyaltyAudit, RoyaltyStatement
from marketplace.trust.models import (
    CaseKind,
    Complaint,
    ComplaintKind,
    GradeCase,
    RaterSide,
    Rating,
    Sanction,
    SanctionKind,
)
from tests import factories as a
from tests.auctions.auctioning import an_auction
from tests.deals import journey
from tests.mandates.mandating import in_force


@dataclass
class Firm:
    """Another firm, and a record of it for every kind of address."""

    organisation: Organisation
    values: dict[str, Any]

    def address(self, rule: Rule) -> str:
        """The rule's address with the firm's record in it."""
        values = {name: self._value(rule.rule, name) for name in rule.arguments}
        path = re.sub(r"<(?:[^:<>]+:)?([a-z_]+)>", lambda found: str(values[found[1]]), rule.rule)
        return re.sub(r"<any\([^)]*\):verb>", str(values.get("verb", "")), path)

    def _value(self, rule: str, name: str) -> Any:
        if name == "verb":
            return re.search(r"<any\((\w+)", rule).group(1)  # type: ignore[union-attr]
        if name == "reference":
            name = re.search(r"/([\w-]+)/<reference>", rule).group(1)  # type: ignore[union-attr]
        assert name in self.values, f"name a foreign record for <{name}> of {rule}"
        return self.values[name]


def found() -> Firm:
    """A firm with something of everything."""
    deal, who = journey.opened()
    evidence = journey.filed(deal, who.seller, "cnipa_transfer_registration")
    theirs = deal.seller
    owner = a.member(theirs, "owner")
    asset = a.asset(keeper=theirs)
    draft = a.listing(asset, seller=theirs, state=ListingState.DRAFT)
    enquiry = a.keep(Enquiry(listing=a.listing(seller=theirs), asker_id=a.organisation().id))
    a.keep(
        EnquiryMessage(
            enquiry_id=enquiry.id,
            organisation_id=enquiry.asker_id,
            user_id=owner.user_id,
            text="请问是否可以许可？",
        )
    )
    happened = a.keep(
        Event(
            kind="listing.batch",
            subject_kind="organisation",
            subject_id=theirs.id,
            user_id=owner.user_id,
            organisation_id=theirs.id,
            because="",
            facts={"lines": []},
        )
    )
    paper = a.document(organisation_id=theirs.id)
    title = a.keep(
        TitleVerification(
            asset=asset,
            extract_id=paper.id,
            extract_date=clock.today(),
            state=VerificationState.REQUESTED,
        )
    )
    mail = a.keep(
        Mail(
            key="letter:0",
            address="owner@example.org",
            locale="zh_Hans",
            subject="重设密码",
            body="https://…/reset/…",
        )
    )
    note = a.keep(
        Notification(event_id=happened.id, user_id=owner.user_id, organisation_id=theirs.id)
    )
    receipt = a.keep(
        Receipt(bank_reference="B1", payer_name="甲", received_on=clock.today(), amount_minor=100)
    )
    payout = a.keep(
        Payout(
            key="P1",
            subject_kind="deal",
            subject_id=deal.id,
            payee_id=theirs.id,
            account="escrow",
            purpose="release",
            amount_minor=100,
        )
    )
    dispute = a.keep(Dispute(deal_id=deal.id, raised_by_id=theirs.id, because="x"))
    line = _movement()
    batch = a.keep(ImportBatch(organisation_id=theirs.id, document_id=paper.id))
    payment = a.keep(
        FeePayment(
            asset=asset,
            what="annuity",
            number=7,
            paid_on=clock.today(),
            amount_minor=100,
            receipt_id=paper.id,
        )
    )
    declared = a.keep(
        LegalEvent(
            asset=asset,
            code="lapsed",
            happened_on=clock.today(),
            source=EventSource.KEEPER,
            natural_key="1",
            state=LegalEventState.DECLARED,
        )
    )
    notice, filing, objection = _public(deal)
    entries = {
        "licence_id": a.keep(
            Licence(asset=asset, licensee_name="甲公司", grant="exclusive", starts_on=clock.today())
        ),
        "burden_id": a.keep(
            Burden(asset=asset, kind=BurdenKind.INVALIDATION, starts_on=clock.today())
        ),
        "consent_id": a.keep(
            Consent(asset=asset, party_name="乙公司", code="coowner", act=Act.TRANSFER)
        ),
    }
    auctions = _auctions(theirs, draft)
    brokered = _brokered(theirs, asset, deal)
    card = _card(theirs)

    asked = _approval(theirs, owner.user_id)
    saved = a.keep(SavedSearch(user_id=owner.user_id, name="电池", query="q=电池"))
    return Firm(
        theirs,
        {
            "invoices": _invoice(theirs, owner).reference, "sheet_id": _sheet(theirs, owner.user_id).id,
            "open-licences": _open_licence(theirs, owner).reference,
            "asset": asset.reference, "deal": deal.reference,
            "royalties": _statement(deal).reference, "audit_id": _audit(deal).id,
            "notices": notice.reference, "filings": filing.reference, "objection_id": objection.id,
            "notice_kind": "agreed_price", "rule": "seed18-valuation-equity",
            "recordals": _recordal(deal),
            "payoffs": deal.reference,
            "line_number": a.keep(Instalment(deal=deal, number=1, amount_minor=100)).number,
            "deals": deal.reference, "listings": draft.reference, "assets": asset.reference,
            "clause_id": _clause(theirs, owner).id, "stand": 0,
            "offers": asked.offer.reference, "approval_id": asked.id, "compare": "L-1",
            "evidence_id": evidence.id, "enquiry_id": enquiry.id, "document_id": paper.id,
            "event_id": happened.id, "legal_event_id": declared.id, "verification_id": title.id, "mail_id": mail.id,
            "notification_id": note.id, "receipt_id": receipt.id, "dispute_id": dispute.id, "payout_id": payout.id,
            "awaited_id": card.payment_id, "card_attempt_id": card.id, "card_payout_id": card.refunds[0].id,
            "payee_account_id": _payee_account(theirs).id,
            "provider_entry_id": a.keep(_entry()).id, "notice_id": a.keep(_notice()).id,
            "provider": "sandbox", "number": "cs_sandbox_none",
            "files": a.keep(PayoutBatch(reference="B-1", currency="CNY")).reference,
            "statement_id": line.statement_id, "line_id": line.id,
            "batch_id": batch.id, "payment_id": payment.id, "kind": "invention",
            "saved_id": saved.id, "membership_id": owner.id,
            "invitation_id": a.invitation(theirs).id, "user_id": owner.user_id,
            "grant_id": a.application(theirs, "broker").id, "organisation_id": theirs.id,
            "pledge_id": a.pledge(asset).id, "report_id": a.valuation(asset).id,
            **_room(theirs, draft, paper, owner),
            "sign_in_id": _sign_in(theirs, owner.user), "currency": "CNY", "step": "text",
            "paper_id": _paper(draft, paper).id,
            "rule_id": "patent-not-in-force", "task_id": _task(deal).id, "waiver_id": _waiver(deal, paper).id,
            "capability": "lender", "page": "buyers", "slug": theirs.slug, "code": "X", "serial": "0",
            "burden_kind": "freeze", **{name: entry.id for name, entry in entries.items()},
            **auctions, **brokered, **_trusted(theirs, deal),
            "token": tokens.reset(owner.user), "build": "0", "filename": "css/app.css", "where": "0/000",
        },
    )  # fmt: skip


def _room(theirs: Organisation, draft: Listing, paper: Document, owner: Any) -> dict[str, Any]:
    """A data room of the draft, with something of everything in it."""
    room = a.keep(Room(reference="DR-99000001", listing=draft, seller=theirs))
    a.keep(
        RoomAgreement(
            room=room, number=1, standard=True, document_id=paper.id, user_id=owner.user_id
        )
    )
    folder = a.keep(RoomFolder(room=room, name="技术资料"))
    file = a.keep(RoomFile(folder=folder))
    version = a.keep(
        RoomFileVersion(
            file=file, number=1, filename="a.pdf", document_id=paper.id, user_id=owner.user_id
        )
    )
    asker = {"room": room, "user_id": owner.user_id, "organisation_id": a.organisation().id}
    return {
        "rooms": room.reference, "folder_id": folder.id, "file_id": file.id,
        "version_id": version.id, "admission_id": a.keep(Admission(**asker)).id,
        "question_id": a.keep(RoomQuestion(text="？", **asker)).id,
    }  # fmt: skip


def _brokered(theirs: Organisation, asset: Asset, deal: Deal) -> dict[str, Any]:
    """A mandate of the firm's in force, with what hangs on one."""
    broker = a.organisation("broker")
    mandate = in_force(theirs, broker, assets=(asset,))
    paper = a.document(organisation_id=broker.id)
    offer = a.offer(listing=a.listing(asset, seller=theirs))
    introduction = a.keep(
        Introduction(
            mandate=mandate, party_id=theirs.id, listing_reference="L-1",
            introduced_at=clock.now(), proof="会议", object_until=clock.now(),
        )
    )  # fmt: skip
    claim = a.keep(
        Commission(
            mandate=mandate, deal_reference=deal.reference, counterparty_id=deal.buyer_id,
            payer_id=theirs.id, net_minor=1, vat_minor=0, currency="CNY",
        )
    )  # fmt: skip
    conflict = a.keep(
        Conflict(
            broker_id=broker.id, listing_reference="L-1", seller_id=theirs.id,
            buyer_id=deal.buyer_id, statement="两边",
        )
    )  # fmt: skip
    credential = a.keep(
        Credential(
            organisation_id=broker.id, kind=CredentialKind.LICENSING, number="1", document=paper
        )
    )
    return {
        "mandates": mandate.reference, "offer": offer.reference,
        "introduction_id": introduction.id, "commission_id": claim.id,
        "conflict_id": conflict.id, "credential_id": credential.id,
    }  # fmt: skip


def _trusted(theirs: Organisation, deal: Deal) -> dict[str, Any]:
    """A rating, a complaint, a sanction and a case about the firm, as if it were a broker."""
    people = {"filed_by_id": a.user().id}
    complaint = a.keep(
        Complaint(
            reference="C-99000001", complainant_id=deal.buyer_id, broker_id=theirs.id,
            kind=ComplaintKind.OTHER, text="测试", **people,
        )
    )  # fmt: skip
    rating = a.keep(
        Rating(
            deal=deal, broker_id=theirs.id, rater_id=deal.buyer_id, user_id=people["filed_by_id"],
            side=RaterSide.PRINCIPAL, expertise=3, diligence=3, disclosure=3, fees=3,
            fixed_at=clock.now(),
        )
    )  # fmt: skip
    sanction = a.keep(
        Sanction(
            reference="S-99000001", broker_id=theirs.id, kind=SanctionKind.WARNING, article="x",
            reason="x", number="1", starts_on=clock.today(), authority_id=a.organisation().id,
            entered_by_id=people["filed_by_id"],
        )
    )  # fmt: skip
    case = a.keep(
        GradeCase(
            reference="G-99000001", broker_id=theirs.id, kind=CaseKind.REPAIR, text="测试",
            item=f"sanction:{sanction.id}", **people,
        )
    )  # fmt: skip
    return {
        "complaints": complaint.reference, "rating_id": rating.id, "sanctions": sanction.reference,
        "grade-cases": case.reference, "cases": case.reference, "item": case.item,
    }  # fmt: skip


def _invoice(theirs: Organisation, owner: Membership) -> Invoice:
    """Asked for, not issued yet."""
    return a.keep(
        Invoice(
            reference="I-99000001", organisation=theirs, requested_by_id=owner.user_id,
            kind=InvoiceKind.ORDINARY, title=theirs.name, amount_minor=106, tax_minor=6,
            tax_rate=600,
        )
    )  # fmt: skip


def _open_licence(theirs: Organisation, owner: Membership) -> OpenStatement:
    """A draft of an open-licence statement."""
    terms = Terms(kind=DealKind.LICENCE, grant=Grant.NON_EXCLUSIVE)
    return a.keep(
        OpenStatement(
            reference="K-99000001", asset=a.asset(keeper=theirs), owner_id=theirs.id,
            terms_data=terms.to_json(), drawn_up_by_id=owner.user_id,
        )
    )  # fmt: skip


def _statement(deal: Deal) -> RoyaltyStatement:
    """A period that is over and not reported."""
    today = clock.today()
    return a.keep(
        RoyaltyStatement(
            reference="Y-99000001", deal=deal, number=1, begins=today, ends=today, year=1,
            report_by=today,
        )
    )  # fmt: skip


def _audit(deal: Deal) -> RoyaltyAudit:
    """Asked for."""
    today = clock.today()
    return a.keep(
        RoyaltyAudit(deal=deal, year=today.year, because="核对", accountant="所", begins_on=today)
    )


def _clause(theirs: Organisation, owner: Any) -> Clause:
    """A standard clause with a fall-back."""
    clause = a.keep(
        Clause(
            organisation_id=theirs.id, kind=DealKind.TRANSFER, side=ClauseSide.SELL, term="forum"
        )
    )
    held = Position(DealKind.TRANSFER, "forum", Stand(Forum.GZAC), (Stand(Forum.SCIA),))
    a.keep(
        ClauseVersion(
            clause=clause, number=1, user_id=owner.user_id, change=ClauseChange.BEGIN,
            data=held.to_json(),
        )
    )  # fmt: skip
    return clause


def _approval(theirs: Organisation, asker: int) -> Approval:
    """An acceptance that a colleague is asked to approve."""
    offer = a.offer(listing=a.listing(seller=theirs))
    return a.keep(Approval(offer=offer, organisation_id=theirs.id, version=1, asked_by_id=asker))


def _movement() -> BankLine:
    """A credit on a statement of the bank."""
    statement = BankStatement(
        sha256="0" * 64, place=0, filename="bank.sta", format="MT940", account="62", currency="CNY",
        entries=1, remarks=[],
    )  # fmt: skip
    return a.keep(
        BankLine(
            statement=statement, account="62", currency="CNY", fingerprint="0" * 64, turn=1,
            booked_on=clock.today(), minor=100,
        )
    )  # fmt: skip


def _auctions(theirs: Organisation, draft: Listing) -> dict[str, Any]:
    """A draft of an auction, and what hangs on one."""
    auction = a.keep(
        Auction(
            reference="J-99000001", listing=draft, seller=theirs, format=Format.ENGLISH,
            rules_data=an_auction().rules_data,
        )
    )  # fmt: skip
    participant = a.keep(Participant(auction=auction, organisation=theirs))
    answer = a.keep(
        Answer(
            auction_id=auction.id, user_id=1, key="k", fingerprint="f", status=201, receipt="{}",
            participant_id=participant.id,
        )
    )  # fmt: skip
    alert = a.keep(
        Alert(auction=auction, kind="same_address", codes=[], facts={}, fingerprint="0" * 64)
    )
    right = a.keep(
        PriorityHolder(
            auction=auction, holder_id=theirs.id, holder_name=theirs.name, ground=Priority.COOWNER,
            rank=1,
        )
    )  # fmt: skip
    share = a.keep(
        KeyShare(
            auction=auction, number=1, kind=ShareHolder.SELLER, organisation_id=theirs.id,
            digest="0" * 64,
        )
    )  # fmt: skip
    juror = a.keep(
        Juror(auction=auction, user_id=a.member(theirs).user_id, organisation_id=theirs.id)
    )
    order = a.keep(
        Order(
            auction=auction, kind=OrderKind.SUSPEND, arguments={}, reason="测试",
            made_by_id=a.user().id, expires_at=clock.now(), remark="",
        )
    )  # fmt: skip
    return {
        **dict.fromkeys(("auctions", "auction-desk", "auction-control", "auction-juries"), auction.reference),
        "answer_id": answer.id, "alert_id": alert.id, "right_id": right.id, "share_id": share.id,
        "juror_id": juror.id, "order_id": order.id, "number": participant.id, "action": "propose",
    }  # fmt: skip


def _recordal(deal: Deal) -> str:
    """An entry of a right of the deal in a register."""
    one = Recordal(
        reference="R-90000001", deal=deal, asset=deal.assets[0], procedure="patent_assignment",
        required=True, side="buyer",
    )  # fmt: skip
    return str(a.keep(one).reference)


def _task(deal: Deal) -> Task:
    return a.keep(
        Task(
            subject_kind="deal", subject_id=deal.id, reference=deal.reference, title="电池",
            rule="tax-vat-six-percent", stage="post", gate="duty", actor="seller", side="seller",
            organisation_id=deal.seller_id,
        )
    )  # fmt: skip


def _paper(listing: Listing, document: Document) -> ListingEvidence:
    return a.keep(
        ListingEvidence(
            listing_id=listing.id, name="disposal_approval", document_id=document.id,
            issuer="财政厅", issued_on=clock.today(), filed_by_id=listing.seller_id,
        )
    )  # fmt: skip


def _waiver(deal: Deal, paper: Document) -> Waiver:
    return a.keep(
        Waiver(
            subject_kind="deal", subject_id=deal.id, rule="service-inventor-preemption",
            given_by="inventors", holder="甲", because="放弃", document_id=paper.id,
            filed_by_id=deal.seller_id,
        )
    )  # fmt: skip


def _public(deal: Deal) -> tuple[Notice, Filing, Objection]:
    """A notice that is not published yet, an objection to another, a filing that is a draft."""
    common = {
        "subject_kind": "deal", "subject_id": deal.id, "organisation_id": deal.seller_id,
        "kind": NoticeKind.AGREED_PRICE, "title": "公示", "period_days": 15,
        "content": {"mode": "transfer", "formed": "negotiated", "price": None, "rights": [],
                    "listing": "", "posted_inside": ""},
    }  # fmt: skip
    notice = a.keep(Notice(reference="N-90000001", **common))
    held = a.keep(Notice(reference="N-90000002", **common, state=NoticeState.HELD))
    objection = a.keep(
        Objection(
            notice=held, name="甲", email="a@example.org", text="有误", state=ObjectionState.FILED
        )
    )
    filing = a.keep(
        Filing(
            reference="F-90000001", subject_kind="deal", subject_id=deal.id, title="备案",
            kind=FilingKind.OTHER, organisation_id=deal.seller_id, content=prefilled(deal),
        )
    )  # fmt: skip
    return notice, filing, objection


def _sign_in(of: Organisation, user: Any) -> int:
    a.sign_in_token(of, "owner", user)
    found = db.session.query(SignIn).filter_by(user_id=user.id).one()
    return int(found.id)


def _entry() -> ProviderEntry:
    return ProviderEntry(
        provider="sandbox", number="txn_1", kind="adjustment", minor=-1, fee_minor=0, currency="CNY"
    )


def _notice() -> ProviderNotice:
    return ProviderNotice(
        provider="sandbox",
        number="evt_1",
        kind="payment_intent.succeeded",
        object_kind="payment_intent",
        object_number="pi_1",
        body="{}",
        due_at=clock.now(),
    )


def _card(theirs: Organisation) -> CardAttempt:
    """A payment by card, and a refund of it."""
    payment = a.keep(
        Payment(
            reference=codes.new(),
            subject_kind="organisation",
            subject_id=theirs.id,
            payer_id=theirs.id,
            account="escrow:test",
            amount_minor=100,
        )
    )
    attempt = a.keep(
        CardAttempt(
            payment_id=payment.id,
            number=1,
            kind="checkout",
            provider="sandbox",
            key="k" * 64,
            amount_minor=100,
            currency="CNY",
            asked_at=clock.now(),
        )
    )
    payout = a.keep(
        Payout(
            key="by card",
            subject_kind="organisation",
            subject_id=theirs.id,
            payee_id=theirs.id,
            account="x",
            purpose="refund",
            amount_minor=1,
        )
    )
    a.keep(
        CardPayout(
            payout_id=payout.id,
            number=1,
            kind="refund",
            provider="sandbox",
            key="p" * 64,
            attempt_id=attempt.id,
        )
    )
    return attempt


def _payee_account(theirs: Organisation) -> PayeeAccount:
    """An account at the provider of which details are due."""
    return a.keep(
        PayeeAccount(
            organisation=theirs,
            number=1,
            provider="sandbox",
            key="a" * 64,
            country="HK",
            account_number="acct_sandbox_world",
            asked_at=clock.now(),
            state="incomplete",
        )
    )


def _sheet(theirs: Organisation, user_id: int) -> TermSheet:
    """Terms that it keeps for itself."""
    return a.keep(
        TermSheet(
            organisation_id=theirs.id,
            name="许可条款",
            terms_data=a.terms().to_json(),
            changed_by_id=user_id,
            changed_at=clock.now(),
        )
    )
