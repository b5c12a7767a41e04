"""An organisation's library of standard clauses: read by its people, kept by owners and managers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.core.db import db, transaction
from marketplace.core.errors import NotFound, Refused
from marketplace.core.policy import Actor, require
from marketplace.forms.absorb import absorb
from marketplace.forms.clauses import StandForm
from marketplace.listings.terms import DealKind, Terms
from marketplace.negotiation import library, policy, positions, queries
from marketplace.negotiation.models import Clause, ClauseSide, ClauseState, Offer, OfferVersion
from marketplace.negotiation.positions import Stand
from marketplace.organisations.models import Organisation
from marketplace.web import clause_words, wording
from marketplace.web.export import Column, table_response
from marketplace.web.limits import limiter
from marketplace.web.locale import gettext
from marketplace.web.presentation import locale_code, words
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("clauses", __name__, url_prefix="/workbench/organisation/clauses")


@bp.before_request
@sign_in_required
def _needs_an_organisation() -> ResponseReturnValue | None:
    """People who belong to none are shown how to open or join one."""
    if current_actor().organisation_id is None:
        flash(gettext("请先创建或加入一个机构。"), "info")
        return redirect(url_for("account.organisations"), 303)
    return None


def _ours(actor: Actor) -> Organisation:
    return db.session.get_one(Organisation, actor.organisation)


# ---- the library -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One stand of a clause, for a file."""

    clause: Clause
    number: int
    stand: Stand


@bp.get("")
def index() -> ResponseReturnValue:
    """The clauses by kind of deal and side; also as a file, a line a stand."""
    actor = current_actor()
    asked = {
        name: request.args.get(name, "").strip()[:100] for name in ("q", "kind", "side", "state")
    }
    retired = asked["state"] == ClauseState.RETIRED
    found = queries.clauses(
        actor,
        kind=_one_of(DealKind, asked["kind"]),
        side=_one_of(ClauseSide, asked["side"]),
        state=ClauseState.RETIRED if retired else ClauseState.KEPT,
    )
    found = [one for one in found if _speaks_of(one, asked["q"])]
    kind_of_file = request.args.get("format", "")
    if kind_of_file in {"csv", "xlsx"}:
        rows = [
            Row(one, number, stand)
            for one in found
            for number, stand in enumerate(one.position.stands)
        ]
        return table_response(rows, _columns(), "clauses", kind_of_file)
    groups: dict[tuple[DealKind, ClauseSide], list[Clause]] = {}
    for one in found:
        groups.setdefault((one.kind, one.side), []).append(one)
    return render_template(
        "clauses/index.html",
        groups=groups,
        asked=asked,
        retired=retired,
        filtered=any(asked.values()),
        kinds=list(DealKind),
        sides=list(ClauseSide),
        say=clause_words,
        may=policy.keep_clauses.allows(actor, _ours(actor)),
    )


def _one_of(enum: Any, text: str) -> Any:
    return enum(text) if text in set(enum) else None


def _speaks_of(clause: Clause, text: str) -> bool:
    """Whether the name of the term, a wording or a word of guidance has the text in it."""
    if not text:
        return True
    position = clause.position
    spoken = [clause_words.term_name(position)]
    for stand in position.stands:
        spoken += [clause_words.stand_text(position.name, stand), stand.guidance]
    wanted = positions.normal(text).casefold()
    return any(wanted in positions.normal(str(one)).casefold() for one in spoken)


def _columns() -> list[Column]:
    return [
        (gettext("交易方式"), lambda row: words("enums", f"deal_kind.{row.clause.kind}")),
        (gettext("立场"), lambda row: words("enums", f"clause_side.{row.clause.side}")),
        (gettext("条款"), lambda row: clause_words.term_name(row.clause.position)),
        (gettext("次序"), lambda row: clause_words.stand_name(row.number)),
        (gettext("内容"), lambda row: clause_words.stand_text(row.clause.term, row.stand)),
        (gettext("给同事的说明"), lambda row: row.stand.guidance),
        (gettext("给出前须所有者同意"), lambda row: row.stand.owner),
        (gettext("状态"), lambda row: words("states", f"clause.{row.clause.state}")),
        (gettext("最后修改"), lambda row: row.clause.versions[-1].created_at),
        (gettext("修改人"), lambda row: row.clause.versions[-1].user.name),
    ]


@bp.get("/<int:clause_id>")
def show(clause_id: int) -> ResponseReturnValue:
    """One clause: the preferred wording, the fall-backs in their order, who changed what."""
    actor = current_actor()
    clause = queries.get_clause(actor, clause_id)
    return render_template(
        "clauses/show.html",
        clause=clause,
        name=clause_words.term_name(clause.position),
        say=clause_words,
        may=policy.keep_clauses.allows(actor, clause),
        most=positions.MOST_FALLBACKS,
    )


# ---- keeping one -------------------------------------------------------------------------------


@bp.route("/new", methods=["GET", "POST"])
@limiter.limit("30 per minute", methods=["POST"])
def new() -> ResponseReturnValue:
    """Choose kind, side and term; then its preferred wording, also one from an earlier offer."""
    actor = current_actor()
    require(actor, policy.keep_clauses, _ours(actor))
    kind = _one_of(DealKind, request.args.get("kind", "")) or DealKind.TRANSFER
    side = _one_of(ClauseSide, request.args.get("side", "")) or ClauseSide.SELL
    term = request.args.get("term", "")
    known = {
        one.term: one
        for one in queries.clauses(actor, kind=kind, side=side, state=ClauseState.KEPT)
    }
    if term not in positions.of_kind(kind):
        return render_template(
            "clauses/choose.html",
            kind=kind,
            as_side=side,
            kinds=list(DealKind),
            sides=list(ClauseSide),
            terms=[(one, wording.term_name(one, Terms(kind))) for one in positions.of_kind(kind)],
            known=known,
        )
    if term in known and request.method == "GET":
        values: dict[str, Any] = {"clause_id": known[term].id, "stand": 0, **_source()}
        return redirect(url_for("clauses.edit", **values), 303)
    form = StandForm.about(term, is_preferred=True, stand=_from_offer(actor, kind, term), kind=kind)

    def begin() -> Clause:
        return library.begin(
            actor, _ours(actor), kind=kind, side=side, term=term, preferred=form.stand(term)
        )

    return _form(form, begin, kind, side, term, gettext("新的条款"), None)


def _source() -> dict[str, str]:
    """From which version of which offer a wording is to be taken."""
    return {n: request.args[n][:20] for n in ("offer", "version") if request.args.get(n)}


def _from_offer(actor: Actor, kind: DealKind, term: str) -> Stand | None:
    """The wording of a version of an offer of one's own; none where none was asked for."""
    source = _source()
    if "offer" not in source:
        return None
    offer = queries.get(actor, source["offer"])
    terms = _version(offer, source.get("version", "")).terms
    if terms.kind is not kind:
        raise NotFound("offer")
    return Stand(positions.value_of(terms, term))


def _version(offer: Offer, asked: str) -> OfferVersion:
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else offer.version
    found = next((one for one in offer.versions if one.number == number), None)
    if found is None:
        raise NotFound("offer")
    return found


@bp.get("/from/<offers>")
def from_offer(offers: str) -> ResponseReturnValue:
    """The terms of a version of an offer, each to be kept as the preferred wording."""
    actor = current_actor()
    offer = queries.get(actor, offers)
    require(actor, policy.keep_clauses, _ours(actor))
    version = _version(offer, request.args.get("version", ""))
    side = clause_words.side_in(actor, offer)
    terms = version.terms
    known = {one.term: one for one in queries.clauses(actor, kind=terms.kind, side=side)}
    return render_template(
        "clauses/from_offer.html",
        offer=offer,
        version=version,
        as_side=side,
        terms=[
            (name, wording.term_name(name, terms), clause_words.value_text(name, value))
            for name in clause_words.said(terms)
            for value in [positions.value_of(terms, name)]
        ],
        known=known,
        say=clause_words,
    )


@bp.route("/<int:clause_id>/stands/<int:stand>", methods=["GET", "POST"])
@limiter.limit("30 per minute", methods=["POST"])
def edit(clause_id: int, stand: int) -> ResponseReturnValue:
    """The preferred wording (0) or a fall-back said anew."""
    actor = current_actor()
    clause = queries.get_clause(actor, clause_id)
    require(actor, policy.keep_clauses, clause)
    stands = clause.position.stands
    if stand >= len(stands):
        raise NotFound("clause")
    filled = _from_offer(actor, clause.kind, clause.term) if stand == 0 else None
    form = StandForm.about(
        clause.term, is_preferred=stand == 0, stand=filled or stands[stand], kind=clause.kind
    )

    def change() -> Clause:
        found = queries.get_clause(actor, clause_id)
        library.edit(
            actor,
            found,
            version=_number(form.version.data),
            number=stand,
            stand=form.stand(found.term),
        )
        return found

    title = gettext("修改退让方案") if stand else gettext("修改首选")
    return _form(form, change, clause.kind, clause.side, clause.term, title, clause)


@bp.route("/<int:clause_id>/fallbacks/new", methods=["GET", "POST"])
@limiter.limit("30 per minute", methods=["POST"])
def add(clause_id: int) -> ResponseReturnValue:
    """One more fall-back."""
    actor = current_actor()
    clause = queries.get_clause(actor, clause_id)
    require(actor, policy.keep_clauses, clause)
    form = StandForm.about(clause.term, is_preferred=False, stand=None, kind=clause.kind)

    def append() -> Clause:
        found = queries.get_clause(actor, clause_id)
        library.add(actor, found, version=_number(form.version.data), stand=form.stand(found.term))
        return found

    return _form(
        form, append, clause.kind, clause.side, clause.term, gettext("加一项退让方案"), clause
    )


def _form(
    form: Any,
    verb: Callable[[], Clause],
    kind: DealKind,
    side: ClauseSide,
    term: str,
    title: str,
    clause: Clause | None,
) -> ResponseReturnValue:
    """Show the form, or carry the verb out; where a colleague was quicker, back to the clause."""
    if clause is not None and request.method == "GET":
        form.version.data = str(clause.version)
    if form.validate_on_submit():
        try:
            with transaction():
                clause_id = verb().id
            flash(gettext("已保存，只有贵机构能看到。"), "ok")
            return redirect(url_for("clauses.show", clause_id=clause_id), 303)
        except Refused as refusal:
            if refusal.status in {403, 404}:
                raise
            absorb(form, refusal, locale_code())
            if clause is not None:
                clause = queries.get_clause(current_actor(), clause.id)
    page = render_template(
        "clauses/form.html",
        form=form,
        title=title,
        kind=kind,
        as_side=side,
        term=term,
        name=wording.term_name(term, Terms(kind)),
        clause=clause,
        say=clause_words,
        source=_source(),
    )
    return page, 422 if form.errors or form.form_errors else 200


def _number(text: Any) -> int:
    """The version a form was made for; nonsense is no version."""
    said = str(text or "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else 0


# ---- order, and the end ------------------------------------------------------------------------


@bp.post("/<int:clause_id>/move")
def move(clause_id: int) -> ResponseReturnValue:
    """A fall-back one place up or down."""
    up = request.form.get("to") == "up"
    return _command(
        clause_id,
        lambda actor, clause, version: library.move(
            actor, clause, version=version, number=_number(request.form.get("stand")), up=up
        ),
    )


@bp.post("/<int:clause_id>/drop")
def drop(clause_id: int) -> ResponseReturnValue:
    """A fall-back less."""
    return _command(
        clause_id,
        lambda actor, clause, version: library.drop(
            actor, clause, version=version, number=_number(request.form.get("stand"))
        ),
    )


@bp.post("/<int:clause_id>/retire")
def retire(clause_id: int) -> ResponseReturnValue:
    """It counts no longer."""
    return _command(
        clause_id,
        lambda actor, clause, version: library.retire(actor, clause, version=version),
    )


@bp.post("/<int:clause_id>/reinstate")
def reinstate(clause_id: int) -> ResponseReturnValue:
    """It counts again."""
    return _command(
        clause_id,
        lambda actor, clause, version: library.reinstate(actor, clause, version=version),
    )


def _command(clause_id: int, verb: Callable[[Actor, Clause, int], None]) -> ResponseReturnValue:
    actor = current_actor()
    try:
        with transaction():
            clause = queries.get_clause(actor, clause_id)
            verb(actor, clause, _number(request.form.get("version")))
    except Refused as refusal:
        if refusal.status in {403, 404}:
            raise
        flash(words("refusals", refusal.code, **refusal.facts), "bad")
    else:
        flash(gettext("已保存，只有贵机构能看到。"), "ok")
    return redirect(url_for("clauses.show", clause_id=clause_id), 303)
