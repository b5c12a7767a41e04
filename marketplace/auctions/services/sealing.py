"""What the database keeps but must not tell: maxima, reserves, salts, under the exchange's key.

AES-256 in Galois/counter mode (NIST SP 800-38D) with a random nonce a text, under a key derived from
SECRET_KEY (HKDF, RFC 5869). Whoever reads a copy of the database reads none of it.
"""

import json
import secrets
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from marketplace.core import signing
from marketplace.core.errors import Invalid

NONCE = 12  # bytes


@lru_cache(maxsize=4)
def _box(secret: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt=None, info=b"ipx/auctions/sealed/v1").derive(secret))


def seal(plain: bytes) -> bytes:
    """Under the key of today."""
    nonce = secrets.token_bytes(NONCE)
    return nonce + _box(signing.master()).encrypt(nonce, plain, None)


def unseal(sealed: bytes) -> bytes:
    """What seal() was given; a changed byte, or another key, is refused."""
    try:
        return _box(signing.master()).decrypt(sealed[:NONCE], sealed[NONCE:], None)
    except InvalidTag as error:
        raise Invalid("auction.sealed_unreadable") from error


def seal_values(values: Mapping[str, Any]) -> bytes:
    """Plain values (strings, whole numbers, lists, mappings), sealed as one text."""
    return seal(json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode())


def unseal_values(sealed: bytes | None) -> dict[str, Any]:
    """What seal_values() was given; of nothing, nothing."""
    return dict(json.loads(unseal(sealed))) if sealed else {}
