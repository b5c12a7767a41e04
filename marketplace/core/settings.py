"""The settings that the trade itself depends on, handed down by the application factory."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Settings:
    """Read-only; `current()` gives the ones in force."""

    site_name: str = "粤知市"
    site_name_en: str = "Guangdong IP Exchange"
    site_url: str = "http://127.0.0.1:8000"
    demo: bool = False
    auction_forfeit_cost_bps: int = 500  # of a forfeited deposit, for the exchange's costs
    auction_partner: str = ""  # a licensed auction house; with it the pages may say 拍卖
    escrow_bank: str = ""
    escrow_account_name: str = ""
    escrow_account: str = ""
    seed18_foreign_scope: str = "any"  # article 18, licence to foreigners: any licensor, or soe
    fresh_days: int = 90  # since the register was looked into: green up to here
    stale_days: int = 180  # amber up to here, red after it
    notice_days: int = 15  # an agreed price of a state university is public so long
    complaint_answer_days: int = 10  # working days in which a broker answers a complaint
    objection_days: int = 15  # against a decision on a complaint, or an item of a grade
    rating_edit_days: int = 14  # a rating may be changed so long
    reward_floor_pct: int = 50  # inventors' least share of the income
    late_fee_reading: str = "guidelines"  # or regulations: 实施细则 art. 115 to the letter
    coowner_preemption: str = "named"  # only the cases that 民法典 names, or all co-owners
    retention_years: int = 30
    auction_signing_key: str = "00" * 32  # Ed25519 seed, hex: signs receipts and checkpoints
    auction_old_keys: str = ""  # public keys used before, hex
    signing_secret: str = ""  # the keys of signatures lie encrypted under it; none: SECRET_KEY
    signing_pkcs12: str = ""  # file with a licensed authority's certificate for the exchange's seal
    signing_pkcs12_password: str = ""
    signing_roots: str = ""  # PEM file of further roots that are trusted
    signing_tsa_url: str = ""  # RFC 3161; "own": the exchange's own clock
    pia_report: str = ""  # number of the personal information impact assessment
    personal_info_abroad: bool = False
    rule_change_on: str = ""  # a change of the trading rules comes into force
    rule_change_announced_on: str = ""
    stripe_secret_key: str = ""  # none, and no demonstration: nothing is paid by card
    stripe_webhook_secret: str = ""
    stripe_api_base: str = ""  # another address than Stripe's own
    stripe_connect: bool = False  # payouts may go to the payee's connected account
    stripe_connect_webhook_secret: str = ""  # of the endpoint for notices about payees' accounts
    stripe_country: str = ""  # ISO 3166-1: of our own account; payees elsewhere only receive
    card_limit_yuan: int = 50_000  # the most that is paid by card at once, in whole currency units
    mail_server: str = ""
    mail_port: int = 587
    mail_username: str = ""
    mail_password: str = ""
    mail_starttls: bool = True
    mail_tls: bool = False  # cipher from the first byte, as on port 465
    mail_sender: str = "no-reply@localhost"


_current = [Settings()]


def configure(config: Mapping[str, Any]) -> None:
    """Take what concerns the trade from the configuration (names in upper case)."""
    names = Settings.__dataclass_fields__
    _current[0] = Settings(**{n: config[n.upper()] for n in names if n.upper() in config})


def current() -> Settings:
    """The settings in force."""
    return _current[0]
