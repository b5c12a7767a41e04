"""Whether two names, or two account numbers, are one: as banks cut, blot and decorate them. Pure."""

import unicodedata

SIGNS = {"P", "Z", "S", "C"}  # punctuation, blanks, symbols, controls: banks add and drop them


def bare(name: str) -> str:
    """Letters and figures alone, full-width made narrow, capitals."""
    wide = unicodedata.normalize("NFKC", name).upper()
    return "".join(sign for sign in wide if unicodedata.category(sign)[0] not in SIGNS)


def same(seen: str, known: str) -> bool:
    """The name on the statement is the one that we know, an account number at its end or not."""
    ours = bare(known)
    theirs = bare(seen)
    if not ours or not theirs.startswith(ours):
        return False
    rest = theirs[len(ours) :]
    return not rest or (len(rest) >= 8 and rest.isdigit())


def same_account(seen: str, known: str) -> bool:
    """The number on the statement is the one that we know; some banks blot out its middle."""
    ours = "".join(sign for sign in known.upper() if sign.isalnum())
    theirs = "".join(sign for sign in seen.upper() if sign.isalnum() or sign == "*")
    if "*" not in theirs:
        return bool(ours) and ours in {theirs, theirs.lstrip("0")}
    parts = theirs.split("*")
    head, tail = parts[0], parts[-1]
    shown = len(head) + len(tail) >= 4
    return shown and ours.startswith(head) and ours.endswith(tail)
