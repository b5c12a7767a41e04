"""The public board: notices, their feed, each with its period, hash and objections."""

import re
from datetime import UTC, datetime, time, timedelta
from typing import Any
from xml.etree import ElementTree as ET

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.assets import regions
from marketplace.assets.models import AssetKind
from marketplace.compliance import policy, queries
from marketplace.compliance.models import Notice, NoticeKind, NoticeState, Objection
from marketplace.compliance.queries import Wanted
from marketplace.compliance.services import notices
from marketplace.core import clock, settings
from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, NotAllowed, NotFound, Refused
from marketplace.core.money import Money
from marketplace.core.policy import SYSTEM, require
from marketplace.deals import services as deals
from marketplace.documents import services as documents
from marketplace.documents import sniff
from marketplace.documents.models import Document
from marketplace.forms.absorb import absorb
from marketplace.forms.compliance import ObjectionForm, PublishForm, TextForm
from marketplace.forms.deals import ReasonForm
from marketplace.listings import queries as listings
from marketplace.organisations.models import Region
from marketplace.web import wording
from marketplace.web.export import Column, table_response
from marketplace.web.limits import limiter
from marketplace.web.locale import gettext, html_lang
from marketplace.web.paging import everything, paginate
from marketplace.web.presentation import locale_code, org_name, site_name, words
from marketplace.web.session import current_actor, current_sign_in, sign_in_required

bp = Blueprint("notices", __name__)
ATOM = "http://www.w3.org/2005/Atom"
IN_FEED = 50
SCANS = frozenset({sniff.Kind.PDF, sniff.Kind.PNG, sniff.Kind.JPEG})
KINDS = [kind for kind in NoticeKind if kind is not NoticeKind.AUCTION]
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")


def wanted_of(args: Any) -> Wanted:
    """How the address narrows the board."""
    return Wanted(
        search=args.get("q", "").strip()[:100],
        kind=args.get("kind", "")[:40],
        state=args.get("state", "")[:40],
        region=args.get("region", "")[:20],
        city=args.get("city", "").strip()[:40],
        right=args.get("right", "")[:40],
    )


@bp.get("/notices")
def index() -> ResponseReturnValue:
    """The board, the newest first."""
    wanted = wanted_of(request.args)
    rows = queries.board(wanted)
    if request.args.get("format") in {"csv", "xlsx"}:
        return table_response(everything(rows), _columns(), "notices", request.args["format"])
    return render_template(
        "notices/index.html",
        page=paginate(rows),
        wanted=wanted,
        kinds=_options(gettext("全部种类"), KINDS, "enums", "notice_kind"),
        states=_options(
            gettext("全部状态"),
            [s for s in NoticeState if s is not NoticeState.DRAFT],
            "states",
            "notice",
        ),
        regions=_options(gettext("全部地区"), Region, "enums", "region"),
        rights=_options(gettext("全部权利"), AssetKind, "enums", "asset_kind"),
        cities=[
            ("", gettext("全部地市")),
            *((city, regions.display(city, locale_code())) for city in queries.cities()),
        ],
        title_of=title_of,
        price_of=price_of,
    )


def _options(all_of_them: str, members: Any, section: str, prefix: str) -> list[tuple[str, str]]:
    named = [(one.value, words(section, f"{prefix}.{one.value}")) for one in members]
    return [("", all_of_them), *named]


def _columns() -> list[Column]:
    return [
        (gettext("编号"), lambda n: n.reference),
        (gettext("种类"), lambda n: words("enums", f"notice_kind.{n.kind.value}")),
        (gettext("标的"), title_of),
        (gettext("公示单位"), lambda n: org_name(n.organisation)),
        (gettext("地市"), lambda n: n.city),
        (gettext("价格"), price_of),
        (gettext("状态"), lambda n: words("states", f"notice.{n.state.value}")),
        (gettext("起"), lambda n: n.starts_on),
        (gettext("止"), lambda n: n.ends_on),
        (gettext("内容指纹"), lambda n: n.sha256),
    ]


def title_of(notice: Notice) -> str:
    """Its title in the reader's language."""
    return notice.title_en if locale_code() == "en" and notice.title_en else notice.title


def price_of(notice: Notice) -> Money | None:
    """The price it names."""
    said = notice.content.get("price")
    return Money(said["currency"], said["minor"]) if said else None


@bp.get("/notices/feed")
def feed() -> ResponseReturnValue:
    """The same board as an Atom feed, narrowed in the same way."""
    wanted = wanted_of(request.args)
    found = db.session.scalars(queries.board(wanted).limit(IN_FEED)).unique().all()
    site = settings.current().site_url.rstrip("/")
    own = site + request.full_path.rstrip("?")
    root = ET.Element("feed", {"xmlns": ATOM, "xml:lang": html_lang()})
    _put(root, "title", gettext("%(site)s · 公示公告", site=site_name()))
    _put(root, "id", own)
    ET.SubElement(root, "link", {"rel": "self", "href": own})
    ET.SubElement(root, "link", {"href": site + url_for("notices.index")})
    newest = max((n.published_at for n in found if n.published_at), default=None)
    _put(root, "updated", _moment(newest or datetime(2026, 1, 1, tzinfo=UTC)))
    for notice in found:
        entry = ET.SubElement(root, "entry")
        where = site + url_for("notices.show", reference=notice.reference)
        _put(entry, "title", f"{notice.reference} {title_of(notice)}")
        _put(entry, "id", where)
        ET.SubElement(entry, "link", {"href": where})
        _put(entry, "updated", _moment(notice.ended_at or notice.published_at or clock.now()))
        _put(entry, "published", _moment(notice.published_at or clock.now()))
        author = ET.SubElement(entry, "author")
        _put(author, "name", org_name(notice.organisation))
        ET.SubElement(entry, "category", {"term": notice.kind.value})
        _put(entry, "summary", _summary(notice))
    body = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return Response(body, content_type="application/atom+xml; charset=utf-8")


def _put(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = NOT_XML.sub("", text)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _summary(notice: Notice) -> str:
    return gettext(
        "%(kind)s，%(state)s，公示期 %(start)s 至 %(end)s。",
        kind=words("enums", f"notice_kind.{notice.kind.value}"),
        state=words("states", f"notice.{notice.state.value}"),
        start=notice.starts_on,
        end=notice.ends_on,
    )


# ---- one notice ----------------------------------------------------------------------------------


@bp.get("/notices/<reference>")
def show(reference: str) -> ResponseReturnValue:
    """One notice; its publisher and those who decide see the objections too."""
    return _page(queries.notice(current_actor(), reference))


def _page(notice: Notice, status: int = 200, **forms: Any) -> ResponseReturnValue:
    actor = current_actor()
    seen = [
        one
        for one in notice.objections
        if policy.see_objector.allows(actor, one) and one.state != "unconfirmed"
    ]
    given: dict[str, Any] = {
        "publish_form": PublishForm(formdata=None),
        "reason_form": ReasonForm(formdata=None),
        "objection_forms": {},
    } | forms
    given["objection_forms"] = {
        one.id: (
            TextForm(formdata=None, prefix=_prefix(one)),
            ReasonForm(formdata=None, prefix=_prefix(one)),
        )
        for one in seen
    } | given["objection_forms"]
    page = render_template(
        "notices/show.html",
        notice=notice,
        said=notice.content,
        title=title_of(notice),
        price=price_of(notice),
        valuation=_valuation(notice),
        ends_at=ends_at(notice),
        objections=seen,
        counts=_counted(notice),
        corrected_by=queries.corrected_by(notice),
        unchanged=notices.is_unchanged(notice),
        history=_history(notice),
        may={
            "object": policy.object_to.allows(actor, notice),
            "publish": policy.publish_notice.allows(actor, notice),
            "withdraw": policy.withdraw_notice.allows(actor, notice),
        },
        policy=policy,
        reader=actor,
        wording=wording,
        days=notices.ANSWER_WITHIN.days,
        **given,
    )
    return page, status


def _prefix(objection: Objection) -> str:
    return f"objection-{objection.id}-"


def ends_at(notice: Notice) -> datetime | None:
    """The last moment for objections, by the clock of Guangdong."""
    if notice.ends_on is None:
        return None
    return datetime.combine(notice.ends_on, time(23, 59, 59), clock.BEIJING)


def _valuation(notice: Notice) -> Money | None:
    said = notice.content.get("valuation")
    return Money(said["currency"], said["minor"]) if said else None


def _counted(notice: Notice) -> list[tuple[str, int]]:
    """How many objections stand how; not by whom."""
    counts: dict[str, int] = {}
    for one in notice.objections:
        if one.state != "unconfirmed":
            counts[one.state.value] = counts.get(one.state.value, 0) + 1
    return sorted(counts.items())


def _history(notice: Notice) -> list[dict[str, Any]]:
    """What happened to it, without names: the public reads this."""
    return [
        {
            "text": words("events", event.kind),
            "who": "",
            "at": event.created_at,
            "because": event.because,
        }
        for event in queries.history(notice)
        if event.kind != "notice.draft"
    ]


@bp.post("/notices/<reference>/publish")
@sign_in_required
def publish(reference: str) -> ResponseReturnValue:
    """Publish a draft; from here on it cannot be edited."""
    actor = current_actor()
    notice = queries.notice(actor, reference)
    require(actor, policy.publish_notice, notice)
    form = PublishForm()
    form.validate_on_submit()
    try:
        with transaction():
            deals.publish_notice(actor, notice, posted_inside=form.posted_inside.data or "")
    except NotAllowed:
        raise
    except Refused as refusal:
        absorb(form, refusal, locale_code())
        return _page(queries.notice(actor, reference), refusal.status, publish_form=form)
    flash(gettext("公示已发布，内容已锁定。"), "ok")
    return redirect(url_for("notices.show", reference=reference), 303)


@bp.post("/workbench/listings/<reference>/notice")
@sign_in_required
def announce(reference: str) -> ResponseReturnValue:
    """Draw up the announcement of a sale of state assets from a listing."""
    actor = current_actor()
    listing = listings.get_own(actor, reference)
    try:
        with transaction():
            number = deals.announce_sale(actor, listing).reference
    except NotAllowed:
        raise
    except Refused as refusal:
        flash(words("refusals", refusal.code), "bad")
        return redirect(url_for("my_listings.show", reference=reference), 303)
    return redirect(url_for("notices.show", reference=number), 303)


@bp.post("/notices/<reference>/<any(correct, withdraw):verb>")
@sign_in_required
def change(reference: str, verb: str) -> ResponseReturnValue:
    """Take a notice back, or draw up the one that corrects it."""
    actor = current_actor()
    notice = queries.notice(actor, reference)
    require(actor, policy.withdraw_notice, notice)
    form = ReasonForm()
    if not form.validate_on_submit():
        return _page(notice, 422, reason_form=form)
    because = form.because.data or ""
    goes_to = reference
    try:
        with transaction():
            if verb == "withdraw":
                notices.withdraw(actor, notice, because=because)
                deals.follow_notice(notice)
            else:
                goes_to = deals.correct_notice(actor, notice, because=because).reference
    except NotAllowed:
        raise
    except Refused as refusal:
        absorb(form, refusal, locale_code())
        return _page(queries.notice(actor, reference), refusal.status, reason_form=form)
    said = {
        "withdraw": gettext("公示已撤回。"),
        "correct": gettext("更正公示已起草，发布后原公示撤回，期限重新计算。"),
    }
    flash(said[verb], "ok")
    return redirect(url_for("notices.show", reference=goes_to), 303)


# ---- objections ----------------------------------------------------------------------------------


@bp.route("/notices/<reference>/objections", methods=["GET", "POST"])
@limiter.limit("5 per hour; 20 per day", methods=["POST"])
def object_to(reference: str) -> ResponseReturnValue:
    """Anybody may object while the period runs; a visitor confirms by mail."""
    actor = current_actor()
    notice = queries.notice(actor, reference)
    sign_in = current_sign_in()
    known = sign_in.user if sign_in else None
    form = ObjectionForm(
        data={"name": known.name if known else "", "email": known.email if known else ""}
    )
    status = 200
    if form.validate_on_submit():
        try:
            with transaction():
                _raise(notice, form)
        except NotAllowed:
            raise
        except Refused as refusal:
            absorb(form, refusal, locale_code())
            status = refusal.status
        else:
            if known is None:
                flash(gettext("确认邮件已发出，请打开其中的链接，异议才生效。"), "ok")
            else:
                flash(gettext("异议已提交，公示暂停，公示单位会在期限内答复。"), "ok")
            return redirect(url_for("notices.show", reference=reference), 303)
    elif form.is_submitted():
        status = 422
    page = render_template(
        "notices/object.html",
        notice=notice,
        title=title_of(notice),
        form=form,
        known=known,
        ends_at=ends_at(notice),
        days=notices.ANSWER_WITHIN.days,
        may=policy.object_to.allows(actor, notice),
    )
    return page, status


def _raise(notice: Notice, form: ObjectionForm) -> Objection:
    sign_in = current_sign_in()
    known = sign_in.user if sign_in else None
    require(current_actor(), policy.object_to, notice)
    objection = notices.raise_objection(
        current_actor(),
        notice,
        name=known.name if known else form.name.data or "",
        email=known.email if known else form.email.data or "",
        text=form.text.data or "",
        locale=locale_code(),
    )
    objection.document = _document(form, objection)
    deals.follow_notice(notice)
    return objection


def _document(form: ObjectionForm, objection: Objection) -> Document | None:
    """A visitor's file is kept in the name of the site; the publisher may read it."""
    upload = form.document.data
    if not upload or not getattr(upload, "filename", ""):
        return None
    return documents.store(
        SYSTEM,
        upload.stream,
        upload.filename,
        purpose="objection",
        subject=objection,
        readers=[objection.notice.organisation_id],
        allowed=SCANS,
    )


@bp.route("/objections/<token>", methods=["GET", "POST"])
def confirm(token: str) -> ResponseReturnValue:
    """The link of the mail; the button on its page makes the objection count."""
    objection = notices.read_confirmation(token)
    if request.method == "POST":
        try:
            with transaction():
                deals.follow_notice(notices.confirm_objection(token).notice)
        except Invalid:
            raise
        except Refused as refusal:
            flash(words("refusals", refusal.code), "bad")
        else:
            flash(gettext("异议已确认，公示暂停，公示单位会在期限内答复。"), "ok")
        return redirect(url_for("notices.show", reference=objection.notice.reference), 303)
    return render_template(
        "notices/confirm.html",
        objection=objection,
        notice=objection.notice,
        title=title_of(objection.notice),
        token=token,
    )


@bp.post("/objections/<int:objection_id>/<any(answer, uphold, reject, withdraw):verb>")
@sign_in_required
def decide(objection_id: int, verb: str) -> ResponseReturnValue:
    """Answer, decide, withdraw: what is wrong is said on the notice's page."""
    actor = current_actor()
    objection = queries.objection(actor, objection_id)
    needed = {
        "answer": policy.answer_objection,
        "withdraw": policy.withdraw_objection,
    }.get(verb, policy.decide_objection)
    require(actor, needed, objection)
    answer, reason = TextForm(prefix=_prefix(objection)), ReasonForm(prefix=_prefix(objection))
    form: Any = answer if verb == "answer" else reason
    if verb != "withdraw" and not form.validate_on_submit():
        forms = {objection.id: (answer, reason)}
        return _page(objection.notice, 422, objection_forms=forms)
    try:
        with transaction():
            _decide(verb, objection, form)
    except (NotAllowed, NotFound):
        raise
    except Refused as refusal:
        flash(words("refusals", refusal.code), "bad")
    else:
        flash(words("events", f"objection.{verb}"), "ok")
    return redirect(url_for("notices.show", reference=objection.notice.reference), 303)


def _decide(verb: str, objection: Objection, form: Any) -> None:
    actor = current_actor()
    if verb == "answer":
        notices.answer_objection(actor, objection, text=form.text.data or "")
    elif verb == "withdraw":
        notices.withdraw_objection(actor, objection)
    else:
        because = form.because.data or ""
        notices.decide_objection(actor, objection, uphold=verb == "uphold", because=because)
    deals.follow_notice(objection.notice)


def days_left(notice: Notice) -> int:
    """How many days of the period are left, today included."""
    if notice.ends_on is None:
        return 0
    return max(0, (notice.ends_on - clock.today() + timedelta(days=1)).days)
