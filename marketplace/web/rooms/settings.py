"""How the room lets people in, its secrecy agreement, its state, and what happened to it."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.core.db import transaction
from marketplace.core.errors import NotAllowed, NotFound, Refused
from marketplace.forms.absorb import absorb
from marketplace.forms.rooms import AgreementForm, RoomForm
from marketplace.rooms import queries, services
from marketplace.rooms.models import Room
from marketplace.web import history
from marketplace.web.locale import gettext
from marketplace.web.presentation import locale_code
from marketplace.web.rooms.shared import KEEP, bp, do, frame
from marketplace.web.session import current_actor, sign_in_required


@bp.route(KEEP + "/settings", methods=["GET", "POST"])
@sign_in_required
def settings(reference: str) -> ResponseReturnValue:
    """Automatic admission and its length."""
    actor = current_actor()
    room = queries.kept(actor, reference)
    form = RoomForm(data={"automatic": room.automatic, "days": room.days})
    if form.validate_on_submit():
        with transaction():
            services.revise(
                actor,
                queries.kept(actor, reference),
                automatic=bool(form.automatic.data),
                days=form.days.data or 0,
            )
        flash(gettext("设置已保存。"), "ok")
        return redirect(url_for("rooms.settings", reference=reference), 303)
    return _page(room, form=form)


def _page(room: Room, **forms: Any) -> ResponseReturnValue:
    given: dict[str, Any] = {
        "form": RoomForm(formdata=None, automatic=room.automatic, days=room.days),
        "agreement_form": AgreementForm(formdata=None, prefix="agreement-"),
    } | forms
    page = render_template(
        "rooms/settings.html",
        **frame(room, "settings"),
        entries=history.entries(room, *queries.admissions(room)),
        **given,
    )
    wrong = any(form.errors or form.form_errors for form in given.values())
    return page, 422 if wrong else 200


@bp.post(KEEP + "/agreement")
@sign_in_required
def set_agreement(reference: str) -> ResponseReturnValue:
    """The seller's own text, or the standard text again."""
    actor = current_actor()
    room = queries.kept(actor, reference)
    form = AgreementForm(prefix="agreement-")
    file = form.document.data
    if not form.validate_on_submit():
        return _page(room, agreement_form=form)
    try:
        with transaction():
            services.set_agreement(
                actor,
                queries.kept(actor, reference),
                stream=file.stream if file and file.filename else None,
                filename=file.filename if file else "",
                renews=bool(form.renews.data),
            )
    except (NotAllowed, NotFound):
        raise
    except Refused as refusal:
        absorb(form, refusal, locale_code())
        return _page(queries.kept(actor, reference), agreement_form=form)
    flash(gettext("保密协议已更新。"), "ok")
    return redirect(url_for("rooms.settings", reference=reference), 303)


@bp.post(KEEP + "/<any(close, reopen):verb>")
@sign_in_required
def change(reference: str, verb: str) -> ResponseReturnValue:
    """Close the room to everybody else, or open it again."""
    actor, because = current_actor(), request.form.get("because", "")
    if verb == "close":
        done = gettext("资料室已关闭，访问者即刻不能进入。")
        return do(
            reference,
            "rooms.settings",
            lambda room: services.close(actor, room, because=because),
            done,
        )
    return do(
        reference,
        "rooms.settings",
        lambda room: services.reopen(actor, room),
        gettext("资料室已重新开放。"),
    )
