"""The shape of a part of an opening key that is handed in."""

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import Length, Optional


class HandInForm(FlaskForm):
    """The phrase as it was written down; spaces and hyphens do not matter."""

    phrase = TextAreaField(
        lazy_gettext("密钥份额"),
        [Optional(), Length(max=200)],
        description=lazy_gettext("以 IPX 开头的字母；空格、连字符、大小写不影响。"),
        render_kw={"autocomplete": "off", "spellcheck": "false", "maxlength": 200},
    )
