"""Shapes of what people type about rights: the record, extracts, reports, pledges."""

from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import DateField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from marketplace.assets import identifiers, industries, regions
from marketplace.assets.importing.records import AssetRecord, Owner
from marketplace.assets.models import PATENTS, Asset, AssetKind, LegalStatus
from marketplace.core.errors import Invalid
from marketplace.forms.terms import MoneyField, choices_of

NEEDED = lazy_gettext("请填写。")
FULL = 10_000  # basis points


def trimmed(text: str | None) -> str:
    """Without blanks around it."""
    return (text or "").strip()


class AssetForm(FlaskForm):
    """A right as its keeper states it; which fields count depends on its kind."""

    kind = SelectField(lazy_gettext("类型"), choices=choices_of(AssetKind, "asset_kind"))
    number = StringField(
        lazy_gettext("号码"),
        [Length(max=60)],
        filters=[trimmed],
        description=lazy_gettext("申请号、专利号、注册号或登记号；技术秘密可以留空。"),
    )
    title = StringField(
        lazy_gettext("名称"), [InputRequired(NEEDED), Length(max=500)], filters=[trimmed]
    )
    title_en = StringField(lazy_gettext("英文名称"), [Length(max=500)], filters=[trimmed])
    abstract = TextAreaField(lazy_gettext("说明"), [Length(max=5000)], filters=[trimmed])
    abstract_en = TextAreaField(lazy_gettext("英文说明"), [Length(max=5000)], filters=[trimmed])
    owners = TextAreaField(
        lazy_gettext("权利人"),
        [Length(max=3000)],
        filters=[trimmed],
        description=lazy_gettext("每行一个；有份额的写成“名称 | 60%”。"),
    )
    persons = TextAreaField(
        lazy_gettext("发明人或作者"), [Length(max=3000)], filters=[trimmed],
        description=lazy_gettext("每行一个。"),
    )  # fmt: skip
    classes = StringField(
        lazy_gettext("分类号"), [Length(max=300)], filters=[trimmed],
        description=lazy_gettext("专利填 IPC，商标填类别，用逗号分开。"),
    )  # fmt: skip
    goods = TextAreaField(lazy_gettext("商品或服务"), [Length(max=5000)], filters=[trimmed])
    filing_date = DateField(lazy_gettext("申请日"), [Optional()])
    grant_date = DateField(lazy_gettext("授权或注册日"), [Optional()])
    creation_date = DateField(lazy_gettext("创作或开发完成日"), [Optional()])
    first_publication_date = DateField(lazy_gettext("首次发表日"), [Optional()])
    fee_paid_through = IntegerField(
        lazy_gettext("年费已缴至第几年度"), [Optional(), NumberRange(min=1, max=25)]
    )
    status = SelectField(lazy_gettext("法律状态"), choices=choices_of(LegalStatus, "legal_status"))
    city = SelectField(lazy_gettext("城市"))
    industry = SelectField(lazy_gettext("行业"))

    def prepare(self, locale: str) -> None:
        """The choices in the reader's language."""
        self.city.choices = [
            SelectChoice("", "–"),
            *(SelectChoice(c.zh, c.name(locale)) for c in regions.cities()),
        ]
        if self.city.data and self.city.data not in {c.value for c in self.city.choices}:
            name = regions.display(self.city.data, locale)
            self.city.choices.append(SelectChoice(self.city.data, name))
        self.industry.choices = [
            SelectChoice("", "–"),
            *(
                SelectChoice(i.code, f"{i.code} {industries.name(i.code, locale)}")
                for i in industries.industries().values()
                if i.level == 2
            ),
        ]
        known = {c.value for c in self.industry.choices}
        if self.industry.data and self.industry.data not in known:
            name = industries.name(self.industry.data, locale)
            self.industry.choices.append(SelectChoice(self.industry.data, name))

    @classmethod
    def of(cls, asset: Asset) -> "AssetForm":
        """Filled in from what is on record."""
        plain = ("title", "title_en", "abstract", "abstract_en", "goods", "filing_date",
                 "grant_date", "creation_date", "first_publication_date", "fee_paid_through",
                 "city", "industry")  # fmt: skip
        return cls(
            data={name: getattr(asset, name) for name in plain}
            | {
                "kind": asset.kind.value,
                "status": asset.status.value,
                "number": asset.number,
                "owners": "\n".join(
                    f"{o.name} | {o.share_bps / 100:g}%" if o.share_bps else o.name
                    for o in asset.owners
                ),
                "persons": "\n".join(p.name for p in asset.persons),
                "classes": ", ".join(c.symbol for c in asset.classes),
            },
        )

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
        return [n.strip()[:200] for n in trimmed(self.persons.data).splitlines() if n.strip()]

    def class_pairs(self) -> list[tuple[str, str]]:
        """Scheme and symbol of each class typed."""
        scheme = "nice" if self.kind.data == AssetKind.TRADEMARK.value else "ipc"
        text = trimmed(self.classes.data)
        for sign in "，、;；\n":
            text = text.replace(sign, ",")
        return [
            (scheme, symbol.strip().upper()[:30]) for symbol in text.split(",") if symbol.strip()
        ]

    def numbers(self) -> dict[str, str]:
        """The number by its series, canonical; Invalid with the reason where it is wrong."""
        text = trimmed(self.number.data)
        if not text:
            return {}
        kind = AssetKind(self.kind.data)
        if kind not in PATENTS | {AssetKind.TRADEMARK, AssetKind.SOFTWARE, AssetKind.IC_LAYOUT}:
            return {"registration_number": text[:60]}
        found = identifiers.check(text)
        if not found.valid:
            code = found.reason or "identifier.unknown"
            raise Invalid(code, fields={"number": code}, **found.params)
        number = found.canonical or text
        if kind not in PATENTS:
            return {"registration_number": number}
        if found.kind == "patent_publication":
            return {"publication": number}
        return {"patent_number" if number.startswith("ZL") else "application_number": number}

    def record(self) -> AssetRecord:
        """The record to put into the portfolio."""
        numbers = self.numbers()
        publication = numbers.get("publication")
        return AssetRecord(
            kind=self.kind.data,
            title=self.title.data,
            title_en=self.title_en.data or None,
            abstract=self.abstract.data or None,
            abstract_en=self.abstract_en.data or None,
            publication_numbers=(publication,) if publication else (),
            owners=tuple(Owner(name, share) for name, share in self.owner_lines()),
            inventors=tuple(self.person_lines()),
            city=self.city.data or None,
            province="广东省" if self.city.data else None,
            classes=tuple(self.class_pairs()),
            filing_date=self.filing_date.data,
            grant_date=self.grant_date.data,
            goods=self.goods.data or None,
            status=self.status.data,
            application_number=numbers.get("application_number"),
            patent_number=numbers.get("patent_number"),
            registration_number=numbers.get("registration_number"),
        )

    def more(self) -> dict[str, Any]:
        """What the record has no place for."""
        return {
            "creation_date": self.creation_date.data,
            "first_publication_date": self.first_publication_date.data,
            "fee_paid_through": self.fee_paid_through.data,
            "industry": self.industry.data or "",
        }

    def values(self) -> dict[str, Any]:
        """Every plain value, for a correction."""
        return self.more() | {
            "title": self.title.data,
            "title_en": self.title_en.data,
            "abstract": self.abstract.data,
            "abstract_en": self.abstract_en.data,
            "goods": self.goods.data,
            "filing_date": self.filing_date.data,
            "grant_date": self.grant_date.data,
            "status": LegalStatus(self.status.data),
            "city": self.city.data or "",
        }


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


class PaperForm(FlaskForm):
    """A file beside a statement. Several stand on one page, so each names its file field itself."""

    document = FileField(
        lazy_gettext("文件"),
        [FileRequired(lazy_gettext("请选择文件。"))],
        description=lazy_gettext("PDF、PNG 或 JPEG，不超过 50 MB。"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.document.id = self.document.label.field_id = f"{type(self).__name__}-document"


class TitleForm(PaperForm):
    """A register extract and its day."""

    extract_date = DateField(lazy_gettext("登记簿副本日期"), [InputRequired(NEEDED)])


class ValuationForm(PaperForm):
    """A valuation report."""

    firm_name = StringField(
        lazy_gettext("评估机构"), [InputRequired(NEEDED), Length(max=200)], filters=[trimmed]
    )
    number = StringField(
        lazy_gettext("报告编号"), [InputRequired(NEEDED), Length(max=80)], filters=[trimmed]
    )
    signer_one = StringField(
        lazy_gettext("签字评估师一"), [InputRequired(NEEDED), Length(max=80)], filters=[trimmed]
    )
    signer_two = StringField(
        lazy_gettext("签字评估师二"), [InputRequired(NEEDED), Length(max=80)], filters=[trimmed]
    )
    base_date = DateField(lazy_gettext("评估基准日"), [InputRequired(NEEDED)])
    valid_until = DateField(lazy_gettext("有效期至"), [InputRequired(NEEDED)])
    purpose = SelectField(
        lazy_gettext("评估目的"),
        choices=choices_of(
            ("transfer", "licence", "equity", "pledge", "other"), "valuation_purpose"
        ),
    )
    method = SelectField(
        lazy_gettext("评估方法"),
        choices=choices_of(("income", "market", "cost", "combined"), "valuation_method"),
    )
    value: Any = MoneyField(lazy_gettext("评估值"), [InputRequired(NEEDED)])


class PledgeForm(PaperForm):
    """A registered pledge."""

    lender_name = StringField(
        lazy_gettext("质权人"), [InputRequired(NEEDED), Length(max=200)], filters=[trimmed]
    )
    register_number = StringField(
        lazy_gettext("登记号"), [InputRequired(NEEDED), Length(max=60)], filters=[trimmed]
    )
    registered_on = DateField(lazy_gettext("登记日"), [InputRequired(NEEDED)])
    amount: Any = MoneyField(lazy_gettext("担保金额"), [Optional()])
    due_on = DateField(lazy_gettext("债务到期日"), [Optional()])


class DecisionForm(FlaskForm):
    """The exchange's answer, with its reason."""

    because = TextAreaField(lazy_gettext("理由"), [Length(max=1000)], filters=[trimmed])


class ReleaseForm(FlaskForm):
    """The end of a pledge."""

    released_on = DateField(lazy_gettext("解除日期"), [InputRequired(NEEDED)])
    because = TextAreaField(lazy_gettext("说明"), [Length(max=1000)], filters=[trimmed])
