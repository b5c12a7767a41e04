"""Around an offer: what changed, one's own notes, a colleague's approval, several side by side."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape

from marketplace.core.db import db, transaction
from marketplace.core.errors import NotFound, Refused
from marketplace.core.policy import Actor
from marketplace.documents.models import Document
from marketplace.forms.absorb import absorb
from marketplace.forms.negotiating import RuleForm
from marketplace.listings import queries as listings
from marketplace.listings.terms import Terms, differences
from marketplace.negotiation import policy, queries, redline, within
from marketplace.negotiation.models import Needs, Offer, OfferVersion
from marketplace.organisations.models import Organisation
from marketplace.web import wording
from marketplace.web.export import table_response
from marketplace.web.limits import limiter
from marketplace.web.locale import gettext
from marketplace.web.presentation import locale_code, org_name, words
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("negotiating", __name__)
OFFER = "/workbench/offers/<reference>"
FREE_TEXT = frozenset(
    {"field", "company", "notes", "documents", "place", "acceptance", "improvement_terms"}
)
Change = tuple[str, str, str, str]  # label, added/removed/changed, old, new


# ---- what changed ------------------------------------------------------------------------------


def changes(old: OfferVersion, new: OfferVersion) -> list[Change]:
    """Clause by clause; of free text, word by word; and the files."""
    return [*_changed(old.terms, new.terms), *_files_changed(old.papers, new.papers)]


def _changed(old: Terms, new: Terms) -> list[Change]:
    found = []
    for one in differences(old, new):
        label = wording.term_name(one.name, new)
        said = (one.before not in (None, "", ()), one.after not in (None, "", ()))
        kind = {(False, True): "added", (True, False): "removed"}.get(said, "changed")
        before: str
        after: str
        if one.name in FREE_TEXT:
            before, after = _marked(one.before, one.after)
        else:
            before = wording.term_text(one.name, one.before)
            after = wording.term_text(one.name, one.after)
        found.append((label, kind, before, after))
    return found


def _files_changed(old: Sequence[Document], new: Sequence[Document]) -> list[Change]:
    found = []
    for paper in dict.fromkeys((*old, *new)):
        if (paper in old) is not (paper in new):
            kind, named = ("removed", (paper.filename, "–"))
            if paper in new:
                kind, named = "added", ("–", paper.filename)
            found.append((gettext("附件"), kind, *named))
    return found


def _marked(old: str, new: str) -> tuple[Markup, Markup]:
    before, after = Markup(), Markup()
    for piece in redline.redline(old, new):
        text = escape(piece.text)
        if piece.kind is not redline.Kind.ADDED:
            removed = piece.kind is redline.Kind.REMOVED
            before += Markup("<del>{}</del>").format(text) if removed else text
        if piece.kind is not redline.Kind.REMOVED:
            added = piece.kind is redline.Kind.ADDED
            after += Markup("<ins>{}</ins>").format(text) if added else text
    return before or Markup("–"), after or Markup("–")


def since_own(actor: Actor, offer: Offer) -> tuple[OfferVersion, list[Change]] | None:
    """One's own last version, and what the other side made of it; none where there is none."""
    latest = offer.versions[-1]
    own = [v for v in offer.versions if v.organisation_id == actor.organisation_id]
    if not own or latest.organisation_id == actor.organisation_id:
        return None
    return own[-1], changes(own[-1], latest)


@bp.get(f"{OFFER}/changes")
@sign_in_required
def compare(reference: str) -> ResponseReturnValue:
    """The redline between any two versions; it prints."""
    offer = queries.get(current_actor(), reference)
    numbers = [version.number for version in offer.versions]
    new = _version(offer, request.args.get("new", ""), numbers[-1])
    old = _version(offer, request.args.get("old", ""), max(new.number - 1, 1))
    return render_template(
        "offers/changes.html", offer=offer, numbers=numbers, old=old, new=new,
        rows=changes(old, new),
    )  # fmt: skip


def _version(offer: Offer, asked: str, otherwise: int) -> OfferVersion:
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else otherwise
    found = next((v for v in offer.versions if v.number == number), None)
    if found is None:
        raise NotFound("offer")
    return found


# ---- inside one's own organisation -------------------------------------------------------------


def inside(actor: Actor, offer: Offer) -> dict[str, Any]:
    """What only one's own people see on the page of an offer."""
    asked = queries.approvals(actor, offer)
    return {
        "notes": queries.notes(actor, offer),
        "approvals": asked,
        "rule": queries.rule_of(actor.organisation),
        "may_note": policy.note.allows(actor, offer),
        "may_ask": not any(one.version == offer.version and not one.turn for one in asked),
        "wished": {
            one.id: [
                *_changed(version.terms, one.terms),
                *_files_changed(version.papers, queries.papers_of(one)),
            ]
            for one in asked
            if one.terms is not None
            for version in offer.versions
            if version.number == one.version
        },
        "may_approve": [
            one.id
            for one in asked
            if one.asked_by_id != actor.user_id and policy.approve.allows(actor, one)
        ],
    }


def asks_owner(actor: Actor) -> bool:
    """Whether there is something that the person sends with an owner's approval only."""
    rule = queries.rule_of(actor.organisation)
    strict = rule is not None and (rule.keep_clauses or rule.owners_offer)
    return strict and actor.role == "manager"


@bp.post(f"{OFFER}/notes")
@sign_in_required
@limiter.limit("30 per minute")
def note(reference: str) -> ResponseReturnValue:
    """Write a note for one's own organisation."""
    text, key = request.form.get("text", ""), request.form.get("key", "")

    def write(actor: Actor, offer: Offer) -> None:
        within.note(actor, offer, text=text, key=key[:40])

    return _done(reference, write, gettext("备注已保存，只有贵机构能看到。"))


@bp.post(f"{OFFER}/approval")
@sign_in_required
@limiter.limit("30 per minute")
def ask(reference: str) -> ResponseReturnValue:
    """Ask a colleague to agree to accepting the version shown."""
    said = request.form.get("version", "")
    version = int(said) if said.isascii() and said.isdigit() and len(said) < 6 else 0
    because = request.form.get("because", "")[:2000]

    def send(actor: Actor, offer: Offer) -> None:
        within.ask_approval(actor, offer, version=version, because=because)

    return _done(reference, send, gettext("已请同事审批。"))


@bp.post(f"{OFFER}/approvals/<int:approval_id>/approve")
@sign_in_required
def approve(reference: str, approval_id: int) -> ResponseReturnValue:
    """Agree: the offer is accepted, or the counter-offer sent, at once."""
    done = gettext("已批准，还价已发出。")

    def agree(actor: Actor, offer: Offer) -> None:
        nonlocal done
        if within.approve(actor, queries.get_approval(actor, offer, approval_id)) is not None:
            done = gettext("已批准并接受报价。")

    return _done(reference, agree, lambda: done)


@bp.post(f"{OFFER}/approvals/<int:approval_id>/refuse")
@sign_in_required
def refuse(reference: str, approval_id: int) -> ResponseReturnValue:
    """Do not agree; the offer stays as it is."""
    because = request.form.get("because", "")[:2000]

    def say_no(actor: Actor, offer: Offer) -> None:
        within.refuse(actor, queries.get_approval(actor, offer, approval_id), because=because)

    return _done(reference, say_no, gettext("已退回申请。"))


def _done(
    reference: str, verb: Callable[[Actor, Offer], None], said: str | Callable[[], str]
) -> ResponseReturnValue:
    actor = current_actor()
    try:
        with transaction():
            verb(actor, queries.get(actor, reference))
    except Refused as refusal:
        if refusal.status in {403, 404}:
            raise
        flash(words("refusals", next(iter(refusal.fields.values()), refusal.code)), "bad")
    else:
        flash(said() if callable(said) else said, "ok")
    return redirect(url_for("offers.show", reference=reference), 303)


@bp.route("/workbench/organisation/acceptance-rule", methods=["GET", "POST"])
@sign_in_required
def rule() -> ResponseReturnValue:
    """From which amount an acceptance needs an owner or a second person, and what else does."""
    actor = current_actor()
    organisation = db.session.get_one(Organisation, actor.organisation)
    standing = queries.rule_of(organisation.id)
    form = RuleForm(
        data={
            "above": standing and standing.above,
            "needs": standing and standing.needs.value,
            "keep_clauses": standing is not None and standing.keep_clauses,
            "owners_offer": standing is not None and standing.owners_offer,
        }
    )
    if form.validate_on_submit():
        try:
            with transaction():
                organisation = db.session.get_one(Organisation, actor.organisation)
                needs = Needs(form.needs.data or Needs.OWNER)
                within.set_rule(
                    actor,
                    organisation,
                    above=form.above.data,
                    needs=needs,
                    keep_clauses=form.keep_clauses.data,
                    owners_offer=form.owners_offer.data,
                )
            flash(gettext("已保存。"), "ok")
            return redirect(url_for("negotiating.rule"), 303)
        except Refused as refusal:
            if refusal.status == 403:
                raise
            absorb(form, refusal, locale_code())
    page = render_template(
        "offers/rule.html", form=form, may=policy.set_rule.allows(actor, organisation)
    )
    return page, 422 if form.errors or form.form_errors else 200


# ---- several offers side by side ---------------------------------------------------------------

SORTS: dict[str, Callable[[Offer], Any]] = {
    "price": lambda o: o.terms.price.minor if o.terms.price else 0,
    "royalty": lambda o: o.terms.royalty_bps or 0,
    "buyer": lambda o: o.buyer.name,
    "expires": lambda o: o.expires_at,
}


@bp.get("/workbench/listings/<reference>/offers")
@sign_in_required
def table(reference: str) -> ResponseReturnValue:
    """The offers on one of one's own listings, term by term; also as a file."""
    actor = current_actor()
    listing = listings.get_own(actor, reference)
    found = queries.on_listing(actor, listing)
    sort = request.args.get("sort", "-price")
    key = SORTS.get(sort.removeprefix("-"), SORTS["price"])
    found.sort(key=key, reverse=sort.startswith("-"))
    kind_of_file = request.args.get("format", "")
    if kind_of_file in {"csv", "xlsx"}:
        return table_response(found, _columns(found), "offers", kind_of_file)
    shown = found[:6]
    return render_template(
        "offers/table.html",
        listing=listing,
        offers=found,
        sort=sort,
        heads=[f"{o.reference} {org_name(o.buyer)}" for o in shown],
        rows=[(n, texts, False) for n, texts, _ in wording.compared([o.terms for o in shown])],
    )


def _plain(said: str) -> str:
    """Words for a cell: several lines become one."""
    return said.striptags() if isinstance(said, Markup) else said


def _columns(found: list[Offer]) -> list[tuple[str, Any]]:
    named = wording.compared([offer.terms for offer in found])
    texts = {offer.id: [_plain(row[1][at]) for row in named] for at, offer in enumerate(found)}
    terms = [
        (label, lambda row, at=at: texts[row.id][at]) for at, (label, _, _) in enumerate(named)
    ]
    return [
        (gettext("编号"), lambda row: row.reference),
        (gettext("买方"), lambda row: org_name(row.buyer)),
        (gettext("状态"), lambda row: words("states", f"offer.{row.state}")),
        (gettext("有效期至"), lambda row: row.expires_at),
        (gettext("金额（元）"), lambda row: row.terms.price),
        *terms,
    ]
