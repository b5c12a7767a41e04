"""统一社会信用代码, the number of a body on the mainland (GB 32100-2015)."""

import unicodedata

from stdnum.cn import uscc
from stdnum.exceptions import InvalidChecksum, InvalidFormat, InvalidLength, ValidationError

_FAULTS = (
    (InvalidLength, "uscc.length"),
    (InvalidChecksum, "uscc.check_digit"),
    (InvalidFormat, "uscc.characters"),
)


def canonical(text: str) -> str:
    """As registers print it: half-width capitals without spaces or hyphens."""
    folded = unicodedata.normalize("NFKC", text).upper()
    return "".join(c for c in folded if not c.isspace() and c not in "-‐–—.")


def fault(text: str) -> str:
    """The code of what is wrong with it; nothing when it is right."""
    try:
        uscc.validate(canonical(text))
    except ValidationError as error:
        return next((code for kind, code in _FAULTS if isinstance(error, kind)), "uscc.characters")
    return ""
