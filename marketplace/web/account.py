"""A person's own account: profile, security, browsers, organisations."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from marketplace.assets import regions
from marketplace.core import settings, signing
from marketplace.core.db import transaction
from marketplace.core.errors import Refused
from marketplace.forms.absorb import absorb
from marketplace.forms.organisations import OrganisationForm
from marketplace.forms.people import (
    AccountForm,
    ChangePasswordForm,
    CodeForm,
    PasswordForm,
)
from marketplace.organisations import passwords, second_factor, tokens
from marketplace.organisations import queries as people
from marketplace.organisations.models import User
from marketplace.organisations.services import accounts, members, second_factors, sign_ins
from marketplace.organisations.services import organisations as founding
from marketplace.web.limits import limiter
from marketplace.web.locale import gettext
from marketplace.web.presentation import first_page, locale_code, org_name, site_name
from marketplace.web.session import current_actor, current_sign_in, sign_in_required

bp = Blueprint("account", __name__, url_prefix="/account")

TAGS = {"zh_Hans": "zh-CN", "zh_Hant": "zh-HK", "en": "en"}


def _me() -> User:
    return people.own_account(current_actor())


@bp.route("", methods=["GET", "POST"])
@sign_in_required
def profile() -> ResponseReturnValue:
    """Name, language, wishes for mail."""
    me = _me()
    form = AccountForm(obj=me)
    status = 200
    if form.validate_on_submit():
        try:
            with transaction():
                accounts.revise(
                    current_actor(),
                    me,
                    name=form.name.data,
                    locale=form.locale.data,
                    mail_wanted=bool(form.mail_wanted.data),
                )
        except Refused as refusal:
            absorb(form, refusal, locale_code())
            status = refusal.status
        else:
            flash(gettext("账户资料已保存。"), "ok")
            return redirect(url_for("account.profile", lang=TAGS[me.locale]), 303)
    elif form.is_submitted():
        status = 422
    return render_template("account/profile.html", form=form, me=me), status


# ---- security --------------------------------------------------------------------------------


@bp.get("/security")
@sign_in_required
def security() -> ResponseReturnValue:
    """Password, second factor, recovery codes."""
    return _security()


def _security(status: int = 200, **forms: Any) -> ResponseReturnValue:
    me = _me()
    return (
        render_template(
            "account/security.html",
            me=me,
            codes_left=people.recovery_codes_left(me),
            browsers=len(people.sign_ins(current_actor())),
            password_form=forms.get("password_form") or ChangePasswordForm(formdata=None),
        ),
        status,
    )


@bp.post("/security/password")
@sign_in_required
@limiter.limit("10 per minute")
def change_password() -> ResponseReturnValue:
    """A new password signs every other browser out."""
    me, row = _me(), current_sign_in()
    form = ChangePasswordForm()
    if form.validate_on_submit():
        try:
            passwords.prove(me, form.current.data, field="current")
            passwords.check(form.password.data, email=me.email)
            password_hash = passwords.hashed(form.password.data)
            with transaction():
                accounts.change_password(
                    current_actor(), me, password_hash=password_hash, keep=row.id if row else None
                )
        except Refused as refusal:
            absorb(form, refusal, locale_code())
        else:
            flash(gettext("密码已修改，其他登录均已退出。"), "ok")
            return redirect(url_for("account.security"), 303)
    return _security(422, password_form=form)


@bp.route("/security/second-factor", methods=["GET", "POST"])
@sign_in_required
@limiter.limit("20 per minute", methods=["POST"])
def second_factor_setup() -> ResponseReturnValue:
    """Scan the picture, type a code; the recovery codes are shown once."""
    me = _me()
    if me.has_second_factor:
        return redirect(url_for("account.security"), 303)
    if me.totp_secret is None:
        with transaction():
            second_factors.prepare(current_actor(), me)
    form = CodeForm()
    status = 200
    if form.validate_on_submit():
        try:
            with transaction():
                codes = second_factors.enable(current_actor(), me, form.code.data)
        except Refused as refusal:
            absorb(form, refusal, locale_code())
            status = refusal.status
        else:
            return render_template("account/recovery_codes.html", codes=codes, fresh=True)
    elif form.is_submitted():
        status = 422
    secret = signing.unseal(me.totp_secret or "")
    address = second_factor.address(secret, email=me.email, issuer=settings.current().site_name_en)
    return (
        render_template(
            "account/second_factor.html",
            form=form,
            picture=Markup(  # noqa: S704 -- drawn by segno from our own address
                second_factor.picture(
                    address, gettext("两步验证二维码 · %(site)s", site=site_name())
                )
            ),
            secret=second_factor.grouped(secret),
            address=address,
        ),
        status,
    )


@bp.route("/security/second-factor/off", methods=["GET", "POST"])
@sign_in_required
@limiter.limit("10 per minute", methods=["POST"])
def second_factor_off() -> ResponseReturnValue:
    """Turn it off, with the password."""
    return _with_password("off")


@bp.route("/security/recovery-codes", methods=["GET", "POST"])
@sign_in_required
@limiter.limit("10 per minute", methods=["POST"])
def recovery_codes() -> ResponseReturnValue:
    """New recovery codes, with the password; shown once."""
    return _with_password("codes")


def _with_password(wish: str) -> ResponseReturnValue:
    me = _me()
    if not me.has_second_factor:
        return redirect(url_for("account.security"), 303)
    form = PasswordForm()
    status = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        try:
            passwords.prove(me, form.current.data, field="current")
            return _turn_off(me) if wish == "off" else _renew_codes(me)
        except Refused as refusal:
            absorb(form, refusal, locale_code())
            status = refusal.status
    return render_template("account/prove.html", form=form, wish=wish), status


def _turn_off(me: User) -> ResponseReturnValue:
    with transaction():
        second_factors.disable(current_actor(), me)
    flash(gettext("两步验证已关闭。"), "ok")
    return redirect(url_for("account.security"), 303)


def _renew_codes(me: User) -> ResponseReturnValue:
    with transaction():
        codes = second_factors.renew_recovery_codes(current_actor(), me)
    return render_template("account/recovery_codes.html", codes=codes, fresh=False)


# ---- browsers --------------------------------------------------------------------------------


@bp.get("/sessions")
@sign_in_required
def sessions() -> ResponseReturnValue:
    """Where one is signed in."""
    row = current_sign_in()
    return render_template(
        "account/sessions.html",
        sign_ins=people.sign_ins(current_actor()),
        here=row.id if row else None,
        browser_name=browser_name,
    )


def browser_name(user_agent: str) -> str:
    """A browser and its system in words, from what it says of itself."""
    browsers = (
        ("MicroMessenger", gettext("微信")), ("Edg", "Edge"), ("OPR", "Opera"),
        ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"),
    )  # fmt: skip
    systems = (
        ("HarmonyOS", "HarmonyOS"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"),
        ("Windows", "Windows"), ("Mac OS", "macOS"), ("Linux", "Linux"),
    )  # fmt: skip
    browser = next((name for sign, name in browsers if sign in user_agent), "")
    system = next((name for sign, name in systems if sign in user_agent), "")
    return " · ".join(filter(None, (browser, system))) or gettext("未知浏览器")


@bp.post("/sessions/<int:sign_in_id>/revoke")
@sign_in_required
def revoke_session(sign_in_id: int) -> ResponseReturnValue:
    """Sign another browser out."""
    found = people.sign_in(current_actor(), sign_in_id)
    with transaction():
        sign_ins.revoke(current_actor(), found)
    flash(gettext("该处登录已退出。"), "ok")
    return redirect(url_for("account.sessions"), 303)


@bp.post("/sessions/revoke-others")
@sign_in_required
def revoke_other_sessions() -> ResponseReturnValue:
    """Sign every other browser out."""
    row = current_sign_in()
    with transaction():
        sign_ins.revoke_others(current_actor(), _me(), keep=row.id if row else None)
    flash(gettext("其他登录均已退出。"), "ok")
    return redirect(url_for("account.sessions"), 303)


# ---- organisations ---------------------------------------------------------------------------


@bp.get("/organisations")
@sign_in_required
def organisations() -> ResponseReturnValue:
    """The organisations one belongs to, and invitations."""
    me = _me()
    return render_template(
        "account/organisations.html",
        me=me,
        mine=people.memberships_of(me),
        invitations=[(i, tokens.invitation(i)) for i in people.invitations_to(me)],
    )


@bp.route("/organisations/new", methods=["GET", "POST"])
@sign_in_required
@limiter.limit("60 per hour", methods=["POST"])
def new_organisation() -> ResponseReturnValue:
    """Open an organisation and act for it."""
    me, row = _me(), current_sign_in()
    form = OrganisationForm()
    form.speak(locale_code())
    status = 200
    if form.validate_on_submit():
        try:
            with transaction():
                made = founding.create(current_actor(), form.identity, form.profile)
                if row is not None:
                    sign_ins.act_for(current_actor(), row, made.id)
        except Refused as refusal:
            absorb(form, refusal, locale_code())
            status = refusal.status
        else:
            flash(
                gettext(
                    "“%(organisation)s”已创建。请申请需要的资格。", organisation=org_name(made)
                ),
                "ok",
            )
            return redirect(url_for("organisation.capabilities"), 303)
    elif form.is_submitted():
        status = 422
    page = render_template("account/new_organisation.html", form=form, me=me, cities=city_names())
    return page, status


def city_names() -> list[str]:
    """The 21 cities for the suggestions of the field."""
    return [city.name(locale_code()) for city in regions.cities()]


@bp.post("/organisations/<int:membership_id>/leave")
@sign_in_required
def leave(membership_id: int) -> ResponseReturnValue:
    """Leave an organisation."""
    membership = people.own_membership(current_actor(), membership_id)
    name = org_name(membership.organisation)
    with transaction():
        members.remove(current_actor(), membership)
    flash(gettext("您已退出“%(organisation)s”。", organisation=name), "ok")
    return redirect(first_page("/account/organisations"), 303)
