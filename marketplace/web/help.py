"""Help for each side, the rules of the house, and the law behind them."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, abort, current_app, render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext

from marketplace.core import clock, settings
from marketplace.rules import library
from marketplace.web.presentation import locale_code

bp = Blueprint("help", __name__)


@dataclass(frozen=True)
class Page:
    """A help page: its name in the address, title, one line about it."""

    name: str
    title: Any
    lead: Any
    ic: str


PAGES = (
    Page(
        "sellers",
        lazy_gettext("如何挂牌"),
        lazy_gettext("高校、院所和企业权利人：从登记资产到收到价款。"),
        "landmark",
    ),
    Page(
        "buyers",
        lazy_gettext("如何购买或取得许可"),
        lazy_gettext("企业和受让方：从检索到登记完成。"),
        "building-2",
    ),
    Page(
        "money",
        lazy_gettext("资金监管与费用"),
        lazy_gettext("价款怎样收、何时放、何时退，收多少费。"),
        "banknote",
    ),
    Page(
        "law", lazy_gettext("法律规则"), lazy_gettext("系统核对的每一条规则、依据和条文。"), "scale"
    ),
    Page(
        "partners",
        lazy_gettext("中介、评估机构与银行"),
        lazy_gettext("经纪、评估、质押权人在平台上做什么。"),
        "handshake",
    ),
    Page("about", lazy_gettext("关于我们"), lazy_gettext("平台是什么，为什么可信。"), "info"),
    Page(
        "accessibility",
        lazy_gettext("无障碍声明"),
        lazy_gettext("键盘、读屏和手机都能用。"),
        "accessibility",
    ),
    Page(
        "privacy",
        lazy_gettext("隐私政策"),
        lazy_gettext("我们保存什么、为什么、多久。"),
        "shield-check",
    ),
    Page("terms", lazy_gettext("服务条款"), lazy_gettext("使用平台的约定。"), "file-text"),
)
BY_NAME = {page.name: page for page in PAGES}


@bp.get("/help")
def index() -> ResponseReturnValue:
    """Where to read what."""
    return render_template("help/index.html", pages=PAGES)


@bp.get("/help/<page>")
def page(page: str) -> ResponseReturnValue:
    """One page."""
    found = BY_NAME.get(page)
    if found is None:
        abort(404)
    today = clock.today()
    return render_template(
        f"help/{found.name}.html",
        this=found,
        pages=PAGES,
        trade=settings.current(),
        rules=_rules_on(today) if found.name == "law" else [],
        chinese=locale_code().startswith("zh"),
        upload_mb=current_app.config["MAX_CONTENT_LENGTH"] // 1024 // 1024,
    )


def _rules_on(day: date) -> list[tuple[library.Rule, library.Text]]:
    """The rules in force on a day, each with its text of that day."""
    return [(rule, text) for rule in library.load().rules if (text := rule.text_on(day))]
