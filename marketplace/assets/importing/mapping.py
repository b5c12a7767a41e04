"""Which column means what: suggested from the headings, kept by their signature. Pure."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping as MappingOf
from collections.abc import Sequence
from dataclasses import dataclass, field

# Fields a column can feed. `number` is any number of the right; `publication` may hold several.
FIELDS = (
    "title", "title_en", "abstract", "abstract_en", "kind", "number", "application_number",
    "publication", "kind_code", "registration_number", "case_number", "serial_number",
    "jurisdiction", "owners", "inventors", "address", "region", "city", "ipc", "cpc", "locarno",
    "nice", "filing_date", "publication_date", "grant_date", "expiry_date", "priority_date",
    "status", "goods", "family",
)  # fmt: skip

# Headings by field, Chinese and English, as exports of offices, databases and portfolios write them.
# The first heading of a field that a file has wins; the order of words is therefore the order of trust.
_SYNONYMS: dict[str, str] = {
    "title": (
        "标题 名称 专利名称 发明名称 发明创造名称 专利题名 题名 商标名称 商标 软件名称 软件全称 作品名称 "
        "品种名称 布图设计名称 技术名称 成果名称 资产名称 知识产权名称 标题中文 中文标题 中文名称 titlezh "
        "title inventiontitle patenttitle mark markname wordmark name titlecn"
    ),
    "title_en": "英文标题 英文名称 标题英文 标题译文 发明名称英文 titleen englishtitle titleenglish",
    "abstract": (
        "摘要 摘要中文 中文摘要 简介 技术简介 内容简介 项目简介 abstractzh abstract summary description abstractcn"
    ),
    "abstract_en": "英文摘要 摘要英文 摘要译文 abstracten englishabstract",
    "kind": (
        "专利类型 知识产权类型 类型 专利种类 权利类型 资产类型 种类 kind type patenttype iptype assettype righttype"
    ),
    "number": "专利号 专利号码 权利号 证号 编码号 patentnumber patentno ipnumber number",
    "application_number": (
        "申请号 专利申请号 申请号码 申请专利号 申请号专利号 applicationnumber applicationno applno appno "
        "applicationid filingnumber"
    ),
    "publication": (
        "公开号 公告号 公开公告号 授权公告号 公布号 公开号公告号 申请公布号 publicationnumbers publicationnumber "
        "publicationno pubno grantpublicationnumber documentnumber"
    ),
    "kind_code": "文献种类 文献类型代码 kindcode",
    "registration_number": (
        "注册号 商标注册号 登记号 软件登记号 著作权登记号 软著登记号 作品登记号 品种权号 布图设计登记号 证书号 "
        "regno registrationnumber registrationno certificateno"
    ),
    "case_number": (
        "案卷号 案号 内部编号 我方卷号 我方文号 卷号 案件编号 referencenumber docket docketnumber casenumber "
        "reference internalreference ourreference"
    ),
    "serial_number": "serialnumber serialno",
    "jurisdiction": "国别 受理局 申请国 国家地区 公开国别 jurisdiction countrycode authority",
    "owners": (
        "申请专利权人 专利权人 当前专利权人 当前申请专利权人 申请人 申请权利人 权利人 著作权人 注册人 商标注册人 "
        "商标权人 品种权人 布图设计权利人 所有人 持有人 单位 currentowner owners owner assignees assignee "
        "currentassignee applicants applicant patentee registrant proprietor 1stassignee rightsholder holder"
    ),
    "inventors": (
        "发明人 发明设计人 设计人 发明人设计人 完成人 作者 培育人 创作人 inventors inventor designers authors author "
        "breeder"
    ),
    "address": (
        "申请人地址 地址 专利权人地址 权利人地址 申请专利权人地址 联系地址 通讯地址 applicantaddress address "
        "owneraddress"
    ),
    "region": "国省代码 省份 省 地区 国省 申请人省份 省市 申请人国省代码 region province state",
    "city": "城市 市 地市 所在市 所在城市 city",
    "ipc": (
        "ipc分类号 ipc 分类号 国际专利分类号 主分类号 ipc主分类号 主分类 国际分类号 ipcsubclasses allipc "
        "ipcclass ipcclasses ipcorcpc ipcprimary classification"
    ),
    "cpc": "cpc分类号 cpc allcpc cpcclass",
    "locarno": "洛迦诺分类号 外观分类号 locarno locarnoclass",
    "nice": "国际分类 尼斯分类 商标类别 类别 商标国际分类 niceclass niceclasses nice classes class intclass",
    "filing_date": "申请日 申请日期 filingdate applicationdate datefiled fileddate",
    "publication_date": "公开日 公布日 公开公告日 公告日 公开日期 公告日期 publicationdate pubdate issuedate",
    "grant_date": (
        "授权日 授权公告日 授权日期 授权公告日期 注册日 注册日期 登记日期 登记日 核准注册日 发证日期 grantdate "
        "registrationdate granteddate"
    ),
    "expiry_date": (
        "到期日 届满日 有效期至 专利到期日 失效日 专用权期限 截止日期 期限届满日 expirationdate expirydate "
        "expiry expires expirationday"
    ),
    "priority_date": "优先权日 优先权日期 prioritydate earliestprioritydate",
    "status": (
        "法律状态 专利状态 状态 当前法律状态 案件状态 权利状态 商标状态 有效性 legalstatus docstatus status "
        "statustext currentstatus 简单法律状态"
    ),
    "goods": "商品服务 商品 商品服务项目 核定使用商品 使用商品 goods goodsandservices goodsservices",
    "family": "同族 简单同族 同族号 家族号 familyid family",
}
_FIELD_OF = {word: field_ for field_, words in _SYNONYMS.items() for word in words.split()}
_RANK = {word: i for words in _SYNONYMS.values() for i, word in enumerate(words.split())}

# Fields that take from every column mapped to them, not only from the best.
_GATHER = {"ipc", "cpc", "nice", "locarno", "publication"}

# Headings that say which right the whole file is about.
_KIND_HINTS: tuple[tuple[str, str], ...] = (
    (r"软件(名称|全称|登记)|软著", "software"),
    (r"商标|nice|^mark$|wordmark|核定使用", "trademark"),
    (r"作品", "copyright"),
    (r"品种", "plant_variety"),
    (r"布图", "ic_layout"),
    (r"实用新型", "utility_model"),
    (r"外观设计", "design"),
    (r"发明|专利|inventor|patent|ipc|abstract(zh|en)", "invention"),
)

_MARK = re.compile(r"[\W_]+")


def fold(heading: str) -> str:
    """A heading without case, width, spaces and punctuation."""
    return _MARK.sub("", unicodedata.normalize("NFKC", heading).casefold())


def signature(headings: Sequence[str]) -> str:
    """The same for files with the same columns in any order: a kept mapping is found by it."""
    folded = sorted({fold(h) for h in headings if fold(h)})
    return hashlib.sha256("\x1f".join(folded).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """Heading → field; `constants` give a field one value for every row (`kind`, `jurisdiction`)."""

    columns: MappingOf[str, str] = field(default_factory=dict)
    constants: MappingOf[str, str] = field(default_factory=dict)
    layout: str | None = None  # a known source with habits of its own

    @property
    def is_usable(self) -> bool:
        """Whether a row could become a right: a number, or a title and something besides."""
        named = {*self.columns.values(), *self.constants}
        if named & {"number", "application_number", "publication", "registration_number"}:
            return True
        return "title" in named and len(named) > 1

    def unmapped(self, headings: Sequence[str]) -> tuple[str, ...]:
        """Headings that feed nothing."""
        return tuple(h for h in headings if h.strip() and h not in self.columns)


def suggest(headings: Sequence[str]) -> ColumnMapping:
    """What the columns of a file mean by their headings; whoever imports may change it.

    Of two columns for one field the more exact heading wins, except for classes and publication
    numbers, which are gathered. The kind of right is taken from headings only where they say it.
    """
    chosen: dict[str, str] = {}
    taken: dict[str, tuple[int, str]] = {}
    for heading in headings:
        folded = fold(heading)
        target = _FIELD_OF.get(folded)
        if target is None:
            continue
        rank = _RANK[folded]
        if target in _GATHER:
            chosen[heading] = target
        elif target not in taken or rank < taken[target][0]:
            if target in taken:
                del chosen[taken[target][1]]
            taken[target] = (rank, heading)
            chosen[heading] = target
    constants = {}
    hint = None if "kind" in taken else _kind_hint(list(chosen))
    if hint:
        constants["kind"] = hint
    return ColumnMapping(chosen, constants, layout_of(headings))


def _kind_hint(headings: Sequence[str]) -> str | None:
    folded = [fold(h) for h in headings]
    return next(
        (kind for form, kind in _KIND_HINTS if any(re.search(form, h) for h in folded)), None
    )


def layout_of(headings: Sequence[str]) -> str | None:
    """A known source by its columns, where it has habits that headings do not tell."""
    folded = {fold(h) for h in headings}
    if {"referencenumber", "center", "patentnumber", "serialnumber", "expirationdate"} <= folded:
        return "nasa"
    if {"reel", "frame", "serialnumber", "mark", "currentowner"} <= folded:
        return "us_mark_assignments"
    return None


def heading_score(cells: Sequence[str]) -> int:
    """How many cells of a line are known headings: the line of headings has the most."""
    return sum(1 for cell in cells if fold(cell) in _FIELD_OF)
