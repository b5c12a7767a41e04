"""Shapes of what the exchange's people type about an auction."""

from datetime import UTC, datetime

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import DateTimeLocalField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import TextInput

from marketplace.auctions.models import OrderKind
from marketplace.auctions.services.controlling import CAUSES
from marketplace.core.clock import BEIJING
from marketplace.forms.terms import word

REASON = 500


def _stripped(text: str | None) -> str | None:
    return text.strip() if text else text


class ProposalForm(FlaskForm):
    """What is proposed, what is announced, and why."""

    cause = SelectField(
        lazy_gettext("公告的事由"),
        [InputRequired(lazy_gettext("请选择公告的事由。"))],
        description=lazy_gettext("会写入公开的竞价日志。"),
    )
    code = StringField(
        lazy_gettext("竞买人代号"),
        [InputRequired(lazy_gettext("请填写竞买人代号。")), Length(max=8)],
        filters=[lambda text: text.strip().upper() if text else text],
        description=lazy_gettext("日志里的五位代号。"),
    )
    seq = IntegerField(
        lazy_gettext("出价的序号"),
        [InputRequired(lazy_gettext("请填写出价的序号。"))],
        widget=TextInput(),
        render_kw={"inputmode": "numeric"},
        description=lazy_gettext("日志里的序号；限出价后 5 分钟之内、尚无他人出价时。"),
    )
    at = DateTimeLocalField(
        lazy_gettext("恢复时间（北京时间）"),
        [InputRequired(lazy_gettext("请填写恢复时间。"))],
        format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        description=lazy_gettext("公告之后至少 2 小时、至多 5 天。"),
    )
    reason = TextAreaField(
        lazy_gettext("理由"),
        [InputRequired(lazy_gettext("请写明理由。")), Length(max=REASON)],
        filters=[_stripped],
        render_kw={"maxlength": REASON},
        description=lazy_gettext("只供内部复核与审计。法院文书请写明文号。"),
    )

    def ask_for(self, kind: OrderKind) -> None:
        """Only what this kind of proposal needs."""
        wanted = {
            OrderKind.RESUME: {"at"},
            OrderKind.VOID: {"seq"},
            OrderKind.EXCLUDE: {"code"},
            OrderKind.OPEN_IDENTITY: {"code"},
        }.get(kind, set())
        for name in {"at", "seq", "code"} - wanted:
            del self[name]
        self.cause.choices = [
            SelectChoice(cause, word("enums", f"auction_cause.{cause}")) for cause in CAUSES
        ]

    def arguments(self) -> dict[str, object]:
        """What the proposal names, as it is kept."""
        found: dict[str, object] = {}
        if "code" in self:
            found["code"] = self.code.data
        if "seq" in self:
            found["seq"] = self.seq.data
        if "at" in self:
            found["at"] = in_utc(self.at.data)
        return found


def in_utc(moment: datetime) -> datetime:
    """What somebody in Guangdong typed."""
    return moment.replace(tzinfo=BEIJING).astimezone(UTC)


class RemarkForm(FlaskForm):
    """What the one who checks has to say."""

    remark = TextAreaField(
        lazy_gettext("复核意见"),
        [Optional(), Length(max=REASON)],
        filters=[_stripped],
        render_kw={"maxlength": REASON},
    )
