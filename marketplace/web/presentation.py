"""What templates say things with: amounts, dates, words, links that exist, static versions.

Amounts and moments follow the reader's language; moments are shown in Beijing time. No sentence is
put together here: every one is a whole gettext message with named places.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from mimetypes import guess_type
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from babel.dates import format_timedelta
from flask import Flask, Response, abort, current_app, request, url_for
from flask_babel import get_locale, lazy_gettext
from markupsafe import Markup, escape
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from marketplace.core import clock, settings
from marketplace.core.money import EXPONENTS, Money
from marketplace.core.words import knows, say, to_traditional
from marketplace.payments import policy as money_policy
from marketplace.rules import citations, library
from marketplace.web import charts, covers, icons
from marketplace.web.locale import gettext, ngettext
from marketplace.web.session import current_actor

STATIC = Path(__file__).parents[2] / "static"
BEIJING = ZoneInfo("Asia/Shanghai")
NEAR = timedelta(days=3)
DAY = 86_400  # seconds
TEN_THOUSAND = Decimal(10_000)
HUNDRED_MILLION = Decimal(100_000_000)
MILLION = Decimal(1_000_000)
# unit of the short form, decimals
_CHINESE_STEPS = ((HUNDRED_MILLION, 2), (TEN_THOUSAND, 1))
_ENGLISH_STEPS = ((MILLION, 2),)


def locale_code() -> str:
    """The language of the page: zh_Hans, zh_Hant or en."""
    return str(get_locale() or "zh_Hans")


def _chinese() -> bool:
    return locale_code().startswith("zh")


# ---- amounts -----------------------------------------------------------------------------------


def _plain(amount: Decimal, places: int) -> str:
    rounded = amount.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return f"{rounded:,.{places}f}"


def _signed(currency: str, figure: str) -> str:
    """The currency before the figure: ¥ in Chinese for yuan, else the code of ISO 4217."""
    minus = "−" if figure.startswith("-") else ""
    figure = figure.removeprefix("-")
    if currency == "CNY" and _chinese():
        return f"{minus}¥{figure}"
    return f"{minus}{currency}\N{NO-BREAK SPACE}{figure}"


def money(value: Money | None) -> str:
    """An amount in full: ¥1,280,000.50 or CNY 1,280,000.50; fen only where there are any."""
    if value is None:
        return "–"
    amount = value.amount
    places = 0 if amount == amount.to_integral_value() else EXPONENTS[value.currency]
    return _signed(value.currency, _plain(amount, places))


def money_is_long(value: Money | None) -> bool:
    """Whether a short form helps: from 10,000 yuan in Chinese, from a million in English."""
    if value is None:
        return False
    return abs(value.amount) >= (TEN_THOUSAND if _chinese() else MILLION)


def _cut(value: Money) -> tuple[Decimal, Decimal, int]:
    """The unit in which the short form counts, the figure in it and its decimals."""
    size = abs(value.amount)
    steps = _CHINESE_STEPS if _chinese() else _ENGLISH_STEPS
    for unit, places in steps:
        if size >= unit:
            return unit, value.amount / unit, places
    whole = value.amount == value.amount.to_integral_value()
    return Decimal(1), value.amount, 0 if whole else EXPONENTS[value.currency]


def money_short(value: Money | None) -> str:
    """An amount to scan: 128.0 万元, 1.30 亿元; CNY 1.28 million. Small amounts stay in full."""
    if value is None:
        return "–"
    unit, figure, places = _cut(value)
    said = {"currency": value.currency, "number": _plain(figure, places)}
    if unit == 1:
        return money(value)
    if unit == MILLION:
        return gettext("%(currency)s %(number)s 百万", **said)
    if value.currency == "CNY" and unit == TEN_THOUSAND:
        return gettext("%(number)s 万元", **said)
    if value.currency == "CNY":
        return gettext("%(number)s 亿元", **said)
    names = {TEN_THOUSAND: gettext("万"), HUNDRED_MILLION: gettext("亿")}
    return f"{value.currency} {said['number']} {names[unit]}"


def price_figure(value: Money) -> Markup:
    """The big figure of a card with its unit small: 128.0 万元, CNY 1.28 million."""
    unit, figure, places = _cut(value)
    number = _plain(figure, places)
    small = Markup("<small>{}</small>").format
    if not _chinese():
        scale = small(gettext("百万")) if unit == MILLION else Markup("")
        return small(value.currency) + Markup("\N{NO-BREAK SPACE}") + escape(number) + scale
    names = {TEN_THOUSAND: gettext("万"), HUNDRED_MILLION: gettext("亿")}
    if value.currency != "CNY":
        return escape(number) + small(names.get(unit, "") + value.currency)
    whole = {
        Decimal(1): gettext("元"),
        TEN_THOUSAND: gettext("万元"),
        HUNDRED_MILLION: gettext("亿元"),
    }
    return escape(number) + small(whole[unit])


def number(value: float | None) -> str:
    """A count with thousands marks."""
    return "–" if value is None else f"{value:,}"


def percent(value: Decimal | float | None, places: int = 2) -> str:
    """A share of one as a percentage without idle zeros: 0.065 is 6.5%."""
    if value is None:
        return "–"
    text = _plain(Decimal(str(value)) * 100, places)
    return (text.rstrip("0").rstrip(".") if "." in text else text) + "%"


def basis_points(value: int | None) -> str:
    """Basis points as a percentage: 650 is 6.5%."""
    return "–" if value is None else percent(Decimal(value) / 10_000)


def file_size(octets: int) -> str:
    """A size in KB or MB."""
    if octets >= 1024 * 1024:
        return f"{octets / 1024 / 1024:.1f} MB"
    return f"{max(1, round(octets / 1024))} KB"


# ---- moments -----------------------------------------------------------------------------------

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _in_beijing(value: date) -> date:
    return value.astimezone(BEIJING) if isinstance(value, datetime) else value


def format_date(value: date | None) -> str:
    """A day: 2026年11月23日 or 23 Nov 2026; a moment is first put in Beijing time."""
    if value is None:
        return "–"
    day = _in_beijing(value)
    if _chinese():
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def format_datetime(value: datetime | None) -> str:
    """A moment in Beijing time to the minute: 2026年11月23日 07:45 or 23 Nov 2026, 07:45."""
    if value is None:
        return "–"
    clock_time = value.astimezone(BEIJING).strftime("%H:%M")
    comma = "" if _chinese() else ","
    return f"{format_date(value)}{comma} {clock_time}"


def format_seconds(value: datetime | None) -> str:
    """A moment in Beijing time to the second, where seconds decide."""
    if value is None:
        return "–"
    return f"{format_datetime(value)}{value.astimezone(BEIJING).strftime(':%S')}"


def iso_date(value: date) -> str:
    """The day for machines, in Beijing time."""
    day = _in_beijing(value)
    return f"{day.year:04d}-{day.month:02d}-{day.day:02d}"


def relative(value: datetime) -> str:
    """How long ago, or in how long: 3天前, in 2 hours."""
    distance = value - clock.now()
    return format_timedelta(distance, add_direction=True, locale=locale_code(), threshold=1.2)


def _span(distance: timedelta) -> str:
    if distance >= timedelta(days=2):
        return ngettext("%(num)s 天", "%(num)s 天", distance.days)
    hours = int(distance.total_seconds() // 3600)
    if hours >= 1:
        return ngettext("%(num)s 小时", "%(num)s 小时", hours)
    return ngettext("%(num)s 分钟", "%(num)s 分钟", max(1, int(distance.total_seconds() // 60)))


@dataclass(frozen=True)
class Deadline:
    """A deadline in words: the moment, what is left of it, whether it is close or past."""

    date: str
    left: str
    near: bool
    late: bool


def deadline_parts(value: date) -> Deadline:
    """The parts that the deadline macro shows; a bare day ends at midnight in Beijing."""
    if isinstance(value, datetime):
        moment, text = value, format_datetime(value)
    else:
        midnight = datetime(value.year, value.month, value.day, tzinfo=BEIJING)
        moment, text = midnight + timedelta(days=1), format_date(value)
    distance = moment - clock.now()
    if distance <= timedelta(0):
        return Deadline(
            text, gettext("已过期 %(span)s", span=_span(-distance)), near=False, late=True
        )
    left = gettext("还剩 %(span)s", span=_span(distance))
    return Deadline(text, left, near=distance < NEAR, late=False)


def time_left(ends: datetime) -> str:
    """Hours, minutes and seconds to a moment, as the server sees it; beyond two days in days too."""
    seconds = max(0, int((ends - clock.now()).total_seconds()))
    days = seconds // DAY if seconds >= 2 * DAY else 0
    said = f"{days} {gettext('天')} " if days else ""
    hours = seconds // 3600 - days * 24
    return f"{said}{hours:02d}:{seconds % 3600 // 60:02d}:{seconds % 60:02d}"


def term(until: date | None, *, since: date | None = None) -> str:
    """What is left of a right's life in years and months: 15 年 8 个月; an expired one says so."""
    if until is None:
        return "–"
    today = _in_beijing(since or clock.now())
    until = _in_beijing(until)
    months = (until.year - today.year) * 12 + until.month - today.month - (until.day < today.day)
    if months < 0:
        return gettext("已届满")
    years, months = divmod(months, 12)
    if years and months:
        return gettext("%(years)s 年 %(months)s 个月", years=years, months=months)
    if years:
        return ngettext("%(num)s 年", "%(num)s 年", years)
    return ngettext("%(num)s 个月", "%(num)s 个月", months) if months else gettext("不足 1 个月")


# ---- words -------------------------------------------------------------------------------------


def rule_title(rule_id: str) -> str:
    """The title of a rule on file."""
    rule = library.load().by_id.get(rule_id)
    return rule.title.say(locale_code()) if rule else rule_id


def question_of(path: str) -> str:
    """What a form asks about a fact, in plain words."""
    code = f"ask.{path}"
    return words("enums", code if knows("enums", code) else f"fact.{path}")


def words(section: str, code: Any, **facts: Any) -> str:
    """The words for a code (refusals, needs, permissions, events, states, actions, enums)."""
    return say(section, str(getattr(code, "value", code)), locale_code(), **facts)


def citation(article: str) -> str:
    """Where a law says something, in English for readers of English."""
    return article if _chinese() else citations.english(str(article))


def highlight(segments: Iterable[Any]) -> Markup:
    """Text in pieces, the found ones marked; a piece is (text, found) or has those attributes."""
    out = Markup("")
    for piece in segments:
        if isinstance(piece, Mapping):
            text, found = piece["text"], piece.get("hit") or piece.get("found")
        else:
            text, found = piece
        out += Markup("<mark>{}</mark>").format(text) if found else escape(text)
    return out


def org_name(organisation: Any) -> str:
    """An organisation's name: the English one for English readers where it has one."""
    if organisation is None:
        return "–"
    english = getattr(organisation, "name_en", "")
    return english if english and not _chinese() else str(organisation.name)


def site_name(code: str = "") -> str:
    """The brand in a language, by default the page's own."""
    code = code or locale_code()
    if code.startswith("en"):
        return str(current_app.config["SITE_NAME_EN"])
    name = str(current_app.config["SITE_NAME"])
    return to_traditional(name) if code == "zh_Hant" else name


_OK = """accepted active admitted approved booked captured cleared completed confirmed filed funded given granted
    listed live met concluded ended open paid passed published ready received recorded released satisfied settled
    signed verified"""
_MOVING = """asked countered in_progress issued negotiating pending proposed requested review reviewing
    cured answered running sent started submitted under_review waiting"""
_CARE = """supplement_asked to_file awaiting checking contracting due expiring funding notice noticed on_notice
    incomplete partly_paid held paused questioned recordal recording registering signing suspended undecided unverified
    unbooked upheld objected announced withdrawing"""
_BAD = """blocked breached cancelled declined defaulted disputed expired failed frozen invalidated
    overdue refused rejected revoked terminated imposed"""
_TONES: tuple[tuple[str, str, frozenset[str]], ...] = (
    ("b-ok", "circle-check", frozenset(_OK.split())),
    ("b-info", "clock", frozenset(_MOVING.split())),
    ("b-warn", "hourglass", frozenset(_CARE.split())),
    ("b-bad", "circle-x", frozenset(_BAD.split())),
)


def state_tone(code: Any) -> tuple[str, str]:
    """Class and icon of a state's badge, from the last part of its code; unknown ones stay grey."""
    name = str(getattr(code, "value", code)).rsplit(".", 1)[-1]
    for cls, drawing, names in _TONES:
        if name in names:
            return cls, drawing
    return "", "file-pen" if name == "draft" else "circle-dot"


def form_problems(form: Any) -> list[tuple[str, str, str]]:
    """What is wrong in a form: id of the field to go to, its label, the message."""
    found: list[tuple[str, str, str]] = [
        ("", "", str(message)) for message in getattr(form, "form_errors", None) or ()
    ]
    for field in form:
        entries = list(getattr(field, "entries", ()))
        if hasattr(field, "form") and entries == []:
            found.extend(form_problems(field.form))
        elif entries:
            for entry in entries:
                found.extend(
                    form_problems(entry.form)
                    if hasattr(entry, "form")
                    else [(entry.id, str(field.label.text), str(e)) for e in entry.errors]
                )
        else:
            target = f"{field.id}-0" if field.type == "RadioField" else field.id
            label = "" if field.type in {"HiddenField", "CSRFTokenField"} else str(field.label.text)
            found.extend((target, label, str(message)) for message in field.errors)
    return found


# ---- links -------------------------------------------------------------------------------------


def page_exists(path: str, method: str = "GET") -> bool:
    """Whether the site answers at this address: a link to nowhere is never drawn."""
    try:
        current_app.url_map.bind("site").match(path, method=method)
    except RequestRedirect:
        return True
    except HTTPException:
        return False
    return True


def first_page(*paths: str, method: str = "GET") -> str:
    """The first of these addresses that exists, else nothing."""
    return next((path for path in paths if page_exists(path, method)), "")


def public_address(endpoint: str, **values: Any) -> str:
    """The full address of a page, for copies that leave the site: never what a Host header says."""
    return settings.current().site_url + url_for(endpoint, **values)


def url_with(**changes: Any) -> str:
    """The same page with its query changed; None takes an argument away, a list repeats it."""
    query = [(k, v) for k, v in request.args.items(multi=True) if k not in changes]
    for name, value in changes.items():
        values = value if isinstance(value, list | tuple) else [value]
        query.extend((name, str(v)) for v in values if v is not None)
    return f"{request.path}?{urlencode(query)}" if query else request.path


def url_without(name: str, value: Any) -> str:
    """The same page without one value of an argument, from its first page on."""
    query = [
        (k, v)
        for k, v in request.args.items(multi=True)
        if k != "page" and (k, v) != (name, str(value))
    ]
    return f"{request.path}?{urlencode(query)}" if query else request.path


def page_window(current: int, pages: int) -> list[int | None]:
    """The page numbers to link to; None stands for a gap."""
    wanted = sorted({1, pages, *range(max(1, current - 2), min(pages, current + 2) + 1)})
    out: list[int | None] = []
    for page in wanted:
        previous = out[-1] if out else 0
        if previous is not None and page - previous == 2:
            out.append(page - 1)
        elif previous is not None and page - previous > 2:
            out.append(None)
        out.append(page)
    return out


@dataclass(frozen=True)
class Link:
    """An entry of a menu."""

    url: str
    label: str
    ic: str
    current: bool
    count: int = 0


# Address, label, icon. An entry shows once its page exists; the first address of several that does.
OWN_MONEY = "/workbench/money"  # for those of an organisation who see its money
PAYOFFS = "/workbench/payoffs"  # for those to whom something is pledged
MENUS: dict[str, tuple[tuple[str, Any, str], ...]] = {
    "main": (
        ("/search", lazy_gettext("找资产"), "search"),
        ("/auctions", lazy_gettext("网络竞价"), "gavel"),
        ("/cities", lazy_gettext("地市"), "map"),
        ("/help/sellers", lazy_gettext("如何挂牌"), "tag"),
        ("/rules", lazy_gettext("规则库"), "scale"),
        ("/help", lazy_gettext("帮助"), "circle-question-mark"),
    ),
    "workbench": (
        ("/workbench", lazy_gettext("工作台"), "layout-dashboard"),
        ("/workbench/assets", lazy_gettext("我的资产"), "files"),
        ("/workbench/consents", lazy_gettext("征询与同意"), "handshake"),
        ("/workbench/upkeep", lazy_gettext("费用与期限"), "calendar-clock"),
        ("/workbench/certificates", lazy_gettext("可交易性证明"), "shield-check"),
        ("/workbench/listings", lazy_gettext("我的挂牌"), "tag"),
        ("/workbench/enquiries", lazy_gettext("咨询"), "message-square"),
        ("/workbench/offers", lazy_gettext("报价"), "messages-square"),
        ("/workbench/rooms", lazy_gettext("资料室"), "lock"),
        ("/workbench/mandates", lazy_gettext("委托"), "signature"),
        ("/workbench/introductions", lazy_gettext("引荐记录"), "users"),
        ("/workbench/commissions", lazy_gettext("佣金"), "banknote"),
        ("/workbench/complaints", lazy_gettext("投诉"), "message-square"),
        ("/workbench/auctions", lazy_gettext("竞价"), "gavel"),
        ("/workbench/deals", lazy_gettext("交易"), "handshake"),
        (OWN_MONEY, lazy_gettext("资金往来"), "banknote"),
        ("/workbench/recordals", lazy_gettext("登记备案"), "scroll-text"),
        ("/workbench/open-licences", lazy_gettext("专利开放许可"), "scroll-text"),
        ("/workbench/royalties", lazy_gettext("提成费"), "receipt"),
        (PAYOFFS, lazy_gettext("质权结清"), "landmark"),
        ("/workbench/tasks", lazy_gettext("任务"), "list-checks"),
        ("/workbench/priority-rights", lazy_gettext("优先购买权"), "signature"),
        ("/workbench/key-shares", lazy_gettext("开启密钥"), "key-round"),
        ("/workbench/juries", lazy_gettext("评审"), "list-checks"),
        ("/workbench/filings", lazy_gettext("备案与审查"), "stamp"),
        ("/workbench/inbox", lazy_gettext("收件箱"), "inbox"),
        ("/watchlist", lazy_gettext("关注"), "heart"),
        ("/saved-searches", lazy_gettext("保存的检索"), "bookmark"),
        ("/workbench/organisation", lazy_gettext("机构"), "building-2"),
    ),
    "account": (
        ("/account", lazy_gettext("个人资料"), "user"),
        ("/account/security", lazy_gettext("登录与安全"), "lock"),
        ("/account/sessions", lazy_gettext("登录记录"), "history"),
        ("/account/organisations", lazy_gettext("我的机构"), "building-2"),
    ),
    "organisation": (
        ("/workbench/organisation", lazy_gettext("机构资料"), "building-2"),
        ("/workbench/organisation/members", lazy_gettext("成员"), "users"),
        ("/workbench/organisation/capabilities", lazy_gettext("机构资格"), "badge-check"),
        ("/workbench/organisation/bank", lazy_gettext("收款账户"), "landmark"),
        ("/workbench/organisation/clauses", lazy_gettext("条款库"), "scroll-text"),
    ),
    "account_menu": (
        ("/workbench", lazy_gettext("工作台"), "layout-dashboard"),
        ("/workbench/organisation", lazy_gettext("机构资料与成员"), "users"),
        ("/account", lazy_gettext("账户设置"), "settings"),
        ("/console", lazy_gettext("运营台"), "shield-check"),
        ("/authority", lazy_gettext("主管部门"), "scale"),
    ),
    "authority": (
        ("/authority", lazy_gettext("概览"), "layout-dashboard"),
        ("/authority/filings", lazy_gettext("备案与审查"), "stamp"),
        ("/workbench/key-shares", lazy_gettext("开启密钥"), "key-round"),
        ("/authority/objections", lazy_gettext("异议"), "message-square"),
        ("/authority/deals", lazy_gettext("全部交易"), "handshake"),
        ("/authority/recordals", lazy_gettext("登记备案"), "scroll-text"),
        ("/authority/listings", lazy_gettext("全部挂牌"), "tag"),
        ("/authority/findings", lazy_gettext("规则适用"), "scale"),
        ("/authority/intermediaries", lazy_gettext("中介机构"), "building-2"),
        ("/authority/brokers", lazy_gettext("经纪机构评级"), "shield-check"),
        ("/authority/sanctions", lazy_gettext("处分"), "gavel"),
        ("/authority/complaints", lazy_gettext("投诉"), "message-square"),
        ("/notices", lazy_gettext("公示公告"), "megaphone"),
    ),
    "console": (
        ("/console", lazy_gettext("概览"), "layout-dashboard"),
        ("/console/organisations", lazy_gettext("机构名录"), "building-2"),
        ("/console/capabilities", lazy_gettext("资格审核"), "badge-check"),
        ("/console/brokers", lazy_gettext("中介资质核验"), "badge-check"),
        ("/console/complaints", lazy_gettext("投诉"), "message-square"),
        ("/console/grade-cases", lazy_gettext("等级异议和修复"), "shield-check"),
        ("/console/ratings", lazy_gettext("评价"), "star"),
        ("/console/titles", lazy_gettext("权属核验"), "file-check"),
        ("/console/valuations", lazy_gettext("评估报告"), "scale"),
        ("/console/legal-events", lazy_gettext("法律事件"), "history"),
        ("/console/pledges", lazy_gettext("质押"), "landmark"),
        ("/console/certificates", lazy_gettext("可交易性证明"), "shield-check"),
        ("/console/licences", lazy_gettext("许可"), "file-text"),
        ("/console/burdens", lazy_gettext("权利负担"), "octagon-alert"),
        ("/console/consents", lazy_gettext("征询与同意"), "handshake"),
        ("/console/listings", lazy_gettext("挂牌审核"), "tag"),
        ("/console/auction-control", lazy_gettext("竞价看护"), "gavel"),
        ("/console/auction-alerts", lazy_gettext("竞价线索"), "triangle-alert"),
        ("/console/auction-juries", lazy_gettext("评审组织"), "users"),
        ("/workbench/juries", lazy_gettext("我的评审"), "list-checks"),
        ("/workbench/key-shares", lazy_gettext("开启密钥"), "key-round"),
        ("/console/tasks", lazy_gettext("合规任务"), "list-checks"),
        ("/console/evidence", lazy_gettext("交易材料"), "file-text"),
        ("/console/deals", lazy_gettext("交易"), "handshake"),
        ("/console/disputes", lazy_gettext("争议"), "gavel"),
        ("/console/recordals", lazy_gettext("登记备案"), "scroll-text"),
        ("/console/auction-desk", lazy_gettext("竞价办理"), "gavel"),
        ("/console/money", lazy_gettext("资金"), "banknote"),
        ("/console/users", lazy_gettext("用户名录"), "users"),
        ("/console/mail", lazy_gettext("邮件"), "mail"),
        ("/console/audit", lazy_gettext("日志"), "history"),
    ),
}  # fmt: skip
OPERATORS_ONLY = "/console"
OVERSEERS_ONLY = "/authority"
HUBS = frozenset(
    {"/", "/workbench", "/console", "/account", "/authority"}
)  # current only on themselves


BELONGS_TO = {"/workbench/term-sheets": "/workbench/offers"}  # pages without an entry of their own


def _is_current(path: str, entries: Iterable[str]) -> bool:
    """Whether the reader is on this entry's page or below it, and below no closer entry."""
    here = request.path.rstrip("/") or "/"
    for own, entry in BELONGS_TO.items():
        if f"{here}/".startswith(f"{own}/"):
            return path == entry
    if here == path:
        return True
    under = [e for e in entries if e not in HUBS and here.startswith(f"{e}/")]
    return bool(under) and here not in set(entries) and max(under, key=len) == path


def navigation(menu: str) -> list[Link]:
    """The entries of a menu that exist and that this reader may open."""
    actor = current_actor()
    entries = MENUS[menu]
    if menu == "main" and actor.user_id is not None:
        entries = (*entries[:2], *MENUS["workbench"][:1], *entries[2:])
    links = []
    for path, label, drawing in entries:
        if path.startswith(OPERATORS_ONLY) and not actor.is_operator:
            continue
        if path.startswith(OVERSEERS_ONLY) and not (actor.is_operator or actor.is_regulator):
            continue
        if path == PAYOFFS and "lender" not in actor.capabilities:
            continue
        if path == OWN_MONEY and not money_policy.see_own.allows(actor):
            continue
        if page_exists(path):
            current = _is_current(path, [entry[0] for entry in entries])
            links.append(Link(path, str(label), drawing, current))
    return links


FOOTER: tuple[tuple[Any, tuple[tuple[str, Any], ...]], ...] = (
    (lazy_gettext("市场"), (
        ("/search", lazy_gettext("找资产")),
        ("/cities", lazy_gettext("按地市浏览")),
        ("/open-licences", lazy_gettext("正在开放的许可")),
        ("/compare", lazy_gettext("对比")),
        ("/notices", lazy_gettext("公示公告")),
        ("/certificates", lazy_gettext("核验证明")),
        ("/sign-up", lazy_gettext("注册")),
    )),
    (lazy_gettext("各方指南"), (
        ("/help/sellers", lazy_gettext("如何挂牌")),
        ("/help/buyers", lazy_gettext("如何购买或取得许可")),
        ("/help/brokers", lazy_gettext("经纪机构")),
        ("/brokers", lazy_gettext("经纪机构名录")),
        ("/help/valuers", lazy_gettext("评估机构")),
        ("/help/banks", lazy_gettext("银行与质权人")),
        ("/help/exchange", lazy_gettext("交易所做什么")),
    )),
    (lazy_gettext("规则与资金"), (
        ("/rules", lazy_gettext("规则库")),
        ("/rules/changes", lazy_gettext("法律变化")),
        ("/help/law", lazy_gettext("规则怎样起作用")),
        ("/help/money", lazy_gettext("资金监管与费用")),
        ("/help/glossary", lazy_gettext("术语表")),
        ("/help/terms", lazy_gettext("服务条款")),
    )),
    (lazy_gettext("关于"), (
        ("/help/about", lazy_gettext("关于我们")),
        ("/help/accessibility", lazy_gettext("无障碍声明")),
        ("/help/privacy", lazy_gettext("隐私政策")),
    )),
)  # fmt: skip


def footer_columns() -> list[tuple[str, list[Link]]]:
    """The columns of the footer with the links that exist."""
    return [
        (
            str(heading),
            [
                Link(path, str(label), "", current=False)
                for path, label in links
                if page_exists(path)
            ],
        )
        for heading, links in FOOTER
    ]


# ---- static files ------------------------------------------------------------------------------


def build_id(folder: Path) -> str:
    """A name for the present content of the static files."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(folder).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:10]


def public_url(path: str) -> str:
    """The address of a page of ours for the outside, whatever host was asked."""
    return str(current_app.config["SITE_URL"]).rstrip("/") + path


def static_v(filename: str) -> str:
    """The versioned address of a static file: /s/<build>/css/app.css.

    The version is a path segment, not a query, so that imports between modules and url() in the
    style sheet share one address and a module is never loaded twice.
    """
    return url_for("static", filename=filename)


def _serve_static(app: Flask, folder: Path) -> None:
    """The static route, under the build id. Files are read once: few, small, and never changing."""
    build = build_id(folder)
    files = {
        path.relative_to(folder).as_posix(): (path.read_bytes(), guess_type(path.name)[0])
        for path in folder.rglob("*")
        if path.is_file()
    }

    def static(filename: str) -> Response:
        if filename not in files:
            abort(404)
        body, mimetype = files[filename]
        response = Response(body, mimetype=mimetype)
        response.set_etag(build)
        response.make_conditional(request)
        return response

    app.add_url_rule(f"/s/{build}/<path:filename>", endpoint="static", view_func=static)


FILTERS: dict[str, Callable[..., Any]] = {
    "money": money,
    "money_short": money_short,
    "money_is_long": money_is_long,
    "price_figure": price_figure,
    "number": number,
    "percent": percent,
    "basis_points": basis_points,
    "file_size": file_size,
    "date": format_date,
    "datetime": format_datetime,
    "datetime_seconds": format_seconds,
    "iso_date": iso_date,
    "relative": relative,
    "deadline_parts": deadline_parts,
    "time_left": time_left,
    "term": term,
    "org_name": org_name,
    "citation": citation,
}
GLOBALS: dict[str, Any] = {
    "words": words,
    "highlight": highlight,
    "cover": covers.cover,
    "cover_family": covers.family_of,
    "charts": charts,
    "static_v": static_v,
    "public_url": public_url,
    "site_name": site_name,
    "org_name": org_name,
    "state_tone": state_tone,
    "form_problems": form_problems,
    "navigation": navigation,
    "footer_columns": footer_columns,
    "page_exists": page_exists,
    "first_page": first_page,
    "public_address": public_address,
    "url_with": url_with,
    "url_without": url_without,
    "page_window": page_window,
    "server_now": clock.now,
    "today": clock.today,
    "locale_code": locale_code,
    "rule_title": rule_title,
    "question_of": question_of,
}


def init_app(app: Flask) -> None:
    """Give templates their filters and globals, build the sprite, version the static files."""
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.globals.update(GLOBALS)
    _serve_static(app, STATIC)
    icons.init_app(app)
