"""Shapes of a dispute: the complaint, the answer, the decision."""

from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from marketplace.deals.models import Basis, Outcome
from marketplace.forms.terms import MoneyField, choices_of

MOST = 2000


def _text(label: Any) -> TextAreaField:
    return TextAreaField(
        label,
        [InputRequired(lazy_gettext("请说明理由。")), Length(max=MOST)],
        filters=[lambda text: text.strip() if text else text],
        render_kw={"maxlength": MOST},
    )


class DisputeForm(FlaskForm):
    """Why, with a paper."""

    because = _text(lazy_gettext("事实与理由"))
    document = FileField(
        lazy_gettext("证据"), description=lazy_gettext("PDF、PNG 或 JPEG，不超过 50 MB。")
    )


class DecisionForm(FlaskForm):
    """What becomes of the money, and on what that rests."""

    outcome = RadioField(
        lazy_gettext("处理结果"),
        [InputRequired(lazy_gettext("请选择处理结果。"))],
        choices=choices_of(Outcome, "dispute_outcome"),
    )
    refund: Any = MoneyField(lazy_gettext("退还买方"), [Optional()])
    basis = SelectField(
        lazy_gettext("依据"),
        [InputRequired(lazy_gettext("请选择依据。"))],
        choices=choices_of(Basis, "dispute_basis"),
    )
    number = StringField(
        lazy_gettext("裁判或裁决文号"),
        [Optional(), Length(max=120)],
        filters=[lambda text: text.strip() if text else ""],
    )
    document = FileField(
        lazy_gettext("裁判或裁决文书"),
        description=lazy_gettext("PDF、PNG 或 JPEG，不超过 50 MB。"),
    )
    because = _text(lazy_gettext("理由"))
