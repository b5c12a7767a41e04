"""What the bundle answers, in the reader's words: reasons, wishes, scopes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from babel import Locale

from marketplace.assets import industries, scopes
from marketplace.assets.bundle import Reason, Wish
from marketplace.assets.scopes import Scope
from marketplace.core.words import knows
from marketplace.web.locale import gettext
from marketplace.web.presentation import citation, format_date, locale_code, words


@dataclass(frozen=True)
class Sentence:
    """A reason as a page shows it; `article` is empty where no article is behind it."""

    text: str
    article: str
    sure: bool
    rule: str
    burden: str
    party: str
    given: str


def reason(found: Reason) -> Sentence:
    """A reason in a sentence, with its article."""
    return Sentence(
        reason_text(found),
        citation(found.article) if found.article else "",
        found.sure or not found.article,
        found.rule,
        found.burden,
        found.party,
        found.given,
    )


def reason_text(found: Reason) -> str:
    """The sentence alone."""
    facts = dict(found.facts)
    if "last_day" in facts:
        facts["last_day"] = format_date(date.fromisoformat(facts["last_day"]))
    return words(
        "enums", f"bundle.{found.code}", party=found.party or gettext("待定的相对方"), **facts
    )


def deed(wish: Wish) -> str:
    """What is wished, in a word; a licence by its grant."""
    return words("enums", f"deed.{wish.deed}")


def wish_text(wish: Wish) -> str:
    """What is wished and, for a licence, its scope."""
    if wish.scope is None:
        return deed(wish)
    parts = [deed(wish), territory(wish.scope), fields(wish.scope), span(wish.scope)]
    if wish.sublicence:
        parts.append(gettext("可再许可"))
    return gettext("；").join(parts)


def territory(scope: Scope) -> str:
    """Where: places, and the world but some."""
    return _with_exceptions(scope.territory, place)


def fields(scope: Scope) -> str:
    """In what: industries by code and name, or every field."""
    if not scope.fields:
        return gettext("全部领域")
    return _with_exceptions(scope.fields, _field, everything=gettext("全部领域"))


def span(scope: Scope) -> str:
    """How long: from, until; or to the right's last day."""
    if scope.ends is None:
        return gettext("%(start)s起至权利届满", start=format_date(scope.starts))
    return gettext(
        "%(start)s至%(end)s", start=format_date(scope.starts), end=format_date(scope.ends)
    )


def place(token: str) -> str:
    """The name of a territory; what is unknown as it was written."""
    if knows("enums", f"place.{token}"):
        return words("enums", f"place.{token}")
    if token in scopes.COUNTRIES:
        return str(Locale.parse(locale_code()).territories.get(token, token))
    return token


def _field(token: str) -> str:
    return (
        f"{token} {industries.name(token, locale_code())}" if industries.industry(token) else token
    )


def _with_exceptions(
    tokens: Iterable[str], name: Callable[[str], str], everything: str = ""
) -> str:
    held = gettext("、").join(name(t) for t in sorted(tokens) if not t.startswith("-"))
    but = gettext("、").join(name(t[1:]) for t in sorted(tokens) if t.startswith("-"))
    if not but:
        return held
    return gettext("%(what)s（%(but)s除外）", what=held or everything, but=but)


def days(starts: date | None, ends: date | None) -> str:
    """From when to when, as far as it is known."""
    if starts is None and ends is None:
        return ""
    if ends is None:
        return gettext("%(start)s起", start=format_date(starts))
    if starts is None:
        return gettext("至%(end)s", end=format_date(ends))
    return gettext("%(start)s至%(end)s", start=format_date(starts), end=format_date(ends))
