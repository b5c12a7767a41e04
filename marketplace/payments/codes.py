"""Reference codes that people copy from a page to a bank form, and that mistakes do not survive.

Nine random characters and a check character over an alphabet of 31: digits and capitals without
0 and O, 1, I and L. 31 is prime, so the weighted sum catches every single wrong character and
every two that changed places. Pure.
"""

import re
import secrets

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 10
GROUP = 5


def new() -> str:
    """A fresh code."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))
    return body + check_character(body)


def check_character(body: str) -> str:
    """The last character: with it the weighted sum is 0 modulo 31."""
    total = sum(place * ALPHABET.index(sign) for place, sign in enumerate(body, start=2))
    return ALPHABET[-total % len(ALPHABET)]


def canonical(text: str) -> str:
    """As kept: full-width made narrow, capitals, no blanks or dashes."""
    narrow = "".join(chr(ord(sign) - 0xFEE0) if "！" <= sign <= "～" else sign for sign in text)
    return "".join(sign for sign in narrow.upper() if sign.isalnum())


def is_valid(code: str) -> bool:
    """Whether a canonical code is one of ours: length, alphabet, check character."""
    return (
        len(code) == LENGTH
        and all(sign in ALPHABET for sign in code)
        and check_character(code[:-1]) == code[-1]
    )


def shown(code: str) -> str:
    """In two groups, as printed."""
    return f"{code[:GROUP]}-{code[GROUP:]}"


def found_in(text: str) -> list[str]:
    """Our codes in what a payer wrote, whatever stands around them; each once, in their order.

    A run of ten characters that is no code of ours passes for one once in 31 times: callers look
    whether anybody is expected to pay under it.
    """
    narrow = "".join(chr(ord(sign) - 0xFEE0) if "！" <= sign <= "～" else sign for sign in text)
    found: dict[str, None] = {}
    for run in re.findall(r"[0-9A-Z]+(?:-[0-9A-Z]+)*", narrow.upper()):
        plain = run.replace("-", "")
        for start in range(len(plain) - LENGTH + 1):
            code = plain[start : start + LENGTH]
            if is_valid(code):
                found.setdefault(code)
    return list(found)
