"""Shapes around a settlement: taxes, deposits, payoff letters, repayments, rewards."""

from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import DateField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from marketplace.deals.models import TaxName
from marketplace.deals.rewards import Inventor
from marketplace.forms.instalments import reason
from marketplace.forms.terms import MoneyField, PercentField, choices_of, new_key

NEEDED = lazy_gettext("请填写。")
ROWS = 10  # inventors that the form has room for


def _line(label: Any, most: int, **over: Any) -> StringField:
    return StringField(
        label,
        [InputRequired(NEEDED), Length(max=most)],
        filters=[lambda text: text.strip() if text else text],
        **over,
    )


def _paper(label: Any) -> FileField:
    return FileField(
        label,
        [FileRequired(lazy_gettext("请选择文件。"))],
        description=lazy_gettext("PDF、PNG 或 JPEG，不超过 50 MB。"),
    )


def _amount(label: Any) -> Any:
    return MoneyField(label, [InputRequired(lazy_gettext("请填写金额。"))])


class ItemForm(FlaskForm):
    """About one of several."""

    item = HiddenField(validators=[Length(max=20)])


class InstructForm(ItemForm):
    """A tax to withhold."""

    name = SelectField(
        lazy_gettext("税种"), [InputRequired(NEEDED)], choices=choices_of(TaxName, "tax_name")
    )
    amount: Any = _amount(lazy_gettext("扣缴金额"))
    basis = _line(
        lazy_gettext("扣缴依据"),
        300,
        description=lazy_gettext("法条、税率、计税依据；适用税收协定的写明条款。"),
    )


class BecauseItemForm(ItemForm):
    """Why."""

    because = reason(lazy_gettext("理由"))


class OrderForm(ItemForm):
    """Where a tax goes, under which return."""

    office = _line(lazy_gettext("税务机关（收款户名）"), 200)
    bank = _line(lazy_gettext("国库或开户银行"), 120)
    account = _line(lazy_gettext("账号"), 60)
    form_number = _line(lazy_gettext("申报表或缴款书编号"), 80)


class TaxReceiptForm(ItemForm):
    """The tax office's receipt."""

    number = _line(lazy_gettext("完税凭证号码"), 80)
    document = _paper(lazy_gettext("完税凭证"))


class OnceForm(ItemForm):
    """Sent twice it means once."""

    key = HiddenField(default=new_key, validators=[Length(max=40)])


class LenderForm(OnceForm):
    """A deposit paid to the pledgee."""

    lender = _line(
        lazy_gettext("质权人的统一社会信用代码"),
        18,
        description=lazy_gettext("质权人须已在平台登记机构和收款账户。"),
    )
    amount: Any = _amount(lazy_gettext("支付金额"))
    because = reason(lazy_gettext("理由"))
    document = _paper(lazy_gettext("受领依据"))


class EndedForm(OnceForm):
    """A deposit that goes on to the seller."""

    because = reason(lazy_gettext("理由"))
    document = _paper(lazy_gettext("质权消灭的证明"))


class RepayForm(ItemForm):
    """What the seller has to pay back."""

    amount: Any = _amount(lazy_gettext("卖方返还金额"))
    because = reason(lazy_gettext("理由"))
    document = _paper(lazy_gettext("裁判、裁决或解除协议"))


class PayoffForm(FlaskForm):
    """A lender's payoff letter."""

    amount: Any = _amount(lazy_gettext("结清金额"))
    as_of = DateField(lazy_gettext("计算日"), [InputRequired(NEEDED)])
    per_day: Any = MoneyField(lazy_gettext("此后每日增加"), [Optional()])
    valid_until = DateField(lazy_gettext("有效期至"), [InputRequired(NEEDED)])
    document = _paper(lazy_gettext("结清函"))


class RewardForm(FlaskForm):
    """Costs, the inventors' part, and each one's share of it."""

    costs: Any = MoneyField(
        lazy_gettext("成本和税费"),
        [Optional()],
        description=lazy_gettext("从本项收入中扣除的维护费、交易费用和税金。"),
    )
    share_bps: Any = PercentField(
        lazy_gettext("奖励比例"), [InputRequired(lazy_gettext("请填写比例。"))]
    )
    announced_from = DateField(lazy_gettext("公示开始"), [Optional()])
    announced_until = DateField(lazy_gettext("公示结束"), [Optional()])
    inventors = TextAreaField(
        lazy_gettext("完成人与份额"),
        [Optional(), Length(max=3000)],
        description=lazy_gettext("每行一人：姓名，份额，例如“李明，60”；合计一百。"),
    )

    def people(self) -> list[Inventor]:
        """The rows that were typed; a row that is no name and share counts as nothing shared."""
        found = []
        for row in (self.inventors.data or "").splitlines():
            if not row.strip():
                continue
            name, _, share = row.replace("，", ",").replace("\t", ",").rpartition(",")
            found.append(Inventor(name.strip(), _basis_points(share)))
        return found


def _basis_points(text: str) -> int:
    whole, _, part = text.strip().rstrip("%％").partition(".")
    if not (
        whole.isascii() and whole.isdigit() and ((part.isascii() and part.isdigit()) or not part)
    ):
        return 0
    if len(whole) > 3 or len(part) > 2:
        return 0
    return int(whole) * 100 + int(part.ljust(2, "0"))
