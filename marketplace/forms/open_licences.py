"""Shapes of an open-licence statement, of its publication, and of taking one for another."""

from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, DateField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from marketplace.core import clock
from marketplace.core.money import yuan
from marketplace.forms.assets import NEEDED, PaperForm, trimmed
from marketplace.forms.terms import MoneyField, PercentField, WholeField, choices_of
from marketplace.listings.terms import DealKind, RoyaltyBase, Terms
from marketplace.open_licences.models import OpenStatement
from marketplace.open_licences.services import Said

TEXTS = (
    "payment_way", "fee_basis", "other", "contact_name", "contact_phone", "contact_email",
    "contact_address",
)  # fmt: skip


class StatementForm(FlaskForm):
    """What a statement says; a draft may be incomplete."""

    price: Any = MoneyField(
        lazy_gettext("固定费用"),
        [Optional()],
        description=lazy_gettext(
            "一次性支付；同时按比例提成的，为首期费用。一般不高于 2000 万元。"
        ),
    )
    royalty_bps: Any = PercentField(
        lazy_gettext("提成率"),
        [Optional()],
        description=lazy_gettext("按净销售额一般不高于百分之二十，按利润一般不高于百分之四十。"),
    )
    royalty_base = SelectField(
        lazy_gettext("提成基数"),
        [Optional()],
        choices=lambda: [("", "–"), *choices_of(RoyaltyBase, "royalty_base")()],
    )
    minimum_royalty: Any = MoneyField(lazy_gettext("每年最低提成费"), [Optional()])
    months: Any = WholeField(
        lazy_gettext("许可期限"),
        [Optional(), NumberRange(min=1, max=600)],
        description=lazy_gettext("自许可生效之日起的月数；留空为至专利权期限届满。"),
    )
    payment_way = TextAreaField(
        lazy_gettext("支付方式"), [Optional(), Length(max=500)], filters=[trimmed]
    )
    fee_basis = TextAreaField(
        lazy_gettext("费用计算依据和方式的简要说明"),
        [Optional(), Length(max=2000)],
        filters=[trimmed],
        description=lazy_gettext("随声明提交，例如参照已有许可合同、同类技术的费率或评估报告。"),
    )
    other = TextAreaField(
        lazy_gettext("其他需要明确的事项"), [Optional(), Length(max=2000)], filters=[trimmed]
    )
    contact_name = StringField(
        lazy_gettext("联系人"), [Optional(), Length(max=80)], filters=[trimmed]
    )
    contact_phone = StringField(
        lazy_gettext("电话"), [Optional(), Length(max=40)], filters=[trimmed]
    )
    contact_email = StringField(
        lazy_gettext("电子邮箱"), [Optional(), Length(max=200)], filters=[trimmed]
    )
    contact_address = StringField(
        lazy_gettext("通信地址"), [Optional(), Length(max=300)], filters=[trimmed]
    )
    report = FileField(
        lazy_gettext("专利权评价报告"),
        description=lazy_gettext("实用新型和外观设计必须提供；PDF、PNG 或 JPEG。"),
    )

    def begin_with(self, statement: OpenStatement) -> None:
        """What it says now."""
        terms = statement.terms
        self.price.data = terms.price or None
        self.royalty_bps.data = terms.royalty_bps
        self.royalty_base.data = terms.royalty_base.value if terms.royalty_base else ""
        self.minimum_royalty.data = terms.minimum_royalty
        self.months.data = terms.months
        for name in TEXTS:
            self[name].data = getattr(statement, name)

    def said(self) -> Said:
        """What was typed."""
        base = self.royalty_base.data
        terms = Terms(
            kind=DealKind.LICENCE,
            price=self.price.data or yuan(0),
            months=self.months.data,
            royalty_bps=self.royalty_bps.data,
            royalty_base=RoyaltyBase(base) if base else None,
            minimum_royalty=self.minimum_royalty.data,
        )
        return Said(terms=terms, **{name: self[name].data or "" for name in TEXTS})


class PublicationForm(PaperForm):
    """What the office has published: number, day, the page of the gazette."""

    number = StringField(
        lazy_gettext("公告号"), [InputRequired(NEEDED), Length(max=80)], filters=[trimmed]
    )
    published_on = DateField(lazy_gettext("公告日"), [InputRequired(NEEDED)], default=clock.today)


class TakeForAnotherForm(FlaskForm):
    """Which licence is taken for the principal."""

    listing = StringField(
        lazy_gettext("挂牌编号"), [InputRequired(NEEDED), Length(max=20)], filters=[trimmed]
    )
    agreed = BooleanField(
        lazy_gettext("我已阅读全部条款，依委托代委托人接受"), [InputRequired(NEEDED)]
    )
