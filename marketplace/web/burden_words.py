"""Entries of the registers in the reader's words: licences, other burdens, consents."""

from typing import Any

from marketplace.assets.bundle import BurdenKind, Wish
from marketplace.assets.models import Burden, Consent, Licence, Pledge
from marketplace.assets.queries import registers
from marketplace.web import bundle_words
from marketplace.web.locale import gettext
from marketplace.web.presentation import format_date, words

Rows = list[tuple[str, Any]]


def noun(found: Licence | Burden | Consent) -> str:
    """What it is called."""
    if isinstance(found, Burden):
        return words("enums", f"burden_kind.{found.kind}")
    return gettext("许可") if isinstance(found, Licence) else gettext("征询与同意")


def heading(found: Licence | Burden | Consent) -> str:
    """Whose it is, or what it is."""
    if isinstance(found, Licence):
        return found.licensee_name
    if isinstance(found, Burden):
        return found.holder_name or noun(found)
    return found.party_name


def rows(found: Licence | Burden | Consent) -> Rows:
    """All that is on record of it."""
    if isinstance(found, Licence):
        return _licence(found)
    return _burden(found) if isinstance(found, Burden) else _consent(found)


def scope_text(licence: Licence) -> str:
    """Where, in what, how long, in one line."""
    scope = licence.scope
    parts = (bundle_words.territory(scope), bundle_words.fields(scope), bundle_words.span(scope))
    return gettext("；").join(parts)


def _licence(licence: Licence) -> Rows:
    scope = licence.scope
    return [
        (gettext("被许可人"), licence.licensee_name),
        (gettext("许可方式"), words("enums", f"deed.{licence.grant}")),
        (gettext("地域"), bundle_words.territory(scope)),
        (gettext("领域"), bundle_words.fields(scope)),
        (gettext("期限"), bundle_words.span(scope)),
        (gettext("再许可"), gettext("允许") if licence.sublicence else gettext("不允许")),
        (gettext("备案号"), licence.recordal_number),
        (gettext("交易"), licence.deal_reference),
        (gettext("提前终止"), format_date(licence.ended_on) if licence.ended_on else ""),
    ]


def _burden(burden: Burden) -> Rows:
    kind = burden.kind
    found: Rows = [
        (gettext("类型"), words("enums", f"burden_kind.{kind}")),
        (words("enums", f"burden_holder.{kind}"), burden.holder_name),
        (words("enums", f"burden_number.{kind}"), burden.register_number),
        (gettext("开始日期"), format_date(burden.starts_on)),
        (gettext("结束日期"), format_date(burden.ends_on) if burden.ends_on else ""),
    ]
    if kind is BurdenKind.DISPUTE:
        said = gettext("已中止") if burden.suspended else gettext("未中止")
        found.append((gettext("登记程序"), said))
    if burden.priority:
        found.append((gettext("依据"), words("enums", f"priority.{burden.priority}")))
    if kind is BurdenKind.COOWNERSHIP:
        alone = gettext("、").join(words("enums", f"deed.{deed}") for deed in burden.deeds)
        found.append((gettext("可以单独办理"), alone or gettext("无")))
    found.append((gettext("说明"), burden.note))
    if burden.lifted_on:
        found.append((gettext("解除日期"), format_date(burden.lifted_on)))
    return found


def _consent(consent: Consent) -> Rows:
    return [
        (gettext("被征询方"), consent.party_name),
        (gettext("理由"), words("enums", f"bundle.{consent.code}", party=consent.party_name)),
        (gettext("拟办理的事项"), wish_text(consent)),
        (gettext("相对方"), consent.to_name or gettext("不限")),
        (gettext("有效期至"), format_date(consent.until) if consent.until else gettext("不限")),
        (gettext("征询说明"), consent.message),
        (gettext("答复说明"), consent.answer),
    ]


def wish_text(consent: Consent) -> str:
    """What is asked to be agreed to."""
    return bundle_words.wish_text(
        Wish(consent.act, consent.grant, consent.scope, consent.sublicence)
    )


def conflicts(found: Any) -> list[tuple[str, str]]:
    """Pairs of burdens on record that cannot both be true, by name."""
    return [(_short(one), _short(other)) for one, other in registers.conflicts_of(found)]


def _short(burden: Any) -> str:
    what = words("enums", f"deed.{burden.grant}" if burden.grant else f"burden_kind.{burden.kind}")
    if not burden.holder.name:
        return what
    return gettext("%(what)s（%(who)s）", what=what, who=burden.holder.name)


def papers(found: Licence | Burden | Consent | Pledge) -> list[tuple[Any, str]]:
    """The files behind it, with what each proves."""
    pairs = [(found.evidence, gettext("证明文件"))]
    if isinstance(found, Licence):
        pairs.append((found.end_evidence, gettext("终止证明")))
    elif isinstance(found, Burden):
        pairs.append((found.lift_evidence, gettext("解除证明")))
    return [(paper, label) for paper, label in pairs if paper is not None]
