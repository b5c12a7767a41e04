"""Settings, all from the environment; the defaults serve a demonstration on one machine."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent
INSECURE_SECRET = "for-the-demonstration-only"


def _flag(env: Mapping[str, str], name: str, default: str) -> bool:
    return env.get(name, default).strip().lower() in {"1", "true", "yes", "on"}


def load(env: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Every setting; .env.example says what each is for."""
    instance = Path(env.get("INSTANCE_DIR", ROOT / "instance"))
    redis = env.get("REDIS_URL", "")
    return {
        "DEMO": _flag(env, "DEMO", "0"),
        "SITE_NAME": env.get("SITE_NAME", "粤知市"),
        "SITE_NAME_EN": env.get("SITE_NAME_EN", "Guangdong IP Exchange"),
        "SITE_URL": env.get("SITE_URL", "http://127.0.0.1:8000"),
        "SECRET_KEY": env.get("SECRET_KEY", INSECURE_SECRET),
        "INSTANCE_DIR": str(instance),
        "SQLALCHEMY_DATABASE_URI": database_url(
            env.get("DATABASE_URL") or f"sqlite:///{instance / 'marketplace.db'}"
        ),
        "SQLALCHEMY_ENGINE_OPTIONS": {},
        "DOCUMENTS_DIR": env.get("DOCUMENTS_DIR", str(instance / "documents")),
        "SEARCH_DIR": env.get("SEARCH_DIR", str(instance / "search")),
        "REDIS_URL": redis,
        "RATELIMIT_ENABLED": _flag(env, "RATELIMIT_ENABLED", "1"),
        "RATELIMIT_STORAGE_URI": redis or "memory://",
        "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": bool(redis),
        "MAX_CONTENT_LENGTH": int(env.get("MAX_UPLOAD_MB", "50")) * 1024 * 1024,
        "MAIL_SERVER": env.get("MAIL_SERVER", ""),
        "MAIL_PORT": int(env.get("MAIL_PORT", "587")),
        "MAIL_USERNAME": env.get("MAIL_USERNAME", ""),
        "MAIL_PASSWORD": env.get("MAIL_PASSWORD", ""),
        "MAIL_STARTTLS": _flag(env, "MAIL_STARTTLS", "1"),
        "MAIL_SENDER": env.get("MAIL_SENDER", "no-reply@localhost"),
        "COMMISSION_BPS": int(env.get("COMMISSION_BPS", "200")),
        "ESCROW_BANK": env.get("ESCROW_BANK", "（演示）广东监管银行广州分行"),
        "ESCROW_ACCOUNT_NAME": env.get("ESCROW_ACCOUNT_NAME", "（演示）粤知市交易资金监管专户"),
        "ESCROW_ACCOUNT": env.get("ESCROW_ACCOUNT", "6200 0000 0000 0000"),
        "SEED18_FOREIGN_SCOPE": env.get("SEED18_FOREIGN_SCOPE", "any"),
        "EMBEDDED_WORKER": _flag(env, "EMBEDDED_WORKER", "0"),
        "PROXIES": int(env.get("PROXIES", "0")),  # trusted reverse proxies in front
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SECURE": _flag(env, "SECURE_COOKIES", "0"),
        "WTF_CSRF_TIME_LIMIT": None,  # as long as the session
    }


def database_url(url: str) -> str:
    """The URL with the driver we ship: psycopg 3."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def problems(settings: Mapping[str, Any]) -> list[str]:
    """What forbids a production start, one sentence each. A demonstration is let through."""
    if settings["DEMO"]:
        return []
    checks = {
        "SECRET_KEY must be set to at least 32 random characters.": settings["SECRET_KEY"]
        == INSECURE_SECRET
        or len(settings["SECRET_KEY"]) < 32,
        "DATABASE_URL must name a PostgreSQL database.": not settings[
            "SQLALCHEMY_DATABASE_URI"
        ].startswith("postgresql"),
        "REDIS_URL must be set: rate limits are shared by all processes.": not settings[
            "REDIS_URL"
        ],
        "MAIL_SERVER must be set: people confirm their address by mail.": not settings[
            "MAIL_SERVER"
        ],
        "SITE_URL must be the public https address.": not settings["SITE_URL"].startswith(
            "https://"
        ),
        "SECURE_COOKIES must be 1.": not settings["SESSION_COOKIE_SECURE"],
        "ESCROW_ACCOUNT must be the real escrow account.": "0000 0000"
        in settings["ESCROW_ACCOUNT"],
    }
    return [sentence for sentence, wrong in checks.items() if wrong]
