"""Shapes of what people report about an entry in a register."""

from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import DateField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from marketplace.forms.terms import MoneyField

NEEDED = lazy_gettext("请填写。")
TEXT = 1000


def _trimmed(text: Any) -> Any:
    return text.strip() if isinstance(text, str) else text


def _reason(label: Any) -> Any:
    return TextAreaField(
        label,
        [InputRequired(lazy_gettext("请说明理由。")), Length(max=TEXT)],
        filters=[_trimmed],
        render_kw={"maxlength": TEXT},
    )


def _paper(label: Any) -> Any:
    return FileField(label, description=lazy_gettext("PDF、PNG 或 JPEG，不超过 50 MB。"))


class FileForm(FlaskForm):
    """When it was handed in, and under which number."""

    filed_on = DateField(lazy_gettext("提交日期"), [InputRequired(NEEDED)])
    number = StringField(
        lazy_gettext("主管机关受理号"), [Optional(), Length(max=80)], filters=[_trimmed]
    )


class AskForm(FlaskForm):
    """What the office wants, by when."""

    noticed_on = DateField(lazy_gettext("通知日期"), [InputRequired(NEEDED)])
    due_on = DateField(
        lazy_gettext("补正期限"),
        [Optional()],
        description=lazy_gettext("通知没有写明的，按通知之日起一个月计算。"),
    )
    because = _reason(lazy_gettext("要求补正的内容"))
    document = _paper(lazy_gettext("补正通知书"))


class ExtendForm(FlaskForm):
    """Until when the office gave more time."""

    until = DateField(lazy_gettext("新的补正期限"), [InputRequired(NEEDED)])
    because = _reason(lazy_gettext("延期理由"))


class CureForm(FlaskForm):
    """What was handed in."""

    because = _reason(lazy_gettext("补正说明"))


class RefuseForm(FlaskForm):
    """Why the office refused it."""

    refused_on = DateField(lazy_gettext("决定日期"), [InputRequired(NEEDED)])
    because = _reason(lazy_gettext("驳回理由"))
    document = _paper(lazy_gettext("驳回决定"))


class WithdrawForm(FlaskForm):
    """Why it was taken back."""

    because = _reason(lazy_gettext("撤回理由"))


class DispenseForm(FlaskForm):
    """Why the parties do without it."""

    because = _reason(lazy_gettext("不办理的理由"))


class RescindForm(FlaskForm):
    """Why the deal should be undone."""

    because = _reason(lazy_gettext("解除理由"))


class PayForm(FlaskForm):
    """What the office was paid."""

    amount: Any = MoneyField(lazy_gettext("实缴官费"), [InputRequired(NEEDED)])
    paid_on = DateField(lazy_gettext("缴费日期"), [InputRequired(NEEDED)])
    document = _paper(lazy_gettext("缴费收据"))
