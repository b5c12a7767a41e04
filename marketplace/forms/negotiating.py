"""Forms around an offer that only one's own organisation sees."""

from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms.validators import Optional

from marketplace.forms.terms import MoneyField, OpenRadioField, choices_of
from marketplace.negotiation.models import Needs


class RuleForm(FlaskForm):
    """From which amount an acceptance needs more than one manager."""

    above: Any = MoneyField(lazy_gettext("超过这个金额"), [Optional()])
    needs = OpenRadioField(lazy_gettext("须经"), [Optional()], choices=choices_of(Needs, "needs"))
