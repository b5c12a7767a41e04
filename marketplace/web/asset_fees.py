"""How long a right lasts, and what has to be paid to keep it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from marketplace.assets import terms
from marketplace.assets.models import MARKS, Asset, FeePaymentState
from marketplace.assets.queries import upkeep
from marketplace.assets.queries.upkeep import term_facts
from marketplace.core import clock, settings
from marketplace.core.money import Money
from marketplace.forms.fees import FeeForm, ReductionForm, UndoForm
from marketplace.web.locale import gettext
from marketplace.web.presentation import format_date, locale_code, term, words


def term_rows(asset: Asset) -> list[tuple[str, Any]]:
    """The term: from what it is reckoned, its last day, what is left."""
    basis = _basis(asset)
    if asset.last_day is None:
        return [(gettext("依据"), basis)]
    left = terms.remaining(asset.last_day, clock.today())
    return [
        (gettext("最后一日"), format_date(asset.last_day)),
        (gettext("届满登记日"), format_date(terms.expiry_event(asset.last_day))),
        (gettext("剩余"), gettext("%(term)s（%(days)s 天）", term=term(asset.last_day), days=left.days)
         if left.days else gettext("已届满")),
        (gettext("依据"), basis),
    ]  # fmt: skip


def _basis(asset: Asset) -> str:
    """What the law says of the term, its article, and whether that is to be confirmed."""
    entry = None
    if asset.jurisdiction == "CN":
        entry = terms.length(asset.kind.value, term_facts(asset), clock.today())
    if entry is None:
        return words("enums", "term_basis.foreign")
    is_personal = asset.owned_by_person and entry.get("said_of_persons")
    said = entry.words("said_of_persons" if is_personal else "said")
    locale = locale_code()
    article = entry.article.say(locale)
    if not entry.is_sure:
        article = gettext("%(article)s，待核实", article=article)
    text = gettext("%(said)s（%(article)s）", said=said.say(locale), article=article)
    if asset.compensation_days:
        text += gettext("；期限补偿 %(days)s 天", days=asset.compensation_days)
    if asset.renewals:
        text += gettext("；已续展 %(count)s 次", count=asset.renewals)
    return text + (entry.note.say(locale) if entry.note else "")


def of(asset: Asset) -> dict[str, Any] | None:
    """What has to be paid next to keep the right, and by when."""
    if asset.kind in MARKS and asset.jurisdiction == "CN" and asset.last_day:
        window = terms.renewal_window(asset.last_day)
        return {
            "opens": window.opens,
            "due": window.last_day,
            "grace_ends": window.grace_ends,
            "state": words(
                "enums", f"trademark_state.{terms.trademark_state(asset.last_day, clock.today())}"
            ),
        }
    is_patent = asset.kind.value in terms.PATENTS and asset.jurisdiction == "CN"
    if not is_patent or asset.filing_date is None or asset.grant_date is None:
        return None
    today = clock.today()
    stated = asset.fee_paid_through  # unstated: what the register calls in force is paid up
    paid = stated or terms.patent_year(asset.filing_date, max(today, asset.filing_date))
    kind, filed, granted = (
        asset.kind.value,
        asset.filing_date,
        max(asset.grant_date, asset.filing_date),
    )
    state = terms.annuity_state(
        kind,
        filed,
        granted,
        paid,
        today,
        compensation_days=asset.compensation_days,
        literal=settings.current().late_fee_reading == "regulations",
    )
    return {
        "state": words("enums", f"legal_status.{state.state}"),
        "is_late": stated is not None and state.state in {"annuity_grace", "lapsed"},
        "is_over": state.state == "lapsed",
        "paid": gettext("第 %(year)s 年度", year=stated) if stated else gettext("未申报"),
        "year": state.next_year,
        "due": state.next_due,
        "fee": Money("CNY", state.fee),
        "surcharge": Money("CNY", state.surcharge),
        "grace_ends": state.grace_ends,
    }


# ---- the schedule of a right -------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One line of the schedule, in words and amounts."""

    due: terms.Due
    label: str
    note: str
    tone: str
    full: Money
    fee: Money
    late: Money | None  # what lateness costs today; none where it is too late
    total: Money


def row(due: terms.Due, today: date) -> Row:
    """What is due, with what it costs today."""
    late = due.surcharge(today) if not due.paid else 0
    note, tone = _standing(due, today)
    return Row(
        due,
        label(due),
        note,
        tone,
        Money("CNY", due.full_fee),
        Money("CNY", due.fee),
        None if late is None else Money("CNY", late),
        Money("CNY", due.total(today) if not due.paid else due.fee),
    )


def label(due: terms.Due) -> str:
    """What has to be done, in words."""
    if due.is_annuity:
        return gettext("第 %(year)s 年度年费", year=due.number)
    if due.what is terms.Upkeep.RENEWAL:
        return gettext("第 %(count)s 次续展", count=due.number)
    return words("enums", f"upkeep.{due.what}")


def _standing(due: terms.Due, today: date) -> tuple[str, str]:
    if due.paid:
        return gettext("已缴"), "b-ok"
    if due.is_over(today):
        return gettext("已过滞纳期"), "b-bad"
    if due.is_late(today):
        return gettext("滞纳期内"), "b-warn"
    if due.opens and due.opens <= today:
        return gettext("可以续展"), "b-info"
    return "", ""


def schedule(
    asset: Asset,
    fee_form: FeeForm | None = None,
    undo_form: UndoForm | None = None,
) -> dict[str, Any]:
    """All that `assets/_schedule.html` shows of a right: what is due, was paid, may be reduced."""
    today = clock.today()
    dues = upkeep.schedule_of(asset, today)
    open_ones = terms.unpaid(dues)
    following = open_ones[0] if open_ones else None
    locale = locale_code()
    about = terms.source(asset.kind.value, following.what if following else terms.Upkeep.END, today)
    payments = upkeep.payments_of(asset)
    form = fee_form or FeeForm(formdata=None)
    if following and not fee_form:
        form.number.data = following.number
        form.amount.data = Money("CNY", following.total(today))
    reduction = ReductionForm(formdata=None, ground=asset.fee_reduction.value)
    return {
        "rows": [row(due, today) for due in dues],
        "next": row(following, today) if following else None,
        "ahead": Money("CNY", sum(due.total(today) for due in open_ones)),
        "is_patent": asset.kind.value in terms.PATENTS and asset.jurisdiction == "CN",
        "paid": asset.fee_paid_through,
        "bands": [(band.until, Money("CNY", band.surcharge)) for band in following.bands]
        if following and following.is_annuity
        else [],
        "reduced": _reduced(asset),
        "source": about.article.say(locale) if about else "",
        "is_sure": bool(about and about.is_sure),
        "note": about.note.say(locale) if about and about.note else "",
        "payments": payments,
        "last": next((p for p in payments if p.state is FeePaymentState.RECORDED), None),
        "form": form,
        "reduction_form": reduction,
        "undo_form": undo_form or UndoForm(formdata=None),
    }


def _reduced(asset: Asset) -> str:
    """The reduction that applies, in words."""
    owners = upkeep.eligible_owners(asset)
    if not owners:
        if not upkeep.is_open_licensed(asset, clock.today()):
            return ""
        off = terms.reduction_bps(open_licence=True, day=clock.today()) // 100
        return gettext("开放许可期间减 %(percent)s%%（待核实）", percent=off)
    percent = terms.reduction_bps(eligible_owners=owners, day=clock.today()) // 100
    return gettext(
        "%(ground)s；%(owners)s 个权利人，减 %(percent)s%%，自授权当年起十年",
        ground=words("enums", f"fee_reduction.{asset.fee_reduction}"),
        owners=owners,
        percent=percent,
    )
