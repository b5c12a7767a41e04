"""Which language a page speaks: by the address, else cookie, else account, else browser."""

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import flask_babel
from flask import Flask, Response, current_app, has_request_context, request
from flask_babel import Babel, get_locale
from werkzeug.datastructures import LanguageAccept

from marketplace.core import settings
from marketplace.web.session import current_reader

TRANSLATIONS = Path(__file__).parents[2] / "translations"
COOKIE = "lang"
YEAR = 365 * 24 * 3600
# code of the catalogue, tag for html lang and hreflang, name in its own language
LANGUAGES = (
    ("zh_Hans", "zh-CN", "简体中文"),
    ("zh_Hant", "zh-HK", "繁體中文"),
    ("en", "en", "English"),
)
SUPPORTED = tuple(code for code, _, _ in LANGUAGES)
_TRADITIONAL = {"zh-tw", "zh-hk", "zh-mo"}


def gettext(text: str, **facts: Any) -> str:
    """A sentence in the page's language (flask_babel's own, with types)."""
    return str(flask_babel.gettext(text, **facts))


def ngettext(singular: str, plural: str, num: int, **facts: Any) -> str:
    """A sentence that counts; `%(num)s` stands for the number."""
    return str(flask_babel.ngettext(singular, plural, num, **facts))


def canonical(tag: str) -> str | None:
    """The catalogue for a language tag; regions of Chinese are mapped to scripts first."""
    tag = tag.strip().replace("_", "-").lower()
    if tag.startswith("zh"):
        traditional = tag[:5] in _TRADITIONAL or "hant" in tag
        return "zh_Hant" if traditional else "zh_Hans"
    return "en" if tag.split("-")[0] == "en" else None


def negotiate(accepted: LanguageAccept) -> str:
    """The best language for the browser's wishes.

    Simplified Chinese where it has no wish; English where it names languages but none of ours.
    """
    wishes = [tag for tag, quality in accepted if quality > 0 and tag != "*"]
    codes = (canonical(tag) for tag in wishes)
    return next(filter(None, codes), "en" if wishes else SUPPORTED[0])


def select_locale() -> str:
    """The language of this request."""
    if not has_request_context():
        return SUPPORTED[0]
    for wish in (request.args.get("lang"), request.cookies.get(COOKIE)):
        code = canonical(wish) if wish else None
        if code:
            return code
    reader = current_reader()
    code = canonical(reader.locale) if reader else None
    return code or negotiate(request.accept_languages)


def html_lang() -> str:
    """The value for `<html lang>`: it decides the shapes of Han characters and quotes."""
    code = str(get_locale() or SUPPORTED[0])
    return next((tag for known, tag, _ in LANGUAGES if known == code), "zh-CN")


def language_url(code: str, *, external: bool = False) -> str:
    """The same page and query in another language."""
    query = [(k, v) for k, v in request.args.items(multi=True) if k != "lang"]
    query.append(("lang", next(tag for known, tag, _ in LANGUAGES if known == code)))
    path = request.path if _can_be_opened(request.path) else "/"
    root = settings.current().site_url if external else ""  # never what a Host header says
    return f"{root}{path}?{urlencode(query)}"


def _can_be_opened(path: str) -> bool:
    """Whether the address answers a GET: a form sent back with errors does, a mere action not."""
    return request.method in {"GET", "HEAD"} or current_app.url_map.bind("site").test(path, "GET")


def language_choices() -> tuple[str, ...]:
    """The language offered in the header: English to Chinese readers and the reverse."""
    return ("en",) if str(get_locale()).startswith("zh") else ("zh_Hans",)


def remember(response: Response) -> Response:
    """Keep the language asked for with ?lang= for a year."""
    wish = request.args.get("lang")
    code = canonical(wish) if wish else None
    if code:
        response.set_cookie(
            COOKIE, code, max_age=YEAR, httponly=True, samesite="Lax",
            secure=request.is_secure or current_app.config["SESSION_COOKIE_SECURE"],
        )  # fmt: skip
    if response.mimetype == "text/html":
        response.headers.setdefault("Content-Language", html_lang())
        response.vary.update(["Accept-Language", "Cookie"])
    return response


def init_app(app: Flask) -> None:
    """Set up translation and the language switch."""
    app.config.setdefault("BABEL_DEFAULT_LOCALE", SUPPORTED[0])
    app.config.setdefault("BABEL_DEFAULT_TIMEZONE", "Asia/Shanghai")
    app.config.setdefault("BABEL_TRANSLATION_DIRECTORIES", str(TRANSLATIONS))
    Babel(app, locale_selector=select_locale)
    globals_: dict[str, Any] = {
        "html_lang": html_lang,
        "languages": lambda: LANGUAGES,
        "language_url": language_url,
        "language_choices": language_choices,
    }
    app.jinja_env.globals.update(globals_)
    app.after_request(remember)
