"""The component page: every part of the design once; only in development and in tests."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, NumberRange, Optional
from wtforms.widgets import TextInput

from marketplace.core import clock
from marketplace.core.money import Money, yuan
from marketplace.web.presentation import term

bp = Blueprint("kit", __name__)


class SampleForm(FlaskForm):  # type: ignore[misc]
    """One field of each shape."""

    title = StringField(lazy_gettext("标题"), [InputRequired(lazy_gettext("请填写标题"))])
    mode = RadioField(
        lazy_gettext("交易方式"),
        [InputRequired()],
        choices=[
            SelectChoice("transfer", lazy_gettext("转让")),
            SelectChoice("licence", lazy_gettext("许可")),
        ],
    )
    price = DecimalField(
        lazy_gettext("挂牌价"),
        [InputRequired(), NumberRange(min=1, message=lazy_gettext("挂牌价须为大于 0 的数字"))],
        widget=TextInput(),
        render_kw={"inputmode": "decimal"},
    )
    until = DateField(lazy_gettext("有效期至"), [Optional()])
    city = SelectField(
        lazy_gettext("地市"),
        choices=[SelectChoice("", "–"), SelectChoice("4401", lazy_gettext("广州"))],
    )
    note = TextAreaField(lazy_gettext("说明"))
    evidence = FileField(lazy_gettext("证明材料"))
    agree = BooleanField(lazy_gettext("我已阅读并同意交易规则"), [InputRequired()])


def _sample() -> dict[str, Any]:
    now = clock.now()
    title = gettext("一种动力电池浸没式液冷热管理方法及系统")
    return {
        "soon": now + timedelta(days=2, hours=5),
        "past": now - timedelta(hours=7),
        "term": term(now + timedelta(days=5730)),
        "tiles": [
            {"label": gettext("待您处理"), "value": 3, "ic": "inbox", "url": "#", "tone": "bad"},
            {"label": gettext("进行中的交易"), "value": 8, "ic": "handshake", "url": "#"},
            {
                "label": gettext("在售资产"),
                "value": 42,
                "note": gettext("本月新增 6 项"),
                "ic": "tag",
            },
            {"label": gettext("即将到期"), "value": 2, "ic": "calendar-clock", "tone": "warn"},
        ],
        "rows": [
            {
                "reference": f"OF-20261123-{n}",
                "title": title,
                "state": state,
                "price": price,
                "due": now + timedelta(days=days),
            }
            for n, state, price, days in (
                (1, "offer.sent", yuan(1_280_000), 12),
                (2, "offer.accepted", Money("CNY", 3_600_050), 1),
                (3, "offer.declined", None, -2),
            )
        ],
        "history": [
            {
                "text": gettext("报价已接受"),
                "who": "李敏 · 岭南理工大学",
                "at": now - timedelta(hours=1),
                "because": gettext("价格与条件符合预期。"),
                "tone": "ok",
                "ic": "check",
            },
            {"text": gettext("报价已发出"), "who": "", "at": now - timedelta(days=1)},
        ],
        "card": {
            "key": "A20261107",
            "reference": "LS-2026-000107",
            "url": "#",
            "title": title,
            "title_segments": [
                ("一种动力电池浸没式", False),
                ("液冷", True),
                ("热管理方法", False),
            ],
            "family": "wave",
            "kind": gettext("发明专利"),
            "owner": "岭南理工大学",
            "owner_kind": gettext("高校"),
            "verified": True,
            "city": gettext("广州"),
            "number": "ZL 2022 1 0876543.1",
            "abstract": "采用分区可调流阻的浸没式冷却腔，使电芯最大温差控制在 2.1℃ 以内。",
            "badges": [
                (gettext("权属已核验"), "b-ok", "badge-check"),
                (gettext("质押中"), "b-warn", "landmark"),
                ("H01M 10/613", "", ""),
            ],
            "mode": gettext("转让"),
            "price_label": gettext("挂牌价"),
            "price": yuan(4_860_000),
            "watch_url": "#",
            "watched": True,
            "compare_url": "#",
        },
    }


@bp.route("/kit", methods=["GET", "POST"])
def show() -> ResponseReturnValue:
    """All components on one page."""
    if not (current_app.debug or current_app.testing):
        abort(404)
    form = SampleForm()
    wrong = request.method == "POST" and not form.validate()
    return render_template("kit.html", form=form, sample=_sample()), 422 if wrong else 200
