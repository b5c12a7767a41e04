"""Who is asking, and for which organisation."""

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Flask, Response, abort, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user

from marketplace.core.db import db
from marketplace.core.policy import VISITOR, Actor
from marketplace.organisations import queries as organisations
from marketplace.organisations.models import Membership, Organisation, SignIn

login_manager = LoginManager()


class SignedIn(UserMixin):  # type: ignore[misc] -- Flask-Login ships no types
    """What Flask-Login carries: a sign-in row, its person and its organisation."""

    def __init__(self, sign_in: SignIn) -> None:
        self.sign_in = sign_in
        self.user = sign_in.user

    def get_id(self) -> str:
        """The random token's hash stands for the session; the token itself is in the cookie."""
        return str(self.sign_in.id)


@login_manager.user_loader  # type: ignore[untyped-decorator]
def _load(_: str) -> SignedIn | None:
    token = session.get("sign_in", "")
    found = organisations.sign_in_by_hash(hashlib.sha256(token.encode()).hexdigest())
    return SignedIn(found) if found else None


def current_sign_in() -> SignIn | None:
    """The row behind this browser's session."""
    return current_user.sign_in if current_user and current_user.is_authenticated else None


def current_actor() -> Actor:
    """The person and the organisation acted for; a visitor otherwise. Worked out once a request."""
    if "actor" not in g:
        sign_in = current_sign_in()
        g.actor = organisations.actor_of(sign_in) if sign_in else VISITOR
    actor: Actor = g.actor
    return actor


def acting_organisation() -> Organisation | None:
    """The organisation that the person acts for."""
    organisation_id = current_actor().organisation_id
    return db.session.get(Organisation, organisation_id) if organisation_id else None


def memberships() -> list[Membership]:
    """The organisations that the person may act for."""
    sign_in = current_sign_in()
    return organisations.memberships_of(sign_in.user) if sign_in else []


def sign_in_required(view: Callable[..., Any]) -> Callable[..., Any]:
    """Visitors are asked to sign in first, and come back to where they were."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        if current_sign_in() is None:
            back = request.full_path.rstrip("?") if request.method == "GET" else request.referrer
            return redirect(url_for("people.sign_in", next=back), 303)
        return view(*args, **kwargs)  # type: ignore[no-any-return]

    return guarded


def operators_only() -> Response | None:
    """For a console blueprint's before_request: others do not learn that the page exists."""
    if current_sign_in() is None:
        return redirect(url_for("people.sign_in", next=request.path), 303)  # type: ignore[return-value]
    if not current_actor().is_operator:
        abort(404)
    return None


def init_app(app: Flask) -> None:
    """Flask-Login, and what every template knows of the reader."""
    login_manager.init_app(app)

    @app.context_processor
    def _who() -> dict[str, Any]:
        sign_in = current_sign_in()
        return {
            "actor": current_actor(),
            "signed_in": sign_in.user if sign_in else None,
            "acting_organisation": acting_organisation(),
            "memberships": memberships(),
        }
