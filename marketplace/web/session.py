"""Who is asking, and for which organisation."""

import contextlib
from collections.abc import Callable
from datetime import timedelta
from functools import cached_property, wraps
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from flask_wtf.csrf import generate_csrf
from sqlalchemy.exc import OperationalError

from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.policy import VISITOR, Actor
from marketplace.organisations import policy, readers, tokens
from marketplace.organisations import queries as organisations
from marketplace.organisations.models import Membership, Organisation, SignIn, User
from marketplace.organisations.readers import Reader
from marketplace.organisations.services import sign_ins

login_manager = LoginManager()
login_manager.session_protection = None  # phones change networks; our own rows are the protection

KNOWN_BROWSER = "known_browser"
SEEN_EVERY = timedelta(minutes=10)  # a page costs no write in between


class SignedIn(UserMixin):  # type: ignore[misc]  # Flask-Login ships no types
    """What Flask-Login carries: who is reading, and his sign-in's row where somebody asks for it."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader

    def get_id(self) -> str:
        """The row's number; what proves it is the random token in the session, kept as a hash."""
        return str(self.reader.sign_in_id)

    @cached_property
    def sign_in(self) -> SignIn:
        """The row."""
        return readers.own_sign_in(self.reader)


@login_manager.user_loader  # type: ignore[untyped-decorator]
def _load(_: str) -> SignedIn | None:
    token = session.get("sign_in")
    found = readers.reader_by_hash(readers.token_hash(token)) if token else None
    return SignedIn(found) if found else None


def current_reader() -> Reader | None:
    """Who is signed in; worked out once a request."""
    return current_user.reader if current_user and current_user.is_authenticated else None


def current_sign_in() -> SignIn | None:
    """The row behind this browser's session."""
    return current_user.sign_in if current_reader() else None


def current_actor() -> Actor:
    """The person and the organisation acted for; a visitor otherwise."""
    reader = current_reader()
    return reader.actor if reader else VISITOR


def acting_organisation() -> Organisation | None:
    """The organisation that the person acts for."""
    organisation_id = current_actor().organisation_id
    return db.session.get(Organisation, organisation_id) if organisation_id else None


def memberships() -> list[Membership]:
    """The organisations that the person may act for."""
    sign_in = current_sign_in()
    return organisations.memberships_of(sign_in.user) if sign_in else []


def network() -> str:
    """The network that the request comes from."""
    return sign_ins.network_of(request.remote_addr)


def known_browser(email: str) -> str:
    """The name of this browser where it has signed in to the address before."""
    return tokens.read_known_browser(request.cookies.get(KNOWN_BROWSER, ""), email.strip().lower())


def begin(sign_in: SignIn, token: str, *, remember: bool = False) -> None:
    """Put a sign-in into this browser's session; whatever the session held before is gone."""
    language = session.get("lang")
    session.clear()  # a session handed to somebody before must not become a signed-in one
    if language:
        session["lang"] = language
    session["sign_in"] = token
    session.permanent = remember
    login_user(_load(str(sign_in.id)))
    g.pop("csrf_token", None)
    generate_csrf()


def end() -> None:
    """Forget the sign-in in this browser."""
    logout_user()
    session.clear()
    g.pop("csrf_token", None)


def forget_reader() -> None:
    """Take whoever asks for a visitor: for pages that have to do without the database."""
    g._login_user = login_manager.anonymous_user()  # noqa: SLF001 -- where Flask-Login keeps it


def mark_known(response: Response, user: User) -> Response:
    """Remember that this browser has signed in to the account: guesses elsewhere do not slow it."""
    name = known_browser(user.email) or sign_ins.new_browser_name()
    response.set_cookie(
        KNOWN_BROWSER,
        tokens.known_browser(user, name),
        max_age=tokens.KNOWN_BROWSER_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure or current_app.config["SESSION_COOKIE_SECURE"],
        path=url_for("people.sign_in"),
    )
    return response


def safe_next(address: str | None) -> str | None:
    """An address of ours to go back to; nothing for any other."""
    if not address:
        return None
    parts = urlsplit(address)
    local = not parts.scheme and not parts.netloc
    if not local or not address.startswith("/") or address[1:2] in {"/", "\\"}:
        return None
    return None if any(ord(c) < 0x20 or c == "\\" for c in address) else address


def own_referrer() -> str | None:
    """The path of the page of ours that the request came from."""
    parts = urlsplit(request.referrer or "")
    if parts.netloc != request.host:
        return None
    return safe_next(f"{parts.path}?{parts.query}" if parts.query else parts.path)


def sign_in_required(view: Callable[..., Any]) -> Callable[..., Any]:
    """Visitors are asked to sign in first, and come back to where they were."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        if current_reader() is None:
            back = request.full_path.rstrip("?") if request.method == "GET" else own_referrer()
            return redirect(url_for("people.sign_in", next=back), 303)
        return view(*args, **kwargs)  # type: ignore[no-any-return]

    return guarded


def operators_only() -> Response | None:
    """For a console blueprint's before_request: others do not learn that the page exists."""
    if current_reader() is None:
        back = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for("people.sign_in", next=back), 303)  # type: ignore[return-value]
    if not current_actor().is_operator:
        abort(404)
    return None


def overseers_only() -> Response | None:
    """For the authority's blueprints: its people and the exchange's; others learn nothing."""
    if current_reader() is None:
        back = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for("people.sign_in", next=back), 303)  # type: ignore[return-value]
    if not (current_actor().is_regulator or current_actor().is_operator):
        abort(404)
    return None


def _note_seen() -> None:
    """Write down now and then that the browser was seen; a busy database may skip it."""
    if request.endpoint in {None, "static"}:
        return
    reader = current_reader()
    if reader is not None and clock.now() - reader.last_seen_at > SEEN_EVERY:
        with contextlib.suppress(OperationalError), transaction():
            sign_ins.touch(readers.own_sign_in(reader))


def init_app(app: Flask) -> None:
    """Flask-Login, and what every template knows of the reader."""
    login_manager.init_app(app)
    app.permanent_session_lifetime = readers.SIGN_IN_LASTS
    app.before_request(_note_seen)

    @app.context_processor
    def _who() -> dict[str, Any]:
        sign_in = current_sign_in()
        actor = current_actor()
        return {
            "actor": actor,
            "signed_in": sign_in.user if sign_in else None,
            "unconfirmed": actor.role == policy.UNCONFIRMED,
            "acting_organisation": acting_organisation(),
            "memberships": memberships(),
        }
