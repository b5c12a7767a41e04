"""Who asks, who is in, who signed, who is invited."""

from datetime import datetime, time, timedelta
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from marketplace.core import clock
from marketplace.core.db import transaction
from marketplace.core.errors import Invalid, NotAllowed, NotFound, Refused
from marketplace.forms.absorb import absorb
from marketplace.forms.rooms import DecisionForm, InviteForm
from marketplace.rooms import policy, queries, services
from marketplace.rooms.models import Admission, Room
from marketplace.web.incoming import LATEST
from marketplace.web.locale import gettext
from marketplace.web.presentation import locale_code, words
from marketplace.web.rooms.shared import KEEP, bp, frame
from marketplace.web.session import current_actor, sign_in_required


@bp.get(KEEP + "/people")
@sign_in_required
def people(reference: str) -> ResponseReturnValue:
    """Everybody who asked, with what may be done about them."""
    return _page(queries.kept(current_actor(), reference))


def _page(room: Room, invite_form: InviteForm | None = None) -> ResponseReturnValue:
    actor = current_actor()
    day = clock.today() + timedelta(days=room.days)
    rows = [
        (one, DecisionForm(formdata=None, prefix=f"a{one.id}-", until=day))
        for one in queries.admissions(room)
    ]
    page = render_template(
        "rooms/people.html",
        **frame(room, "people"),
        admissions=rows,
        signatures=queries.signatures(room),
        invitations=queries.invitations(room),
        invite_form=invite_form or InviteForm(formdata=None, prefix="invite-"),
        may_decide=policy.keep.allows(actor, room),
    )
    return page, 422 if invite_form else 200


@bp.post(KEEP + "/invite")
@sign_in_required
def invite(reference: str) -> ResponseReturnValue:
    """Ask an organisation in."""
    actor = current_actor()
    room = queries.kept(actor, reference)
    form = InviteForm(prefix="invite-")
    if not form.validate_on_submit():
        return _page(room, form)
    try:
        with transaction():
            room = queries.kept(actor, reference)
            found = queries.organisation_named(form.organisation.data or "")
            if found is None:
                code = "room.organisation_unknown"
                raise Invalid(code, fields={"organisation": code})
            services.invite(actor, room, found)
    except (NotAllowed, NotFound):
        raise
    except Refused as refusal:
        absorb(form, refusal, locale_code())
        return _page(queries.kept(actor, reference), form)
    flash(gettext("邀请已发出。"), "ok")
    return redirect(url_for("rooms.people", reference=reference), 303)


@bp.post(KEEP + "/people/<int:admission_id>/<any(grant, refuse, revoke, extend):verb>")
@sign_in_required
def decide(reference: str, admission_id: int, verb: str) -> ResponseReturnValue:
    """Let in, refuse, revoke, or set another end."""
    actor = current_actor()
    room = queries.kept(actor, reference)
    form = DecisionForm(prefix=f"a{admission_id}-")
    form.validate()  # a day that is none is no day
    try:
        with transaction():
            admission = queries.admission(actor, admission_id)
            _must_be_of(room, admission)
            _act(admission, verb, form)
    except (NotAllowed, NotFound):
        raise
    except Refused as refusal:
        flash(words("refusals", refusal.code, **refusal.facts), "bad")
    else:
        flash(gettext("已办理，并通知了对方。"), "ok")
    return redirect(url_for("rooms.people", reference=reference), 303)


def _must_be_of(room: Room, admission: Admission) -> None:
    if admission.room_id != room.id:
        raise NotFound("admission")


def _act(admission: Admission, verb: str, form: DecisionForm) -> None:
    actor, because = current_actor(), form.because.data or ""
    acts: dict[str, Any] = {
        "grant": lambda: services.grant(actor, admission, until=_until(form)),
        "extend": lambda: services.extend(actor, admission, until=_until(form)),
        "refuse": lambda: services.refuse(actor, admission, because=because),
        "revoke": lambda: services.revoke(actor, admission, because=because),
    }
    acts[verb]()


def _until(form: DecisionForm) -> datetime:
    """The end of the day in Guangdong; without a day, or with none of this world, one refused."""
    if form.until.data is None or form.until.data > LATEST:
        return clock.now()
    return datetime.combine(form.until.data + timedelta(days=1), time(), clock.BEIJING)
