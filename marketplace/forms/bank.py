"""Shapes of bank statements, and of what a movement is booked as."""

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, HiddenField, StringField, TextAreaField
from wtforms.validators import Length, Optional


def _trimmed(text: str | None) -> str | None:
    return text.strip() if text else text


class StatementForm(FlaskForm):
    """A file of the bank."""

    statement = FileField(
        lazy_gettext("对账单文件"),
        [FileRequired(lazy_gettext("请选择文件。"))],
        description=lazy_gettext(
            "MT940、CAMT.053，或网银导出的 CSV、XLSX，不超过 20 MB。重复的流水只入一次账。"
        ),
    )
    vouched_for = BooleanField(lazy_gettext("文件没有写账号时：我确认它是监管专户的对账单"))


class LineForm(FlaskForm):
    """What a movement is, in the words of whoever books it."""

    target = HiddenField(validators=[Optional(), Length(max=40)])
    reference = StringField(
        lazy_gettext("参考码"),
        [Optional(), Length(max=40)],
        filters=[_trimmed],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    because = TextAreaField(
        lazy_gettext("依据"), [Optional(), Length(max=1000)], filters=[_trimmed]
    )
