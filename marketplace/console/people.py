"""The console's people: applications for capabilities, users, organisations."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.core.db import transaction
from marketplace.core.errors import Invalid
from marketplace.documents import queries as documents
from marketplace.forms.absorb import absorb
from marketplace.forms.organisations import CorrectionForm, DecisionForm
from marketplace.organisations import policy
from marketplace.organisations import queries as people
from marketplace.organisations.models import (
    Capability,
    CapabilityGrant,
    GrantState,
    Organisation,
    OrganisationKind,
    User,
)
from marketplace.organisations.queries import Wish
from marketplace.organisations.services import accounts, capabilities
from marketplace.organisations.services import organisations as registry
from marketplace.web.export import table_response
from marketplace.web.locale import gettext
from marketplace.web.organisation import identity_of
from marketplace.web.paging import everything, paginate
from marketplace.web.presentation import locale_code, words
from marketplace.web.session import current_actor, operators_only

bp = Blueprint("console_people", __name__, url_prefix="/console")
bp.before_request(operators_only)


def _wish(state: str = "") -> Wish:
    args = request.args
    return Wish(
        text=args.get("q", "").strip()[:200],
        filter=args.get("filter", ""),
        state=args.get("state", state),
        sort=args.get("sort", ""),
    )


# ---- applications ----------------------------------------------------------------------------


@bp.get("/capabilities")
def applications() -> ResponseReturnValue:
    """The queue: by default what waits, oldest first."""
    wish = _wish(state=GrantState.REQUESTED.value)
    rows = people.applications(current_actor(), wish)
    export = request.args.get("export", "")
    if export:
        return table_response(everything(rows), _application_columns(), "applications", export)
    return render_template(
        "console/people/applications.html",
        page=paginate(rows),
        wish=wish,
        waiting=people.waiting_applications(current_actor()),
        capabilities=[c for c in Capability if c is not Capability.OPERATOR],
        states=list(GrantState),
    )


def _application_columns() -> list[Any]:
    return [
        (gettext("机构"), lambda g: g.organisation.name),
        (gettext("统一社会信用代码"), lambda g: g.organisation.uscc),
        (gettext("资格"), lambda g: words("enums", f"capability.{g.capability.value}")),
        (gettext("状态"), lambda g: words("states", f"capability.{g.state.value}")),
        (gettext("申请时间"), lambda g: g.created_at),
        (gettext("审核时间"), lambda g: g.decided_at),
        (gettext("理由"), lambda g: g.reason),
    ]


@bp.get("/capabilities/<int:grant_id>")
def application(grant_id: int) -> ResponseReturnValue:
    """One application with its documents, and the decision."""
    return _application(people.application(current_actor(), grant_id), DecisionForm(formdata=None))


def _application(
    grant: CapabilityGrant, form: DecisionForm, status: int = 200
) -> ResponseReturnValue:
    actor = current_actor()
    page = render_template(
        "console/people/application.html",
        grant=grant,
        organisation=grant.organisation,
        papers=documents.of(actor, grant, purpose="capability"),
        others=[g for g in grant.organisation.grants if g.id != grant.id],
        members=people.members_of(grant.organisation_id),
        history=people.history_of(actor, grant),
        form=form,
        may_decide=policy.decide_capability.allows(actor, grant),
        actions=grant.lifecycle.actions(grant.state),
    )
    return page, status


@bp.post("/capabilities/<int:grant_id>/<any(grant, refuse, revoke):verb>")
def decide(grant_id: int, verb: str) -> ResponseReturnValue:
    """Grant, refuse or revoke; a refusal names its reason."""
    found = people.application(current_actor(), grant_id)
    form = DecisionForm()
    if not form.validate_on_submit():
        return _application(found, form, 422)
    try:
        with transaction():
            _decide(verb, found, form.because.data or "")
    except Invalid as refusal:
        absorb(form, refusal, locale_code())
        return _application(found, form, refusal.status)
    said = {
        "grant": gettext("资格已授予。"),
        "refuse": gettext("申请已拒绝，理由会通知申请机构。"),
        "revoke": gettext("资格已撤销，理由会通知该机构。"),
    }
    flash(said[verb], "ok")
    return redirect(url_for("console_people.application", grant_id=grant_id), 303)


def _decide(verb: str, found: CapabilityGrant, because: str) -> None:
    verbs = {
        "grant": capabilities.grant,
        "refuse": capabilities.refuse,
        "revoke": capabilities.revoke,
    }
    verbs[verb](current_actor(), found, because=because)


# ---- users -----------------------------------------------------------------------------------


@bp.get("/users")
def users() -> ResponseReturnValue:
    """Everybody with an account."""
    wish = _wish()
    rows = people.users(current_actor(), wish)
    export = request.args.get("export", "")
    if export:
        return table_response(everything(rows), _user_columns(), "users", export)
    return render_template("console/people/users.html", page=paginate(rows), wish=wish)


def _user_columns() -> list[Any]:
    return [
        (gettext("姓名"), lambda u: u.name),
        (gettext("邮箱"), lambda u: u.email),
        (gettext("机构"), lambda u: "; ".join(m.organisation.name for m in u.memberships)),
        (gettext("注册时间"), lambda u: u.created_at),
        (gettext("邮箱确认时间"), lambda u: u.confirmed_at),
        (gettext("两步验证开启时间"), lambda u: u.totp_enabled_at),
        (gettext("关闭时间"), lambda u: u.closed_at),
    ]


@bp.get("/users/<int:user_id>")
def user(user_id: int) -> ResponseReturnValue:
    """One person: organisations, what happened."""
    return _user(people.user(current_actor(), user_id), DecisionForm(formdata=None))


def _user(found: User, form: DecisionForm, status: int = 200) -> ResponseReturnValue:
    actor = current_actor()
    page = render_template(
        "console/people/user.html",
        user=found,
        form=form,
        history=people.history_of(actor, found),
        last_seen=people.last_seen(actor, found),
        may_close=policy.close_user.allows(actor, found),
    )
    return page, status


@bp.post("/users/<int:user_id>/<any(close, reopen):verb>")
def close_user(user_id: int, verb: str) -> ResponseReturnValue:
    """Close an account with a reason, or open it again."""
    found = people.user(current_actor(), user_id)
    form = DecisionForm()
    if not form.validate_on_submit():
        return _user(found, form, 422)
    try:
        with transaction():
            act = accounts.close if verb == "close" else accounts.reopen
            act(current_actor(), found, because=form.because.data or "")
    except Invalid as refusal:
        absorb(form, refusal, locale_code())
        return _user(found, form, refusal.status)
    flash(gettext("账户已关闭。") if verb == "close" else gettext("账户已重新开放。"), "ok")
    return redirect(url_for("console_people.user", user_id=user_id), 303)


# ---- organisations ---------------------------------------------------------------------------


@bp.get("/organisations")
def organisations() -> ResponseReturnValue:
    """Every organisation."""
    wish = _wish()
    rows = people.organisations(current_actor(), wish)
    export = request.args.get("export", "")
    if export:
        return table_response(everything(rows), _organisation_columns(), "organisations", export)
    return render_template(
        "console/people/organisations.html",
        page=paginate(rows),
        wish=wish,
        kinds=list(OrganisationKind),
    )


def _organisation_columns() -> list[Any]:
    return [
        (gettext("机构"), lambda o: o.name),
        (gettext("英文名称"), lambda o: o.name_en),
        (gettext("机构类型"), lambda o: words("enums", f"organisation_kind.{o.kind.value}")),
        (gettext("所在地区"), lambda o: words("enums", f"region.{o.region.value}")),
        (gettext("统一社会信用代码"), lambda o: o.uscc),
        (gettext("省份"), lambda o: o.province),
        (gettext("地市"), lambda o: o.city),
        (
            gettext("资格"),
            lambda o: "; ".join(words("enums", f"capability.{c}") for c in sorted(o.capabilities)),
        ),
        (gettext("创建时间"), lambda o: o.created_at),
        (gettext("核验时间"), lambda o: o.verified_at),
        (gettext("停用时间"), lambda o: o.closed_at),
    ]


@bp.get("/organisations/<int:organisation_id>")
def organisation(organisation_id: int) -> ResponseReturnValue:
    """One organisation: identity, members, capabilities, what happened."""
    found = people.organisation(current_actor(), organisation_id)
    return _organisation(found, DecisionForm(formdata=None))


def _organisation(
    found: Organisation, form: DecisionForm, status: int = 200
) -> ResponseReturnValue:
    actor = current_actor()
    page = render_template(
        "console/people/organisation.html",
        organisation=found,
        members=people.members_of(found.id),
        form=form,
        history=people.history_of(actor, found),
        may_close=policy.close_organisation.allows(actor, found),
    )
    return page, status


@bp.post("/organisations/<int:organisation_id>/<any(close, reopen):verb>")
def close_organisation(organisation_id: int, verb: str) -> ResponseReturnValue:
    """Close an organisation with a reason, or open it again."""
    found = people.organisation(current_actor(), organisation_id)
    form = DecisionForm()
    if not form.validate_on_submit():
        return _organisation(found, form, 422)
    try:
        with transaction():
            act = registry.close if verb == "close" else registry.reopen
            act(current_actor(), found, because=form.because.data or "")
    except Invalid as refusal:
        absorb(form, refusal, locale_code())
        return _organisation(found, form, refusal.status)
    flash(gettext("机构已停用。") if verb == "close" else gettext("机构已恢复。"), "ok")
    return redirect(url_for("console_people.organisation", organisation_id=organisation_id), 303)


@bp.route("/organisations/<int:organisation_id>/identity", methods=["GET", "POST"])
def correct(organisation_id: int) -> ResponseReturnValue:
    """Correct an identity, with a reason."""
    found = people.organisation(current_actor(), organisation_id)
    form = CorrectionForm(data=identity_of(found))
    form.speak(locale_code())
    status = 200
    if form.validate_on_submit():
        try:
            with transaction():
                registry.identify(current_actor(), found, form.identity, because=form.because.data)
        except Invalid as refusal:
            absorb(form, refusal, locale_code())
            status = refusal.status
        else:
            flash(gettext("机构身份信息已更正。"), "ok")
            where = url_for("console_people.organisation", organisation_id=organisation_id)
            return redirect(where, 303)
    elif form.is_submitted():
        status = 422
    return render_template("console/people/correct.html", form=form, organisation=found), status
