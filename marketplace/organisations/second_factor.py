"""The second factor: time-based codes (RFC 6238) and recovery codes. Services keep the state."""

import base64
import hashlib
import hmac
import io
import re
import secrets
import unicodedata
from datetime import datetime

import pyotp
import segno

from marketplace.core import clock

STEP_SECONDS = 30
DRIFT = 1  # clocks of phones: one step either way
RECOVERY_CODES = 10
_RECOVERY_BYTES = 10  # 80 bits: a plain SHA-256 of it cannot be searched through


def new_secret() -> str:
    """A seed for an authenticator application, in base 32."""
    return pyotp.random_base32()


def address(secret: str, *, email: str, issuer: str) -> str:
    """The otpauth address that an application reads from the picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=issuer)


def picture(otpauth: str, title: str) -> str:
    """The address as a QR code: SVG without style attributes, so that it may stand in a page."""
    out = io.BytesIO()
    segno.make(otpauth, error="m").save(
        out, kind="svg", xmldecl=False, svgns=False, omitsize=True, border=4,
        dark="#000", light="#fff", svgclass="qr", lineclass=None, title=title,
    )  # fmt: skip
    return out.getvalue().decode()


def grouped(secret: str) -> str:
    """The seed in groups of four, for typing it in by hand."""
    return " ".join(re.findall(".{1,4}", secret))


def step_of(secret: str, code: str, *, after: int | None, at: datetime | None = None) -> int | None:
    """The time step that a code belongs to; none when it is wrong or its step was used already."""
    digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", code))
    if len(digits) != 6:
        return None
    totp = pyotp.TOTP(secret)
    present = int((at or clock.now()).timestamp()) // STEP_SECONDS
    for step in range(present - DRIFT, present + DRIFT + 1):
        right = hmac.compare_digest(totp.generate_otp(step), digits)
        if right and (after is None or step > after):
            return step
    return None


def new_recovery_codes() -> list[str]:
    """Ten codes, each for one use, as people can copy them down."""
    return [_recovery_code() for _ in range(RECOVERY_CODES)]


def _recovery_code() -> str:
    text = base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode().lower()
    return "-".join(re.findall(".{4}", text))


def recovery_hash(code: str) -> str:
    """What is kept of a recovery code, whatever spacing or case it is typed in."""
    bare = re.sub(r"[^a-z2-7]", "", unicodedata.normalize("NFKC", code).lower())
    return hashlib.sha256(bare.encode()).hexdigest()
