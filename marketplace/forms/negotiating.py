"""Forms around an offer that only one's own organisation sees."""

from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField
from wtforms.validators import Optional

from marketplace.forms.terms import MoneyField, OpenRadioField, choices_of
from marketplace.negotiation.models import Needs


class RuleForm(FlaskForm):
    """What an acceptance or an offer needs more than one manager for."""

    above: Any = MoneyField(lazy_gettext("超过这个金额"), [Optional()])
    needs = OpenRadioField(lazy_gettext("须经"), [Optional()], choices=choices_of(Needs, "needs"))
    keep_clauses = BooleanField(lazy_gettext("超出条款库的，须经所有者"))
    owners_offer = BooleanField(lazy_gettext("报价和还价只由所有者发出"))
