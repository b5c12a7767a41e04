"""Tokens that travel by mail, and secrets at rest: both under keys derived from SECRET_KEY."""

import base64
import hashlib
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from itsdangerous import BadSignature, URLSafeTimedSerializer

from marketplace.core.errors import Invalid

_secret: dict[str, str] = {}


def configure(secret_key: str) -> None:
    """Called once by the application factory."""
    _secret["key"] = secret_key


def master() -> bytes:
    """What every key at rest is derived from; each use derives a key of its own."""
    return _secret["key"].encode()


def derived(purpose: str) -> str:
    """A secret for one purpose, in hex: the same as long as SECRET_KEY is."""
    return hashlib.sha256(f"{purpose}:".encode() + master()).hexdigest()


def sign(purpose: str, payload: Any) -> str:
    """A token for one purpose; the payload is readable, not changeable."""
    return str(URLSafeTimedSerializer(_secret["key"], salt=purpose).dumps(payload))


def unsign(purpose: str, token: str, *, max_age_seconds: int) -> Any:
    """The payload of a token; a forged, foreign or stale one is refused as `token.invalid`."""
    try:
        return URLSafeTimedSerializer(_secret["key"], salt=purpose).loads(
            token, max_age=max_age_seconds
        )
    except BadSignature as error:
        raise Invalid("token.invalid") from error


def _box() -> Fernet:
    digest = hashlib.sha256(b"at rest:" + _secret["key"].encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))


def seal(text: str) -> str:
    """Encrypt a short secret (a second factor's seed) for the database."""
    return _box().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Decrypt what seal() made."""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise Invalid("token.invalid") from error
