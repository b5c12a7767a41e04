"""A secret in three parts of which any two give it back, and one alone says nothing.

Shamir's scheme over a prime field: the parts are points of a random line (for two of three) whose
height at nought is the secret. Pure: the randomness is the caller's.
Source: A. Shamir, How to share a secret, CACM 22 (1979) 612.
"""

import base64
import hashlib
import secrets as system
from collections.abc import Callable, Sequence
from dataclasses import dataclass

FIELD = 2**256 + 297  # the smallest prime above every 256-bit secret
WIDTH = 33  # octets of an element
_MARK = "IPX"


class BadShare(ValueError):  # noqa: N818 -- it says what it is
    """Not a share, mistyped, of another auction, or too few of them."""


@dataclass(frozen=True, order=True)
class Share:
    """A point: its place, and its height in the field."""

    number: int
    value: int

    def digest(self, auction: str) -> str:
        """What is published of a share, so that a false one is found out when it is handed in."""
        body = b"\0".join(
            (
                b"ipx/share/v1",
                auction.encode(),
                str(self.number).encode(),
                self.value.to_bytes(WIDTH),
            )
        )
        return hashlib.sha256(body).hexdigest()

    def phrase(self) -> str:
        """The share to write down: groups of five letters, the end is a check."""
        body = bytes([self.number]) + self.value.to_bytes(WIDTH)
        text = base64.b32encode(body + _check(body)).decode().rstrip("=")
        groups = [text[i : i + 5] for i in range(0, len(text), 5)]
        return "-".join([_MARK, *groups])

    @classmethod
    def read(cls, phrase: str) -> "Share":
        """What phrase() wrote, however it was spaced; a slip of the pen is a BadShare."""
        letters = "".join(c for c in phrase.upper() if c.isalnum())
        if not letters.startswith(_MARK):
            raise BadShare("mark")
        letters = letters.removeprefix(_MARK)
        try:
            octets = base64.b32decode(letters + "=" * (-len(letters) % 8))
        except ValueError as error:
            raise BadShare("letters") from error
        body, check = octets[: 1 + WIDTH], octets[1 + WIDTH :]
        if len(body) != 1 + WIDTH or check != _check(body):
            raise BadShare("check")
        return cls(body[0], int.from_bytes(body[1:]))


def _check(body: bytes) -> bytes:
    return hashlib.sha256(b"ipx/share-check\0" + body).digest()[:4]


def split(
    secret: int,
    parts: int = 3,
    needed: int = 2,
    *,
    below: Callable[[int], int] = system.randbelow,
) -> tuple[Share, ...]:
    """So many shares of a secret, so many of which open it. `below(n)`: a random number under n."""
    if not 0 <= secret < FIELD:
        raise ValueError("the secret does not fit the field")
    if not 1 <= needed <= parts < 256:
        raise ValueError("that many parts cannot be made")
    line = [secret, *(below(FIELD) for _ in range(needed - 1))]
    return tuple(Share(x, _height(line, x)) for x in range(1, parts + 1))


def _height(line: Sequence[int], x: int) -> int:
    value = 0
    for coefficient in reversed(line):
        value = (value * x + coefficient) % FIELD
    return value


def join(shares: Sequence[Share], needed: int = 2) -> int:
    """The secret of so many different shares (Lagrange at nought)."""
    points = {share.number: share.value for share in shares}
    if len(points) != len(shares) or len(points) < needed:
        raise BadShare("number")
    if any(not 0 <= value < FIELD or not 0 < number < 256 for number, value in points.items()):
        raise BadShare("value")
    secret = 0
    for number, value in list(points.items())[:needed]:
        above = below = 1
        for other in list(points)[:needed]:
            if other != number:
                above = above * -other % FIELD
                below = below * (number - other) % FIELD
        secret = (secret + value * above * pow(below, -1, FIELD)) % FIELD
    return secret
