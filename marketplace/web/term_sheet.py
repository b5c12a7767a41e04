"""The finer points of an agreement in the reader's words."""

from collections.abc import Callable, Sequence
from typing import Any

from markupsafe import Markup, escape

from marketplace.core.money import Money
from marketplace.listings.termsheet import LaterPart, Milestone, Tier
from marketplace.web.locale import gettext, ngettext
from marketplace.web.presentation import basis_points, format_date, money, words


def text(name: str, value: Any) -> str:
    """One of TEXTS in words; a dash where nothing is said."""
    return "–" if value in (None, "", ()) else TEXTS[name](value)


def _coded(prefix: str) -> Callable[[Any], str]:
    return lambda value: words("enums", f"{prefix}.{value}")


def _warranties(said: Sequence[str]) -> str:
    return gettext("、").join(words("enums", f"warranty.{one}") for one in said)


def _amount(value: Money | None) -> str:
    return money(value) if value is not None else "–"


def _lines(rows: Sequence[str]) -> str:
    return Markup("<br>").join(escape(row) for row in rows)


def _tiers(rows: Sequence[Tier]) -> str:
    return _lines(
        [
            gettext(
                "年度基数超过 %(above)s 的部分：%(rate)s",
                above=_amount(row.above),
                rate=basis_points(row.bps),
            )
            for row in rows
        ]
    )


def _instalments(rows: Sequence[LaterPart]) -> str:
    first = 10_000 - sum(row.bps or 0 for row in rows)
    said = [gettext("首期：%(share)s", share=basis_points(first))]
    return _lines(said + [_instalment(row) for row in rows])


def _instalment(row: LaterPart) -> str:
    share, day = basis_points(row.bps), format_date(row.due) if row.due else "–"
    if row.event:
        return gettext("%(event)s：%(share)s，最迟 %(day)s", event=row.event, share=share, day=day)
    return gettext("%(day)s：%(share)s", day=day, share=share)


def _milestones(rows: Sequence[Milestone]) -> str:
    return _lines([_milestone(row) for row in rows])


def _milestone(row: Milestone) -> str:
    said = gettext("%(event)s：%(amount)s", event=row.event, amount=_amount(row.amount))
    if row.latest is None:
        return said
    return gettext("%(said)s，最迟 %(day)s", said=said, day=format_date(row.latest))


def _audit(times: int) -> str:
    if not times:
        return gettext("不查账")
    return ngettext("每年不超过 %(num)s 次", "每年不超过 %(num)s 次", times)


TEXTS: dict[str, Callable[[Any], str]] = {
    "sublicence": _coded("sublicensing"),
    "non_use_months": lambda n: ngettext("连续 %(num)s 个月未实施", "连续 %(num)s 个月未实施", n),
    "tiers": _tiers,
    "cap": _amount,
    "cap_per": _coded("cap_per"),
    "audit_times": _audit,
    "instalments": _instalments,
    "guarantee": str,
    "milestones": _milestones,
    "free_months": lambda n: ngettext("免费使用 %(num)s 个月", "免费使用 %(num)s 个月", n),
    "free_then_days": lambda n: ngettext("期满后 %(num)s 天内", "期满后 %(num)s 天内", n),
    "late_interest_bps": lambda n: gettext("每日万分之 %(number)s", number=n),
    "documents": str,
    "place": str,
    "acceptance": str,
    "inspection_days": lambda n: ngettext("收到后 %(num)s 天内", "收到后 %(num)s 天内", n),
    "improvements": _coded("improvements"),
    "improvement_terms": str,
    "warranties": _warranties,
    "confidentiality_years": lambda n: ngettext("%(num)s 年", "%(num)s 年", n),
    "lapse": _coded("lapse"),
    "forum": _coded("forum"),
    "language": _coded("language"),
}
"""How each of them is said; the keys are names of listings.terms.IN_ORDER."""
