"""The organisation one acts for: profile, identity, account for payments, members, capabilities."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.core.db import transaction
from marketplace.core.errors import Invalid, NotFound, Refused
from marketplace.documents import queries as documents
from marketplace.documents import services as filing
from marketplace.forms.absorb import absorb
from marketplace.forms.organisations import (
    SAID,
    ApplicationForm,
    BankForm,
    IdentityForm,
    InvitationForm,
    ProfileForm,
    RoleForm,
    said,
)
from marketplace.organisations import passwords, policy
from marketplace.organisations import queries as organisations
from marketplace.organisations.models import (
    Capability,
    CapabilityGrant,
    Organisation,
    OrganisationKind,
    Role,
)
from marketplace.organisations.services import capabilities as granting
from marketplace.organisations.services import members as membership_services
from marketplace.organisations.services import organisations as describing
from marketplace.payments.gateways import choice
from marketplace.web.account import city_names
from marketplace.web.export import table_response
from marketplace.web.limits import limiter
from marketplace.web.locale import gettext
from marketplace.web.presentation import locale_code, words
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("organisation", __name__, url_prefix="/workbench/organisation")

APPLIED_FOR = tuple(c for c in Capability if c is not Capability.OPERATOR)


@bp.before_request
@sign_in_required
def _needs_an_organisation() -> ResponseReturnValue | None:
    """People who belong to none are shown how to open or join one."""
    if current_actor().organisation_id is None:
        flash(gettext("请先创建或加入一个机构。"), "info")
        return redirect(url_for("account.organisations"), 303)
    return None


def _ours() -> Organisation:
    return organisations.own_organisation(current_actor())


def _may() -> dict[str, bool]:
    """Which buttons to show."""
    actor, ours = current_actor(), _ours()
    return {
        "edit": policy.edit_organisation.allows(actor, ours),
        "identify": policy.edit_identity.allows(actor, ours) and ours.verified_at is None,
        "bank": policy.edit_bank_account.allows(actor, ours),
        "invite": policy.invite_member.allows(actor, Role.VIEWER),
        "own": actor.role == Role.OWNER,
        "apply": policy.apply_for_capability.allows(actor, ours),
    }


# ---- profile ---------------------------------------------------------------------------------


@bp.get("")
def profile() -> ResponseReturnValue:
    """What the organisation is and says of itself."""
    return render_template("organisation/profile.html", organisation=_ours(), may=_may())


@bp.route("/edit", methods=["GET", "POST"])
def edit() -> ResponseReturnValue:
    """Change what it says of itself."""
    ours = _ours()
    form = ProfileForm(obj=ours)
    form.speak(locale_code())
    status = 200
    if form.validate_on_submit():
        try:
            with transaction():
                describing.describe(current_actor(), ours, form.profile)
        except Invalid as refusal:
            absorb(form, refusal, locale_code())
            status = refusal.status
        else:
            flash(gettext("机构资料已保存。"), "ok")
            return redirect(url_for("organisation.profile"), 303)
    elif form.is_submitted():
        status = 422
    page = render_template(
        "organisation/edit.html", form=form, organisation=ours, cities=city_names()
    )
    return page, status


@bp.route("/identity", methods=["GET", "POST"])
def identity() -> ResponseReturnValue:
    """Correct the identity before it is verified."""
    ours = _ours()
    form = IdentityForm(data=identity_of(ours))
    form.speak(locale_code())
    status = 200
    if form.validate_on_submit():
        try:
            with transaction():
                describing.identify(current_actor(), ours, form.identity)
        except Invalid as refusal:
            absorb(form, refusal, locale_code())
            status = refusal.status
        else:
            flash(gettext("机构身份信息已保存。"), "ok")
            return redirect(url_for("organisation.profile"), 303)
    elif form.is_submitted():
        status = 422
    return render_template("organisation/identity.html", form=form, organisation=ours), status


def identity_of(organisation: Organisation) -> dict[str, Any]:
    """What the identity form shows of an organisation."""
    return {
        "name": organisation.name,
        "kind": organisation.kind.value,
        "region": organisation.region.value,
        "uscc": organisation.uscc,
        "foreign_registration": organisation.foreign_registration,
        "representative": organisation.representative,
        "state_established": organisation.state_established,
        **{name: said(getattr(organisation, name)) for name in SAID},
    }


@bp.route("/bank", methods=["GET", "POST"])
@limiter.limit("10 per minute", methods=["POST"])
def bank() -> ResponseReturnValue:
    """Where it is paid out; the password is asked for."""
    ours = _ours()
    form = BankForm(bank=ours.bank_name, account=ours.bank_account)
    status = 200
    if form.validate_on_submit():
        try:
            me = organisations.own_account(current_actor())
            passwords.prove(me, form.current.data, field="current")
            with transaction():
                describing.set_bank_account(
                    current_actor(), ours, bank=form.bank.data, account=form.account.data
                )
        except Invalid as refusal:
            absorb(form, refusal, locale_code())
            status = refusal.status
        else:
            flash(gettext("收款账户已保存。"), "ok")
            return redirect(url_for("organisation.profile"), 303)
    elif form.is_submitted():
        status = 422
    page = render_template(
        "organisation/bank.html",
        form=form,
        organisation=ours,
        by_provider=choice.transfers() and policy.edit_bank_account.allows(current_actor(), ours),
    )
    return page, status


# ---- members ---------------------------------------------------------------------------------


@bp.get("/members")
def members() -> ResponseReturnValue:
    """Who may act for it, and who is invited."""
    kind = request.args.get("export", "")
    if kind:
        return _export_members(kind)
    return _members()


def _members(form: InvitationForm | None = None, status: int = 200) -> ResponseReturnValue:
    ours, actor = _ours(), current_actor()
    if form is None:
        form = InvitationForm(formdata=None)
        form.speak(locale_code(), owner=actor.role == Role.OWNER)
    text = request.args.get("q", "").strip().lower()
    found = [
        m
        for m in organisations.members_of(ours.id)
        if text in m.user.name.lower() or text in m.user.email
    ]
    page = render_template(
        "organisation/members.html",
        organisation=ours,
        members=found,
        text=text,
        invitations=organisations.invitations(actor),
        form=form,
        roles=list(Role),
        may=_may(),
    )
    return page, status


def _export_members(kind: str) -> ResponseReturnValue:
    columns = [
        (gettext("姓名"), lambda m: m.user.name),
        (gettext("邮箱"), lambda m: m.user.email),
        (gettext("角色"), lambda m: words("enums", f"role.{m.role.value}")),
        (gettext("加入时间"), lambda m: m.created_at),
    ]
    rows = organisations.members_of(current_actor().organisation)
    return table_response(rows, columns, "members", kind)


@bp.post("/members/<int:membership_id>/role")
def change_role(membership_id: int) -> ResponseReturnValue:
    """Give a member another role."""
    membership = organisations.membership(current_actor(), membership_id)
    form = RoleForm()
    if not form.validate_on_submit():
        raise Invalid("member.role_unknown", fields={"role": "member.role_unknown"})
    with transaction():
        membership_services.change_role(current_actor(), membership, Role(form.role.data))
    flash(gettext("成员角色已更改。"), "ok")
    return redirect(url_for("organisation.members"), 303)


@bp.post("/members/<int:membership_id>/remove")
def remove_member(membership_id: int) -> ResponseReturnValue:
    """Remove a member; removing oneself is leaving."""
    membership = organisations.membership(current_actor(), membership_id)
    leaving = membership.user_id == current_actor().user_id
    with transaction():
        membership_services.remove(current_actor(), membership)
    flash(gettext("您已退出该机构。") if leaving else gettext("成员已移除。"), "ok")
    return redirect(url_for("account.organisations" if leaving else "organisation.members"), 303)


@bp.post("/invitations")
@limiter.limit("20 per minute; 100 per day")
def invite() -> ResponseReturnValue:
    """Invite an address."""
    form = InvitationForm()
    form.speak(locale_code(), owner=current_actor().role == Role.OWNER)
    if form.validate_on_submit():
        try:
            with transaction():
                membership_services.invite(
                    current_actor(), email=form.email.data, role=Role(form.role.data)
                )
        except Invalid as refusal:
            absorb(form, refusal, locale_code())
        else:
            flash(gettext("邀请邮件会发往 %(email)s，14 天内有效。", email=form.email.data), "ok")
            return redirect(url_for("organisation.members"), 303)
    return _members(form, 422)


@bp.post("/invitations/<int:invitation_id>/again")
@limiter.limit("10 per minute; 50 per day")
def invite_again(invitation_id: int) -> ResponseReturnValue:
    """Send an invitation once more."""
    invitation = organisations.invitation(current_actor(), invitation_id)
    with transaction():
        membership_services.invite_again(current_actor(), invitation)
    flash(gettext("邀请邮件会再次发往 %(email)s。", email=invitation.email), "ok")
    return redirect(url_for("organisation.members"), 303)


@bp.post("/invitations/<int:invitation_id>/withdraw")
def withdraw_invitation(invitation_id: int) -> ResponseReturnValue:
    """Take an invitation back."""
    invitation = organisations.invitation(current_actor(), invitation_id)
    with transaction():
        membership_services.withdraw(current_actor(), invitation)
    flash(gettext("邀请已撤回。"), "ok")
    return redirect(url_for("organisation.members"), 303)


# ---- capabilities ----------------------------------------------------------------------------


@bp.get("/capabilities")
def capabilities() -> ResponseReturnValue:
    """What it may do, what it asked for, and what was said."""
    ours = _ours()
    grants = {g.capability: g for g in ours.grants}
    return render_template(
        "organisation/capabilities.html",
        organisation=ours,
        rows=[(c, grants.get(c)) for c in APPLIED_FOR if _is_open_to(ours, c)],
        papers={g.id: papers(g) for g in ours.grants},
        may=_may(),
    )


def _is_open_to(organisation: Organisation, capability: Capability) -> bool:
    """Only a public body can be the authority."""
    public = organisation.kind is OrganisationKind.GOVERNMENT
    return public or capability is not Capability.REGULATOR


def papers(grant: CapabilityGrant) -> list[Any]:
    """The documents that came with an application, as far as the reader may see them."""
    return list(documents.of(current_actor(), grant, purpose="capability"))


@bp.route("/capabilities/<capability>", methods=["GET", "POST"])
@limiter.limit("60 per hour", methods=["POST"])
def apply(capability: str) -> ResponseReturnValue:
    """Ask for a capability with a statement and documents."""
    if capability not in APPLIED_FOR:
        raise NotFound("capability")
    wanted = Capability(capability)
    ours = _ours()
    if not _is_open_to(ours, wanted):
        raise NotFound("capability")
    grant = next((g for g in ours.grants if g.capability is wanted), None)
    form = ApplicationForm(statement=grant.statement if grant else "")
    status = 200
    if form.validate_on_submit():
        try:
            with transaction():
                _apply(ours, wanted, form)
        except Invalid as refusal:
            _beside_documents(form, refusal)
            status = refusal.status
        else:
            flash(gettext("申请已提交，审核结果会通知您。"), "ok")
            return redirect(url_for("organisation.capabilities"), 303)
    elif form.is_submitted():
        status = 422
    page = render_template(
        "organisation/apply.html",
        form=form,
        capability=wanted,
        grant=grant,
        papers=papers(grant) if grant else [],
    )
    return page, status


def _apply(ours: Organisation, wanted: Capability, form: ApplicationForm) -> None:
    actor = current_actor()
    grant = granting.apply_for(actor, ours, wanted, statement=form.statement.data)
    if not form.files and not papers(grant):
        code = "capability.documents_missing"
        raise Invalid(code, fields={"documents": code})
    for file in form.files:
        filing.store(actor, file.stream, file.filename, purpose="capability", subject=grant)


def _beside_documents(form: ApplicationForm, refusal: Refused) -> None:
    """What is wrong with a file belongs beside the file field."""
    if refusal.code.startswith("document.") and not refusal.fields:
        refusal.fields["documents"] = refusal.code
    absorb(form, refusal, locale_code())
