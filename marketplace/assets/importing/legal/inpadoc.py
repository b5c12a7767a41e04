"""Codes of the EPO's legal event database and what they are here.

Every office has codes of its own there; those of China are complete as far as an exchange needs
them. What a code does not say for the whole right (a European patent lapsed in one state) stays an
event of that state. A code that is not in the table is kept as it is, as an event of no effect.
"""

from marketplace.assets.legal_status.codes import Code

_CN = {
    "PB01": Code.PUBLISHED, "C06": Code.PUBLISHED, "SE01": Code.EXAMINED, "C10": Code.EXAMINED,
    "GR01": Code.GRANTED, "C14": Code.GRANTED, "RJ01": Code.REFUSED, "C12": Code.REFUSED,
    "WD01": Code.WITHDRAWN, "C02": Code.WITHDRAWN, "AV01": Code.SURRENDERED,
    "CF01": Code.LAPSED, "C17": Code.LAPSED, "CX01": Code.EXPIRED, "RR01": Code.RESTORED,
    "TR01": Code.ASSIGNED, "TA01": Code.ASSIGNED, "C41": Code.ASSIGNED,
    "CP01": Code.NAME_CHANGED, "CP02": Code.ADDRESS_CHANGED, "CP03": Code.NAME_CHANGED,
    "EE01": Code.LICENSED, "EC01": Code.LICENCE_ENDED, "PE01": Code.PLEDGED,
    "PC01": Code.RELEASED, "PP01": Code.FROZEN, "PD01": Code.UNFROZEN,
    "IW01": Code.INVALIDATED, "IP01": Code.INVALIDATED_PARTLY,
    "OL01": Code.OPEN_LICENCE_STATED, "OL02": Code.OPEN_LICENCE_WITHDRAWN,
    "CB03": Code.CORRECTED, "CI02": Code.CORRECTED,
}  # fmt: skip
_EP = {
    "17P": Code.EXAMINED, "17Q": Code.EXAMINED, "GRAA": Code.EXAMINED, "GRAG": Code.EXAMINED,
    "GRAH": Code.EXAMINED, "18D": Code.WITHDRAWN, "18W": Code.WITHDRAWN, "18R": Code.REFUSED,
    "26": Code.OPPOSED, "PLBI": Code.OPPOSED, "27O": Code.OPPOSITION_REJECTED,
    "PLBN": Code.OPPOSITION_REJECTED, "27W": Code.INVALIDATED, "RDAG": Code.INVALIDATED,
    "PG25": Code.CEASED_IN_STATE, "GBPC": Code.CEASED_IN_STATE, "BERE": Code.CEASED_IN_STATE,
    "EN": Code.CEASED_IN_STATE, "PGFP": Code.FEE_PAID,
    "RAP1": Code.ASSIGNED, "RAP2": Code.ASSIGNED,
}  # fmt: skip
_US = {
    "AS": Code.ASSIGNED, "STPP": Code.EXAMINED, "MAFP": Code.FEE_PAID, "FPAY": Code.FEE_PAID,
    "LAPS": Code.LAPSED, "FP": Code.LAPSED, "REIN": Code.RESTORED, "PRDP": Code.RESTORED,
    "PGR": Code.INVALIDATION_FILED, "IPR": Code.INVALIDATION_FILED,
    "CBM": Code.INVALIDATION_FILED, "REMI": Code.FEE_UNPAID, "CC": Code.CORRECTED,
}  # fmt: skip
_REGIONAL = {  # after REG: what a state's office says of its part of a European patent
    ("CH", "PL"): Code.CEASED_IN_STATE,
    ("IE", "MM4A"): Code.CEASED_IN_STATE,
    ("NL", "V1"): Code.CEASED_IN_STATE,
    ("DE", "R119"): Code.CEASED_IN_STATE,
    ("AT", "MM01"): Code.CEASED_IN_STATE,
}
_TABLES = {"CN": _CN, "EP": _EP, "US": _US}


def code_of(office: str, code: str, state: str = "", state_code: str = "") -> Code:
    """What an event of the database is here; an event of no effect where we do not know it."""
    if code == "REG":
        return _REGIONAL.get((state, state_code), Code.OTHER)
    return _TABLES.get(office, {}).get(code, Code.OTHER)
