"""Shapes of input for enquiries and answers to offers."""

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import HiddenField, TextAreaField
from wtforms.validators import Length, Optional

from marketplace.forms.terms import new_key


class MessageForm(FlaskForm):
    """A message of a thread, with a document if wanted."""

    text = TextAreaField(lazy_gettext("内容"), [Length(max=5000)])
    document = FileField(lazy_gettext("附件"), [Optional()])
    key = HiddenField(default=new_key, validators=[Length(max=40)])


class AnswerForm(FlaskForm):
    """Accept, decline or withdraw the version shown."""

    version = HiddenField()
    because = TextAreaField(lazy_gettext("说明"), [Optional(), Length(max=2000)])
