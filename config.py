"""Settings, all from the environment; the defaults serve a demonstration on one machine.

A setting that is there but empty counts as not set, so that a copied .env.example does no harm.
"""

import hashlib
import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).parent
INSECURE_SECRET = "for-the-demonstration-only"
NOWHERE = "localhost"  # the domain of a sender that nobody has set
LEAST_SECRET = 32
ON, OFF = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}


class _Environment:
    """The environment read by type; what cannot be read is said by the setting's name."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self.env = env

    def text(self, name: str, default: str = "") -> str:
        return (self.env.get(name) or "").strip() or default

    def number(self, name: str, default: int) -> int:
        text = self.text(name, str(default))
        if not text.isdecimal():
            raise ValueError(f"{name} must be a whole number, not {text!r}.")
        return int(text)

    def day(self, name: str) -> str:
        text = self.text(name)
        try:
            return date.fromisoformat(text).isoformat() if text else ""
        except ValueError:
            raise ValueError(f"{name} must be a day like 2027-01-01, not {text!r}.") from None

    def flag(self, name: str, *, default: bool = False) -> bool:
        text = self.text(name, "1" if default else "0").lower()
        if text not in ON | OFF:
            raise ValueError(f"{name} must be 1 or 0, not {text!r}.")
        return text in ON


def load(env: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Every setting; .env.example says what each is for."""
    get = _Environment(env)
    instance = Path(get.text("INSTANCE_DIR", str(ROOT / "instance")))
    redis = get.text("REDIS_URL")
    database = database_url(get.text("DATABASE_URL", f"sqlite:///{instance / 'marketplace.db'}"))
    return {
        "DEMO": get.flag("DEMO"),
        "SITE_NAME": get.text("SITE_NAME", "粤知市"),
        "SITE_NAME_EN": get.text("SITE_NAME_EN", "Guangdong IP Exchange"),
        "SITE_URL": get.text("SITE_URL", _here(get)).rstrip("/"),
        "CONTACT_EMAIL": get.text("CONTACT_EMAIL", "service@exchange.example"),
        "SECRET_KEY": get.text("SECRET_KEY", INSECURE_SECRET),
        "INSTANCE_DIR": str(instance),
        "SQLALCHEMY_DATABASE_URI": database,
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(database),
        "DOCUMENTS_DIR": get.text("DOCUMENTS_DIR", str(instance / "documents")),
        "DOCUMENTS_KEY": get.text("DOCUMENTS_KEY"),
        "DOCUMENTS_OLD_KEYS": get.text("DOCUMENTS_OLD_KEYS"),
        "S3_BUCKET": get.text("S3_BUCKET"),
        "S3_ENDPOINT": get.text("S3_ENDPOINT"),
        "S3_REGION": get.text("S3_REGION"),
        "S3_PREFIX": get.text("S3_PREFIX"),
        "CLAMAV_ADDRESS": get.text("CLAMAV_ADDRESS"),
        "SEARCH_DIR": get.text("SEARCH_DIR", str(instance / "search")),
        "REDIS_URL": redis,
        "RATELIMIT_ENABLED": get.flag("RATELIMIT_ENABLED", default=True),
        "RATELIMIT_STORAGE_URI": redis or "memory://",
        "RATELIMIT_STORAGE_OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1}
        if redis
        else {},
        "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": bool(redis),
        "MAX_CONTENT_LENGTH": get.number("MAX_UPLOAD_MB", 50) * 1024 * 1024,
        "MAIL_SERVER": get.text("MAIL_SERVER"),
        "MAIL_PORT": get.number("MAIL_PORT", 587),
        "MAIL_USERNAME": get.text("MAIL_USERNAME"),
        "MAIL_PASSWORD": get.text("MAIL_PASSWORD"),
        "MAIL_STARTTLS": get.flag("MAIL_STARTTLS", default=True),
        "MAIL_TLS": get.flag("MAIL_TLS"),
        "MAIL_SENDER": get.text("MAIL_SENDER", f"no-reply@{NOWHERE}"),
        "AUCTION_PARTNER": get.text("AUCTION_PARTNER"),
        "AUCTION_FORFEIT_COST_BPS": get.number("AUCTION_FORFEIT_COST_BPS", 500),
        "ESCROW_BANK": get.text("ESCROW_BANK", "（演示）广东监管银行广州分行"),
        "ESCROW_ACCOUNT_NAME": get.text("ESCROW_ACCOUNT_NAME", "（演示）粤知市交易资金监管专户"),
        "ESCROW_ACCOUNT": get.text("ESCROW_ACCOUNT", "6200 0000 0000 0000"),
        "STRIPE_SECRET_KEY": get.text("STRIPE_SECRET_KEY"),
        "STRIPE_WEBHOOK_SECRET": get.text("STRIPE_WEBHOOK_SECRET"),
        "STRIPE_API_BASE": get.text("STRIPE_API_BASE").rstrip("/"),
        "STRIPE_CONNECT": get.flag("STRIPE_CONNECT"),
        "STRIPE_CONNECT_WEBHOOK_SECRET": get.text("STRIPE_CONNECT_WEBHOOK_SECRET"),
        "STRIPE_COUNTRY": get.text("STRIPE_COUNTRY").upper(),
        "CARD_LIMIT_YUAN": get.number("CARD_LIMIT_YUAN", 50_000),
        "FRESH_DAYS": get.number("FRESH_DAYS", 90),
        "STALE_DAYS": get.number("STALE_DAYS", 180),
        "SEED18_FOREIGN_SCOPE": get.text("SEED18_FOREIGN_SCOPE", "any"),
        "NOTICE_DAYS": get.number("NOTICE_DAYS", 15),
        "COMPLAINT_ANSWER_DAYS": get.number("COMPLAINT_ANSWER_DAYS", 10),
        "OBJECTION_DAYS": get.number("OBJECTION_DAYS", 15),
        "RATING_EDIT_DAYS": get.number("RATING_EDIT_DAYS", 14),
        "REWARD_FLOOR_PCT": get.number("REWARD_FLOOR_PCT", 50),
        "LATE_FEE_READING": get.text("LATE_FEE_READING", "guidelines"),
        "COOWNER_PREEMPTION": get.text("COOWNER_PREEMPTION", "named"),
        "RETENTION_YEARS": get.number("RETENTION_YEARS", 30),
        "AUCTION_SIGNING_KEY": get.text("AUCTION_SIGNING_KEY", demonstration_key()),
        "AUCTION_OLD_KEYS": get.text("AUCTION_OLD_KEYS"),
        "SIGNING_SECRET": get.text("SIGNING_SECRET"),
        "SIGNING_PKCS12": get.text("SIGNING_PKCS12"),
        "SIGNING_PKCS12_PASSWORD": get.text("SIGNING_PKCS12_PASSWORD"),
        "SIGNING_ROOTS": get.text("SIGNING_ROOTS"),
        "SIGNING_TSA_URL": get.text("SIGNING_TSA_URL"),
        "PIA_REPORT": get.text("PIA_REPORT", "（演示）PIA-2026-01" if get.flag("DEMO") else ""),
        "PERSONAL_INFO_ABROAD": get.flag("PERSONAL_INFO_ABROAD"),
        "RULE_CHANGE_ON": get.day("RULE_CHANGE_ON"),
        "RULE_CHANGE_ANNOUNCED_ON": get.day("RULE_CHANGE_ANNOUNCED_ON"),
        "EMBEDDED_WORKER": get.flag("EMBEDDED_WORKER"),
        "PROXIES": get.number("PROXIES", 0),  # trusted reverse proxies in front
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SECURE": get.flag("SECURE_COOKIES"),
        "WTF_CSRF_TIME_LIMIT": None,  # as long as the session
    }


def demonstration_key() -> str:
    """The key that signs receipts where none is set: known to everybody, fit for nothing else."""
    return hashlib.sha256(INSECURE_SECRET.encode()).hexdigest()


def _is_key(text: str) -> bool:
    return len(text) == 64 and set(text.lower()) <= set("0123456789abcdef")


def _here(get: _Environment) -> str:
    """Where `make run` serves: links in mails lead there unless SITE_URL is set."""
    host = get.text("HOST", "127.0.0.1")
    return f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{get.number('PORT', 8000)}"  # noqa: S104


def database_url(url: str) -> str:
    """The URL with the driver we ship: psycopg 3."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def engine_options(url: str) -> dict[str, Any]:
    """No values of statements in errors, hence none in logs; on PostgreSQL a pool for all threads."""
    options: dict[str, Any] = {"hide_parameters": True}
    if url.startswith("postgresql"):
        options |= {"pool_size": 10, "max_overflow": 22}
    return options


def problems(settings: Mapping[str, Any]) -> list[str]:
    """What forbids a production start, one sentence each. A demonstration is let through."""
    if settings["DEMO"]:
        return []
    site = urlsplit(settings["SITE_URL"])
    sender = settings["MAIL_SENDER"].rstrip(">").rpartition("@")[2]
    secret = settings["SECRET_KEY"]
    checks = {
        f"SECRET_KEY must be set to at least {LEAST_SECRET} random characters.": secret
        == INSECURE_SECRET
        or len(secret) < LEAST_SECRET
        or len(set(secret)) < 10,
        "DATABASE_URL must name a PostgreSQL database.": not settings[
            "SQLALCHEMY_DATABASE_URI"
        ].startswith("postgresql"),
        "REDIS_URL must be set: rate limits are shared by all processes.": not settings[
            "REDIS_URL"
        ],
        "RATELIMIT_ENABLED must be 1.": not settings["RATELIMIT_ENABLED"],
        "MAIL_SERVER must be set: people confirm their address by mail.": not settings[
            "MAIL_SERVER"
        ],
        "MAIL_SENDER must be an address of the exchange.": sender in {"", NOWHERE},
        "SITE_URL must be the public https address, without a path.": site.scheme != "https"
        or not site.hostname
        or bool(site.path or site.query),
        "CONTACT_EMAIL must be an address that people can write to.": settings[
            "CONTACT_EMAIL"
        ].endswith(".example"),
        "SECURE_COOKIES must be 1.": not settings["SESSION_COOKIE_SECURE"],
        "EMBEDDED_WORKER must be 0: the worker is a process of its own.": settings[
            "EMBEDDED_WORKER"
        ],
        "ESCROW_BANK, ESCROW_ACCOUNT_NAME and ESCROW_ACCOUNT must be the real escrow account.": (
            "0000 0000" in settings["ESCROW_ACCOUNT"]
            or "演示" in settings["ESCROW_BANK"] + settings["ESCROW_ACCOUNT_NAME"]
        ),
        "STRIPE_WEBHOOK_SECRET must be set with STRIPE_SECRET_KEY.": bool(
            settings["STRIPE_SECRET_KEY"]
        )
        != bool(settings["STRIPE_WEBHOOK_SECRET"]),
        "STRIPE_SECRET_KEY must be a live key, not one for tests.": "_test_"
        in settings["STRIPE_SECRET_KEY"],
        "STRIPE_API_BASE must be https.": bool(settings["STRIPE_API_BASE"])
        and not settings["STRIPE_API_BASE"].startswith("https://"),
        "SEED18_FOREIGN_SCOPE must be any or soe.": settings["SEED18_FOREIGN_SCOPE"]
        not in {"any", "soe"},
        "LATE_FEE_READING must be guidelines or regulations.": settings["LATE_FEE_READING"]
        not in {"guidelines", "regulations"},
        "COOWNER_PREEMPTION must be named or all.": settings["COOWNER_PREEMPTION"]
        not in {"named", "all"},
        "REWARD_FLOOR_PCT must be 50 to 100.": not 50 <= settings["REWARD_FLOOR_PCT"] <= 100,
        "NOTICE_DAYS must be at least 15.": settings["NOTICE_DAYS"] < 15,
        "COMPLAINT_ANSWER_DAYS, OBJECTION_DAYS and RATING_EDIT_DAYS must be at least 1.": min(
            settings["COMPLAINT_ANSWER_DAYS"],
            settings["OBJECTION_DAYS"],
            settings["RATING_EDIT_DAYS"],
        )
        < 1,
        "AUCTION_SIGNING_KEY must be 64 hexadecimal digits of your own (openssl rand -hex 32).": (
            not _is_key(settings["AUCTION_SIGNING_KEY"])
            or settings["AUCTION_SIGNING_KEY"] == demonstration_key()
        ),
        "AUCTION_OLD_KEYS must be public keys of 64 hexadecimal digits each.": not all(
            map(_is_key, settings["AUCTION_OLD_KEYS"].replace(",", " ").split())
        ),
        "RETENTION_YEARS must be at least 30.": settings["RETENTION_YEARS"] < 30,
    }
    return [sentence for sentence, wrong in checks.items() if wrong]
