"""The bytes that are hashed and signed: RFC 8785 of plain values, RFC 6962 leaves.

Plain values are strings, whole numbers within ±2^53, booleans, none, and lists and mappings of
them. Without fractions RFC 8785 is compact JSON with keys ordered by their UTF-16 code units.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from marketplace.auctions.engine.rules import Rules
from marketplace.auctions.engine.state import Event

FORMAT = 1  # of a log line
EXACT = 2**53  # beyond it a reader in another language may round


def canonical(value: Any) -> bytes:
    """The one spelling of a value; what is not plain is an error (ValueError)."""
    return json.dumps(
        _plain(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False
    ).encode()


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        if abs(value) > EXACT:
            raise ValueError(f"{value} is beyond the whole numbers that every reader keeps exact")
        return value
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise ValueError("a key that is no text")
        return {key: _plain(value[key]) for key in sorted(value, key=_utf16)}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    raise ValueError(f"{type(value).__name__} is no plain value")


def _utf16(text: str) -> bytes:
    return text.encode("utf-16-be", "surrogatepass")


def sha256(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def leaf_hash(body: bytes) -> str:
    """Of a line of the log, as RFC 6962 section 2.1 hashes a leaf."""
    return sha256(b"\x00" + body)


def rules_hash(rules: Rules) -> str:
    """Of what was published."""
    return sha256(canonical(rules.to_json()))


def event_body(auction: str, seq: int, event: Event, prev: str, cfg_hash: str) -> bytes:
    """A line of the log: the event's public part, its place, and the hash of the line before."""
    return canonical(
        {
            "v": FORMAT,
            "auction": auction,
            "seq": seq,
            "kind": event.kind,
            "at": event.at,
            "code": event.code,
            "public": event.public,
            "rules": cfg_hash,
            "prev": prev,
        }
    )


def maximum_commitment(auction: str, code: str, maximum: int, salt: str) -> str:
    """What a bid says of its maximum at once; maximum and salt are opened after the close."""
    return _commitment("ipx/max/v1", auction, code, str(maximum), salt)


def reserve_commitment(auction: str, reserve: int, salt: str) -> str:
    """What the publication says of a secret reserve."""
    return _commitment("ipx/reserve/v1", auction, str(reserve), salt)


def bid_commitment(auction: str, code: str, amount: int, nonce: str) -> str:
    """What an envelope says of the amount in it: the domain, JCS of the three, the nonce (hex)."""
    said = canonical([auction, code, amount])
    return sha256(b"ipx/bid-commit/v1\x00" + said + bytes.fromhex(nonce))


def terms_commitment(auction: str, code: str, answers: Sequence[str], nonce: str) -> str:
    """What a tender says of its answers, one a criterion: the domain, JCS of the three, the nonce."""
    said = canonical([auction, code, list(answers)])
    return sha256(b"ipx/terms-commit/v1\x00" + said + bytes.fromhex(nonce))


def _commitment(*parts: str) -> str:
    return sha256("\x00".join(parts).encode())
