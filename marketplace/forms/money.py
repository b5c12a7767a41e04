"""Shapes of what the exchange's staff types about money."""

from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import DateField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from marketplace.core import clock, money
from marketplace.core.money import EXPONENTS, Money
from marketplace.payments.services import Seen

NUMBER = 80


def _trimmed(text: str | None) -> str | None:
    return text.strip() if text else text


def bank_number_field() -> StringField:
    """The bank's own number of a transaction."""
    return StringField(
        lazy_gettext("银行流水号"),
        [InputRequired(lazy_gettext("请填写银行流水号。")), Length(max=NUMBER)],
        filters=[_trimmed],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )


def day_field(label: Any) -> DateField:
    """A day on the bank's statement; today unless said otherwise."""
    return DateField(label, [InputRequired(lazy_gettext("请填写日期。"))], default=clock.today)


class ReceiptForm(FlaskForm):
    """A credit on the bank's statement."""

    reference = StringField(
        lazy_gettext("参考码"),
        [Optional(), Length(max=40)],
        filters=[_trimmed],
        description=lazy_gettext("附言中的 10 位参考码；没有的留空，款项先挂账。"),
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    bank_reference = bank_number_field()
    payer_name = StringField(
        lazy_gettext("付款户名"),
        [InputRequired(lazy_gettext("请填写付款户名。")), Length(max=200)],
        filters=[_trimmed],
    )
    received_on = day_field(lazy_gettext("到账日期"))
    amount = StringField(
        lazy_gettext("金额"),
        [InputRequired(lazy_gettext("请填写金额。")), Length(max=24)],
        filters=[_trimmed],
        render_kw={"inputmode": "decimal", "autocomplete": "off"},
    )
    currency = SelectField(
        lazy_gettext("币种"), choices=[SelectChoice(code) for code in EXPONENTS], default="CNY"
    )
    note = StringField(lazy_gettext("备注"), [Optional(), Length(max=300)], filters=[_trimmed])

    def validate_amount(self, _: Any) -> None:
        """A number of the currency, to its minor unit."""
        try:
            self.amount_of()
        except (InvalidOperation, ValueError, KeyError):
            said = gettext("请按该币种的小数位数填写金额，例如 500000.00。")
            raise ValidationError(said) from None

    def amount_of(self) -> Money:
        """What was typed, as money; thousands marks do not matter."""
        figure = Decimal((self.amount.data or "").replace(",", "").replace("，", ""))
        if not figure.is_finite() or abs(figure) >= Decimal(10) ** 13:
            raise ValueError("out of range")
        return money.of(figure, self.currency.data)

    def seen(self) -> Seen:
        """As the books take it."""
        return Seen(
            amount=self.amount_of(),
            bank_reference=self.bank_reference.data or "",
            payer_name=self.payer_name.data or "",
            received_on=self.received_on.data or clock.today(),
            note=self.note.data or "",
        )


class MatchForm(FlaskForm):
    """Which payment money in suspense was meant for."""

    reference = StringField(
        lazy_gettext("参考码"),
        [InputRequired(lazy_gettext("请填写参考码。")), Length(max=40)],
        filters=[_trimmed],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    because = TextAreaField(
        lazy_gettext("依据"),
        [InputRequired(lazy_gettext("请说明依据。")), Length(max=1000)],
        filters=[_trimmed],
    )


class ConfirmAccountForm(FlaskForm):
    """How staff made sure of a payee's changed account."""

    because = TextAreaField(
        lazy_gettext("核实方式"),
        [InputRequired(lazy_gettext("请写明何时、与何人、以何方式核实。")), Length(max=1000)],
        filters=[_trimmed],
    )


class SentForm(FlaskForm):
    """That the bank sent money, under which number, on which day."""

    bank_reference = bank_number_field()
    sent_on = day_field(lazy_gettext("汇出日期"))
