"""Shapes of what brokers and their principals type."""

from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from marketplace.assets.models import Asset, AssetKind
from marketplace.core.money import Money
from marketplace.forms.terms import MoneyField, PercentField, choices_of
from marketplace.mandates.commission import FeeTable, Tier
from marketplace.mandates.models import Act, CredentialKind, Side
from marketplace.organisations.models import Organisation
from marketplace.organisations.passwords import MAX_LENGTH

NEEDED = lazy_gettext("请填写。")


def _trimmed(text: str | None) -> str:
    return text.strip() if text else ""


def _ticks(label: Any) -> SelectMultipleField:
    """Tick boxes; what may be chosen is put in when the form is made."""
    return SelectMultipleField(
        label, widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )


class CredentialForm(FlaskForm):
    """A licence, or the certificate of one of the people."""

    kind = SelectField(lazy_gettext("种类"), [InputRequired(NEEDED)])
    name = StringField(
        lazy_gettext("执业人员姓名"),
        [Optional(), Length(max=80)],
        filters=[_trimmed],
        description=lazy_gettext("执业人员的证书填写；机构的许可或备案留空。"),
    )
    number = StringField(
        lazy_gettext("证号"), [InputRequired(NEEDED), Length(max=60)], filters=[_trimmed]
    )
    valid_to = DateField(lazy_gettext("有效期至"), [Optional()])
    document = FileField(
        lazy_gettext("证明文件"),
        [FileRequired(lazy_gettext("请选择文件。"))],
        description=lazy_gettext("PDF、PNG 或 JPEG，不超过 50 MB。"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = choices_of(CredentialKind, "credential_kind")()


class ProfileForm(FlaskForm):
    """What a broker says of itself."""

    fields = StringField(lazy_gettext("擅长领域"), [Length(max=500)], filters=[_trimmed])
    regions = StringField(lazy_gettext("服务地区"), [Length(max=500)], filters=[_trimmed])
    languages = StringField(lazy_gettext("工作语言"), [Length(max=200)], filters=[_trimmed])
    fees = TextAreaField(lazy_gettext("收费标准"), [Length(max=2000)], filters=[_trimmed])
    text = TextAreaField(lazy_gettext("介绍"), [Length(max=4000)], filters=[_trimmed])


class MandateForm(FlaskForm):
    """A mandate as either side drafts it."""

    side = RadioField(lazy_gettext("委托种类"), [InputRequired(NEEDED)])
    other = SelectField(lazy_gettext("经纪机构"), [Optional()], coerce=int)
    principal = StringField(
        lazy_gettext("委托人全称"),
        [Optional(), Length(max=200)],
        filters=[_trimmed],
        description=lazy_gettext("由经纪机构起草时填写；留空则委托人是您的机构。"),
    )
    references = TextAreaField(
        lazy_gettext("委托的权利"),
        [Optional(), Length(max=4000)],
        filters=[_trimmed],
        description=lazy_gettext("卖方委托填写权利编号，以空格或换行分隔，如 A-00000001。"),
    )
    kinds = _ticks(lazy_gettext("要寻找的权利种类"))
    field = StringField(lazy_gettext("要寻找的技术领域"), [Length(max=500)], filters=[_trimmed])
    acts = _ticks(lazy_gettext("授权事项"))
    limit: Any = MoneyField(
        lazy_gettext("限价"),
        [Optional()],
        description=lazy_gettext("卖方为价格下限，买方为上限。授权成交的必填。"),
    )
    exclusive = BooleanField(lazy_gettext("独家委托"))
    expires_on = DateField(lazy_gettext("最后一日"), [InputRequired(NEEDED)])
    tail_days = IntegerField(
        lazy_gettext("期后保护（日）"),
        [InputRequired(NEEDED), NumberRange(0, 730)],
        default=180,
        description=lazy_gettext("委托结束后，期内引荐的对方在此期间成交的，仍付佣金。"),
    )
    rate: Any = PercentField(lazy_gettext("第一档费率（百分比）"), [InputRequired(NEEDED)])
    upto: Any = MoneyField(
        lazy_gettext("第一档至"),
        [Optional()],
        description=lazy_gettext("超过部分按第二档；不分档的留空。"),
    )
    above: Any = PercentField(lazy_gettext("第二档费率（百分比）"), [Optional()])
    minimum: Any = MoneyField(lazy_gettext("最低佣金（不含税）"), [Optional()])
    retainer: Any = MoneyField(lazy_gettext("前期费用（不含税）"), [Optional()])

    def offer(self, brokers: Iterable[Organisation], me: int) -> None:
        """What there is to choose from."""
        self.side.choices = choices_of(Side, "mandate_side")()
        self.acts.choices = choices_of(Act, "mandate_act")()
        self.kinds.choices = choices_of(AssetKind, "asset_kind")()
        self.other.choices = [(0, "–"), *((one.id, one.name) for one in brokers if one.id != me)]

    def fees(self) -> FeeTable:
        """Rates in basis points, tiers in rising order."""
        first, upto = self.rate.data, self.upto.data
        tiers = (
            (Tier(first),)
            if upto is None
            else (Tier(first, upto.minor), Tier(self.above.data or 0))
        )
        minimum = self.minimum.data
        return FeeTable(tiers, 0 if minimum is None else minimum.minor)


class MandateSignForm(FlaskForm):
    """The password once more, under the file with this hash."""

    sha256 = HiddenField()
    password = PasswordField(
        lazy_gettext("登录密码"), [InputRequired(NEEDED), Length(max=MAX_LENGTH)]
    )


class ReasonForm(FlaskForm):
    """Why."""

    because = TextAreaField(lazy_gettext("理由"), [Optional(), Length(max=2000)])


class IntroductionForm(FlaskForm):
    """Whom one brought to which listing, and how that shows."""

    party = StringField(
        lazy_gettext("被引荐方全称"), [InputRequired(NEEDED), Length(max=200)], filters=[_trimmed]
    )
    listing = StringField(
        lazy_gettext("挂牌编号"), [InputRequired(NEEDED), Length(max=20)], filters=[_trimmed]
    )
    proof = TextAreaField(
        lazy_gettext("引荐经过"),
        [InputRequired(NEEDED), Length(max=5000)],
        description=lazy_gettext("何时、以何种方式、向谁介绍。委托人和被引荐方都会看到。"),
    )


class CounterForm(FlaskForm):
    """Another price, the other terms as they stand."""

    version = HiddenField()
    price: Any = MoneyField(lazy_gettext("价款"), [InputRequired(NEEDED)])
    message = TextAreaField(lazy_gettext("说明"), [Optional(), Length(max=2000)])


class ListForm(FlaskForm):
    """A listing of rights of the principal, for a transfer at a price or to be negotiated."""

    assets = _ticks(lazy_gettext("权利"))
    price: Any = MoneyField(lazy_gettext("价款"), [Optional()])
    summary = TextAreaField(lazy_gettext("说明"), [Optional(), Length(max=5000)])

    def offer(self, assets: Iterable[Asset]) -> None:
        """The rights of the mandate."""
        self.assets.choices = [(one.reference, f"{one.reference} {one.title}") for one in assets]


class OfferForAnotherForm(FlaskForm):
    """An offer on a listing for the principal, at a price, on the listing's other terms."""

    listing = StringField(
        lazy_gettext("挂牌编号"), [InputRequired(NEEDED), Length(max=20)], filters=[_trimmed]
    )
    price: Any = MoneyField(lazy_gettext("价款"), [InputRequired(NEEDED)])
    message = TextAreaField(lazy_gettext("说明"), [Optional(), Length(max=2000)])


class ConflictForm(FlaskForm):
    """A declaration that one is close to both sides."""

    listing = StringField(
        lazy_gettext("挂牌编号"), [InputRequired(NEEDED), Length(max=20)], filters=[_trimmed]
    )
    buyer = StringField(
        lazy_gettext("买方全称"), [InputRequired(NEEDED), Length(max=200)], filters=[_trimmed]
    )
    statement = TextAreaField(
        lazy_gettext("与双方的关系"), [InputRequired(NEEDED), Length(max=2000)]
    )


class SplitForm(FlaskForm):
    """Who did what, a line each: name, percentage, work."""

    shares = TextAreaField(
        lazy_gettext("贡献分配"),
        [InputRequired(NEEDED), Length(max=4000)],
        description=lazy_gettext(
            "每行一家：机构全称；百分比；工作。例如：某某公司；60；主办洽谈。"
        ),
    )


def zero(value: Money | None) -> Money:
    """Nothing where nothing was typed."""
    return value or Money("CNY", 0)
