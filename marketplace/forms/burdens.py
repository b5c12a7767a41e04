"""Shapes of what is said to rest on a right, and of consents."""

from datetime import date
from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from marketplace.assets import bundle, scopes
from marketplace.assets.bundle import (
    DEEDS,
    Act,
    BurdenKind,
    Grant,
    Party,
    Priority,
    Wish,
)
from marketplace.assets.scopes import Scope, fields_of, scope
from marketplace.forms.assets import NEEDED, PaperForm, trimmed
from marketplace.forms.terms import TicksField, choices_of
from marketplace.organisations.models import Organisation

PLACES = (scopes.MAINLAND, scopes.GUANGDONG, "HK", "MO", "TW", scopes.WORLD)
DECLARABLE = tuple(k for k in BurdenKind if k not in {BurdenKind.LICENCE, BurdenKind.PLEDGE})
FIELD_HINT = lazy_gettext(
    "国民经济行业代码，多个用逗号分开，例如 C39, C40；留空为不限。其他文字按可能与任何领域重合处理。"
)


class _Scoped:
    """Where, in what, how long."""

    territory: Any
    elsewhere: Any
    field: Any
    starts_on: Any
    ends_on: Any

    def scope(self) -> Scope:
        """The scope that was typed; other countries by their codes."""
        others = [t.upper() for t in (self.elsewhere.data or "").replace("，", ",").split(",")]
        return scope(
            self.starts_on.data,
            self.ends_on.data,
            territory=[*self.territory.data, *(t.strip() for t in others if t.strip())],
            fields=fields_of(self.field.data or ""),
        )


def party(name: str, organisation: Organisation | None) -> Party:
    """Who was named: by number where it is with us."""
    return Party(organisation.name, organisation.id) if organisation else Party(name.strip())


class LicenceForm(PaperForm, _Scoped):
    """A licence that somebody holds."""

    licensee_name = StringField(
        lazy_gettext("被许可人"), [InputRequired(NEEDED), Length(max=200)], filters=[trimmed]
    )
    grant = SelectField(lazy_gettext("许可方式"), choices=choices_of(Grant, "deed"))
    territory = TicksField(
        lazy_gettext("许可地域"), [Optional()], choices=choices_of(PLACES, "place"), default=["CN"]
    )
    elsewhere = StringField(
        lazy_gettext("其他国家或地区"),
        [Optional(), Length(max=100)],
        description=lazy_gettext("两位国家代码，多个用逗号分开，例如 US, DE。"),
    )
    field = StringField(
        lazy_gettext("许可领域"), [Optional(), Length(max=300)], description=FIELD_HINT
    )
    starts_on = DateField(lazy_gettext("开始日期"), [InputRequired(NEEDED)])
    ends_on = DateField(
        lazy_gettext("结束日期"), [Optional()], description=lazy_gettext("留空为至权利期限届满。")
    )
    sublicence = BooleanField(lazy_gettext("允许被许可人再许可他人使用"))
    recordal_number = StringField(
        lazy_gettext("备案号"), [Optional(), Length(max=60)], filters=[trimmed]
    )

    def said(self, licensee: Organisation | None) -> bundle.Burden:
        """The licence as it was typed."""
        where = self.scope()
        return bundle.Burden(
            BurdenKind.LICENCE,
            holder=party(self.licensee_name.data, licensee),
            starts=where.starts,
            ends=where.ends,
            grant=Grant(self.grant.data),
            scope=where,
            sublicence=self.sublicence.data,
            number=self.recordal_number.data or "",
        )


class BurdenForm(PaperForm):
    """Another burden; what its kind does not have is left out."""

    kind = SelectField(lazy_gettext("负担类型"), choices=choices_of(DECLARABLE, "burden_kind"))
    holder_name = StringField(
        lazy_gettext("法院、请求人或权利人"),
        [Optional(), Length(max=200)],
        filters=[trimmed],
        description=lazy_gettext("保全填法院，纠纷和无效填请求人，担保和优先权填权利人。"),
    )
    register_number = StringField(
        lazy_gettext("文号、案号或登记号"), [Optional(), Length(max=80)], filters=[trimmed]
    )
    starts_on = DateField(lazy_gettext("开始日期"), [InputRequired(NEEDED)])
    ends_on = DateField(lazy_gettext("结束日期"), [Optional()])
    suspended = BooleanField(lazy_gettext("权属纠纷：已请求国家知识产权局中止有关程序"))
    priority = SelectField(
        lazy_gettext("优先受让权的依据"),
        choices=choices_of(Priority, "priority"),
        default=Priority.CONTRACT.value,
    )
    deeds = TicksField(
        lazy_gettext("共有人约定：可以单独办理的事项"),
        [Optional()],
        choices=choices_of(DEEDS, "deed"),
    )
    note = TextAreaField(lazy_gettext("说明"), [Optional(), Length(max=500)], filters=[trimmed])

    def said(self, holder: Organisation | None) -> bundle.Burden:
        """The burden as it was typed."""
        return bundle.Burden(
            BurdenKind(self.kind.data),
            holder=party(self.holder_name.data or "", holder),
            starts=self.starts_on.data,
            ends=self.ends_on.data,
            suspended=self.suspended.data,
            priority=Priority(self.priority.data) if self.priority.data else None,
            deeds=frozenset(self.deeds.data or ()),
            number=self.register_number.data or "",
        )


class EndForm(PaperForm):
    """The end of a licence or a burden, and its proof."""

    ended_on = DateField(lazy_gettext("结束日期"), [InputRequired(NEEDED)])


class RecordEndForm(FlaskForm):
    """The exchange records an end, or refuses it."""

    ended_on = DateField(lazy_gettext("结束日期"), [InputRequired(NEEDED)])
    because = TextAreaField(lazy_gettext("说明"), [Length(max=1000)], filters=[trimmed])


class ConsentForm(FlaskForm, _Scoped):
    """What is asked to be agreed to."""

    deed = SelectField(lazy_gettext("拟办理的事项"), choices=choices_of(DEEDS, "deed"))
    to_name = StringField(
        lazy_gettext("相对方"),
        [Optional(), Length(max=200)],
        filters=[trimmed],
        description=lazy_gettext("留空为不限定相对方。"),
    )
    territory = TicksField(
        lazy_gettext("许可地域"), [Optional()], choices=choices_of(PLACES, "place"), default=["CN"]
    )
    elsewhere = StringField(lazy_gettext("其他国家或地区"), [Optional(), Length(max=100)])
    field = StringField(
        lazy_gettext("许可领域"), [Optional(), Length(max=300)], description=FIELD_HINT
    )
    starts_on = DateField(lazy_gettext("许可开始日期"), [Optional()])
    ends_on = DateField(lazy_gettext("许可结束日期"), [Optional()])
    sublicence = BooleanField(lazy_gettext("允许被许可人再许可他人使用"))
    until = DateField(
        lazy_gettext("同意的有效期至"),
        [Optional()],
        description=lazy_gettext("须在此日之前签署合同；留空为不限。"),
    )
    message = TextAreaField(
        lazy_gettext("给对方的说明"), [Optional(), Length(max=1000)], filters=[trimmed]
    )

    def wish(self, today: date, to: Organisation | None) -> Wish:
        """What was typed, as the bundle knows it; the scope belongs to a licence only."""
        whom = party(self.to_name.data or "", to)
        deed = self.deed.data
        if deed not in set(Grant):
            return Wish(Act(deed), to=whom)
        if self.starts_on.data is None:
            self.starts_on.data = today
        return Wish(Act.LICENCE, Grant(deed), self.scope(), self.sublicence.data, to=whom)


class AnswerForm(FlaskForm):
    """The answer of the party asked."""

    because = TextAreaField(lazy_gettext("答复说明"), [Length(max=1000)], filters=[trimmed])
