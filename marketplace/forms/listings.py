"""Shapes of input for listings, step by step."""

from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from marketplace.forms.terms import (
    MoneyField,
    OpenRadioField,
    TermsForm,
    choices_of,
    new_key,
)
from marketplace.listings.models import PriceMode
from marketplace.listings.services import PARTS
from marketplace.listings.terms import DealKind


class KindForm(FlaskForm):
    """The first step asks what is to be done with the chosen rights."""

    kind = OpenRadioField(
        lazy_gettext("交易方式"),
        [InputRequired(lazy_gettext("请选择交易方式。"))],
        choices=choices_of(DealKind, "deal_kind"),
    )
    key = HiddenField(default=new_key, validators=[Length(max=40)])


class ListingTermsForm(TermsForm):
    """The terms; the price has its own step."""

    price = None
    basis = HiddenField(validators=[Length(max=40)])


class TextForm(FlaskForm):
    """What the listing says of itself, and its price."""

    basis = HiddenField(validators=[Length(max=40)])
    title = StringField(lazy_gettext("标题"), [Optional(), Length(max=500)])
    title_en = StringField(lazy_gettext("英文标题"), [Optional(), Length(max=500)])
    summary = TextAreaField(lazy_gettext("说明"), [Optional(), Length(max=20_000)])
    summary_en = TextAreaField(lazy_gettext("英文说明"), [Optional(), Length(max=20_000)])
    price_mode = OpenRadioField(
        lazy_gettext("定价方式"),
        [InputRequired(lazy_gettext("请选择定价方式。"))],
        choices=choices_of(PriceMode, "price_mode"),
    )
    price = MoneyField(lazy_gettext("价格"), [Optional()])


class BatchForm(TermsForm):
    """Common terms of many listings; each right has its own price beside it."""

    kind = OpenRadioField(
        lazy_gettext("交易方式"),
        [InputRequired(lazy_gettext("请选择交易方式。"))],
        choices=choices_of(DealKind, "deal_kind"),
    )
    price = MoneyField(lazy_gettext("统一价格"), [Optional()])
    price_mode = OpenRadioField(
        lazy_gettext("定价方式"),
        [InputRequired(lazy_gettext("请选择定价方式。"))],
        choices=choices_of(PriceMode, "price_mode"),
        default=PriceMode.NEGOTIATED.value,
    )
    summary = TextAreaField(lazy_gettext("统一说明"), [Optional(), Length(max=20_000)])
    key = HiddenField(default=new_key, validators=[Length(max=40)])


class PriceLine(MoneyField):
    """The price of one right of a batch, read outside a form."""

    @classmethod
    def parse(cls, text: str) -> tuple[Any, str]:
        """(amount or None, what is wrong or nothing)."""
        text = text.strip()
        if not text:
            return None, ""
        try:
            return cls.read(cls.__new__(cls), text), ""
        except ValueError as wrong:
            return None, str(wrong)


class PriceForm(FlaskForm):
    """A new price of a public listing."""

    basis = HiddenField(validators=[Length(max=40)])
    price_mode = OpenRadioField(
        lazy_gettext("定价方式"),
        [InputRequired(lazy_gettext("请选择定价方式。"))],
        choices=choices_of(PriceMode, "price_mode"),
    )
    price = MoneyField(lazy_gettext("价格"), [Optional()])
    because = TextAreaField(lazy_gettext("内部备注"), [Optional(), Length(max=2000)])


class ReasonForm(FlaskForm):
    """A decision that the other side reads the reason of."""

    because = TextAreaField(lazy_gettext("理由"), [Optional(), Length(max=2000)])


class ReviewForm(ReasonForm):
    """The operator's decision: a reason for the whole, and remarks on the parts."""

    assets = StringField(lazy_gettext("资产与方式"), [Optional(), Length(max=500)])
    terms = StringField(lazy_gettext("交易条款"), [Optional(), Length(max=500)])
    text = StringField(lazy_gettext("标题与说明"), [Optional(), Length(max=500)])
    price = StringField(lazy_gettext("价格"), [Optional(), Length(max=500)])

    @property
    def remarks(self) -> dict[str, str]:
        """Part → what is said of it; parts without a remark are left out."""
        given = {part: (self[part].data or "").strip() for part in PARTS}
        return {part: text for part, text in given.items() if text}
