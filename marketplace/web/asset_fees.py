"""How long a right lasts, and what has to be paid to keep it."""

from typing import Any

from marketplace.assets import terms
from marketplace.assets.models import MARKS, Asset, AssetKind
from marketplace.core import clock
from marketplace.core.money import Money
from marketplace.web.locale import gettext
from marketplace.web.presentation import format_date, term, words


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
    kind = asset.kind.value
    if asset.jurisdiction != "CN":
        kind = "foreign"
    elif (
        asset.kind is AssetKind.DESIGN
        and asset.filing_date
        and (asset.filing_date < terms.DESIGN_15_SINCE)
    ):
        kind = "design_before_2021"
    elif kind in {"copyright", "software"} and asset.owned_by_person:
        kind = "personal_work"
    elif (
        asset.kind is AssetKind.PLANT_VARIETY
        and asset.grant_date
        and (asset.grant_date < terms.PLANT_2025_SINCE)
    ):
        kind = "plant_variety_before_2025"
    text = words("enums", f"term_basis.{kind}")
    if asset.compensation_days:
        text += gettext("；期限补偿 %(days)s 天", days=asset.compensation_days)
    if asset.renewals:
        text += gettext("；已续展 %(count)s 次", count=asset.renewals)
    return text


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
        kind, filed, granted, paid, today, compensation_days=asset.compensation_days
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
        "schedule": [
            (a.year, a.due, Money("CNY", a.full_fee), a.grace_ends, a.year <= paid)
            for a in terms.annuity_schedule(kind, filed, granted)
        ],
        "bands": [
            (band.until, Money("CNY", band.surcharge))
            for band in terms.late_bands(terms.annual_fee(kind, state.next_year), state.next_due)
        ]
        if state.next_year and state.next_due
        else [],
    }
