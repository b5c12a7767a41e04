"""Fees of rights: a payment with its receipt, a reduction, taking a payment back."""

from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import DateField, HiddenField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length

from marketplace.assets.models import FeeReduction
from marketplace.forms.assets import NEEDED, PaperForm, trimmed
from marketplace.forms.terms import MoneyField, choices_of


class FeeForm(PaperForm):
    """What was paid to the office, when, and the receipt."""

    number = HiddenField()  # the patent year or renewal that the page showed as next
    paid_on = DateField(lazy_gettext("缴费日期"), [InputRequired(NEEDED)])
    amount: Any = MoneyField(lazy_gettext("实缴金额"), [InputRequired(NEEDED)])


class ReductionForm(FlaskForm):
    """As what all owners may have their fees reduced."""

    ground = SelectField(
        lazy_gettext("费用减缴情形"),
        choices=choices_of(FeeReduction, "fee_reduction"),
        description=lazy_gettext("须已在专利局办理减缴备案；共有的，每一权利人都须符合。"),
    )


class UndoForm(FlaskForm):
    """Why a recorded payment is taken back."""

    because = TextAreaField(
        lazy_gettext("撤销理由"), [InputRequired(NEEDED), Length(max=500)], filters=[trimmed]
    )
