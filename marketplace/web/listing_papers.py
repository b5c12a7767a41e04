"""The papers of a listing, for its owner: what the law asks for, what is on file."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.core.db import transaction
from marketplace.core.errors import NotAllowed, NotFound, Refused
from marketplace.core.policy import require
from marketplace.documents import services as documents
from marketplace.documents import sniff
from marketplace.forms.absorb import absorb
from marketplace.forms.deals import EvidenceForm
from marketplace.listings import policy, queries, services
from marketplace.listings.models import Listing
from marketplace.rules.engine import Finding, Status
from marketplace.web import wording
from marketplace.web.limits import limiter
from marketplace.web.locale import gettext
from marketplace.web.presentation import locale_code, words
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("listing_papers", __name__, url_prefix="/workbench/listings")


def asked_for(listing: Listing) -> list[Finding]:
    """What a paper of the owner's would meet at the stage of listing, the open ones first.

    The exchange's own standing duties are none of the owner's business.
    """
    found: dict[str, Finding] = {}
    for judgement in services.judgements(listing) if listing.items else []:
        for finding in judgement.findings:
            owners = set(finding.actors) != {"operator"} and finding.status is not Status.INFO
            if finding.applies and finding.evidence and owners:
                found.setdefault(finding.rule, finding)
    return sorted(found.values(), key=lambda one: one.status is Status.SATISFIED)


@bp.route("/<reference>/papers", methods=["GET", "POST"])
@sign_in_required
@limiter.limit("30 per minute", methods=["POST"])
def index(reference: str) -> ResponseReturnValue:
    """What is on file with the listing, what the law asks for, and a form to file more."""
    actor = current_actor()
    listing = queries.get_own(actor, reference)
    findings = asked_for(listing)
    names = list(
        dict.fromkeys(n for one in findings for n in (*one.lacking_evidence, *one.evidence))
    )
    form = EvidenceForm()
    form.offer(names)
    if request.method == "POST":
        require(actor, policy.file_paper, listing)
    status = 200
    if form.validate_on_submit():
        try:
            with transaction():
                _file(listing, form)
        except NotAllowed:
            raise
        except Refused as refusal:
            absorb(form, refusal, locale_code())
            status = 422
        else:
            flash(gettext("材料已随挂牌提交，交易所核对后通知您。"), "ok")
            return redirect(url_for("listing_papers.index", reference=reference), 303)
    elif form.is_submitted():
        status = 422
    elif request.args.get("name") in names:
        form.name.data = request.args["name"]
    page = render_template(
        "my_listings/papers.html",
        listing=listing,
        form=form,
        findings=findings,
        may_file=bool(names) and policy.file_paper.allows(actor, listing),
        wording=wording,
    )
    return page, status


def _file(listing: Listing, form: EvidenceForm) -> None:
    upload = form.document.data
    document = documents.store(
        current_actor(),
        upload.stream,
        upload.filename or "",
        purpose="evidence",
        subject=listing,
        allowed=sniff.PAPERS,
    )
    services.file_paper(
        current_actor(),
        listing,
        name=form.name.data,
        document=document,
        issuer=form.issuer.data or "",
        issued_on=form.issued_on.data,
        number=form.number.data or "",
        valid_until=form.valid_until.data,
    )


@bp.post("/<reference>/papers/<int:paper_id>/withdraw")
@sign_in_required
def withdraw(reference: str, paper_id: int) -> ResponseReturnValue:
    """Take back a paper that nobody has looked at."""
    actor = current_actor()
    listing = queries.get_own(actor, reference)
    paper = next((one for one in listing.evidence if one.id == paper_id), None)
    if paper is None:
        raise NotFound("evidence.unknown")
    try:
        with transaction():
            services.withdraw_paper(actor, paper)
    except NotAllowed:
        raise
    except Refused as refusal:
        flash(words("refusals", refusal.code, **refusal.facts), "bad")
    else:
        flash(gettext("材料已撤回。"), "ok")
    return redirect(url_for("listing_papers.index", reference=reference), 303)
