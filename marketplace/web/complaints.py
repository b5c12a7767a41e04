"""Complaints: filing one, the list, one complaint as its two sides see it."""

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from marketplace.auctions.models import Auction, Participant
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.policy import Actor, require
from marketplace.documents import services as documents
from marketplace.documents.models import Document
from marketplace.documents.sniff import PAPERS
from marketplace.forms.trust import BecauseForm, ComplaintForm, PaperForm, WordsForm
from marketplace.mandates import queries as mandates
from marketplace.organisations.models import Organisation
from marketplace.trust import policy
from marketplace.trust import services as trust
from marketplace.trust.models import (
    OPEN_COMPLAINTS,
    Complaint,
    ComplaintKind,
    ComplaintState,
)
from marketplace.trust.queries import complaints
from marketplace.trust.queries.complaints import ABOUT_US, FILED_BY_US, Dealing
from marketplace.web import history
from marketplace.web.doing import do, do_form
from marketplace.web.export import Column, table_response
from marketplace.web.locale import gettext
from marketplace.web.paging import everything, paginate
from marketplace.web.presentation import org_name, words
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("complaints", __name__, url_prefix="/workbench/complaints")
SIDES = (FILED_BY_US, ABOUT_US)


def asked() -> dict[str, str]:
    """How a list of complaints is narrowed."""
    return {
        "side": request.args.get("side", ""),
        "state": request.args.get("state", ""),
        "kind": request.args.get("kind", ""),
        "search": request.args.get("q", "").strip()[:100],
    }


def options() -> dict[str, list[tuple[str, str]]]:
    """The filters of a list."""
    return {
        "sides": [
            ("", gettext("全部")),
            *((s, words("enums", f"complaint_side.{s}")) for s in SIDES),
        ],
        "states": [
            ("", gettext("全部状态")),
            ("open", gettext("办理中")),
            *((s.value, words("states", f"complaint.{s.value}")) for s in ComplaintState),
        ],
        "kinds": [
            ("", gettext("全部事由")),
            *((k.value, words("enums", f"complaint_kind.{k.value}")) for k in ComplaintKind),
        ],
    }


def columns() -> list[Column]:
    """A list of complaints as an export has it."""
    return [
        (gettext("编号"), lambda c: c.reference),
        (gettext("投诉人"), lambda c: org_name(c.complainant)),
        (gettext("被投诉机构"), lambda c: org_name(c.broker)),
        (gettext("事由"), lambda c: words("enums", f"complaint_kind.{c.kind.value}")),
        (gettext("状态"), lambda c: words("states", f"complaint.{c.state.value}")),
        (gettext("答复期限"), lambda c: c.answer_by),
        (gettext("答复日期"), lambda c: c.answered_on),
        (
            gettext("结论"),
            lambda c: words("enums", f"complaint_outcome.{c.outcome.value}") if c.outcome else "",
        ),
        (gettext("生效日期"), lambda c: c.final_on),
    ]


@bp.get("")
@sign_in_required
def index() -> ResponseReturnValue:
    """Filed by us and about us; what is open first."""
    wanted = asked()
    rows = complaints.listed(current_actor(), **wanted)
    if request.args.get("format") in {"csv", "xlsx"}:
        return table_response(everything(rows), columns(), "complaints", request.args["format"])
    return render_template(
        "complaints/index.html", page=paginate(rows), asked=wanted, options=options()
    )


@bp.route("/new", methods=["GET", "POST"])
@sign_in_required
def new() -> ResponseReturnValue:
    """Choose the broker, then say what it did."""
    actor = current_actor()
    require(actor, policy.complain)
    slug = request.args.get("broker", "")[:40]
    if not slug:
        return render_template("complaints/choose.html", brokers=mandates.all_brokers())
    broker = mandates.broker(slug)
    known = complaints.dealings(actor.organisation, broker.id)
    people = complaints.practitioners(broker.id)
    form = ComplaintForm()
    form.offer(known, people, _said)
    made: list[str] = []

    def work() -> None:
        chosen = int(form.practitioner.data) if form.practitioner.data else 0
        complaint = trust.file_complaint(
            actor,
            broker,
            ComplaintKind(form.kind.data),
            text=form.text.data or "",
            about=form.about.data or "",
            practitioner=next((one for one in people if one.id == chosen), None),
            papers=[kept(upload) for upload in form.papers.data or () if upload],
            met=_met(actor, broker),
        )
        made.append(complaint.reference)

    done = do_form(form, work, gettext("投诉已提出，等待受理。"), url_for("complaints.index"))
    if done is not None:
        return done
    page = render_template(
        "complaints/new.html",
        broker=broker,
        form=form,
        may=bool(known) or _met(actor, broker),
    )
    return page, 422 if form.is_submitted() else 200


def _said(dealing: Dealing) -> str:
    return f"{words('enums', f'dealing.{dealing.kind}')} {dealing.reference}"


def kept(upload: Any, complaint: Complaint | None = None) -> Document:
    """A file of evidence on record."""
    return documents.store(
        current_actor(),
        upload.stream,
        upload.filename or "evidence",
        purpose="complaint",
        subject=complaint,
        allowed=PAPERS,
    )


def _met(actor: Actor, broker: Organisation) -> bool:
    """Both were in an auction: we took part, the broker stood by its seller."""
    rows = db.session.scalars(
        select(Auction)
        .join(Participant, Participant.auction_id == Auction.id)
        .where(Participant.organisation_id == actor.organisation_id)
        .order_by(Auction.id)
    )
    for auction in rows.unique():
        listing = auction.listing
        standing = mandates.of_trade(
            seller_id=listing.seller_id,
            buyer_id=actor.organisation,
            asset_ids=[asset.id for asset in listing.assets],
            kinds=[asset.kind.value for asset in listing.assets],
            during=(auction.created_at.astimezone(clock.BEIJING).date(), clock.today()),
        )
        if any(one.broker_id == broker.id for one in standing):
            return True
    return False


@bp.get("/<reference>")
@sign_in_required
def show(reference: str) -> ResponseReturnValue:
    """One complaint with what both sides said."""
    return _page(complaints.get(current_actor(), reference))


def shown(complaint: Complaint) -> dict[str, Any]:
    """What every page of a complaint needs."""
    return {
        "complaint": complaint,
        "papers": complaints.papers_of(complaint),
        "history": history.entries(complaint),
        "is_open": complaint.state in OPEN_COMPLAINTS,
    }


def _page(complaint: Complaint, status: int = 200, **forms: Any) -> ResponseReturnValue:
    actor = current_actor()
    given = {
        "answer": WordsForm(formdata=None, prefix="answer-"),
        "say": WordsForm(formdata=None, prefix="say-"),
        "object": BecauseForm(formdata=None, prefix="object-"),
        "paper": PaperForm(formdata=None, prefix="paper-"),
    } | forms
    may = {
        "answer": policy.answer_complaint.allows(actor, complaint),
        "say": policy.speak.allows(actor, complaint),
        "object": policy.object_to_decision.allows(actor, complaint),
        "withdraw": policy.withdraw_complaint.allows(actor, complaint),
    }
    late = complaint.object_by is not None and complaint.object_by < clock.today()
    page = render_template(
        "complaints/show.html",
        forms=given,
        may=may,
        actions=complaint.lifecycle.actions(complaint.state),
        too_late=late,
        **shown(complaint),
    )
    return page, status


@bp.post("/<reference>/<any(answer, say, object):verb>")
@sign_in_required
def speak(reference: str, verb: str) -> ResponseReturnValue:
    """Answer, add a word, or object to the decision."""
    actor = current_actor()
    complaint = complaints.get(actor, reference)
    form: Any = (BecauseForm if verb == "object" else WordsForm)(prefix=f"{verb}-")
    gate = {
        "answer": policy.answer_complaint,
        "say": policy.speak,
        "object": policy.object_to_decision,
    }
    require(actor, gate[verb], complaint)

    def work() -> None:
        found = complaints.get(actor, reference)
        if verb == "answer":
            trust.answer(actor, found, form.text.data or "")
        elif verb == "say":
            trust.say(actor, found, form.text.data or "")
        else:
            trust.object_to(actor, found, because=form.because.data or "")

    done = do_form(form, work, gettext("已提交。"), url_for("complaints.show", reference=reference))
    return done or _page(complaints.get(actor, reference), 422, **{verb: form})


@bp.post("/<reference>/papers")
@sign_in_required
def add_paper(reference: str) -> ResponseReturnValue:
    """One more piece of evidence."""
    actor = current_actor()
    complaint = complaints.get(actor, reference)
    require(actor, policy.speak, complaint)
    form = PaperForm(prefix="paper-")
    if not form.paper.data:
        form.paper.errors = [gettext("请选择文件。")]
        return _page(complaint, 422, paper=form)

    def work() -> None:
        found = complaints.get(actor, reference)
        trust.add_paper(actor, found, kept(form.paper.data, found))

    done = do_form(form, work, gettext("已提交。"), url_for("complaints.show", reference=reference))
    return done or _page(complaints.get(actor, reference), 422, paper=form)


@bp.post("/<reference>/withdraw")
@sign_in_required
def withdraw(reference: str) -> ResponseReturnValue:
    """Let it go."""
    actor, because = current_actor(), request.form.get("because", "")[:1000]

    def work() -> None:
        trust.withdraw(actor, complaints.get(actor, reference), because=because)

    return do(work, gettext("投诉已撤回。"), url_for("complaints.show", reference=reference))
