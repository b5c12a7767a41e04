"""Shapes of what is said of a line of a deal's schedule."""

from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import DateField, TextAreaField
from wtforms.validators import InputRequired, Length

MOST = 2000


def reason(label: Any) -> TextAreaField:
    """Why, in the words of who says so."""
    return TextAreaField(
        label,
        [InputRequired(lazy_gettext("请说明理由。")), Length(max=MOST)],
        filters=[lambda text: text.strip() if text else text],
        render_kw={"maxlength": MOST},
    )


class DeclareForm(FlaskForm):
    """Since when the event has happened, with what proves it."""

    reached_on = DateField(
        lazy_gettext("事件发生日期"), [InputRequired(lazy_gettext("请填写日期。"))]
    )
    document = FileField(
        lazy_gettext("证明材料"),
        [FileRequired(lazy_gettext("请选择文件。"))],
        description=lazy_gettext("PDF、PNG 或 JPEG，不超过 50 MB。"),
    )


class BecauseForm(FlaskForm):
    """A reason."""

    because = reason(lazy_gettext("理由"))
