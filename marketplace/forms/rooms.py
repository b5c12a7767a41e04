"""Shapes of input for data rooms."""

from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, MultipleFileField
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from marketplace.forms.terms import new_key
from marketplace.organisations.passwords import MAX_LENGTH


class RoomForm(FlaskForm):
    """How the room lets people in."""

    automatic = BooleanField(lazy_gettext("签署保密协议后自动准入"))
    days = IntegerField(
        lazy_gettext("准入期限（天）"),
        [InputRequired(lazy_gettext("请填写天数。")), NumberRange(1, 365)],
        default=30,
    )


class FolderForm(FlaskForm):
    """A new folder."""

    name = StringField(
        lazy_gettext("文件夹名称"),
        [InputRequired(lazy_gettext("请填写名称。")), Length(max=120)],
    )
    parent = SelectField(lazy_gettext("上级文件夹"), coerce=int)
    rule = SelectField(lazy_gettext("下载规则"))


class FolderEditForm(FlaskForm):
    """A folder as it is to be."""

    name = StringField(
        lazy_gettext("文件夹名称"),
        [InputRequired(lazy_gettext("请填写名称。")), Length(max=120)],
    )
    rule = SelectField(lazy_gettext("下载规则"))
    position = IntegerField(lazy_gettext("排序"), [NumberRange(0, 9999)], default=0)
    restricted = BooleanField(lazy_gettext("只让下列机构查看"))
    readers = SelectMultipleField(
        lazy_gettext("可以查看的机构"),
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )


class UploadForm(FlaskForm):
    """Several files at once into a folder."""

    folder = SelectField(lazy_gettext("放入文件夹"), coerce=int)
    files = MultipleFileField(lazy_gettext("文件"))
    description = TextAreaField(lazy_gettext("说明"), [Length(max=5000)])


class FileForm(FlaskForm):
    """A file as it is to be, with a newer version if wanted."""

    folder = SelectField(lazy_gettext("所在文件夹"), coerce=int)
    description = TextAreaField(lazy_gettext("说明"), [Length(max=5000)])
    rule = SelectField(lazy_gettext("下载规则"))
    position = IntegerField(lazy_gettext("排序"), [NumberRange(0, 9999)], default=0)
    version = FileField(lazy_gettext("上传新版本"), [Optional()])


class AgreementForm(FlaskForm):
    """A new version of the secrecy agreement."""

    document = FileField(lazy_gettext("自己的协议（PDF）"), [Optional()])
    renews = BooleanField(lazy_gettext("已签署的机构也须重新签署"))


class SignRoomForm(FlaskForm):
    """The signature: this very file, read, and the password once more."""

    sha256 = HiddenField()
    read = BooleanField(
        lazy_gettext("我已阅读协议全文，并有权代表本机构签署。"),
        [InputRequired(lazy_gettext("请先阅读协议并勾选。"))],
    )
    password = PasswordField(
        lazy_gettext("登录密码"),
        [InputRequired(lazy_gettext("请填写密码。")), Length(max=MAX_LENGTH)],
        render_kw={"autocomplete": "current-password", "maxlength": MAX_LENGTH},
    )


class AskForm(FlaskForm):
    """Why one wants to be let in."""

    reason = TextAreaField(lazy_gettext("申请理由"), [Length(max=2000)])


class InviteForm(FlaskForm):
    """Which organisation is asked in."""

    organisation = StringField(
        lazy_gettext("机构全称"),
        [InputRequired(lazy_gettext("请填写机构全称。")), Length(max=200)],
    )


class DecisionForm(FlaskForm):
    """An answer to somebody who asks, or who is in."""

    until = DateField(lazy_gettext("准入至"), [Optional()])
    because = TextAreaField(lazy_gettext("理由"), [Optional(), Length(max=2000)])


class QuestionForm(FlaskForm):
    """A question, about a file if wanted."""

    text = TextAreaField(
        lazy_gettext("问题"), [InputRequired(lazy_gettext("请写下问题。")), Length(max=5000)]
    )
    file = SelectField(lazy_gettext("关于文件"), coerce=int)
    key = HiddenField(default=new_key, validators=[Length(max=40)])


class AnswerQuestionForm(FlaskForm):
    """The seller's answer."""

    answer = TextAreaField(
        lazy_gettext("答复"), [InputRequired(lazy_gettext("请写下答复。")), Length(max=5000)]
    )
    shared = BooleanField(lazy_gettext("让全部准入者看到（不显示提问人）"))
    file = SelectField(lazy_gettext("附上资料室的文件"), coerce=int)


def with_choices(form: Any, **choices: list[tuple[Any, str]]) -> Any:
    """The form with what its lists offer."""
    for name, offered in choices.items():
        form[name].choices = offered
    return form
