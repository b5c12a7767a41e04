"""Numbers of rights and of their owners: what kind a number is, whether it can be true. Pure.

Sources, by kind: application numbers of Chinese patents follow the standard of the office
(ZC 0006-2003) with its check digit (weights 2-9, 2-5, modulo 11); publication numbers ZC 0007;
the unified social credit code GB 32100-2015 with the organisation code GB 11714 inside it.
Layouts carry the patents' check digit, found by arithmetic on numbers of court cases. The forms of
trademark, software, work and plant variety numbers have no published check digit.

A number that cannot be true is answered, not raised: `Identifier.valid` is false and `reason`
holds a code with words in `words.yaml`; `params` fills them (the expected check digit).
"""

from marketplace.assets.identifiers.applications import (
    complete,
    parse_application,
)
from marketplace.assets.identifiers.classes import (
    parse_cpc,
    parse_ipc,
    parse_locarno,
    parse_nice,
)
from marketplace.assets.identifiers.copyrights import (
    parse_software,
    parse_work,
)
from marketplace.assets.identifiers.judging import (
    PARSERS,
    check,
    check_lines,
    guess_kind,
    is_scientific,
)
from marketplace.assets.identifiers.marks import (
    parse_trademark,
)
from marketplace.assets.identifiers.organisations import (
    organisation_check_digit,
    parse_uscc,
    uscc_check_digit,
)
from marketplace.assets.identifiers.publications import (
    parse_publication,
)
from marketplace.assets.identifiers.registrations import (
    parse_data_right,
    parse_gi,
    parse_ic_layout,
    parse_plant_variety,
)
from marketplace.assets.identifiers.spelling import (
    APPLICATION,
    CPC,
    DATA_RIGHT,
    DESIGN,
    GI,
    IC_LAYOUT,
    INVENTION,
    IPC,
    KINDS,
    LAST_YEAR,
    LOCARNO,
    NICE,
    PLANT_VARIETY,
    PUBLICATION,
    SOFTWARE,
    TRADEMARK,
    USCC,
    UTILITY_MODEL,
    WORK,
    Identifier,
    check_digit,
    normalise,
)

__all__ = [
    "APPLICATION",
    "CPC",
    "DATA_RIGHT",
    "DESIGN",
    "GI",
    "IC_LAYOUT",
    "INVENTION",
    "IPC",
    "KINDS",
    "LAST_YEAR",
    "LOCARNO",
    "NICE",
    "PARSERS",
    "PLANT_VARIETY",
    "PUBLICATION",
    "SOFTWARE",
    "TRADEMARK",
    "USCC",
    "UTILITY_MODEL",
    "WORK",
    "Identifier",
    "check",
    "check_digit",
    "check_lines",
    "complete",
    "guess_kind",
    "is_scientific",
    "normalise",
    "organisation_check_digit",
    "parse_application",
    "parse_cpc",
    "parse_data_right",
    "parse_gi",
    "parse_ic_layout",
    "parse_ipc",
    "parse_locarno",
    "parse_nice",
    "parse_plant_variety",
    "parse_publication",
    "parse_software",
    "parse_trademark",
    "parse_uscc",
    "parse_work",
    "uscc_check_digit",
]
