"""Signed answers (Ed25519, RFC 8032): what a bidder was told, and when, in a form that holds against us.

A receipt is canonical JSON `{alg, body, key_id, signature}`; what is signed is a fixed prefix and the
canonical bytes of `body`. The key comes from AUCTION_SIGNING_KEY; keys that were in use before stay
known by their public halves (AUCTION_OLD_KEYS), so that old receipts verify after a rotation.
"""

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from marketplace.auctions.engine.canonical import canonical
from marketplace.core import settings

ALGORITHM = "ed25519"
PREFIX = b"ipx/receipt/v1\x00"
ID_LENGTH = 16  # hexadecimal characters of SHA-256 of the public key


def signed(body: Mapping[str, Any]) -> str:
    """A receipt for a body of plain values."""
    key, key_id = _signing_key(settings.current().auction_signing_key)
    signature = key.sign(PREFIX + canonical(body)).hex()
    return canonical(
        {"alg": ALGORITHM, "body": body, "key_id": key_id, "signature": signature}
    ).decode()


def body_of(receipt: str) -> dict[str, Any]:
    """What a receipt of ours says."""
    return dict(json.loads(receipt)["body"])


def sign_bytes(message: bytes) -> bytes:
    """A bare signature, for checkpoints of the log; the message names its own kind."""
    return _signing_key(settings.current().auction_signing_key)[0].sign(message)


def public_key() -> str:
    """The public key that receipts are signed with now, in hexadecimal."""
    return public_keys()[0]


def public_keys() -> tuple[str, ...]:
    """Every public key that we have signed with, today's first, in hexadecimal."""
    now = _signing_key(settings.current().auction_signing_key)[0].public_key()
    old = settings.current().auction_old_keys.replace(",", " ").split()
    return (now.public_bytes_raw().hex(), *old)


def key_id(public: str) -> str:
    """The short name of a public key."""
    return hashlib.sha256(bytes.fromhex(public)).hexdigest()[:ID_LENGTH]


def is_genuine(receipt: str) -> bool:
    """A receipt that one of our keys signed, with not a byte changed."""
    try:
        data = json.loads(receipt)
        message = PREFIX + canonical(data["body"])
        signature = bytes.fromhex(data["signature"])
        keys = [one for one in public_keys() if key_id(one) == data["key_id"]]
        if data["alg"] != ALGORITHM or not keys:
            return False
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(keys[0])).verify(signature, message)
    except (ValueError, KeyError, TypeError, RecursionError, InvalidSignature):
        return False
    return True


@lru_cache(maxsize=4)
def _signing_key(seed: str) -> tuple[Ed25519PrivateKey, str]:
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed))
    return key, key_id(key.public_key().public_bytes_raw().hex())
