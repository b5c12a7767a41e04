"""One's own filings with the authority: the list, a filing, submitting and answering."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.compliance import policy, queries
from marketplace.compliance.models import Filing, FilingKind, FilingState
from marketplace.compliance.queries import FilingsWanted
from marketplace.compliance.services import filings as desk
from marketplace.core.db import transaction
from marketplace.core.errors import NotAllowed, Refused
from marketplace.core.money import Money
from marketplace.core.policy import require
from marketplace.deals import filings as matters
from marketplace.deals import queries as all_deals
from marketplace.deals import services as deals
from marketplace.deals.models import Deal
from marketplace.documents import queries as papers
from marketplace.documents import services as documents
from marketplace.documents import sniff
from marketplace.forms.absorb import absorb
from marketplace.forms.compliance import ExportCheckForm, FilingForm, TextForm
from marketplace.forms.deals import ReasonForm
from marketplace.rules.library import load
from marketplace.web import history
from marketplace.web.export import Column, table_response
from marketplace.web.locale import gettext
from marketplace.web.paging import everything, paginate
from marketplace.web.presentation import locale_code, org_name, words
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("filings", __name__)
SCANS = frozenset({sniff.Kind.PDF, sniff.Kind.PNG, sniff.Kind.JPEG})


def wanted_of(args: Any, state: str = "") -> FilingsWanted:
    """How the address narrows a list of filings."""
    return FilingsWanted(
        search=args.get("q", "").strip()[:100],
        kind=args.get("kind", "")[:40],
        state=args.get("state", state)[:40],
    )


def state_options() -> list[tuple[str, str]]:
    """For the filter."""
    return [
        ("", gettext("全部状态")),
        ("waiting", gettext("办理中")),
        ("overdue", gettext("已逾期")),
        *((one.value, words("states", f"filing.{one.value}")) for one in FilingState),
    ]


def kind_options() -> list[tuple[str, str]]:
    """For the filter."""
    named = [(one.value, words("enums", f"filing_kind.{one.value}")) for one in FilingKind]
    return [("", gettext("全部事项")), *named]


def columns() -> list[Column]:
    """For the export of a list of filings."""
    return [
        (gettext("编号"), lambda f: f.reference),
        (gettext("事项"), lambda f: words("enums", f"filing_kind.{f.kind.value}")),
        (gettext("标的"), lambda f: f.title),
        (gettext("申报单位"), lambda f: org_name(f.organisation)),
        (gettext("状态"), lambda f: words("states", f"filing.{f.state.value}")),
        (gettext("提交时间"), lambda f: f.submitted_at),
        (gettext("期限"), lambda f: f.due_on),
        (gettext("意见"), lambda f: f.opinion and words("enums", f"filing_opinion.{f.opinion}")),
        (gettext("文号"), lambda f: f.number),
    ]


def rule_title(rule_id: str) -> str:
    """The title of a rule on file, in the reader's language."""
    rule = load().by_id.get(rule_id)
    return rule.title.say(locale_code()) if rule else rule_id


def shown(filing: Filing) -> dict[str, Any]:
    """What the page of a filing shows, for its filer and for the desk."""
    price = filing.content.get("price")
    rule = load().by_id.get(filing.rule)
    return {
        "filing": filing,
        "said": filing.content,
        "price": Money(price["currency"], price["minor"]) if price else None,
        "rule": rule,
        "rule_title": rule_title(filing.rule) if filing.rule else "",
        "questions": matters.EXPORT_QUESTIONS if filing.answers else (),
        "extra": papers.of(current_actor(), filing, purpose="filing"),
        "history": history.of_events(queries.history(filing)),
    }


@bp.get("/workbench/filings")
@sign_in_required
def index() -> ResponseReturnValue:
    """The filings of one's organisation, what is due first on top."""
    actor = current_actor()
    wanted = wanted_of(request.args)
    rows = queries.filings(actor, wanted).where(Filing.organisation_id == actor.organisation_id)
    if request.args.get("format") in {"csv", "xlsx"}:
        return table_response(everything(rows), columns(), "filings", request.args["format"])
    return render_template(
        "filings/index.html",
        page=paginate(rows),
        wanted=wanted,
        states=state_options(),
        kinds=kind_options(),
        rule_title=rule_title,
    )


@bp.post("/workbench/deals/<reference>/filings")
@sign_in_required
def new(reference: str) -> ResponseReturnValue:
    """Begin the filing that a rule asks for; without a rule, the export self-check."""
    actor = current_actor()
    deal = all_deals.get(actor, reference)
    rule = request.form.get("rule", "")[:80]
    try:
        with transaction():
            number = _begin(deal, rule).reference
    except NotAllowed:
        raise
    except Refused as refusal:
        flash(words("refusals", refusal.code), "bad")
        return redirect(url_for("deals.show", reference=reference), 303)
    return redirect(url_for("filings.show", reference=number), 303)


def _begin(deal: Deal, rule: str) -> Filing:
    actor = current_actor()
    return deals.open_filing(actor, deal, rule) if rule else deals.open_export_check(actor, deal)


def _form_of(filing: Filing) -> FilingForm:
    checks = filing.kind is FilingKind.EXPORT_CHECK
    return ExportCheckForm() if checks else FilingForm()


@bp.get("/workbench/filings/<reference>")
@sign_in_required
def show(reference: str) -> ResponseReturnValue:
    """A filing: the form while it is a draft, then how it goes."""
    return _page(queries.filing(current_actor(), reference))


def _page(filing: Filing, status: int = 200, **forms: Any) -> ResponseReturnValue:
    actor = current_actor()
    mine = policy.submit_filing.allows(actor, filing)
    given: dict[str, Any] = {
        "form": _form_of(filing),
        "answer_form": TextForm(formdata=None),
        "reason_form": ReasonForm(formdata=None),
    } | forms
    page = render_template("filings/show.html", mine=mine, desk=desk, **shown(filing), **given)
    return page, status


@bp.post("/workbench/filings/<reference>/submit")
@sign_in_required
def submit(reference: str) -> ResponseReturnValue:
    """Lay it before the authority."""
    actor = current_actor()
    filing = queries.filing(actor, reference)
    require(actor, policy.submit_filing, filing)
    form = _form_of(filing)
    if not form.validate_on_submit():
        return _page(filing, 422, form=form)
    try:
        with transaction():
            _keep_paper(filing, form)
            deals.submit_filing(
                actor,
                filing,
                statement=form.statement.data or "",
                answers=form.answers() if isinstance(form, ExportCheckForm) else {},
            )
    except NotAllowed:
        raise
    except Refused as refusal:
        absorb(form, refusal, locale_code())
        return _page(queries.filing(actor, reference), refusal.status, form=form)
    flash(gettext("申报已提交，主管部门受理后会通知您。"), "ok")
    return redirect(url_for("filings.show", reference=reference), 303)


def _keep_paper(filing: Filing, form: FilingForm) -> None:
    upload = form.document.data
    if upload and getattr(upload, "filename", ""):
        documents.store(
            current_actor(),
            upload.stream,
            upload.filename,
            purpose="filing",
            subject=filing,
            allowed=SCANS,
        )


@bp.post("/workbench/filings/<reference>/<any(answer, withdraw):verb>")
@sign_in_required
def act(reference: str, verb: str) -> ResponseReturnValue:
    """Answer the authority's question, or take the filing back."""
    actor = current_actor()
    filing = queries.filing(actor, reference)
    require(actor, policy.submit_filing, filing)
    form: Any = TextForm() if verb == "answer" else ReasonForm()
    name = "answer_form" if verb == "answer" else "reason_form"
    if not form.validate_on_submit():
        return _page(filing, 422, **{name: form})
    try:
        with transaction():
            if verb == "answer":
                desk.answer(actor, filing, text=form.text.data or "")
            else:
                desk.withdraw_filing(actor, filing, because=form.because.data or "")
    except NotAllowed:
        raise
    except Refused as refusal:
        absorb(form, refusal, locale_code())
        return _page(queries.filing(actor, reference), refusal.status, **{name: form})
    flash(words("events", f"filing.{verb}"), "ok")
    return redirect(url_for("filings.show", reference=reference), 303)
