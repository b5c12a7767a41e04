"""Numbers of registered marks."""

import re

from marketplace.assets.identifiers.spelling import (
    TRADEMARK,
    Identifier,
    bad,
    bare_of,
    good,
)


def parse_trademark(text: str, this_year: int | None = None, office: str = "CN") -> Identifier:
    """A trademark's registration number: 1-8 digits and a letter, `G` for Madrid; EU: 9 digits."""
    del this_year
    bare = re.sub(r"^国际注册第?G?(?=\d)", "G", bare_of(text))
    bare = re.sub(r"^第?([0-9A-Z]+)号?$", r"\1", bare)
    form = r"\d{6,9}|W\d{8}" if office == "EM" else r"G?\d{1,8}[A-Z]?"
    if not re.fullmatch(r"[A-Z]?\d+[A-Z]?", bare):
        return bad(text, TRADEMARK, "characters")
    if not re.fullmatch(form, bare):
        return bad(text, TRADEMARK, "length", length=str(len(bare)))
    if not bare.strip("G0"):
        return bad(text, TRADEMARK, "zero")
    canonical = bare.zfill(9) if office == "EM" else bare.lstrip("0")
    return good(text, TRADEMARK, canonical, office)
