"""Shapes of what people type about tasks and waivers."""

from collections.abc import Sequence

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from marketplace.forms.terms import word
from marketplace.organisations.models import Membership

TEXT = 1000


class WaiverForm(FlaskForm):
    """Who waives, why, and the paper that says so."""

    given_by = RadioField(
        lazy_gettext("由谁豁免"), [InputRequired(lazy_gettext("请选择由谁豁免。"))]
    )
    holder = StringField(
        lazy_gettext("姓名或名称"),
        [InputRequired(lazy_gettext("请填写作出豁免的人或单位。")), Length(max=200)],
        filters=[lambda text: text.strip() if text else text],
    )
    because = TextAreaField(
        lazy_gettext("理由"),
        [InputRequired(lazy_gettext("请说明理由。")), Length(max=TEXT)],
        filters=[lambda text: text.strip() if text else text],
        render_kw={"maxlength": TEXT},
    )
    document = FileField(
        lazy_gettext("书面豁免"),
        [FileRequired(lazy_gettext("请选择文件。"))],
        description=lazy_gettext("须由豁免人签字或盖章。PDF、PNG 或 JPEG，不超过 50 MB。"),
    )

    def offer(self, actors: Sequence[str]) -> None:
        """Those whom the law lets waive."""
        self.given_by.choices = [
            SelectChoice(one, word("enums", f"rule_actor.{one}")) for one in actors
        ]
        if len(actors) == 1 and not self.given_by.data:
            self.given_by.data = actors[0]


class AssignForm(FlaskForm):
    """To whom a task is given."""

    assignee = SelectField(lazy_gettext("经办人"), coerce=str)

    def offer(self, members: Sequence[Membership]) -> None:
        """The people of the organisation, or nobody."""
        self.assignee.choices = [
            SelectChoice("", lazy_gettext("未指派")),
            *(SelectChoice(str(one.user_id), one.user.name) for one in members),
        ]


class ReportForm(FlaskForm):
    """How a duty was done."""

    because = TextAreaField(
        lazy_gettext("办结说明"),
        [InputRequired(lazy_gettext("请说明如何办结。")), Length(max=TEXT)],
        filters=[lambda text: text.strip() if text else text],
        render_kw={"maxlength": TEXT},
    )
