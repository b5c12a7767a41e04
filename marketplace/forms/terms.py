"""The shape of terms: one form for a listing, an offer and a counter-offer."""

import re
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import asdict, replace
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from flask_babel import get_locale, gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
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
from marketplace.listings.terms import TERRITORIES, DealKind, Grant, RoyaltyBase, Terms

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


class TermsForm(FlaskForm):
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
    sublicence = BooleanField(lazy_gettext("允许被许可人再许可他人使用"))
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
        given: dict[str, Any] = {}
        for name in asdict(base):
            if name not in self:
                continue
            given[name] = self._read(name, self[name].data)
        return replace(base, **given)

    def _read(self, name: str, value: Any) -> Any:  # noqa: PLR0911 -- one line a kind of value
        match name:
            case "kind":
                return DealKind(value)
            case "grant":
                return Grant(value) if value else None
            case "royalty_base":
                return RoyaltyBase(value) if value else None
            case "territory":
                return tuple(value or ())
            case "sublicence":
                return bool(value)
            case "field" | "company" | "notes":
                return (value or "").strip()
            case _:
                return value

    @staticmethod
    def filled(terms: Terms) -> dict[str, Any]:
        """The data of a form that shows these terms."""
        return {
            **{name: getattr(terms, name) for name in asdict(terms)},
            "territory": list(terms.territory),
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
