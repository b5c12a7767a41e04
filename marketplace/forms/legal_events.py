"""Shapes of what people type about the history of a right."""

from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, DateField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from marketplace.assets.legal_status.codes import codes_for, sign
from marketplace.assets.legal_status.happenings import Details
from marketplace.assets.legal_status.parties import split
from marketplace.core.words import say
from marketplace.forms.assets import NEEDED, PaperForm, trimmed


class EventForm(PaperForm):
    """Something that happened to a right, as its keeper or the exchange says."""

    code = SelectField(lazy_gettext("事件"), [InputRequired(NEEDED)], choices=[])
    happened_on = DateField(lazy_gettext("发生日"), [InputRequired(NEEDED)])
    published_on = DateField(lazy_gettext("公告日"), [Optional()])
    givers = StringField(
        lazy_gettext("转出方"),
        [Length(max=600)],
        filters=[trimmed],
        description=lazy_gettext("转让人、许可人、出质人等；多人以分号隔开。"),
    )
    takers = StringField(
        lazy_gettext("受让方"),
        [Length(max=600)],
        filters=[trimmed],
        description=lazy_gettext("受让人、被许可人、质权人等；多人以分号隔开。"),
    )
    number = StringField(
        lazy_gettext("文号"),
        [Length(max=80)],
        filters=[trimmed],
        description=lazy_gettext("备案号、登记号或案号；缴纳年费的填年度。"),
    )
    text = TextAreaField(lazy_gettext("说明"), [Length(max=1000)], filters=[trimmed])

    def __init__(self, *args: Any, kind: str = "", locale: str = "zh_Hans", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.code.choices = [
            (code.value, f"{sign(code, kind)} {say('enums', f'legal_event.{code}', locale)}")
            for code in codes_for(kind)
        ]
        self.document.validators = [Optional()]
        self.document.flags.required = False

    def details(self) -> Details:
        """What it says besides what happened and when."""
        return Details(
            givers=split(self.givers.data or ""),
            takers=split(self.takers.data or ""),
            number=self.number.data or "",
            published_on=self.published_on.data,
            text=self.text.data or "",
        )


class EventFileForm(FlaskForm):
    """A file of legal events; first to see what it would do."""

    document = FileField(
        lazy_gettext("文件"),
        [FileRequired(lazy_gettext("请选择文件。"))],
        description=lazy_gettext(
            "EPO OPS 法律事件 XML、美国专利转让清单 CSV，或本站模板（CSV、XLSX）。"
        ),
    )
    rehearsal = BooleanField(lazy_gettext("先试一遍，不写入"), default=True)
