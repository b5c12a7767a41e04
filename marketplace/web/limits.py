"""Rate limits: by network for visitors, by person for those signed in."""

import time

from flask import Flask, Response
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import current_user


def _who() -> str:
    if current_user and current_user.is_authenticated:
        return f"user:{current_user.reader.user_id}"
    return str(get_remote_address())


# The limiter's own headers would ask the store twice more at every request.
limiter = Limiter(key_func=_who, default_limits=["1200 per minute"], headers_enabled=False)


def told_how_long(response: Response) -> Response:
    """Whoever asked too often is told when to come again."""
    limit = limiter.current_limit if response.status_code == 429 else None
    if limit is not None and limit.breached:
        response.headers["Retry-After"] = str(max(1, limit.reset_at - int(time.time())))
    return response


def init_app(app: Flask) -> None:
    """The limits, and what those are told who meet them."""
    app.after_request(told_how_long)
    limiter.init_app(app)
