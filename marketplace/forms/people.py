"""Shapes of what people type about themselves: sign-up, password, second factor, profile."""

from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, PasswordField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Email, InputRequired, Length

from marketplace.organisations.passwords import MAX_LENGTH, MIN_LENGTH

EMAIL_LENGTH = 254
NAME_LENGTH = 80
LOCALES = (
    SelectChoice("zh_Hans", "简体中文"),
    SelectChoice("zh_Hant", "繁體中文"),
    SelectChoice("en", "English"),
)


def _stripped(value: str | None) -> str | None:
    return value.strip() if value else value


def email_field(**keywords: Any) -> StringField:
    """An e-mail address of possible shape."""
    return StringField(
        keywords.pop("label", lazy_gettext("邮箱")),
        [
            InputRequired(lazy_gettext("请填写邮箱。")),
            Length(max=EMAIL_LENGTH, message=lazy_gettext("邮箱地址过长。")),
            Email(lazy_gettext("这不是有效的邮箱地址，例如：name@example.com。")),
        ],
        filters=[_stripped],
        render_kw={"type": "email", "autocomplete": "username", "maxlength": EMAIL_LENGTH}
        | keywords,
    )


def new_password_field(label: Any = None) -> PasswordField:
    """A password to be set; the service judges it."""
    return PasswordField(
        label or lazy_gettext("密码"),
        [InputRequired(lazy_gettext("请填写密码。"))],
        description=lazy_gettext(
            "至少 %(minimum)s 个字符，不要使用常见密码或邮箱地址。", minimum=MIN_LENGTH
        ),
        render_kw={"autocomplete": "new-password", "maxlength": MAX_LENGTH},
    )


def present_password_field(label: Any = None) -> PasswordField:
    """The password that is in force, typed again."""
    return PasswordField(
        label or lazy_gettext("当前密码"),
        [InputRequired(lazy_gettext("请填写密码。")), Length(max=MAX_LENGTH)],
        render_kw={"autocomplete": "current-password", "maxlength": MAX_LENGTH},
    )


def name_field() -> StringField:
    """A person's name as others see it."""
    return StringField(
        lazy_gettext("姓名"),
        [
            InputRequired(lazy_gettext("请填写姓名。")),
            Length(max=NAME_LENGTH, message=lazy_gettext("姓名过长。")),
        ],
        filters=[_stripped],
        render_kw={"autocomplete": "name", "maxlength": NAME_LENGTH},
    )


class SignInForm(FlaskForm):
    """Address and password."""

    email = StringField(
        lazy_gettext("邮箱"),
        [InputRequired(lazy_gettext("请填写邮箱。")), Length(max=EMAIL_LENGTH)],
        filters=[_stripped],
        render_kw={"type": "email", "autocomplete": "username", "maxlength": EMAIL_LENGTH},
    )
    password = present_password_field(lazy_gettext("密码"))
    remember = BooleanField(lazy_gettext("在这台设备上保持登录 30 天"))


class CodeForm(FlaskForm):
    """The second step of signing in, or setting it up."""

    code = StringField(
        lazy_gettext("验证码"),
        [InputRequired(lazy_gettext("请填写验证码。")), Length(max=40)],
        filters=[_stripped],
        render_kw={"autocomplete": "one-time-code", "maxlength": 40, "inputmode": "text"},
    )


class SignUpForm(FlaskForm):
    """A new account."""

    name = name_field()
    email = email_field()
    password = new_password_field()
    agree = BooleanField(
        lazy_gettext("我已阅读并同意交易规则和隐私说明"),
        [InputRequired(lazy_gettext("请阅读并同意交易规则和隐私说明。"))],
    )


class ResetRequestForm(FlaskForm):
    """Which address wants a new password."""

    email = email_field()


class NewPasswordForm(FlaskForm):
    """The new password."""

    password = new_password_field(lazy_gettext("新密码"))


class ChangePasswordForm(FlaskForm):
    """The old password and the new one."""

    current = present_password_field()
    password = new_password_field(lazy_gettext("新密码"))


class PasswordForm(FlaskForm):
    """The password once more, before something weighty."""

    current = present_password_field()


class AccountForm(FlaskForm):
    """What a person may change of the account."""

    name = name_field()
    locale = SelectField(lazy_gettext("语言"), choices=list(LOCALES))
    mail_wanted = BooleanField(lazy_gettext("交易、报价和审核的进展同时发到邮箱"))
