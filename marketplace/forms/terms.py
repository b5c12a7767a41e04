"""The shape of terms: one form for a listing, an offer and a counter-offer."""

import re
import secrets
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from flask_babel import get_locale, gettext, lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import MultipleFileField
from werkzeug.datastructures import FileStorage
from wtforms import (
    DateField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from marketplace.core import money
from marketplace.core.money import Money
from marketplace.core.words import say
from marketplace.listings.terms import GROUPS, TERRITORIES, DealKind, Grant, RoyaltyBase, Terms
from marketplace.listings.termsheet import (
    MOST_ROWS,
    CapPer,
    Forum,
    Improvements,
    Language,
    Lapse,
    LaterPart,
    Milestone,
    Sublicensing,
    Tier,
    Warranty,
)

PLAIN_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,8})?")
LONGEST_COUNT = 10  # digits
UNITS = {"亿": 100_000_000, "万": 10_000}


def word(section: str, code: str) -> str:
    """The words for a code in the language of the page."""
    return say(section, code, str(get_locale() or "zh_Hans"))


def choices_of(enum: Iterable[StrEnum | str], prefix: str) -> Any:
    """The members of an enumeration with their words, worked out when the form is made."""
    values = [str(getattr(member, "value", member)) for member in enum]
    return lambda: [(value, word("enums", f"{prefix}.{value}")) for value in values]


def new_key() -> str:
    """A key that a form carries, so that sending it twice does it once."""
    return secrets.token_hex(16)


def _figure(text: str) -> Decimal:
    """A number as people type it: full width, thousands marks, 万 or 亿 at the end."""
    text = unicodedata.normalize("NFKC", text).strip().replace(",", "").replace(" ", "")
    text = text.removeprefix("¥").removeprefix("CNY").removesuffix("元")
    factor = Decimal(1)
    for unit, size in UNITS.items():
        if text.endswith(unit):
            text, factor = text.removesuffix(unit), Decimal(size)
    if not PLAIN_NUMBER.fullmatch(text):
        raise InvalidOperation
    return Decimal(text) * factor


class _TypedField(StringField):
    """Text that means a value; what was typed stays in the field when it is wrong."""

    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        self.raw_data = [text]
        self.data = None
        if text:
            self.data = self.read(text)

    def read(self, text: str) -> Any:
        raise NotImplementedError

    def shown(self, value: Any) -> str:
        raise NotImplementedError

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else self.shown(self.data)


class WholeField(IntegerField):
    """A whole number as people type it; what is too long to mean one is no number."""

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist and len(valuelist[0].strip()) > LONGEST_COUNT:
            self.data = None
            raise ValueError(gettext("请填写整数。"))
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(gettext("请填写整数。")) from None


class MoneyField(_TypedField):
    """An amount in yuan, to the fen."""

    def read(self, text: str) -> Money:
        try:
            amount = _figure(text)
        except InvalidOperation:
            raise ValueError(gettext("请填写数字，例如 350000 或 35万。")) from None
        try:
            return money.of(amount)
        except ValueError:
            raise ValueError(gettext("金额最多两位小数。")) from None

    def shown(self, value: Money) -> str:
        amount = value.amount
        return f"{amount:.0f}" if amount == amount.to_integral_value() else f"{amount}"


class PercentField(_TypedField):
    """A percentage, kept in basis points."""

    def read(self, text: str) -> int:
        try:
            points = _figure(text.removesuffix("%").removesuffix("％")) * 100
        except InvalidOperation:
            raise ValueError(gettext("请填写百分比，例如 3.5。")) from None
        if points != points.to_integral_value() or abs(points) > 10**9:
            raise ValueError(gettext("百分比最多两位小数。"))
        return int(points)

    def shown(self, value: int) -> str:
        return f"{(Decimal(value) / 100).normalize():f}"


class TicksField(SelectMultipleField):
    """Several of a list, as tick boxes."""

    type = "SelectMultipleField"
    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class OpenRadioField(RadioField):
    """One of a list, or none yet."""

    type = "RadioField"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, validate_choice=False, coerce=str, **kwargs)

    def process_data(self, value: Any) -> None:
        self.data = "" if value is None else str(getattr(value, "value", value))

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002 -- WTForms' signature
        known = {str(value) for value, *_ in self.iter_choices()}
        if self.data and self.data not in known:
            raise ValidationError(gettext("请从所列选项中选择。"))


def standard_or(enum: type[StrEnum], prefix: str) -> Any:
    """A choice that may be left to the standard text of the contract."""
    return lambda: [("", gettext("按标准条款")), *choices_of(enum, prefix)()]


def _enum_field(label: Any, enum: type[StrEnum], prefix: str) -> SelectField:
    return SelectField(label, [Optional()], choices=standard_or(enum, prefix))


class FinerTermsForm(FlaskForm):
    """The finer points, field by field as in the groups of listings.termsheet."""

    cap = MoneyField(lazy_gettext("提成费上限"), [Optional()])
    cap_per = SelectField(
        lazy_gettext("上限的计算"),
        [Optional()],
        choices=lambda: [("", "–"), *choices_of(CapPer, "cap_per")()],
    )
    audit_times = WholeField(lazy_gettext("每年查账次数"), [Optional(), NumberRange(min=0, max=4)])
    free_months = WholeField(lazy_gettext("免费使用期"), [Optional(), NumberRange(min=1, max=36)])
    free_then_days = WholeField(
        lazy_gettext("期满后付款期限"), [Optional(), NumberRange(min=0, max=365)]
    )
    guarantee = StringField(lazy_gettext("分期付款的担保"), [Optional(), Length(max=300)])
    late_interest_bps = WholeField(
        lazy_gettext("逾期违约金"), [Optional(), NumberRange(min=1, max=10)]
    )
    non_use_months = WholeField(
        lazy_gettext("未实施可终止"), [Optional(), NumberRange(min=3, max=60)]
    )
    documents = TextAreaField(lazy_gettext("交付的资料"), [Optional(), Length(max=2000)])
    place = StringField(lazy_gettext("履行地点和方式"), [Optional(), Length(max=300)])
    acceptance = TextAreaField(lazy_gettext("验收标准和方法"), [Optional(), Length(max=2000)])
    inspection_days = WholeField(
        lazy_gettext("验收期限"), [Optional(), NumberRange(min=1, max=365)]
    )
    improvements = _enum_field(lazy_gettext("后续改进"), Improvements, "improvements")
    improvement_terms = TextAreaField(
        lazy_gettext("回授的对价或共享的办法"), [Optional(), Length(max=1000)]
    )
    warranties = TicksField(
        lazy_gettext("卖方的保证"), [Optional()], choices=choices_of(Warranty, "warranty")
    )
    confidentiality_years = WholeField(
        lazy_gettext("合同终止后的保密期"), [Optional(), NumberRange(min=1, max=50)]
    )
    lapse = _enum_field(lazy_gettext("权利无效或终止时"), Lapse, "lapse")
    forum = _enum_field(lazy_gettext("争议解决"), Forum, "forum")
    language = _enum_field(lazy_gettext("以何种文本为准"), Language, "language")


for _at in range(MOST_ROWS):
    _number = {"number": _at + 1}
    for _name, _made in {
        f"tier_{_at}_above": MoneyField(
            lazy_gettext("第 %(number)s 档：超过", **_number), [Optional()]
        ),
        f"tier_{_at}_bps": PercentField(
            lazy_gettext("第 %(number)s 档：提成率", **_number), [Optional()]
        ),
        f"instalment_{_at}_bps": PercentField(
            lazy_gettext("第 %(number)s 期：占价款比例", number=_at + 2), [Optional()]
        ),
        f"instalment_{_at}_due": DateField(
            lazy_gettext("第 %(number)s 期：付款日", number=_at + 2), [Optional()]
        ),
        f"instalment_{_at}_event": StringField(
            lazy_gettext("第 %(number)s 期：触发事件", number=_at + 2),
            [Optional(), Length(max=200)],
        ),
        f"milestone_{_at}_event": StringField(
            lazy_gettext("第 %(number)s 项：事件", **_number), [Optional(), Length(max=200)]
        ),
        f"milestone_{_at}_amount": MoneyField(
            lazy_gettext("第 %(number)s 项：金额", **_number), [Optional()]
        ),
        f"milestone_{_at}_latest": DateField(
            lazy_gettext("第 %(number)s 项：最迟付款日", **_number), [Optional()]
        ),
    }.items():
        setattr(FinerTermsForm, _name, _made)


ENUMS: dict[str, type[StrEnum]] = {
    "kind": DealKind,
    "grant": Grant,
    "royalty_base": RoyaltyBase,
    "cap_per": CapPer,
    "improvements": Improvements,
    "lapse": Lapse,
    "forum": Forum,
    "language": Language,
}
TEXTS = frozenset(
    {"field", "company", "notes", "documents", "place", "acceptance", "improvement_terms"}
    | {"guarantee"}
)


class TermsForm(FinerTermsForm):
    """What is offered or asked, field by field as in listings.terms.Terms."""

    kind: Any = OpenRadioField(
        lazy_gettext("交易方式"), [Optional()], choices=choices_of(DealKind, "deal_kind")
    )
    price: Any = MoneyField(lazy_gettext("价格"), [Optional()])
    grant = OpenRadioField(
        lazy_gettext("许可类型"), [Optional()], choices=choices_of(Grant, "grant")
    )
    territory = TicksField(
        lazy_gettext("许可地域"), [Optional()], choices=choices_of(TERRITORIES, "territory")
    )
    field = StringField(lazy_gettext("应用领域"), [Optional(), Length(max=300)])
    months = WholeField(lazy_gettext("许可期限"), [Optional(), NumberRange(min=1, max=600)])
    sublicence = OpenRadioField(
        lazy_gettext("再许可"), [Optional()], choices=choices_of(Sublicensing, "sublicensing")
    )
    royalty_bps = PercentField(lazy_gettext("提成率"), [Optional()])
    royalty_base = SelectField(
        lazy_gettext("提成基数"),
        [Optional()],
        choices=lambda: [("", "–"), *choices_of(RoyaltyBase, "royalty_base")()],
    )
    minimum_royalty = MoneyField(lazy_gettext("每年最低提成费"), [Optional()])
    company = StringField(lazy_gettext("接受出资的公司"), [Optional(), Length(max=200)])
    equity_bps = PercentField(lazy_gettext("股权比例"), [Optional()])
    delivery_days = WholeField(
        lazy_gettext("技术资料交付"), [Optional(), NumberRange(min=0, max=3650)]
    )
    support_days = WholeField(lazy_gettext("技术支持"), [Optional(), NumberRange(min=0, max=3650)])
    notes = TextAreaField(lazy_gettext("其他条款"), [Optional(), Length(max=4000)])

    def terms(self, base: Terms) -> Terms:
        """What was filled in; what this form does not ask comes from `base`."""
        given = self._given(base)
        for group in GROUPS:
            given[group] = replace(getattr(base, group), **self._given(getattr(base, group)))
        if "sublicence" in self:
            said = self.sublicence.data
            given["sublicence"] = said == Sublicensing.FREE
            never = said == Sublicensing.NEVER
            given["use"] = replace(given["use"], sublicence_never=never)
        given["pay"] = replace(
            given["pay"],
            tiers=self._tiers(),
            milestones=self._milestones(),
            instalments=self._instalments(),
        )
        return replace(base, **given)

    def _given(self, base: Any) -> dict[str, Any]:
        names = [one.name for one in fields(base) if one.name in self]
        return {name: self._read(name, self[name].data) for name in names}

    def _read(self, name: str, value: Any) -> Any:
        if name in ENUMS:
            return ENUMS[name](value) if value else None
        if name == "territory":
            return tuple(value or ())
        if name == "warranties":
            return tuple(Warranty(one) for one in value or ())
        return (value or "").strip() if name in TEXTS else value

    def _tiers(self) -> tuple[Tier, ...]:
        rows = (
            Tier(self[f"tier_{at}_above"].data, self[f"tier_{at}_bps"].data)
            for at in range(MOST_ROWS)
        )
        return tuple(row for row in rows if row != Tier())

    def _milestones(self) -> tuple[Milestone, ...]:
        rows = (
            Milestone(
                (self[f"milestone_{at}_event"].data or "").strip(),
                self[f"milestone_{at}_amount"].data,
                self[f"milestone_{at}_latest"].data,
            )
            for at in range(MOST_ROWS)
        )
        return tuple(row for row in rows if row != Milestone())

    def _instalments(self) -> tuple[LaterPart, ...]:
        rows = (
            LaterPart(
                self[f"instalment_{at}_bps"].data,
                self[f"instalment_{at}_due"].data,
                (self[f"instalment_{at}_event"].data or "").strip(),
            )
            for at in range(MOST_ROWS)
        )
        return tuple(row for row in rows if row != LaterPart())

    @staticmethod
    def filled(terms: Terms) -> dict[str, Any]:
        """The data of a form that shows these terms."""
        rows: dict[str, Money | date | str | int | None] = {}
        for at, tier in enumerate(terms.pay.tiers):
            rows |= {f"tier_{at}_above": tier.above, f"tier_{at}_bps": tier.bps}
        for at, part in enumerate(terms.pay.instalments):
            rows |= {f"instalment_{at}_{name}": value for name, value in vars(part).items()}
        for at, one in enumerate(terms.pay.milestones):
            rows |= {f"milestone_{at}_{name}": value for name, value in vars(one).items()}
        finer = {name: "" if v is None and name in ENUMS else v for name, v in terms.finer.items()}
        return {
            **{one.name: getattr(terms, one.name) for one in fields(terms)},
            **finer,
            **rows,
            "territory": list(terms.territory),
            "warranties": list(terms.law.warranties),
            "sublicence": terms.sublicensing,
            "royalty_base": terms.royalty_base.value if terms.royalty_base else "",
        }


class OfferTermsForm(TermsForm):
    """Terms of an offer: the kind is the listing's."""

    kind = None
    key = HiddenField(default=new_key, validators=[Length(max=40)])
    version = HiddenField()
    message = TextAreaField(lazy_gettext("给对方的话"), [Optional(), Length(max=5000)])
    valid_days = WholeField(
        lazy_gettext("有效期"), [InputRequired(), NumberRange(min=1, max=90)], default=14
    )
    keep = TicksField(lazy_gettext("保留的附件"), [Optional()], coerce=int, choices=[])
    files = MultipleFileField(lazy_gettext("新的附件"), [Optional()])

    def of_table(self, papers: Sequence[tuple[int, str]]) -> None:
        """The files of the version on the table: each may be kept; at first all are."""
        self.keep.choices = list(papers)
        if not self.is_submitted():
            self.keep.data = [number for number, _ in papers]

    @property
    def uploads(self) -> list[FileStorage]:
        """The files that were sent with it."""
        return [one for one in self.files.data or () if one and one.filename]
