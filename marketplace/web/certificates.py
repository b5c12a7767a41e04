"""Verifying a certificate: by its code, and by the file itself. Open to everybody."""

import hashlib
from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from marketplace.assets.models import FreeToDealCertificate
from marketplace.assets.queries import certificates
from marketplace.core.errors import NotFound
from marketplace.core.policy import SYSTEM
from marketplace.deals import papers, queries
from marketplace.deals.models import Deal
from marketplace.documents import queries as documents
from marketplace.forms.deals import CodeForm, FileCheckForm
from marketplace.organisations.models import OrganisationKind
from marketplace.payments import codes
from marketplace.web import deal_page, free_to_deal, wording
from marketplace.web.limits import limiter
from marketplace.web.presentation import words

bp = Blueprint("certificates", __name__)


@bp.route("/certificates", methods=["GET", "POST"])
@limiter.limit("60 per minute")
def index() -> ResponseReturnValue:
    """Where a code from a paper is typed."""
    form = CodeForm()
    status = 200
    if form.validate_on_submit():
        code = codes.canonical(form.code.data or "")
        if codes.is_valid(code):
            return redirect(url_for("certificates.verify", code=code), 303)
        form.code.errors = [*form.code.errors, words("refusals", "certificate.code")]
        status = 422
    elif form.is_submitted():
        status = 422
    return render_template("certificates/index.html", form=form), status


@bp.get("/verify")
def short() -> ResponseReturnValue:
    """The address in the footer."""
    return redirect(url_for("certificates.index"), 301)


@bp.route("/certificates/<code>", methods=["GET", "POST"])
@limiter.limit("60 per minute")
def verify(code: str) -> ResponseReturnValue:
    """What a certificate certifies; with a file, whether it is the one on record."""
    deal = queries.by_certificate(codes.canonical(code))
    if deal is None:
        return free_to_deal.page(_free_to_deal(code))
    return _of_deal(deal, code)


@bp.get("/certificates/<code>/paper")
@limiter.limit("60 per minute")
def paper(code: str) -> ResponseReturnValue:
    """The PDF of a free-to-deal certificate, for whoever has its code."""
    return free_to_deal.download(_free_to_deal(code).paper)


@bp.get("/certificates/<code>/content")
@limiter.limit("60 per minute")
def content(code: str) -> ResponseReturnValue:
    """Its content as JSON, likewise."""
    return free_to_deal.download(_free_to_deal(code).content)


def _free_to_deal(code: str) -> FreeToDealCertificate:
    found = certificates.by_code(code)
    if found is None:
        raise NotFound("certificate.unknown")
    return found


def _of_deal(deal: Deal, code: str) -> ResponseReturnValue:
    form = FileCheckForm()
    verdict, status = "", 200
    if form.validate_on_submit():
        verdict = _compared(deal, form.document.data)
    elif form.is_submitted():
        status = 422
    page = render_template(
        "certificates/show.html",
        deal=deal,
        form=form,
        verdict=verdict,
        code=codes.shown(deal.verification_code or ""),
        facts=papers.certificate(deal, completed_at=deal.closed_at or deal.created_at, code=code),
        mode=deal_page.mode_of(deal),
        coded=wording.coded,
        hidden=lambda organisation: organisation.kind is OrganisationKind.INDIVIDUAL,
    )
    return page, status


def _compared(deal: Deal, upload: Any) -> str:
    """Which paper of the deal the file is, by its hash; the file is not kept."""
    digest = hashlib.file_digest(upload.stream, "sha256").hexdigest()
    if deal.certificate is not None and digest == deal.certificate.sha256:
        return "certificate"
    executed = {d.sha256 for d in documents.of(SYSTEM, deal, purpose="contract_executed")}
    if digest in executed or (deal.contract is not None and digest == deal.contract.sha256):
        return "contract"
    return "different"
