"""The console's first page: what waits for the exchange."""

from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import and_, func, select

from marketplace.assets import queries as assets
from marketplace.assets.models import (
    Burden,
    Consent,
    ConsentState,
    LegalEvent,
    LegalEventState,
    Licence,
    Pledge,
    TitleVerification,
    VerificationState,
)
from marketplace.assets.queries import registers
from marketplace.auctions.models import Alert, AlertState, Order, OrderState
from marketplace.compliance.models import EvidenceState, Task, TaskState, Waiver, WaiverState
from marketplace.core import clock, settings
from marketplace.core.db import db
from marketplace.core.events import EventDelivery
from marketplace.deals import services as deals
from marketplace.deals.models import Deal, Evidence
from marketplace.invoices.models import Invoice, InvoiceState
from marketplace.listings.models import Listing, ListingEvidence, ListingState
from marketplace.notifications.models import Mail, MailState
from marketplace.organisations.models import CapabilityGrant, GrantState
from marketplace.payments.models import Payment, PaymentState, Payout, PayoutState
from marketplace.trust.models import CaseState, Complaint, ComplaintState, GradeCase
from marketplace.valuation.models import ReportState, ValuationReport
from marketplace.web.locale import gettext
from marketplace.web.presentation import first_page
from marketplace.web.session import operators_only

bp = Blueprint("console", __name__, url_prefix="/console")
bp.before_request(operators_only)


@bp.get("")
def index() -> ResponseReturnValue:
    """Queues with their lengths, and the health of books and worker."""
    proof = deals.self_check()
    return render_template(
        "console/index.html",
        queues=_queues(),
        balanced=not proof.breaks,
        breaks=len(proof.breaks),
        waiting=_count(EventDelivery, EventDelivery.done_at.is_(None)),
        stuck=_count(EventDelivery, EventDelivery.done_at.is_(None), EventDelivery.attempts > 3),
        mail_server=settings.current().mail_server,
    )


def _count(model: type[Any], *conditions: Any) -> int:
    return db.session.scalar(select(func.count(model.id)).where(*conditions)) or 0


def _queues() -> list[dict[str, Any]]:
    rows = (
        (
            gettext("资格申请"),
            CapabilityGrant,
            CapabilityGrant.state == GrantState.REQUESTED,
            "/console/capabilities",
            "badge-check",
        ),
        (
            gettext("权属核验"),
            TitleVerification,
            TitleVerification.state == VerificationState.REQUESTED,
            "/console/titles",
            "file-check",
        ),
        (
            gettext("评估报告"),
            ValuationReport,
            ValuationReport.state == ReportState.FILED,
            "/console/valuations",
            "scale",
        ),
        (
            gettext("申报的法律事件"),
            LegalEvent,
            LegalEvent.state == LegalEventState.DECLARED,
            "/console/legal-events",
            "history",
        ),
        (
            gettext("质押申报"),
            Pledge,
            assets.undecided_pledge(),
            "/console/pledges",
            "landmark",
        ),
        (
            gettext("许可申报"),
            Licence,
            registers.undecided_licence(),
            "/console/licences",
            "file-text",
        ),
        (
            gettext("负担申报"),
            Burden,
            registers.undecided_burden(),
            "/console/burdens",
            "octagon-alert",
        ),
        (
            gettext("书面同意"),
            Consent,
            Consent.state == ConsentState.FILED,
            "/console/consents",
            "handshake",
        ),
        (
            gettext("挂牌审核"),
            Listing,
            Listing.state == ListingState.SUBMITTED,
            "/console/listings",
            "tag",
        ),
        (
            gettext("交易材料"),
            Evidence,
            Evidence.state == EvidenceState.FILED,
            "/console/evidence",
            "file-text",
        ),
        (
            gettext("挂牌材料"),
            ListingEvidence,
            ListingEvidence.state == EvidenceState.FILED,
            "/console/evidence",
            "file-text",
        ),
        (
            gettext("豁免申请"),
            Waiver,
            Waiver.state == WaiverState.ASKED,
            "/console/waivers",
            "signature",
        ),
        (
            gettext("逾期合规任务"),
            Task,
            and_(Task.state == TaskState.OPEN, Task.due_on < clock.today()),
            "/console/tasks",
            "list-checks",
        ),
        (
            gettext("解约请求"),
            Deal,
            Deal.cancel_requested_by_id.is_not(None),
            "/console/deals",
            "handshake",
        ),
        (
            gettext("待复核的竞价处置"),
            Order,
            Order.state == OrderState.PROPOSED,
            "/console/auction-control",
            "gavel",
        ),
        (
            gettext("竞价线索"),
            Alert,
            Alert.state == AlertState.OPEN,
            "/console/auction-alerts",
            "triangle-alert",
        ),
        (
            gettext("待到账"),
            Payment,
            Payment.state == PaymentState.AWAITED,
            "/console/money",
            "banknote",
        ),
        (
            gettext("待付款"),
            Payout,
            Payout.state == PayoutState.ORDERED,
            "/console/money",
            "wallet",
        ),
        (
            gettext("待开发票"),
            Invoice,
            Invoice.state == InvoiceState.REQUESTED,
            "/console/money/invoices",
            "receipt",
        ),
        (
            gettext("待办理的投诉"),
            Complaint,
            Complaint.state.in_(
                [ComplaintState.FILED, ComplaintState.ANSWERED, ComplaintState.OBJECTED]
            ),
            "/console/complaints",
            "message-square",
        ),
        (
            gettext("等级异议和修复"),
            GradeCase,
            GradeCase.state.in_([CaseState.FILED, CaseState.PROPOSED]),
            "/console/grade-cases",
            "shield-check",
        ),
        (gettext("未寄出的邮件"), Mail, Mail.state != MailState.SENT, "/console/mail", "mail"),
    )
    tiles = []
    for label, model, condition, path, drawing in rows:
        length = _count(model, condition)
        tone = "warn" if length and model is not Mail else ""
        tiles.append(
            {"label": label, "value": length, "url": first_page(path), "ic": drawing, "tone": tone}
        )
    return tiles
