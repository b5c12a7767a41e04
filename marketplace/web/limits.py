"""Rate limits: by network for visitors, by person for those signed in."""

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import current_user


def _who() -> str:
    if current_user and current_user.is_authenticated:
        return f"user:{current_user.user.id}"
    return str(get_remote_address())


limiter = Limiter(key_func=_who, default_limits=["1200 per minute"], headers_enabled=True)
