"""Shapes of what is typed about organisations, members and capabilities."""

from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import MultipleFileField
from wtforms import BooleanField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, Regexp, ValidationError

from marketplace.assets import regions
from marketplace.core.words import say
from marketplace.forms.people import email_field, present_password_field
from marketplace.organisations.models import OrganisationKind, Region, Role
from marketplace.organisations.services.organisations import Identity, Profile

GUANGDONG = "广东省"
MOST_FILES = 10
TEXT = 5000


def _text(label: Any, most: int, *more: Any, **keywords: Any) -> StringField:
    return StringField(
        label,
        [Length(max=most, message=lazy_gettext("最多 %(max)d 个字符。")), *more],
        filters=[lambda value: value.strip() if value else value],
        render_kw={"maxlength": most} | keywords,
    )


def _needed(message: Any) -> InputRequired:
    return InputRequired(message)


SAID = ("wholly_state_owned", "central", "above_scale", "inventor_reward_rule")
_SAID = {"yes": True, "no": False}


def _said(label: Any, why: Any) -> SelectField:
    """Yes, no, or nobody has said yet; then a deal asks."""
    choices = [
        SelectChoice("", lazy_gettext("尚未确认")),
        SelectChoice("yes", lazy_gettext("是")),
        SelectChoice("no", lazy_gettext("否")),
    ]
    return SelectField(label, choices=choices, description=why, default="")


def said(value: bool | None) -> str:  # noqa: FBT001 -- what is on record
    """As the form shows it."""
    return {True: "yes", False: "no"}.get(value, "") if value is not None else ""


class IdentityForm(FlaskForm):
    """What an operator checks against documents."""

    name = _text(
        lazy_gettext("机构名称"),
        200,
        _needed(lazy_gettext("请填写机构名称。")),
        autocomplete="organization",
    )
    kind = SelectField(lazy_gettext("机构类型"))
    region = SelectField(lazy_gettext("所在地区"))
    uscc = _text(lazy_gettext("统一社会信用代码"), 40, Optional(), spellcheck="false")
    foreign_registration = _text(lazy_gettext("当地登记号码"), 60, Optional())
    representative = _text(lazy_gettext("法定代表人或负责人"), 80, Optional())
    state_established = BooleanField(lazy_gettext("由国家设立（国家设立的研究开发机构、高等院校）"))
    wholly_state_owned = _said(
        lazy_gettext("国有独资或国有全资"),
        lazy_gettext("企业国有资产法第43条、第47条：影响关联交易和评估。"),
    )
    central = _said(
        lazy_gettext("中央企业及其各级子企业"),
        lazy_gettext("国资发产权规〔2024〕8号：可用估值报告。"),
    )
    above_scale = _said(
        lazy_gettext("规模以上企业"),
        lazy_gettext("粤府〔2007〕88号第23条：重大经济活动须事前通报知识产权主管部门。"),
    )
    inventor_reward_rule = _said(
        lazy_gettext("有发明人奖励报酬制度"),
        lazy_gettext("专利法第15条、促进科技成果转化法第45条：没有规定或约定的，按法定标准奖励。"),
    )

    def speak(self, locale: str) -> None:
        """Fill the choices with words of a language."""
        self.kind.choices = [
            (k.value, say("enums", f"organisation_kind.{k.value}", locale))
            for k in OrganisationKind
        ]
        self.region.choices = [
            SelectChoice(r.value, say("enums", f"region.{r.value}", locale)) for r in Region
        ]

    @property
    def identity(self) -> Identity:
        """What was typed, for the service."""
        kind = OrganisationKind(self.kind.data)
        return Identity(
            name=self.name.data or "",
            kind=kind,
            region=Region(self.region.data),
            uscc=self.uscc.data or "",
            foreign_registration=self.foreign_registration.data or "",
            representative=self.representative.data or "",
            state_owned=kind is OrganisationKind.SOE,
            state_established=bool(self.state_established.data),
            **{name: _SAID.get(self[name].data or "") for name in SAID},
        )


class ProfileForm(FlaskForm):
    """What an organisation says of itself."""

    name_en = _text(lazy_gettext("英文名称"), 200, Optional())
    province = SelectField(lazy_gettext("省份"))
    city = _text(lazy_gettext("地市"), 40, Optional(), list="cities", autocomplete="off")
    address = _text(lazy_gettext("地址"), 300, Optional(), autocomplete="street-address")
    website = _text(
        lazy_gettext("网址"),
        200,
        Optional(),
        Regexp(
            r"^https?://[^\s<>\"]+$", message=lazy_gettext("网址须以 http:// 或 https:// 开头。")
        ),
        inputmode="url",
    )
    about = TextAreaField(lazy_gettext("简介"), [Optional(), Length(max=TEXT)])
    about_en = TextAreaField(lazy_gettext("英文简介"), [Optional(), Length(max=TEXT)])

    def speak(self, locale: str) -> None:
        """Fill the choices with words of a language."""
        named = [(r.zh, r.name(locale)) for r in regions.provinces()]
        named.sort(key=lambda pair: pair[0] != GUANGDONG)
        self.province.choices = [SelectChoice("", "–"), *(SelectChoice(*pair) for pair in named)]

    def validate_city(self, field: Any) -> None:
        """A city of Guangdong must be one of the 21; any spelling of it will do."""
        if not field.data:
            return
        found = regions.region_named(field.data)
        if found is not None and found.level == "city":
            field.data = found.zh
        cities = {r.zh for r in regions.cities()}
        if self.province.data == GUANGDONG and field.data not in cities:
            raise ValidationError(lazy_gettext("广东省没有这个地市，请从列表中选择。"))

    @property
    def profile(self) -> Profile:
        """What was typed, for the service."""
        names = Profile.__dataclass_fields__
        return Profile(**{name: self[name].data or "" for name in names})


class OrganisationForm(IdentityForm, ProfileForm):
    """A new organisation."""

    def speak(self, locale: str) -> None:
        """Fill the choices with words of a language."""
        IdentityForm.speak(self, locale)
        ProfileForm.speak(self, locale)


class CorrectionForm(IdentityForm):
    """An operator corrects an identity and says why."""

    because = TextAreaField(
        lazy_gettext("更正理由"),
        [InputRequired(lazy_gettext("请写明理由。")), Length(max=TEXT)],
    )


class BankForm(FlaskForm):
    """Where the organisation is paid out."""

    bank = _text(lazy_gettext("开户银行"), 120, _needed(lazy_gettext("请填写开户银行。")))
    account = _text(
        lazy_gettext("银行账号"),
        60,
        _needed(lazy_gettext("请填写银行账号。")),
        Regexp(
            r"^[0-9A-Za-z \-]{5,60}$",
            message=lazy_gettext("账号只能由数字、字母、空格和连字符组成。"),
        ),
        autocomplete="off",
    )
    current = present_password_field()


class PayoutAccountForm(FlaskForm):
    """In which country the payee's account at the provider is to be."""

    country = SelectField(
        lazy_gettext("营业所在国家或地区"),
        [_needed(lazy_gettext("请选择国家或地区。"))],
        description=lazy_gettext("以注册登记为准，开立之后不能更改。"),
    )
    current = present_password_field()

    def offer(self, countries: list[tuple[str, str]]) -> None:
        """Fill the choices: codes of ISO 3166-1 with their names."""
        self.country.choices = [SelectChoice("", "–"), *(SelectChoice(*pair) for pair in countries)]


class DisconnectForm(FlaskForm):
    """That the payee's account is used no more."""

    current = present_password_field()


class InvitationForm(FlaskForm):
    """Whom to invite, and in which role."""

    email = email_field(label=lazy_gettext("对方邮箱"), autocomplete="off")
    role = RadioField(lazy_gettext("角色"), default=Role.MANAGER.value)

    def speak(self, locale: str, *, owner: bool) -> None:
        """Fill the choices; only an owner may make an owner."""
        roles = [r for r in Role if owner or r is not Role.OWNER]
        self.role.choices = [
            SelectChoice(r.value, say("enums", f"role.{r.value}", locale)) for r in roles
        ]


class RoleForm(FlaskForm):
    """Another role for a member."""

    role = SelectField(lazy_gettext("角色"), choices=[SelectChoice(r.value) for r in Role])


class ApplicationForm(FlaskForm):
    """Why the organisation should have a capability, with documents."""

    statement = TextAreaField(
        lazy_gettext("申请说明"),
        [
            InputRequired(lazy_gettext("请说明申请理由。")),
            Length(max=TEXT, message=lazy_gettext("最多 %(max)d 个字符。")),
        ],
    )
    documents = MultipleFileField(lazy_gettext("证明材料"))

    def validate_documents(self, field: Any) -> None:
        """Not too many at once."""
        if len(field.data or ()) > MOST_FILES:
            raise ValidationError(lazy_gettext("一次最多上传 %(count)s 个文件。", count=MOST_FILES))

    @property
    def files(self) -> list[Any]:
        """The files that were really chosen."""
        return [file for file in self.documents.data or () if file and file.filename]


class DecisionForm(FlaskForm):
    """What an operator says to a decision."""

    because = TextAreaField(lazy_gettext("理由"), [Optional(), Length(max=TEXT)])
