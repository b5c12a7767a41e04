"""Sealing an amount, and a tender's answers, to an auction's opening key, so that nobody reads it before the opening.

X25519 (RFC 7748) between a key made for this envelope and the opening key; HKDF-SHA-256 (RFC 5869);
AES-256-GCM (NIST SP 800-38D) bound to auction and code. An envelope cannot be moved to another.
"""

import base64
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from marketplace.auctions.engine.canonical import bid_commitment, terms_commitment

KEY = 32
NONCE = 12
LENGTH = 128  # every plaintext is as long as every other: its length tells no amount
PAGE = 4096  # answers of a tender are filled up to whole pages: their length tells little
TERMS = (
    "\0terms"  # answers are bound apart from the amount: neither can be put in the other's place
)


class Unreadable(ValueError):  # noqa: N818 -- it says what it is
    """Not sealed to this key, for this auction and code, or changed since."""


@dataclass(frozen=True)
class Sealed:
    """What goes to the log: the ciphertext in base64 and the commitment in hex."""

    ciphertext: str
    commitment: str


def new_key() -> tuple[int, str]:
    """A private opening key as a number, to be split at once, and its public half in hex."""
    private = X25519PrivateKey.generate()
    return int.from_bytes(
        private.private_bytes_raw()
    ), private.public_key().public_bytes_raw().hex()


def public_of(private: int) -> str:
    """The public half of a key that was put together again."""
    return _private(private).public_key().public_bytes_raw().hex()


def _private(number: int) -> X25519PrivateKey:
    if number >= 2 ** (8 * KEY):
        raise Unreadable("no key")
    return X25519PrivateKey.from_private_bytes(number.to_bytes(KEY))


def seal(public: str, auction: str, code: str, amount: int) -> Sealed:
    """Seal a bidder's amount; the amount itself is kept nowhere."""
    nonce = secrets.token_bytes(KEY).hex()
    plain = json.dumps({"amount": amount, "nonce": nonce}, separators=(",", ":")).encode()
    return Sealed(
        _sealed(public, _bound(auction, code), plain.ljust(LENGTH)),
        bid_commitment(auction, code, amount, nonce),
    )


def seal_terms(public: str, auction: str, code: str, answers: Sequence[str]) -> Sealed:
    """Seal a tender's answers, one a criterion; they are kept nowhere else."""
    nonce = secrets.token_bytes(KEY).hex()
    plain = json.dumps({"answers": list(answers), "nonce": nonce}, separators=(",", ":")).encode()
    whole = plain.ljust(-(-len(plain) // PAGE) * PAGE)
    return Sealed(
        _sealed(public, _bound(auction, code + TERMS), whole),
        terms_commitment(auction, code, answers, nonce),
    )


def _sealed(public: str, bound: bytes, plain: bytes) -> str:
    ours = X25519PrivateKey.generate()
    theirs = X25519PublicKey.from_public_bytes(bytes.fromhex(public))
    mine = ours.public_key().public_bytes_raw()
    box = _box(ours.exchange(theirs), mine, bytes.fromhex(public))
    drawn = secrets.token_bytes(NONCE)
    return base64.b64encode(mine + drawn + box.encrypt(drawn, plain, bound)).decode()


def unseal(private: int, auction: str, code: str, ciphertext: str) -> dict[str, Any]:
    """What seal() was given, as the engine takes it: code, amount, nonce."""
    try:
        said = _opened(private, _bound(auction, code), ciphertext)
        return {"code": code, "amount": said["amount"], "nonce": said["nonce"]}
    except (InvalidTag, ValueError, KeyError, TypeError) as error:
        raise Unreadable(code) from error


def unseal_terms(
    private: int, auction: str, code: str, ciphertext: str, commitment: str
) -> list[str]:
    """What seal_terms() was given, where it is what was committed to."""
    try:
        said = _opened(private, _bound(auction, code + TERMS), ciphertext)
        answers, nonce = [str(one) for one in said["answers"]], str(said["nonce"])
        if terms_commitment(auction, code, answers, nonce) != commitment:
            raise Unreadable(code)
    except (InvalidTag, ValueError, KeyError, TypeError) as error:
        raise Unreadable(code) from error
    return answers


def _opened(private: int, bound: bytes, ciphertext: str) -> dict[str, Any]:
    octets = base64.b64decode(ciphertext, validate=True)
    theirs, drawn = octets[:KEY], octets[KEY : KEY + NONCE]
    own = _private(private)
    shared = own.exchange(X25519PublicKey.from_public_bytes(theirs))
    box = _box(shared, theirs, own.public_key().public_bytes_raw())
    return dict(json.loads(box.decrypt(drawn, octets[KEY + NONCE :], bound)))


def _box(shared: bytes, ephemeral: bytes, public: bytes) -> AESGCM:
    info = b"ipx/envelope/v1\0" + ephemeral + public
    return AESGCM(HKDF(SHA256(), KEY, salt=None, info=info).derive(shared))


def _bound(auction: str, code: str) -> bytes:
    return f"{auction}\0{code}".encode()
