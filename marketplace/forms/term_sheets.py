"""The shape of a term sheet."""

from flask_babel import lazy_gettext
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from marketplace.forms.terms import TermsForm


class SheetForm(TermsForm):
    """Terms with a name; the kind of deal is chosen before."""

    kind = None
    basis = HiddenField(validators=[Length(max=40)])
    name = StringField(lazy_gettext("名称"), [InputRequired(), Length(max=120)])
    note = TextAreaField(lazy_gettext("给同事的说明"), [Optional(), Length(max=2000)])
