"""Mandates: given and held; drafted, offered, signed, ended."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.assets import queries as assets
from marketplace.assets.models import Asset
from marketplace.core.db import transaction
from marketplace.core.errors import Invalid, NotAllowed, NotFound, Refused
from marketplace.core.policy import Actor, require
from marketplace.forms.absorb import absorb
from marketplace.forms.mandates import MandateForm, MandateSignForm, zero
from marketplace.mandates import papers, policy, queries
from marketplace.mandates import services as mandates
from marketplace.mandates.models import Act, Mandate, Side
from marketplace.mandates.services import Draft
from marketplace.negotiation import pipeline
from marketplace.organisations import passwords
from marketplace.web import history
from marketplace.web.locale import gettext
from marketplace.web.paging import paginate
from marketplace.web.presentation import locale_code, words
from marketplace.web.session import current_actor, current_sign_in, sign_in_required

bp = Blueprint("mandates", __name__, url_prefix="/workbench/mandates")


@bp.get("")
@sign_in_required
def index() -> ResponseReturnValue:
    """Given and held."""
    actor = current_actor()
    asked = {name: request.args.get(name, "") for name in ("state", "side")}
    return render_template(
        "mandates/index.html",
        page=paginate(queries.mandates(actor, **asked)),
        asked=asked,
        is_broker=policy.edit_profile.allows(actor),
    )


@bp.route("/new", methods=["GET", "POST"])
@sign_in_required
def new() -> ResponseReturnValue:
    """Draft one, as principal or as broker."""
    actor = current_actor()
    require(actor, policy.draft_mandate)
    form = MandateForm()
    form.offer(queries.brokers(), actor.organisation)
    if request.method == "GET":
        form.other.data = request.args.get("broker", 0, type=int)
    if form.validate_on_submit():
        try:
            with transaction():
                reference = mandates.draft(actor, _draft(actor, form)).reference
        except NotAllowed:
            raise
        except Refused as refusal:
            absorb(form, refusal, locale_code())
        else:
            flash(gettext("草稿已保存，核对后送出。"), "ok")
            return redirect(url_for("mandates.show", reference=reference), 303)
    page = render_template(
        "mandates/new.html", form=form, is_broker=policy.edit_profile.allows(actor)
    )
    return page, 422 if form.is_submitted() else 200


def _draft(actor: Actor, form: MandateForm) -> Draft:
    named = form.principal.data or ""
    principal = queries.party_by_name(named)
    if named and principal is None:
        code = "introduction.party_unknown"
        raise Invalid(code, fields={"principal": code})
    principal_id = principal.id if principal is not None else actor.organisation
    side = Side(form.side.data)
    sells = side is Side.SELL
    return Draft(
        principal_id=principal_id,
        broker_id=actor.organisation if principal is not None else form.other.data or 0,
        side=side,
        expires_on=form.expires_on.data,
        fees=form.fees(),
        acts=[Act(one) for one in form.acts.data or ()],
        assets=_rights(form.references.data or "", principal_id) if sells else (),
        kinds=() if sells else form.kinds.data or (),
        field="" if sells else form.field.data or "",
        exclusive=bool(form.exclusive.data),
        limit=form.limit.data,
        retainer=zero(form.retainer.data),
        tail_days=form.tail_days.data or 0,
    )


def _rights(text: str, keeper_id: int) -> list[Asset]:
    wanted = list(dict.fromkeys(text.replace(",", " ").replace("，", " ").upper().split()))[:200]
    found = assets.kept_by(keeper_id, wanted)
    if len(found) != len(wanted):
        code = "mandate.asset_not_theirs"
        raise Invalid(code, fields={"references": code})
    return found


@bp.get("/<reference>")
@sign_in_required
def show(reference: str) -> ResponseReturnValue:
    """One mandate: what it says, where it stands, what is done under it."""
    actor = current_actor()
    return _page(actor, queries.get(actor, reference), MandateSignForm(formdata=None))


def _page(
    actor: Actor, mandate: Mandate, form: MandateSignForm, status: int = 200
) -> ResponseReturnValue:
    state = mandate.state.value
    acts = mandate.is_in_force and policy.act_under.allows(actor, mandate)
    form.sha256.data = mandate.document.sha256 if mandate.document else ""
    signed = mandate.signed_by(actor.organisation) if actor.organisation_id else None
    page = render_template(
        "mandates/show.html",
        mandate=mandate,
        form=form,
        percent=papers.percent,
        is_principal=actor.organisation_id == mandate.principal_id,
        may_offer=state == "drafted" and policy.offer_mandate.allows(actor, mandate),
        may_decline=state in {"drafted", "offered"}
        and policy.decline_mandate.allows(actor, mandate),
        may_sign=state == "offered"
        and signed is None
        and policy.sign_mandate.allows(actor, mandate),
        may_end=state == "in_force" and policy.end_mandate.allows(actor, mandate),
        may_act=acts,
        offers=pipeline.offers_under(mandate) if mandate.is_in_force else [],
        enquiries=pipeline.enquiries_under(mandate) if mandate.is_in_force else [],
        entries=history.entries(mandate),
    )
    return page, status


@bp.post("/<reference>/sign")
@sign_in_required
def sign(reference: str) -> ResponseReturnValue:
    """Sign the file that was shown, with the password once more."""
    actor = current_actor()
    mandate = queries.get(actor, reference)
    require(actor, policy.sign_mandate, mandate)
    form = MandateSignForm()
    if not form.validate_on_submit():
        return _page(actor, mandate, form, 422)
    row = current_sign_in()
    user = row.user if row else None
    proved = passwords.matches(user, form.password.data or "")  # slow: before the transaction
    try:
        with transaction():
            mandates.sign(
                actor,
                queries.get(actor, reference),
                password_proved=proved,
                sha256=form.sha256.data or "",
                second_factor=bool(user and user.has_second_factor),
                ip=request.remote_addr or "",
                user_agent=request.user_agent.string,
            )
    except NotAllowed:
        raise
    except Refused as refusal:
        absorb(form, refusal, locale_code())
        return _page(actor, queries.get(actor, reference), form, 422)
    flash(gettext("签署成功。"), "ok")
    return redirect(url_for("mandates.show", reference=reference), 303)


@bp.post("/<reference>/<any(offer, decline, revoke, complete):verb>")
@sign_in_required
def change(reference: str, verb: str) -> ResponseReturnValue:
    """Send it to the other side; turn it down; end it."""
    actor, because = current_actor(), request.form.get("because", "")[:2000]
    verbs: dict[str, Callable[[Mandate], None]] = {
        "offer": lambda found: mandates.offer(actor, found),
        "decline": lambda found: mandates.decline(actor, found, because=because),
        "revoke": lambda found: mandates.revoke(actor, found, because=because),
        "complete": lambda found: mandates.complete(actor, found),
    }
    try:
        with transaction():
            verbs[verb](queries.get(actor, reference))
    except (NotAllowed, NotFound):
        raise
    except Refused as refusal:
        flash(words("refusals", refusal.code, **refusal.facts), "bad")
    else:
        flash(gettext("已办理。"), "ok")
    return redirect(url_for("mandates.show", reference=reference), 303)
