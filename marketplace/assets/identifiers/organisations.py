"""The unified social credit code of an organisation (GB 32100, GB 11714)."""

import re

from marketplace.assets.identifiers.spelling import (
    USCC,
    Identifier,
    bad,
    bare_of,
    good,
)

USCC_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANISATION = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def uscc_check_digit(body: str) -> str:
    """The last character of a unified social credit code: weights 3^i modulo 31 (GB 32100)."""
    total = sum(USCC_SIGNS.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    return USCC_SIGNS[-total % 31]


def organisation_check_digit(body: str) -> str:
    """The check character of the 8 characters of an organisation code (GB 11714), modulo 11."""
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(_ORGANISATION.index(c) * w for c, w in zip(body, weights, strict=True))
    return "0123456789X0"[(11 - total % 11) % 11]


def parse_uscc(text: str, this_year: int | None = None) -> Identifier:
    """A unified social credit code, 18 characters without I O S V Z, two check digits."""
    del this_year
    bare = re.sub(r"[-.]", "", bare_of(text))
    if len(bare) != 18:
        return bad(text, USCC, "length", length=str(len(bare)))
    if not set(bare) <= set(USCC_SIGNS) or not bare[2:8].isdecimal():
        return bad(text, USCC, "characters")
    expected = uscc_check_digit(bare[:17])
    if bare[17] != expected:
        return bad(text, USCC, "check_digit", expected=expected, given=bare[17])
    inner = organisation_check_digit(bare[8:16])
    if bare[16] != inner:
        return bad(text, USCC, "organisation_code", expected=inner, given=bare[16])
    return good(text, USCC, bare, "CN")
