"""The mail outbox, for operators."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.core import settings
from marketplace.core.db import db, transaction
from marketplace.core.errors import NotFound
from marketplace.notifications import letters, queries, services
from marketplace.notifications.models import Mail, MailState
from marketplace.web.locale import gettext
from marketplace.web.paging import paginate
from marketplace.web.presentation import words
from marketplace.web.session import current_actor, operators_only

bp = Blueprint("console_mail", __name__, url_prefix="/console/mail")
bp.before_request(operators_only)


def _mail(mail_id: int) -> Mail:
    found = db.session.scalar(queries.outbox(current_actor()).where(Mail.id == mail_id))
    if found is None:
        raise NotFound("mail")
    return found


@bp.get("")
def index() -> ResponseReturnValue:
    state, text = request.args.get("state", ""), request.args.get("q", "")[:200].strip()
    wanted = MailState(state) if state in set(MailState) else None
    page = paginate(queries.outbox(current_actor(), state=wanted, text=text))
    return render_template(
        "console/mail/index.html",
        page=page,
        state=state,
        text=text,
        states=[(s.value, words("states", f"mail.{s.value}")) for s in MailState],
        server=settings.current().mail_server,
    )


@bp.get("/<int:mail_id>")
def show(mail_id: int) -> ResponseReturnValue:
    mail, server = _mail(mail_id), settings.current().mail_server
    # Where mail goes out, links that open an account are for the reader's eyes alone.
    body = letters.without_secrets(mail.body) if server else mail.body
    return render_template(
        "console/mail/show.html", mail=mail, body=body, server=server, hidden=body != mail.body
    )


@bp.post("/<int:mail_id>/resend")
def resend(mail_id: int) -> ResponseReturnValue:
    with transaction():
        services.resend(current_actor(), _mail(mail_id))
    flash(gettext("邮件会马上重新发送。"), "ok")
    return redirect(url_for("console_mail.show", mail_id=mail_id), 303)
