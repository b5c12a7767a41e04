"""What a right is: its numbers, dates, owners and classes; the first tab of its page."""

from typing import Any

from flask.typing import ResponseReturnValue

from marketplace.assets import classes, industries, policy, regions
from marketplace.assets.models import Asset
from marketplace.core.words import knows
from marketplace.forms.rights import LABELS, AssetForm
from marketplace.web import asset_frame, asset_provenance
from marketplace.web.locale import gettext
from marketplace.web.presentation import format_date, locale_code, words
from marketplace.web.session import current_actor


def page(asset: Asset) -> ResponseReturnValue:
    """The tab."""
    return asset_frame.render(
        "facts",
        asset,
        facts=_facts(asset),
        class_names=_class_names(asset),
        stated=asset_provenance.stated(asset),
        may_state=policy.state_facts.allows(current_actor(), asset),
    )


def _facts(asset: Asset) -> list[tuple[str, Any]]:
    locale = locale_code()
    rows = [
        (gettext("类型"), words("enums", f"asset_kind.{asset.kind.value}")),
        (gettext("国家或地区"), words("enums", f"office.{asset.jurisdiction}")
         if knows("enums", f"office.{asset.jurisdiction}") else asset.jurisdiction),
        (gettext("专利号"), asset.patent_number),
        (gettext("申请号"), asset.application_number),
        (gettext("注册号或登记号"), asset.registration_number),
        (gettext("公开号"), "、".join(n.number for n in asset.numbers if n.scheme == "published")),
        (_label(asset, "work_kind"), asset.work_kind),
        (gettext("优先权日"), asset.priority_date and format_date(asset.priority_date)),
        (gettext("申请日"), asset.filing_date and format_date(asset.filing_date)),
        (gettext("公开日"), asset.publication_date and format_date(asset.publication_date)),
        (_label(asset, "grant_date"), asset.grant_date and format_date(asset.grant_date)),
        (_label(asset, "creation_date"), asset.creation_date and format_date(asset.creation_date)),
        (_label(asset, "first_publication_date"),
         asset.first_publication_date and format_date(asset.first_publication_date)),
        (_label(asset, "persons"), "；".join(p.name for p in asset.persons)),
        (gettext("保护期最后一日"), asset.last_day and format_date(asset.last_day)),
        (gettext("商品或服务"), asset.goods),
        (gettext("同族"), asset.family),
        (gettext("行业"), industries.name(asset.industry, locale) if asset.industry else ""),
        (
            gettext("所在地"),
            " ".join(regions.display(p, locale) for p in (asset.province, asset.city) if p),
        ),
        (gettext("资料来源"), _source(asset)),
    ]  # fmt: skip
    return [(label, value) for label, value in rows if value]


def _label(asset: Asset, name: str) -> str:
    """What a field is called for this kind of right."""
    return str(LABELS.get(asset.kind, {}).get(name) or getattr(AssetForm, name).args[0])


def _source(asset: Asset) -> str:
    """Where the record came from; an import is named by its number."""
    kind, _, number = asset.source.partition(":")
    if kind == "import" and number.isdecimal():
        return gettext("第 %(number)s 次导入", number=number)
    return gettext("命令行导入") if asset.source == "command line" else asset.source


def _class_names(asset: Asset) -> list[tuple[str, str]]:
    locale = locale_code()
    found = []
    for each in asset.classes:
        known = (
            classes.nice_name(each.symbol)
            if each.scheme == "nice"
            else classes.ipc_name(each.symbol)
            if each.scheme in {"ipc", "cpc"}
            else None
        )
        found.append((each.symbol, known.name(locale) if known else ""))
    return found
