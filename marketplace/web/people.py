"""Signing up, in and out; confirming, resetting, accepting invitations; choosing whom one acts for.

Passwords are hashed and compared outside transactions: it takes tens of milliseconds on purpose.
"""

from dataclasses import dataclass
from typing import Any

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue

from marketplace.core import clock
from marketplace.core.db import transaction
from marketplace.core.errors import Invalid, Refused
from marketplace.forms.absorb import absorb
from marketplace.forms.people import (
    CodeForm,
    NewPasswordForm,
    ResetRequestForm,
    SignInForm,
    SignUpForm,
)
from marketplace.notifications import services as notifications
from marketplace.organisations import passwords, tokens
from marketplace.organisations import queries as organisations
from marketplace.organisations.models import Invitation, InvitationState, User
from marketplace.organisations.services import accounts, members, second_factors, sign_ins
from marketplace.web.incoming import row_number
from marketplace.web.limits import limiter
from marketplace.web.locale import gettext
from marketplace.web.presentation import first_page, locale_code, org_name
from marketplace.web.security import csrf
from marketplace.web.session import (
    begin,
    current_actor,
    current_sign_in,
    end,
    known_browser,
    mark_known,
    network,
    own_referrer,
    safe_next,
    sign_in_required,
)

bp = Blueprint("people", __name__)

PENDING_SECONDS = 600  # between the password and the code
DEMO_ADDRESSES = "@demo.example"


@dataclass(frozen=True)
class DemoSignIn:
    """One button of the demonstration's sign-in page, and what there is to see behind it."""

    user: User
    role: str
    organisation: Any
    note: str


def _demo_notes() -> dict[str, str]:
    """What each person of the demonstration does here, by the first part of the address."""
    return {
        "tto": gettext("高校技术转移中心：管理资产，挂牌，答复报价，办理交易"),
        "buyer": gettext("受让企业：检索，询问，报价，签约，付款"),
        "finance": gettext("企业财务：查看付款通知和到账"),
        "viewer": gettext("企业工程师：只能查看和关注"),
        "soe": gettext("国有企业：转让前须评估，也受让专利"),
        "brand": gettext("商标权利人：许可和转让商标"),
        "inventor": gettext("独立发明人：以个人名义挂牌"),
        "foreign": gettext("境外企业：取得许可，也许可美国专利"),
        "broker": gettext("中介机构：为自己受让并运营专利"),
        "valuer": gettext("评估机构：在案评估报告"),
        "bank": gettext("银行：质押登记与解除的消息"),
        "regulator": gettext("主管部门：查看全部交易，办理备案与审查，不改动交易"),
        "newcomer": gettext("新用户：已注册，尚未加入机构"),
        "operator": gettext("交易所运营人员：审核、核验、资金、日志"),
        "cashier": gettext("交易所出纳：付出他人下达的款项"),
    }


def demo_sign_ins() -> list[DemoSignIn]:
    """One sign-in a person of the demonstration; none outside it."""
    if not current_app.config["DEMO"]:
        return []
    notes = _demo_notes()
    found = [
        DemoSignIn(
            user,
            user.memberships[0].role.value if user.memberships else "",
            user.memberships[0].organisation if user.memberships else None,
            notes.get(user.email.removesuffix(DEMO_ADDRESSES), ""),
        )
        for user in organisations.users_ending_in(DEMO_ADDRESSES)
    ]
    order = [*notes.values(), ""]
    return sorted(found, key=lambda one: order.index(one.note))


# ---- signing in and out ----------------------------------------------------------------------


@bp.route("/sign-in", methods=["GET", "POST"])
@limiter.limit("30 per minute; 300 per hour", methods=["POST"])
def sign_in() -> ResponseReturnValue:
    """Address and password; then the code where a second factor is on."""
    if current_sign_in() is not None:
        return redirect(_onward(), 303)
    form = SignInForm()
    status = 200
    if form.validate_on_submit():
        try:
            return _first_step(form)
        except Refused as refusal:
            absorb(form, refusal, locale_code())
            status = refusal.status
    elif form.is_submitted():
        status = 422
    page = render_template(
        "people/sign_in.html",
        form=form,
        demo=demo_sign_ins(),
        next=safe_next(request.args.get("next")),
    )
    return page, status


def _first_step(form: SignInForm) -> ResponseReturnValue:
    email, password = form.email.data.lower(), form.password.data
    with transaction():
        sign_ins.begin(email, network=network(), browser=known_browser(email))
    user = organisations.user_by_email(email)
    if not passwords.matches(user, password) or user is None:
        raise Invalid("sign_in.wrong")
    if user.has_second_factor:
        session["pending"] = {
            "user": user.id,
            "password": _age(user),
            "at": int(clock.now().timestamp()),
            "remember": bool(form.remember.data),
        }
        return redirect(
            url_for("people.sign_in_code", next=safe_next(request.args.get("next"))), 303
        )
    fresh = passwords.hashed(password) if passwords.is_outdated(user) else ""
    return _let_in(user, remember=bool(form.remember.data), fresh_hash=fresh)


@bp.route("/sign-in/code", methods=["GET", "POST"])
@limiter.limit("30 per minute", methods=["POST"])
def sign_in_code() -> ResponseReturnValue:
    """The second step: a code of the application, or a recovery code."""
    user = _pending_user()
    if user is None:
        return redirect(url_for("people.sign_in", next=safe_next(request.args.get("next"))), 303)
    form = CodeForm()
    status = 200
    if form.validate_on_submit():
        try:
            return _second_step(user, form.code.data)
        except Refused as refusal:
            absorb(form, refusal, locale_code())
            status = refusal.status
    elif form.is_submitted():
        status = 422
    return render_template("people/sign_in_code.html", form=form), status


def _second_step(user: User, code: str) -> ResponseReturnValue:
    browser = known_browser(user.email)
    with transaction():  # counted even when the code turns out wrong
        sign_ins.begin_code(user, network=network(), browser=browser)
    with transaction():
        used = second_factors.spend(user, code)
        sign_ins.succeeded(user, network=network(), browser=browser, code=True)
    if used == "recovery":
        left = organisations.recovery_codes_left(user)
        flash(gettext("您使用了一个恢复码，还剩 %(count)s 个。", count=left), "info")
    return _let_in(user, remember=bool(session["pending"]["remember"]))


def _let_in(user: User, *, remember: bool, fresh_hash: str = "") -> ResponseReturnValue:
    with transaction():
        sign_ins.succeeded(user, network=network(), browser=known_browser(user.email))
        if fresh_hash:
            accounts.rehash(user, fresh_hash)
        row, token = sign_ins.open_for(
            user, network=network(), user_agent=request.user_agent.string
        )
    flashes = session.get("_flashes")
    begin(row, token, remember=remember)
    if flashes:
        session["_flashes"] = flashes
    return mark_known(current_app.make_response(redirect(_onward(), 303)), user)


def _pending_user() -> User | None:
    pending = session.get("pending")
    if not pending or clock.now().timestamp() - pending["at"] > PENDING_SECONDS:
        return None
    user = organisations.pending_user(pending["user"])
    return user if user is not None and _age(user) == pending["password"] else None


def _age(user: User) -> str:
    return user.password_changed_at.isoformat() if user.password_changed_at else ""


def _onward() -> str:
    """Where somebody goes who has signed in."""
    wanted = safe_next(request.args.get("next"))
    if wanted:
        return wanted
    actor = current_actor()
    if actor.is_operator:
        return first_page("/console", "/")
    if actor.is_regulator:
        return first_page("/authority", "/") or "/"
    if actor.organisation_id is None:
        return url_for("account.organisations")
    return first_page("/workbench", "/") or "/"


@bp.post("/sign-in/demo")
@limiter.limit("60 per minute")
def sign_in_demo() -> ResponseReturnValue:
    """Sign in as one of the demonstration's people; there is no such page outside it."""
    if not current_app.config["DEMO"]:
        abort(404)
    wanted = request.form.get("user_id", type=row_number)
    user = next((d.user for d in demo_sign_ins() if d.user.id == wanted), None)
    if user is None:
        abort(404)
    if current_sign_in() is not None:
        end()
    return _let_in(user, remember=False)


@bp.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """Sign this browser out."""
    row = current_sign_in()
    if row is not None:
        with transaction():
            sign_ins.close(row)
    end()
    flash(gettext("您已退出登录。"), "ok")
    return redirect("/", 303)


@bp.post("/act-for")
@sign_in_required
def act_for() -> ResponseReturnValue:
    """Act for another of one's organisations from now on."""
    row = current_sign_in()
    wanted = request.form.get("organisation_id", type=row_number)
    if row is None or wanted is None:
        abort(400)
    with transaction():
        sign_ins.act_for(current_actor(), row, wanted)
    chosen = organisations.membership_in(current_actor(), wanted).organisation
    flash(gettext("现在以“%(organisation)s”的身份办理。", organisation=org_name(chosen)), "ok")
    onward = safe_next(request.form.get("next")) or own_referrer() or first_page("/workbench", "/")
    return redirect(onward or "/", 303)


# ---- signing up ------------------------------------------------------------------------------


@bp.route("/sign-up", methods=["GET", "POST"])
@limiter.limit("10 per minute; 60 per hour", methods=["POST"])
def sign_up() -> ResponseReturnValue:
    """Open an account. The answer is the same whether the address has one already or not."""
    if current_sign_in() is not None:
        return redirect(_onward(), 303)
    invitation = _open_invitation(request.args.get("invitation"))
    form = SignUpForm()
    if invitation is not None and not form.is_submitted():
        form.email.data = invitation.email
    status = 200
    if form.validate_on_submit():
        try:
            return _open_account(form, request.args.get("invitation"))
        except Invalid as refusal:
            absorb(form, refusal, locale_code())
            status = refusal.status
    elif form.is_submitted():
        status = 422
    return render_template("people/sign_up.html", form=form, invitation=invitation), status


def _open_account(form: SignUpForm, invited_by: str | None) -> ResponseReturnValue:
    email = form.email.data.lower()
    passwords.check(form.password.data, email=email)
    password_hash = passwords.hashed(form.password.data)  # also where it turns out not to be needed
    with transaction():
        invitation = _open_invitation(invited_by)
        user = accounts.sign_up(
            email=email,
            name=form.name.data,
            password_hash=password_hash,
            locale=locale_code(),
            invitation=invitation,
        )
        joined = invitation is not None and invitation.state is InvitationState.ACCEPTED
    if joined and invitation is not None:  # its mail has proved the address: nothing to wait for
        organisation = org_name(invitation.organisation)
        flash(gettext("账户已开通，您已加入“%(organisation)s”。", organisation=organisation), "ok")
        return _let_in(user, remember=False)
    session["signed_up"] = email
    return redirect(url_for("people.signed_up"), 303)


@bp.get("/sign-up/sent")
def signed_up() -> ResponseReturnValue:
    """Read your mail: the same for everybody."""
    email = session.get("signed_up")
    if not email:
        return redirect(url_for("people.sign_up"), 303)
    return render_template("people/signed_up.html", email=email)


@bp.post("/confirm")
@limiter.limit("5 per minute; 20 per hour")
def confirm_again() -> ResponseReturnValue:
    """Send the confirmation once more: to whoever is signed in or has just signed up."""
    row = current_sign_in()
    email = row.user.email if row else session.get("signed_up", "")
    with transaction():
        user = organisations.user_by_email(email) if email else None
        if user is not None:
            accounts.ask_confirmation_again(user)
    flash(gettext("如果这个邮箱需要确认，确认邮件会再次发出。"), "ok")
    return redirect(own_referrer() or url_for("people.sign_in"), 303)


@bp.route("/confirm/<token>", methods=["GET", "POST"])
def confirm(token: str) -> ResponseReturnValue:
    """The link of the confirmation mail. Mail scanners open links, so a button does it."""
    try:
        user = tokens.read_confirmation(token)
        if request.method == "POST":
            with transaction():
                accounts.confirm(token)
            flash(gettext("邮箱已确认。"), "ok")
            return redirect(_onward() if current_sign_in() else url_for("people.sign_in"), 303)
    except Invalid:
        return _dead_link("confirm")
    return render_template("people/confirm.html", user=user)


@bp.route("/mail/stop/<token>", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]  # mail programs send it themselves (RFC 8058)
@limiter.limit("20 per minute", methods=["POST"])
def stop_mail(token: str) -> ResponseReturnValue:
    """The link of a mail about a deal: no more of them, without signing in."""
    try:
        email = tokens.read_stop_mail(token).email
        if request.method == "POST":
            with transaction():
                notifications.stop_mail(token)
    except Invalid:
        return _dead_link("mail")
    stopped = request.method == "POST"
    return render_template("people/stop_mail.html", email=email, stopped=stopped)


# ---- a new password --------------------------------------------------------------------------


@bp.route("/reset", methods=["GET", "POST"])
@limiter.limit("10 per minute; 40 per hour", methods=["POST"])
def reset() -> ResponseReturnValue:
    """Ask for a link to set a new password. The answer is the same for every address."""
    form = ResetRequestForm()
    status = 200
    if form.validate_on_submit():
        with transaction():
            accounts.ask_reset(form.email.data, network=network())
        return render_template("people/reset_sent.html", email=form.email.data)
    if form.is_submitted():
        status = 422
    return render_template("people/reset.html", form=form), status


@bp.route("/reset/<token>", methods=["GET", "POST"])
@limiter.limit("20 per minute", methods=["POST"])
def reset_with(token: str) -> ResponseReturnValue:
    """The link of the mail: set a new password, once."""
    try:
        user = tokens.read_reset(token)
    except Invalid:
        return _dead_link("reset")
    form = NewPasswordForm()
    status = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        try:
            passwords.check(form.password.data, email=user.email)
            password_hash = passwords.hashed(form.password.data)
            with transaction():
                accounts.reset(token, password_hash=password_hash)
        except Invalid as refusal:
            if refusal.code == "token.invalid":
                return _dead_link("reset")
            absorb(form, refusal, locale_code())
        else:
            end()
            flash(gettext("密码已重设，请用新密码登录。其他登录均已退出。"), "ok")
            return redirect(url_for("people.sign_in"), 303)
    return render_template("people/reset_with.html", form=form, user=user), status


# ---- invitations -----------------------------------------------------------------------------


@bp.route("/invitations/<token>", methods=["GET", "POST"])
@limiter.limit("20 per minute", methods=["POST"])
def invitation(token: str) -> ResponseReturnValue:
    """The link of an invitation: see who invites, then accept when signed in with that address."""
    try:
        found = tokens.read_invitation(token)
    except Invalid:
        return _dead_link("invitation")
    row = current_sign_in()
    if request.method == "POST":
        if row is None:
            return redirect(url_for("people.sign_in", next=request.path), 303)
        with transaction():
            joined = members.accept(current_actor(), found, by_mail=True)
            sign_ins.act_for(current_actor(), row, joined.organisation_id)
        flash(
            gettext("您已加入“%(organisation)s”。", organisation=org_name(found.organisation)), "ok"
        )
        return redirect(first_page("/workbench", "/account/organisations"), 303)
    return render_template(
        "people/invitation.html",
        invitation=found,
        token=token,
        open=found.state is InvitationState.SENT,
        mine=row is not None and row.user.email == found.email,
    )


@bp.app_template_global()
def outbox_only() -> bool:
    """Whether mails of this demonstration stay in the console's outbox."""
    return current_app.config["DEMO"] and not current_app.config["MAIL_SERVER"]


def _open_invitation(token: str | None) -> Invitation | None:
    """The invitation of a link that can still be accepted."""
    if not token:
        return None
    try:
        found = tokens.read_invitation(token)
    except Invalid:
        return None
    return found if found.state is InvitationState.SENT else None


def _dead_link(kind: str) -> ResponseReturnValue:
    return render_template("people/dead_link.html", kind=kind), 410
