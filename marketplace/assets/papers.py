"""The free-to-deal certificate as the printer wants it: what its content says, in both languages."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from babel import Locale

from marketplace.assets import certificate, industries, scopes
from marketplace.assets.bundle import Reason, Wish
from marketplace.core import settings
from marketplace.core.money import Money
from marketplace.core.words import knows, say
from marketplace.documents import amounts, papers
from marketplace.documents.letterhead import site
from marketplace.documents.papers import Because, Deed, Resting, Said
from marketplace.payments import codes
from marketplace.rules import citations

CHINESE, ENGLISH = "zh_Hans", "en"
FACTS = (
    "kind", "number", "application_number", "status", "jurisdiction", "filing_date", "grant_date",
    "last_day", "classes",
)  # fmt: skip


def free_to_deal(content: Mapping[str, Any], sha256: str) -> papers.FreeToDeal:
    """The paper of a content; nothing is on it that the content does not say."""
    now, code = settings.current(), content["code"]
    right, asked = content["right"], content["asked"]
    return papers.FreeToDeal(
        code=codes.shown(code),
        issued_at=datetime.fromisoformat(content["issued_at"]),
        as_of=date.fromisoformat(content["as_of"]),
        site=site(),
        verification_url=f"{now.site_url.rstrip('/')}/certificates/{code}",
        sha256=sha256,
        issued_to=content["issued_to"],
        title=Said(right["title"], right["title_en"]),
        facts=[
            (_both("certificate_fact." + name), _fact(name, right[name]))
            for name in FACTS
            if right.get(name) and (name != "application_number" or right[name] != right["number"])
        ],
        owners=[
            (one["name"], papers.percent(one["share_bps"]) if one["share_bps"] else "")
            for one in content["owners"]
        ],
        freshness=content["freshness"]["colour"],
        freshness_words=_freshness(content["freshness"]),
        deeds=[_deed(one, short=True) for one in content["can_be_done"]],
        asked=_deed(asked) if asked else None,
        burdens=[_burden(one) for one in content["burdens"]],
        consents=[_consent(one) for one in content["consents"]],
        limits=[_both(f"certificate_limit.{one}") for one in content["says_nothing_of"]],
        catalogue=content["catalogue"],
        demo=content["demo"],
    )


def _both(code: str, **facts: Any) -> Said:
    return Said(say("enums", code, CHINESE, **facts), say("enums", code, ENGLISH, **facts))


def _each(say_it: Callable[[str], str]) -> Said:
    return Said(say_it(CHINESE), say_it(ENGLISH))


def _fact(name: str, value: Any) -> Said:
    if name in {"kind", "status"}:
        return _both({"kind": "asset_kind", "status": "legal_status"}[name] + f".{value}")
    if name == "jurisdiction":
        return _each(lambda locale: place(value, locale))
    if name == "classes":
        text = "、".join(each.partition(":")[2] for each in value)
        return Said(text, "")
    return Said(str(value), "")


def _freshness(kept: Mapping[str, Any]) -> Said:
    if kept["checked_on"] is None:
        return _both("freshness.red")
    words = _both(f"freshness.{kept['colour']}")
    return Said(
        f"{kept['checked_on']}，{kept['age_days']} 天前 · {words.zh}",
        f"{kept['checked_on']}, {kept['age_days']} days ago · {words.en}",
    )


# ---- wishes and reasons --------------------------------------------------------------------------


def _deed(kept: Mapping[str, Any], *, short: bool = False) -> Deed:
    wish = certificate.wish_from(kept["wish"])
    named = [
        *(("obstacle", one) for one in certificate.reasons(kept, "obstacles")),
        *(("given" if r.given else "consent", r) for r in certificate.reasons(kept, "consents")),
        *(("notice", one) for one in certificate.reasons(kept, "notices")),
    ]
    return Deed(
        _each(lambda locale: deed(wish, locale, short=short)),
        kept["verdict"],
        _both(f"bundle_verdict.{kept['verdict']}"),
        [
            Because(kind, _each(lambda locale, r=r: sentence(r, locale)), _article(r), r.sure)  # type: ignore[misc]
            for kind, r in named
        ],
    )


def sentence(reason: Reason, locale: str) -> str:
    """A reason in words; days as they are kept."""
    return say(
        "enums", f"bundle.{reason.code}", locale, party=reason.party or "–", **dict(reason.facts)
    )


def _article(reason: Reason) -> Said:
    return Said(reason.article, citations.english(reason.article) if reason.article else "")


def deed(wish: Wish, locale: str, *, short: bool = False) -> str:
    """What is wished; a licence with its scope unless it is the widest there is."""
    name = say("enums", f"deed.{wish.deed}", locale)
    if short or wish.scope is None:
        return name
    scope = wish.scope
    parts = [
        name,
        _listed(scope.territory, locale, place),
        _listed(scope.fields, locale, _industry) or say("enums", "scope.every_field", locale),
        f"{scope.starts} – {scope.ends or ''}",
    ]
    if wish.sublicence:
        parts.append(say("enums", "scope.sublicence", locale))
    return ("；" if locale == CHINESE else "; ").join(parts)


def place(token: str, locale: str) -> str:
    """A territory by name."""
    if token.startswith("-"):
        return f"（{say('enums', 'scope.but', locale, what=place(token[1:], locale))}）"
    if knows("enums", f"place.{token}"):
        return say("enums", f"place.{token}", locale)
    if token in scopes.COUNTRIES:
        return str(Locale.parse(locale).territories.get(token, token))
    return token


def _industry(token: str, locale: str) -> str:
    if token.startswith("-"):
        return f"（{say('enums', 'scope.but', locale, what=_industry(token[1:], locale))}）"
    return f"{token} {industries.name(token, locale)}" if industries.industry(token) else token


def _listed(tokens: Iterable[str], locale: str, name: Callable[[str, str], str]) -> str:
    inside = sorted(tokens, key=lambda token: (token.startswith("-"), token))
    return ("、" if locale == CHINESE else ", ").join(name(token, locale) for token in inside)


# ---- burdens and consents --------------------------------------------------------------------------


def _burden(kept: Mapping[str, Any]) -> Resting:
    kind = kept["kind"]
    name = f"deed.{kept['grant']}" if kept.get("grant") else f"burden_kind.{kind}"
    return Resting(
        _both(name),
        kept["holder"],
        _each(lambda locale: _details(kept, locale)),
        _state(kept),
        kept["number"],
        kept.get("sha256", ""),
    )


def _details(kept: Mapping[str, Any], locale: str) -> str:
    parts = []
    if kept.get("territory"):
        parts.append(_listed(kept["territory"], locale, place))
        fields = _listed(kept["fields"], locale, _industry)
        parts.append(fields or say("enums", "scope.every_field", locale))
    since, until = kept["since"], kept["until"]
    if since or until:
        parts.append(f"{since or ''} – {until or ''}")
    if kept.get("rank"):
        parts.append(say("enums", "certificate_rank", locale, rank=kept["rank"]))
    if kept.get("claim"):
        claim = Money(kept["claim"]["currency"], kept["claim"]["minor"])
        parts.append(f"{claim.currency} {amounts.figures(claim)}")
    return ("；" if locale == CHINESE else "; ").join(parts)


def _state(kept: Mapping[str, Any]) -> Said:
    noun = kept["reference"].partition(":")[0]
    code = f"{noun}.{kept.get('state', '')}"
    return Said(say("states", code, CHINESE), say("states", code, ENGLISH))


def _consent(kept: Mapping[str, Any]) -> Resting:
    wish = certificate.wish_from(kept)
    return Resting(
        _each(lambda locale: deed(wish, locale)),
        kept["party"],
        Said(kept["until"] or "", ""),
        _state(kept),
        sha256=kept.get("sha256", ""),
    )
