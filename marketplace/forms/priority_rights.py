"""Shapes of a holder's answer, and of the delivery of a notice on paper."""

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import DateField, StringField
from wtforms.validators import InputRequired, Length


class AnswerForm(FlaskForm):
    """The holder's full name, typed out as a signature."""

    typed = StringField(
        lazy_gettext("机构全称"),
        [InputRequired(lazy_gettext("请完整输入机构名称，作为签署。")), Length(max=200)],
        description=lazy_gettext("完整输入机构名称，作为签署。"),
        render_kw={"autocomplete": "off"},
    )


class DeliveryForm(FlaskForm):
    """The day on which a notice was served on paper."""

    on = DateField(lazy_gettext("送达日"), [InputRequired(lazy_gettext("请填写送达日。"))])
