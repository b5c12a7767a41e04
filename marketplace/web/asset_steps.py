"""What to do next with a right, as its page says on top."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for

from marketplace.assets.models import Asset
from marketplace.core import clock
from marketplace.web import asset_fees, wording
from marketplace.web.locale import gettext


@dataclass(frozen=True)
class Step:
    """What to do next with a right, and where."""

    title: str
    text: str
    label: str = ""
    url: str = ""
    due: date | None = None


def next_step(  # noqa: PLR0911 -- one line a step
    asset: Asset, listed: Sequence[Any]
) -> Step | None:
    """The one thing that matters most now; none for a right that is gone."""
    title_page = url_for("asset_status.title_chain", reference=asset.reference, _anchor="title")
    fees = asset_fees.of(asset)
    edit_page = url_for("assets.edit", reference=asset.reference)
    if asset.status.value in {"expired", "lapsed", "invalidated", "cancelled"}:
        return None
    if fees and fees.get("is_late"):
        text = (
            gettext(
                "按申报已缴的年度，滞纳期已过。已缴费的请更新年度；否则权利自缴费期限届满之日起终止。"
            )
            if fees["is_over"]
            else gettext("已进入滞纳期，逾期越久滞纳金越高。缴费后请更新已缴年度。")
        )
        return Step(
            gettext("核对年费"),
            text,
            gettext("更新已缴年度"),
            edit_page,
            fees["grace_ends"] or fees["due"],
        )
    done = asset.title_verification
    if any(v.state.value == "requested" for v in asset.verifications):
        return Step(
            gettext("等待交易所核验权属"), gettext("结果会发到您的收件箱；核验前仍可撤回申请。")
        )
    if done is None:
        text = gettext("上传 180 天以内的登记簿副本，由交易所核对；核验后才能公开挂牌。")
        return Step(gettext("申请权属核验"), text, gettext("去申请"), title_page)
    if done.age_days > wording.FADES_AFTER:
        text = gettext(
            "上次核验依据的登记簿副本已过 %(days)s 天，买方会要求新的副本。", days=done.age_days
        )
        return Step(gettext("更新权属核验"), text, gettext("去申请"), title_page)
    if fees and fees.get("opens") and fees["opens"] <= clock.today():
        text = gettext("已进入续展期，请在有效期届满前办理续展。")
        return Step(gettext("办理续展"), text, gettext("更新有效期"), edit_page, fees["due"])
    if not any(each.state.value not in {"closed", "withdrawn", "expired"} for each in listed):
        url = url_for("listing_wizard.new", assets=asset.reference)
        return Step(
            gettext("挂牌"),
            gettext("权属已核验，可以公开挂牌，供买方查找和报价。"),
            gettext("挂牌这项资产"),
            url,
        )
    return None
