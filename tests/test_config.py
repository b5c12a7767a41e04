"""Settings: every one documented, empty ones harmless, production refused until it is fit."""

import re
from pathlib import Path

import pytest

import config

ROOT = Path(__file__).parents[1]
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
DOCUMENTED = dict(re.findall(r"^([A-Z0-9_]+)=(.*)$", EXAMPLE, re.MULTILINE))
FIT = {
    "SECRET_KEY": "0123456789abcdef0123456789abcdef",
    "DATABASE_URL": "postgresql://marketplace@127.0.0.1/marketplace",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
    "MAIL_SERVER": "smtp.example.org",
    "MAIL_SENDER": "粤知市 <no-reply@exchange.example.org>",
    "SITE_URL": "https://exchange.example.org/",
    "CONTACT_EMAIL": "service@exchange.example.org",
    "SECURE_COOKIES": "1",
    "ESCROW_BANK": "某银行",
    "ESCROW_ACCOUNT_NAME": "某专户",
    "ESCROW_ACCOUNT": "4400 1234",
    "AUCTION_SIGNING_KEY": "5e" * 32,
}


class Asked(dict[str, str]):
    """An environment that remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def get(self, name, default=None):
        self.names.add(name)
        return super().get(name, default)


def test_every_setting_that_is_read_is_in_the_example_and_no_other():
    asked = Asked()
    config.load(asked)
    server = (ROOT / "gunicorn.conf.py").read_text(encoding="utf-8")

    assert asked.names | set(re.findall(r"environ\.get\(['\"](\w+)", server)) == set(DOCUMENTED)


def test_the_example_is_what_production_wants_but_for_its_secrets_and_names():
    faults = config.problems(config.load({n: v.strip('"') for n, v in DOCUMENTED.items()}))

    assert {fault.split()[0].rstrip(",") for fault in faults} == {
        "SECRET_KEY",
        "ESCROW_BANK",
        "AUCTION_SIGNING_KEY",
    }


def test_settings_that_are_there_but_empty_are_as_good_as_not_there():
    assert config.load(dict.fromkeys(DOCUMENTED, "")) == config.load({})


def test_fit_settings_have_no_fault_and_a_demonstration_is_let_through():
    assert config.problems(config.load(FIT)) == []
    assert config.problems(config.load({"DEMO": "1"})) == []
    assert len(config.problems(config.load({}))) >= 8


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", ""), ("SECRET_KEY", "short"), ("SECRET_KEY", "a" * 64),
        ("DATABASE_URL", "sqlite:///x.db"), ("DATABASE_URL", ""), ("REDIS_URL", ""),
        ("RATELIMIT_ENABLED", "0"), ("MAIL_SERVER", ""), ("MAIL_SENDER", ""),
        ("SITE_URL", "http://exchange.example.org"), ("SITE_URL", "https://example.org/exchange"),
        ("SITE_URL", ""), ("SECURE_COOKIES", "0"), ("EMBEDDED_WORKER", "1"),
        ("ESCROW_ACCOUNT", ""), ("ESCROW_BANK", ""), ("ESCROW_ACCOUNT_NAME", ""),
        ("SEED18_FOREIGN_SCOPE", "nobody"), ("CONTACT_EMAIL", ""), ("NOTICE_DAYS", "10"),
        ("REWARD_FLOOR_PCT", "40"), ("LATE_FEE_READING", "mine"), ("COOWNER_PREEMPTION", "some"),
        ("RETENTION_YEARS", "3"), ("AUCTION_SIGNING_KEY", ""), ("AUCTION_SIGNING_KEY", "short"),
        ("AUCTION_OLD_KEYS", "one"),
    ],
)  # fmt: skip
def test_one_unfit_setting_is_one_sentence(name, value):
    [fault] = config.problems(config.load({**FIT, name: value}))

    assert name in fault


@pytest.mark.parametrize(
    ("name", "value"),
    [("MAIL_PORT", "smtp"), ("PROXIES", "-1"), ("DEMO", "maybe"), ("RULE_CHANGE_ON", "soon")],
)
def test_what_cannot_be_read_is_named(name, value):
    with pytest.raises(ValueError, match=name):
        config.load({name: value})


def test_links_in_mails_lead_to_where_the_demonstration_is_served():
    assert config.load({"PORT": "8123", "HOST": "0.0.0.0"})["SITE_URL"] == "http://127.0.0.1:8123"  # noqa: S104
    assert config.load({"SITE_URL": "https://a.example/"})["SITE_URL"] == "https://a.example"
