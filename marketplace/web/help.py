"""Help for each side, the rules of the house, and the law behind them."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, abort, current_app, render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext

from marketplace.core import clock, settings
from marketplace.rules import library

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
        "tag",
    ),
    Page(
        "buyers",
        lazy_gettext("如何购买或取得许可"),
        lazy_gettext("企业和受让方：从检索到登记完成。"),
        "building-2",
    ),
    Page(
        "brokers",
        lazy_gettext("经纪机构"),
        lazy_gettext("资质、委托、代为办理、引荐、佣金和利益冲突。"),
        "handshake",
    ),
    Page(
        "valuers",
        lazy_gettext("评估机构"),
        lazy_gettext("评估报告怎样登记、怎样核对、管多久。"),
        "scale",
    ),
    Page(
        "banks",
        lazy_gettext("银行与质权人"),
        lazy_gettext("质押怎样标记，同意怎样出具，债权怎样受偿。"),
        "landmark",
    ),
    Page(
        "kinds",  # drawn by web.kinds
        lazy_gettext("权利种类"),
        lazy_gettext("每种权利保护多久、费用多少、能做什么、在哪里登记。"),
        "files",
    ),
    Page(
        "exchange",
        lazy_gettext("交易所做什么"),
        lazy_gettext("哪些事由交易所工作人员核对，多久，凭什么。"),
        "shield-check",
    ),
    Page(
        "money",
        lazy_gettext("资金监管与费用"),
        lazy_gettext("价款怎样收、何时放、何时退，收多少费。"),
        "banknote",
    ),
    Page(
        "fees",  # drawn by web.fees
        lazy_gettext("费率表"),
        lazy_gettext("服务费按成交价分档，越高的部分费率越低；含增值税，可开发票。"),
        "receipt",
    ),
    Page(
        "signatures",
        lazy_gettext("电子签名"),
        lazy_gettext("合同怎样签、怎样核验、《电子签名法》的条件怎样满足。"),
        "shield-check",
    ),
    Page(
        "law",
        lazy_gettext("法律规则"),
        lazy_gettext("系统核对的每一条规则、依据和条文。"),
        "file-check",
    ),
    Page(
        "glossary",
        lazy_gettext("术语表"),
        lazy_gettext("本平台用词的中英文对照和含义。"),
        "list",
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
        "lock",
    ),
    Page("terms", lazy_gettext("服务条款"), lazy_gettext("使用平台的约定。"), "file-text"),
)
# The trade's words: Chinese, English, what they mean here.
GLOSSARY: tuple[tuple[str, str, Any], ...] = (
    ("权利人", "rights holder", lazy_gettext("登记簿上权利的所有人；有多人时各有份额。")),
    ("资产", "asset", lazy_gettext("一项权利，一个登记号。")),
    ("挂牌", "listing", lazy_gettext("向公众说明拿什么、按什么条件、以什么价格交易。")),
    ("转让", "assignment, transfer", lazy_gettext("权利本身换人；专利权自登记之日起转移。")),
    ("许可", "licence", lazy_gettext("权利人不变，允许他人使用。")),
    ("独占许可", "exclusive licence", lazy_gettext("只有被许可人可以使用，权利人自己也不能用。")),
    ("排他许可", "sole licence", lazy_gettext("只有被许可人和权利人可以使用。")),
    ("普通许可", "non-exclusive licence", lazy_gettext("权利人还可以许可其他人。")),
    ("再许可", "sub-licence", lazy_gettext("被许可人再允许他人使用，须经约定。")),
    ("作价入股", "contribution as equity", lazy_gettext("用权利出资换取公司股权，应当评估。")),
    ("提成费", "royalty", lazy_gettext("按被许可人的销售额或数量支付的许可费。")),
    (
        "权属核验",
        "title verification",
        lazy_gettext("交易所把权利人与登记簿副本对照，记下副本日期。"),
    ),
    ("登记簿副本", "register extract", lazy_gettext("登记机关出具的权利现状证明。")),
    (
        "评估报告",
        "valuation report",
        lazy_gettext("评估机构出具、两名评估师签字，写明基准日和有效期。"),
    ),
    ("基准日", "base date", lazy_gettext("评估值对应的那一天。")),
    ("质押", "pledge", lazy_gettext("以权利担保债务，自登记时设立。")),
    ("质权人", "pledgee, lender", lazy_gettext("债权受质押担保的一方，多为银行。")),
    ("质权人同意", "pledgee's consent", lazy_gettext("没有它，已质押的权利不得转让或许可。")),
    ("报价、还价", "offer, counter-offer", lazy_gettext("双方来回的每一版条款，逐版保留。")),
    ("合规清单", "checklist", lazy_gettext("法律对这笔交易的要求：依据、办理人、材料。")),
    ("监管账户", "escrow account", lazy_gettext("价款的专户，登记确认以前不归任何一方支配。")),
    ("付款编号", "payment reference", lazy_gettext("写在汇款附言里的号码，凭它对上交易。")),
    ("登记、备案", "recordal", lazy_gettext("转让须登记，许可须备案，由主管机关办理。")),
    ("放款", "release", lazy_gettext("从监管账户付给质权人和出让方。")),
    ("服务费", "commission", lazy_gettext("成交后从价款中扣除的平台费用。")),
    (
        "交割证明",
        "completion certificate",
        lazy_gettext("列明交易内容和文件哈希值的 PDF，可凭编码核验。"),
    ),
    ("哈希值", "hash (SHA-256)", lazy_gettext("文件的指纹；内容改动一个字，指纹就不同。")),
    (
        "资格",
        "capability",
        lazy_gettext("机构经审核后能做的事：权利人、受让人、评估、经纪、贷款等。"),
    ),
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
    return render_template(
        f"help/{found.name}.html",
        this=found,
        pages=PAGES,
        glossary=GLOSSARY,
        trade=settings.current(),
        parts=_parts_on(clock.today()) if found.name == "law" else [],
        upload_mb=current_app.config["MAX_CONTENT_LENGTH"] // 1024 // 1024,
    )


def _parts_on(day: date) -> list[tuple[library.Section, int]]:
    """The parts of the catalogue, and how many rules of each are in force on a day."""
    return [
        (part, sum(rule.in_force(day) for rule in part.rules)) for part in library.load().sections
    ]
