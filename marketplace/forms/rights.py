"""The record of a right as its keeper states it: a form of its own for every kind."""

from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from marketplace.assets import identifiers, industries, regions
from marketplace.assets.importing import values as cells
from marketplace.assets.importing.records import AssetRecord, Owner
from marketplace.assets.models import MARKS, PATENTS, Asset, AssetKind, LegalStatus
from marketplace.core.errors import Invalid
from marketplace.core.words import knows
from marketplace.forms.assets import NEEDED, trimmed
from marketplace.forms.terms import WholeField, choices_of, word

FULL = 10_000  # basis points
HOME = "CN"
OFFICES = ("CN", "HK", "MO", "TW", "US", "EP", "WO", "JP", "KR", "DE", "GB", "FR", "EM")

# What each kind is asked for, in groups of the page. Title, owners and place are asked of all.
_PATENT = ("jurisdiction", "application_number", "publications", "classes", "filing_date",
           "priority_date", "publication_date", "grant_date", "fee_paid_through")  # fmt: skip
_MARK = ("jurisdiction", "registration_number", "classes", "goods", "filing_date", "grant_date",
         "last_day")  # fmt: skip
ASKED: dict[str, tuple[str, ...]] = {
    AssetKind.INVENTION: (*_PATENT, "compensation_days", "family"),
    AssetKind.UTILITY_MODEL: (*_PATENT, "family"),
    AssetKind.DESIGN: (*_PATENT, "family"),
    AssetKind.PATENT_APPLICATION: ("jurisdiction", "application_number", "publications", "classes",
                                   "filing_date", "priority_date", "publication_date", "family"),
    AssetKind.TRADEMARK: _MARK,
    AssetKind.COLLECTIVE_MARK: _MARK,
    AssetKind.CERTIFICATION_MARK: _MARK,
    AssetKind.COPYRIGHT: ("registration_number", "work_kind", "creation_date",
                          "first_publication_date", "grant_date", "owned_by_person",
                          "author_death_date"),
    AssetKind.SOFTWARE: ("registration_number", "work_kind", "creation_date",
                         "first_publication_date", "grant_date", "owned_by_person",
                         "author_death_date"),
    AssetKind.PLANT_VARIETY: ("registration_number", "work_kind", "woody", "filing_date",
                              "grant_date"),
    AssetKind.IC_LAYOUT: ("registration_number", "creation_date", "first_publication_date",
                          "filing_date", "grant_date"),
    AssetKind.KNOW_HOW: ("creation_date",),
    AssetKind.DATA_RIGHT: ("registration_number", "work_kind", "creation_date", "filing_date",
                           "grant_date", "last_day"),
    AssetKind.GI: ("registration_number", "goods", "filing_date", "grant_date"),
    AssetKind.DEFENCE_PATENT: ("application_number", "filing_date", "grant_date"),
}  # fmt: skip
BEFORE = ("title", "title_en", "abstract", "abstract_en")
AFTER = ("owners", "persons", "place", "industry", "status")
WITHOUT_PERSONS = MARKS | {AssetKind.DATA_RIGHT, AssetKind.GI, AssetKind.DEFENCE_PATENT}

# What a field is called for a kind, where the general word would mislead.
_PUBLISHED_FIRST = {"first_publication_date": lazy_gettext("首次发表日")}
_MARK_LABELS = {
    "registration_number": lazy_gettext("注册号或申请号"), "grant_date": lazy_gettext("注册公告日"),
    "classes": lazy_gettext("商标类别"), "title": lazy_gettext("商标名称或图形说明"),
}  # fmt: skip
LABELS: dict[str, dict[str, Any]] = {
    AssetKind.INVENTION: {"persons": lazy_gettext("发明人"), "grant_date": lazy_gettext("授权公告日")},
    AssetKind.UTILITY_MODEL: {
        "persons": lazy_gettext("发明人"), "grant_date": lazy_gettext("授权公告日"),
    },
    AssetKind.DESIGN: {
        "persons": lazy_gettext("设计人"), "grant_date": lazy_gettext("授权公告日"),
        "classes": lazy_gettext("洛迦诺分类号"),
    },
    AssetKind.PATENT_APPLICATION: {"persons": lazy_gettext("发明人")},
    AssetKind.TRADEMARK: _MARK_LABELS,
    AssetKind.COLLECTIVE_MARK: _MARK_LABELS | {"owners": lazy_gettext("注册人（团体、协会或其他组织）")},
    AssetKind.CERTIFICATION_MARK: _MARK_LABELS | {"owners": lazy_gettext("注册人（有检测、监督能力的组织）")},
    AssetKind.COPYRIGHT: {
        "persons": lazy_gettext("作者"), "work_kind": lazy_gettext("作品类别"),
        "creation_date": lazy_gettext("创作完成日"), "grant_date": lazy_gettext("登记日"),
    } | _PUBLISHED_FIRST,
    AssetKind.SOFTWARE: {
        "persons": lazy_gettext("开发人员"), "work_kind": lazy_gettext("版本号"),
        "creation_date": lazy_gettext("开发完成日"), "grant_date": lazy_gettext("登记日"),
        "title": lazy_gettext("软件全称"),
    } | _PUBLISHED_FIRST,
    AssetKind.PLANT_VARIETY: {
        "persons": lazy_gettext("培育人"), "work_kind": lazy_gettext("植物种类（属或种）"),
        "registration_number": lazy_gettext("品种权号"), "grant_date": lazy_gettext("授权公告日"),
        "title": lazy_gettext("品种名称"),
    },
    AssetKind.IC_LAYOUT: {
        "persons": lazy_gettext("创作人"), "creation_date": lazy_gettext("创作完成日"),
        "first_publication_date": lazy_gettext("首次商业利用日"),
        "registration_number": lazy_gettext("布图设计登记号"), "grant_date": lazy_gettext("登记公告日"),
    },
    AssetKind.KNOW_HOW: {"persons": lazy_gettext("主要研发人员"), "creation_date": lazy_gettext("形成日")},
    AssetKind.DATA_RIGHT: {
        "registration_number": lazy_gettext("登记证书编号或登记号"), "work_kind": lazy_gettext("数据来源与类型"),
        "creation_date": lazy_gettext("数据形成日"), "grant_date": lazy_gettext("登记日"),
        "title": lazy_gettext("数据集合名称"), "last_day": lazy_gettext("证书有效期至"),
    },
    AssetKind.GI: {
        "registration_number": lazy_gettext("登记证书编号或公告号"), "goods": lazy_gettext("产品与保护范围"),
        "grant_date": lazy_gettext("批准公告日"), "title": lazy_gettext("地理标志名称"),
        "owners": lazy_gettext("管理人或申请人"),
    },
    AssetKind.DEFENCE_PATENT: {"grant_date": lazy_gettext("授权日"), "title": lazy_gettext("代称")},
}  # fmt: skip
_MARK_HINTS = {
    "classes": lazy_gettext("1 至 45 类，多个用逗号分开。"),
    "registration_number": lazy_gettext("如 16435657；马德里注册写 G 加数字。"),
}
HINTS: dict[str, dict[str, Any]] = {
    AssetKind.DESIGN: {"classes": lazy_gettext("如 14-02，多个用逗号分开。")},
    AssetKind.TRADEMARK: _MARK_HINTS,
    AssetKind.COLLECTIVE_MARK: _MARK_HINTS,
    AssetKind.CERTIFICATION_MARK: _MARK_HINTS,
    AssetKind.SOFTWARE: {"registration_number": lazy_gettext("如 2024SR0345678；未登记的可以留空。")},
    AssetKind.COPYRIGHT: {
        "registration_number": lazy_gettext("如 粤作登字-2024-F-00012345；未登记的可以留空。"),
        "work_kind": lazy_gettext("文字、美术、摄影、视听作品等。"),
    },
    AssetKind.PLANT_VARIETY: {
        "registration_number": lazy_gettext("农业如 CNA20191000123，林草如 20200123。"),
    },
    AssetKind.IC_LAYOUT: {"registration_number": lazy_gettext("如 BS.10500001.9。")},
    AssetKind.KNOW_HOW: {
        "abstract": lazy_gettext("只写可以公开的概要，不要写秘密内容。"),
    },
    AssetKind.DATA_RIGHT: {
        "registration_number": lazy_gettext("证书编号 17 位，如 20240944000001234；或登记号 16 位。"),
        "last_day": lazy_gettext("以证书所载为准；没有记载的留空。"),
    },
    AssetKind.GI: {"registration_number": lazy_gettext("如 AGI01234，或 2006年第117号。")},
    AssetKind.DEFENCE_PATENT: {
        "title": lazy_gettext("只写不涉密的代称，不要写发明内容。"),
        "abstract": lazy_gettext("请留空：国防专利的内容不得公开。"),
    },
}  # fmt: skip
PARSERS = {
    **dict.fromkeys(MARKS, identifiers.TRADEMARK),
    AssetKind.SOFTWARE: identifiers.SOFTWARE,
    AssetKind.COPYRIGHT: identifiers.WORK,
    AssetKind.PLANT_VARIETY: identifiers.PLANT_VARIETY,
    AssetKind.IC_LAYOUT: identifiers.IC_LAYOUT,
    AssetKind.DATA_RIGHT: identifiers.DATA_RIGHT,
    AssetKind.GI: identifiers.GI,
}
# What the calendar finds out is not chosen.
CHOSEN_STATUS = (
    LegalStatus.IN_FORCE, LegalStatus.PENDING, LegalStatus.LAPSED, LegalStatus.INVALIDATED,
    LegalStatus.CANCELLED,
)  # fmt: skip
FOUND_OUT = {LegalStatus.EXPIRED, LegalStatus.ANNUITY_GRACE, LegalStatus.RENEWAL_GRACE}


_ANY_NUMBER = {AssetKind.PATENT_APPLICATION, AssetKind.DEFENCE_PATENT, None}


class AssetForm(FlaskForm):
    """A right of one kind; `prepare` leaves the fields that this kind has."""

    kind = HiddenField()
    title = StringField(
        lazy_gettext("名称"), [InputRequired(NEEDED), Length(max=500)], filters=[trimmed]
    )
    title_en = StringField(lazy_gettext("英文名称"), [Length(max=500)], filters=[trimmed])
    abstract = TextAreaField(lazy_gettext("说明"), [Length(max=5000)], filters=[trimmed])
    abstract_en = TextAreaField(lazy_gettext("英文说明"), [Length(max=5000)], filters=[trimmed])
    jurisdiction = SelectField(lazy_gettext("国家或地区"))
    application_number = StringField(
        lazy_gettext("申请号或专利号"),
        [InputRequired(NEEDED), Length(max=40)],
        filters=[trimmed],
        description=lazy_gettext(
            "如 202011068945.9 或 ZL202011068945.9；写法不限，校验位自动核对。"
        ),
    )
    publications = StringField(
        lazy_gettext("公开号和授权公告号"),
        [Length(max=300)],
        filters=[trimmed],
        description=lazy_gettext("如 CN112230768A，多个用逗号分开。"),
    )
    registration_number = StringField(lazy_gettext("登记号"), [Length(max=60)], filters=[trimmed])
    classes = StringField(
        lazy_gettext("IPC 分类号"), [Length(max=600)], filters=[trimmed],
        description=lazy_gettext("如 G06F 16/33，多个用逗号分开。"),
    )  # fmt: skip
    goods = TextAreaField(lazy_gettext("核定商品或服务"), [Length(max=5000)], filters=[trimmed])
    work_kind = StringField(lazy_gettext("类别"), [Length(max=60)], filters=[trimmed])
    filing_date = DateField(lazy_gettext("申请日"), [Optional()])
    priority_date = DateField(lazy_gettext("优先权日"), [Optional()])
    publication_date = DateField(lazy_gettext("公开日"), [Optional()])
    grant_date = DateField(lazy_gettext("授权或注册日"), [Optional()])
    last_day = DateField(
        lazy_gettext("专用权期限至"), [Optional()],
        description=lazy_gettext("已续展的填续展后的最后一日；未续展的可以留空。"),
    )  # fmt: skip
    creation_date = DateField(lazy_gettext("完成日"), [Optional()])
    first_publication_date = DateField(lazy_gettext("首次发表日"), [Optional()])
    owned_by_person = BooleanField(
        lazy_gettext("著作权属于自然人，保护期为作者终生及其死亡后五十年")
    )
    author_death_date = DateField(
        lazy_gettext("最后死亡的作者的死亡日"), [Optional()],
        description=lazy_gettext("作者在世的留空。"),
    )  # fmt: skip
    woody = BooleanField(lazy_gettext("木本或藤本植物（保护期较长）"))
    fee_paid_through = WholeField(
        lazy_gettext("年费已缴至第几年度"), [Optional(), NumberRange(min=1, max=25)],
        description=lazy_gettext("从申请日起算的年度；留空表示未申报。"),
    )  # fmt: skip
    compensation_days = WholeField(
        lazy_gettext("期限补偿天数"), [Optional(), NumberRange(min=0, max=1827)],
        description=lazy_gettext("专利局批准的期限补偿；没有的留空。"),
    )  # fmt: skip
    family = StringField(lazy_gettext("同族"), [Length(max=60)], filters=[trimmed])
    owners = TextAreaField(
        lazy_gettext("权利人"),
        [Length(max=3000)],
        filters=[trimmed],
        description=lazy_gettext("每行一个；有份额的写成“名称 | 60%”，份额合计须为 100%。"),
    )
    persons = TextAreaField(
        lazy_gettext("发明人或作者"), [Length(max=3000)], filters=[trimmed],
        description=lazy_gettext("每行一个。"),
    )  # fmt: skip
    place = SelectField(lazy_gettext("所在地"), default="|")
    industry = SelectField(lazy_gettext("行业"), default="")
    status = SelectField(lazy_gettext("法律状态"))

    @property
    def right(self) -> AssetKind:
        """The kind of right the form is about."""
        return AssetKind(self.kind.data)

    def prepare(self, kind: AssetKind, locale: str) -> None:
        """Leave what this kind is asked for, under its names, with choices the reader reads."""
        self.kind.data = kind.value
        asked = {"kind", "csrf_token", *BEFORE, *ASKED[kind], *AFTER}
        asked -= {"persons"} if kind in WITHOUT_PERSONS else set()
        for name in [f.name for f in self if f.name not in asked]:
            del self[name]
        for name, label in LABELS.get(kind, {}).items():
            if name in self:
                self[name].label.text = label
        for name, hint in HINTS.get(kind, {}).items():
            self[name].description = hint
        if "registration_number" in self and kind in MARKS:
            self.registration_number.validators = [InputRequired(NEEDED), Length(max=60)]
            self.registration_number.flags.required = True
        self._choices(locale)

    def _choices(self, locale: str) -> None:
        if "jurisdiction" in self:
            codes = dict.fromkeys([*OFFICES, self.jurisdiction.data or HOME])
            self.jurisdiction.choices = [SelectChoice(code, _office_name(code)) for code in codes]
            self.jurisdiction.data = self.jurisdiction.data or HOME
        self.place.choices = _places(self.place.data, locale)
        self.industry.choices = _industries(self.industry.data, locale)
        found_out = (
            {LegalStatus(self.status.data)} & FOUND_OUT
            if self.status.data in set(LegalStatus)
            else set()
        )
        self.status.choices = choices_of([*CHOSEN_STATUS, *found_out], "legal_status")()

    def groups(self) -> list[tuple[Any, list[Any]]]:
        """The fields in the groups of the page."""
        own = [self[name] for name in ASKED[self.right]]
        return [
            (lazy_gettext("名称与说明"), [self[name] for name in BEFORE]),
            (lazy_gettext("号码、日期与期限"), own),
            (lazy_gettext("权利人与状态"), [self[name] for name in AFTER if name in self]),
        ]

    @classmethod
    def of(cls, asset: Asset) -> "AssetForm":
        """Filled in from what is on record."""
        plain = ("title", "title_en", "abstract", "abstract_en", "goods", "filing_date",
                 "grant_date", "creation_date", "first_publication_date", "fee_paid_through",
                 "industry", "jurisdiction", "work_kind", "priority_date", "publication_date",
                 "owned_by_person", "author_death_date", "woody", "family", "last_day",
                 "application_number", "registration_number")  # fmt: skip
        return cls(
            data={name: getattr(asset, name) for name in plain}
            | {
                "status": asset.status.value,
                "compensation_days": asset.compensation_days or None,
                "publications": ", ".join(
                    n.number for n in asset.numbers if n.scheme == "published"
                ),
                "registration_number": asset.registration_number or asset.application_number,
                "place": f"{asset.province}|{asset.city}",
                "owners": "\n".join(
                    f"{o.name} | {o.share_bps / 100:g}%" if o.share_bps else o.name
                    for o in asset.owners
                ),
                "persons": "\n".join(p.name for p in asset.persons),
                "classes": ", ".join(
                    c.symbol for c in asset.classes if c.scheme in _schemes(asset.kind)
                ),
            },
        )

    # ---- what was typed, read -----------------------------------------------------------------

    def owner_lines(self) -> list[tuple[str, int | None]]:
        """Names with shares in basis points; Invalid where a share is no percentage."""
        found = []
        for line in trimmed(self.owners.data).splitlines():
            name, _, share = line.replace("｜", "|").partition("|")
            if name.strip():
                found.append((name.strip()[:300], _share(share)))
        return found

    def person_lines(self) -> list[str]:
        """Names, one a line."""
        if "persons" not in self:
            return []
        return [n.strip()[:200] for n in trimmed(self.persons.data).splitlines() if n.strip()]

    def class_pairs(self) -> list[tuple[str, str]]:
        """Scheme and symbol of each class typed; Invalid names the first that is none."""
        if "classes" not in self:
            return []
        scheme, *others = _schemes(self.right)
        found: list[tuple[str, str]] = []
        for text in _parts(self.classes.data):
            pair = next(
                ((s, c) for s in (scheme, *others) if (c := cells.symbol(text, s)) is not None),
                None,
            )
            if pair is None:
                raise Invalid(
                    "asset.no_class", fields={"classes": "asset.no_class"}, value=text[:40]
                )
            found.append(pair)
        return list(dict.fromkeys(found))

    def numbers(self) -> dict[str, Any]:
        """Every number in its one spelling; Invalid with the reason where one cannot be true."""
        found: dict[str, Any] = {}
        office = self._office()
        if "application_number" in self:
            text = self.application_number.data or ""
            number = _judged(
                "application_number", identifiers.parse_application, _full(text, office)
            )
            found["application_number"] = number.canonical
            self._fits(number)
        if "publications" in self:
            judged = [
                _judged("publications", identifiers.parse_publication, _full(text, office))
                for text in _parts(self.publications.data)
            ]
            found["publications"] = tuple(dict.fromkeys(n.canonical or "" for n in judged))
        if "registration_number" in self:
            found["registration_number"] = self._registration(office)
        return found

    def _fits(self, number: identifiers.Identifier) -> None:
        """A Chinese number says which right it is of."""
        if self.right in _ANY_NUMBER or number.right in {None, self.right}:
            return
        raise Invalid("asset.kind_differs", fields={"application_number": "asset.kind_differs"})

    def _registration(self, office: str) -> str | None:
        text = self.registration_number.data or ""
        if not text:
            return None
        if office != HOME and self.right not in MARKS:
            return text
        extra = (None, office) if self.right in MARKS else ()
        parser = identifiers.PARSERS[PARSERS[self.right]]
        return _judged("registration_number", lambda t: parser(t, *extra), text).canonical

    def _office(self) -> str:
        return (self.jurisdiction.data or HOME) if "jurisdiction" in self else HOME

    def _value(self, name: str, default: Any = None) -> Any:
        return self[name].data if name in self else default

    def record(self) -> AssetRecord:
        """The record to put into the portfolio."""
        numbers, values = self.numbers(), self.values()
        return AssetRecord(
            kind=self.kind.data,
            title=values["title"],
            title_en=values["title_en"] or None,
            abstract=values["abstract"] or None,
            abstract_en=values["abstract_en"] or None,
            jurisdiction=self._office(),
            application_number=numbers.get("application_number"),
            patent_number=values.get("patent_number"),
            publication_numbers=numbers.get("publications", ()),
            registration_number=numbers.get("registration_number"),
            owners=tuple(Owner(name, share) for name, share in self.owner_lines()),
            inventors=tuple(self.person_lines()),
            province=values["province"] or None,
            city=values["city"] or None,
            classes=tuple(self.class_pairs()),
            filing_date=values.get("filing_date"),
            priority_date=values.get("priority_date"),
            publication_date=values.get("publication_date"),
            grant_date=values.get("grant_date"),
            expiry_date=self._value("last_day"),
            goods=values.get("goods") or None,
            family=values.get("family") or None,
            status=values["status"].value,
        )

    def correction(self) -> dict[str, Any]:
        """Everything, for `services.revise`."""
        numbers = self.numbers()
        return self.values() | {
            "owners": self.owner_lines(),
            "persons": self.person_lines(),
            "classes": self.class_pairs() if "classes" in self else None,
            "publications": numbers.get("publications"),
            "expiry": self._value("last_day"),
        }

    def more(self) -> dict[str, Any]:
        """What the record has no place for."""
        names = ("creation_date", "first_publication_date", "fee_paid_through", "industry",
                 "work_kind", "owned_by_person", "author_death_date", "woody",
                 "compensation_days")  # fmt: skip
        values = self.values()
        return {name: values[name] for name in names if name in values}

    def values(self) -> dict[str, Any]:
        """Every plain value this kind has, for a correction."""
        numbers = self.numbers()
        province, _, city = (self.place.data or "|").partition("|")
        plain = {
            name: self[name].data
            for name in (*BEFORE, *ASKED[self.right])
            if name not in {"classes", "publications", "last_day", *numbers}
        }
        plain |= {n: v for n, v in numbers.items() if n != "publications"}
        if "compensation_days" in plain:
            plain["compensation_days"] = plain["compensation_days"] or 0
        plain |= {
            "industry": self.industry.data or "",
            "province": province,
            "city": city,
            "status": LegalStatus(self.status.data),
        }
        if self.right in PATENTS and self._office() == HOME:
            is_granted = bool(plain.get("grant_date")) or plain["status"] is LegalStatus.IN_FORCE
            is_granted = is_granted and self.right is not AssetKind.PATENT_APPLICATION
            number = plain["application_number"] or ""
            plain["patent_number"] = f"ZL{number.removeprefix('CN')}" if is_granted else None
        return plain


def _office_name(code: str) -> str:
    return word("enums", f"office.{code}") if knows("enums", f"office.{code}") else code


def _schemes(kind: AssetKind) -> tuple[str, ...]:
    """The classifications of a kind, the usual one first."""
    if kind in MARKS:
        return ("nice",)
    return ("locarno",) if kind is AssetKind.DESIGN else ("ipc", "cpc")


def _parts(text: str | None) -> list[str]:
    for sign in "，、;；\n":
        text = (text or "").replace(sign, ",")
    return [part.strip() for part in (text or "").split(",") if part.strip()]


def _full(text: str, office: str) -> str:
    """A number with its office before it, where that is not China and nobody wrote it."""
    bare = identifiers.normalise(text)
    return text if office == HOME or not bare[:2].isdigit() else f"{office}{bare}"


def _judged(name: str, parse: Any, text: str) -> identifiers.Identifier:
    found: identifiers.Identifier = parse(text)
    if not found.valid:
        code = found.reason or "identifier.unknown"
        raise Invalid(code, fields={name: code}, **found.params)
    return found


def _places(chosen: str | None, locale: str) -> list[SelectChoice]:
    """The cities of Guangdong, the other provinces, and whatever is on record."""
    home = regions.GUANGDONG
    found = [SelectChoice("|", "–")]
    found += [SelectChoice(f"广东省|{c.zh}", c.name(locale)) for c in regions.cities()]
    found += [SelectChoice("广东省|", regions.display("广东省", locale))]
    found += [
        SelectChoice(f"{p.zh}|", p.name(locale)) for p in regions.provinces() if p.code[:2] != home
    ]
    if chosen and chosen not in {c.value for c in found}:
        parts = [regions.display(p, locale) for p in chosen.split("|") if p]
        found.append(SelectChoice(chosen[:90], " ".join(parts)))
    return found


def _industries(chosen: str | None, locale: str) -> list[SelectChoice]:
    """The divisions of GB/T 4754, and the finer entry on record."""
    found = [SelectChoice("", "–")]
    found += [
        SelectChoice(i.code, f"{i.code} {industries.name(i.code, locale)}")
        for i in industries.industries().values()
        if i.level == 2
    ]
    if chosen and chosen not in {c.value for c in found} and industries.industry(chosen):
        found.append(SelectChoice(chosen, industries.name(chosen, locale)))
    return found


def _share(text: str) -> int | None:
    text = text.strip().rstrip("%％").strip()
    if not text:
        return None
    whole, _, part = text.partition(".")
    if not whole.isdecimal() or (part and not part.isdecimal()) or len(part) > 2 or len(whole) > 3:
        raise Invalid("asset.shares", fields={"owners": "asset.shares"})
    points = int(whole) * 100 + int(part.ljust(2, "0") or 0)
    if not 0 < points <= FULL:
        raise Invalid("asset.shares", fields={"owners": "asset.shares"})
    return points
