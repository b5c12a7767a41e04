"""Rate limits: by network for visitors, by person for those signed in."""

from flask import Flask, Response
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import current_user


def _who() -> str:
    if current_user and current_user.is_authenticated:
        return f"user:{current_user.user.id}"
    return str(get_remote_address())


def only_when_refused(response: Response) -> Response:
    """Retry-After is for those who are to wait; the limiter sets it on every answer."""
    if response.status_code not in {429, 503}:
        response.headers.pop("Retry-After", None)
    return response


def init_app(app: Flask) -> None:
    """Functions after a request run last first: ours sees what the limiter has set."""
    app.after_request(only_when_refused)
    limiter.init_app(app)


limiter = Limiter(key_func=_who, default_limits=["1200 per minute"], headers_enabled=True)
