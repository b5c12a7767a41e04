"""What somebody wants to do with a right: the "can I …?" form. GET only, so that it can be shared."""

from datetime import date
from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, StringField
from wtforms.validators import Length, Optional

from marketplace.assets.bundle import NOBODY, Act, Grant, Party, Wish
from marketplace.assets.scopes import Scope, fields_of, scope
from marketplace.core import clock
from marketplace.forms.terms import OpenRadioField, TicksField, choices_of, word
from marketplace.listings.terms import TERRITORIES

PUBLIC_ACTS = (Act.TRANSFER, Act.LICENCE, Act.EQUITY, Act.PLEDGE)


class WishForm(FlaskForm):
    """An act; of a licence how exclusive, where, in what, from when to when."""

    class Meta:
        csrf = False  # it changes nothing, and its address is passed on

    act = OpenRadioField(
        lazy_gettext("想做什么"), [Optional()], choices=choices_of(PUBLIC_ACTS, "can_i")
    )
    grant = OpenRadioField(
        lazy_gettext("许可类型"), [Optional()], choices=choices_of(Grant, "grant")
    )
    territory = TicksField(
        lazy_gettext("许可地域"), [Optional()], choices=choices_of(TERRITORIES, "territory")
    )
    places = StringField(lazy_gettext("其他国家或地区"), [Optional(), Length(max=200)])
    field = StringField(lazy_gettext("应用领域"), [Optional(), Length(max=300)])
    starts = DateField(lazy_gettext("开始"), [Optional()])
    ends = DateField(lazy_gettext("结束"), [Optional()])
    sublicence = BooleanField(lazy_gettext("允许被许可人再许可他人使用"))
    debt_due = DateField(lazy_gettext("债务到期日"), [Optional()])

    def wish(self, to: Party = NOBODY) -> Wish | None:
        """What was asked; None where nothing was, or the days are in the wrong order."""
        if not self.act.data:
            return None
        act = Act(self.act.data)
        if act is not Act.LICENCE:
            return Wish(act, to=to, debt_due=self.debt_due.data if act is Act.PLEDGE else None)
        wanted = self._scope()
        if wanted.ends is not None and wanted.ends < wanted.starts:
            self.ends.errors = [*self.ends.errors, word("refusals", "wish.ends")]
            return None
        grant = Grant(self.grant.data) if self.grant.data else Grant.NON_EXCLUSIVE
        return Wish(act, grant, wanted, bool(self.sublicence.data), to)

    def _scope(self) -> Scope:
        others = (self.places.data or "").upper().replace("，", ",").replace("、", ",")
        named = {token.strip() for token in others.split(",")} - {""}
        territory = {*(self.territory.data or ()), *named} or {"CN"}
        text = (self.field.data or "").strip()
        starts, ends = self.starts.data or clock.today(), self.ends.data
        by_code = scope(starts, ends, territory=territory, fields=text.split())
        if not by_code.unclear:
            return by_code  # codes, and exceptions such as -C39
        return scope(starts, ends, territory=territory, fields=fields_of(text) if text else ())


def address_of(wish: Wish) -> dict[str, Any]:
    """The arguments of the address at which a wish is asked."""
    found: dict[str, Any] = {"act": wish.act.value}
    if wish.debt_due:
        found["debt_due"] = wish.debt_due.isoformat()
    if wish.scope is None:
        return found
    places = wish.scope.territory
    found |= {
        "grant": wish.grant.value if wish.grant else "",
        "territory": sorted(places & set(TERRITORIES)),
        "places": ",".join(sorted(places - set(TERRITORIES))),
        "field": " ".join(sorted(wish.scope.fields)),
        "starts": wish.scope.starts.isoformat(),
        "ends": _iso(wish.scope.ends),
    }
    if wish.sublicence:
        found["sublicence"] = "y"
    return {name: value for name, value in found.items() if value}


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
