"""What an American conveyance is here, by the words it is recorded under."""

from marketplace.assets.legal_status.codes import Code

_BY_WORDS = (  # the first that fits
    ("RELEASE", Code.RELEASED),
    ("TERMINATION OF SECURITY", Code.RELEASED),
    ("CORRECTIVE", Code.CORRECTED),
    ("SECURITY", Code.PLEDGED),
    ("LIEN", Code.PLEDGED),
    ("COLLATERAL", Code.PLEDGED),
    ("CHANGE OF NAME", Code.NAME_CHANGED),
    ("ENTITY", Code.NAME_CHANGED),  # conversion: another legal form, the same person
    ("MERGER", Code.SUCCEEDED),
    ("CHANGE OF ADDRESS", Code.ADDRESS_CHANGED),
    ("LICENSE", Code.LICENSED),
    ("ASSIGN", Code.ASSIGNED),
    ("NUNC PRO TUNC", Code.ASSIGNED),
)


def code_of(conveyance: str) -> Code:
    """The code of a conveyance; an event of no effect where its words say nothing to us."""
    words = " ".join(conveyance.upper().split())
    return next((code for part, code in _BY_WORDS if part in words), Code.OTHER)
