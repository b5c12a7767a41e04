"""Stripe's answers by their shape, for what localstripe does not have: Checkout, Connect, transfers, keys."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import stripe


class Recorded(stripe.HTTPClient):
    """A way to the net that goes nowhere: each request is kept, and answered from what was laid out."""

    name = "recorded"

    def __init__(self, *answers: tuple[int, dict[str, Any]] | Exception) -> None:
        super().__init__()
        self.answers = list(answers)
        self.asked: list[tuple[str, str, dict[str, str], str]] = []

    def request(self, method, url, headers, post_data=None, **_more):
        """Method, path, form and idempotency key are kept."""
        form = {name: values[0] for name, values in parse_qs(post_data or "").items()}
        self.asked.append(
            (method, urlsplit(url).path, form, dict(headers).get("Idempotency-Key", ""))
        )
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, body = answer
        return json.dumps(body), status, {"request-id": "req_1"}

    def close(self) -> None:
        """Nothing to close."""


def session(**over: Any) -> dict[str, Any]:
    return {
        "id": "cs_test_1",
        "object": "checkout.session",
        "created": 1_795_000_000,
        "status": "open",
        "payment_status": "unpaid",
        "mode": "payment",
        "payment_intent": None,
        "url": "https://checkout.stripe.com/c/pay/cs_test_1",
        "metadata": {"key": "k1"},
        **over,
    }


def intent(**over: Any) -> dict[str, Any]:
    return {
        "id": "pi_1",
        "object": "payment_intent",
        "created": 1_795_000_000,
        "amount": 10_000,
        "amount_received": 10_000,
        "currency": "cny",
        "status": "succeeded",
        "latest_charge": "ch_1",
        "last_payment_error": None,
        "metadata": {"key": "k1"},
        **over,
    }


def transfer(**over: Any) -> dict[str, Any]:
    return {
        "id": "tr_1",
        "object": "transfer",
        "created": 1_795_000_000,
        "amount": 10_000,
        "amount_reversed": 0,
        "currency": "cny",
        "destination": "acct_1",
        "reversed": False,
        "transfer_group": "GD-1",
        "metadata": {"key": "k1"},
        **over,
    }


def account(**over: Any) -> dict[str, Any]:
    return {
        "id": "acct_1",
        "object": "account",
        "created": 1_795_000_000,
        "type": "express",
        "country": "SG",
        "capabilities": {"transfers": "inactive"},
        "charges_enabled": False,
        "payouts_enabled": False,
        "details_submitted": False,
        "requirements": {
            "currently_due": ["company.tax_id", "external_account"],
            "past_due": [],
            "pending_verification": [],
            "disabled_reason": "requirements.past_due",
        },
        "metadata": {"key": "k1"},
        **over,
    }


def account_link(**over: Any) -> dict[str, Any]:
    return {
        "object": "account_link",
        "created": 1_795_000_000,
        "expires_at": 1_795_000_300,
        "url": "https://connect.stripe.com/setup/e/acct_1/x",
        **over,
    }


def entry(**over: Any) -> dict[str, Any]:
    return {
        "id": "txn_1",
        "object": "balance_transaction",
        "amount": 10_000,
        "fee": 340,
        "net": 9_660,
        "currency": "cny",
        "source": "ch_1",
        "status": "available",
        "type": "charge",
        "created": 1_795_000_000,
        **over,
    }


def listed(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"object": "list", "url": "/v1/list", "has_more": False, "data": list(rows)}


def error(kind: str, code: str, **more: Any) -> dict[str, Any]:
    return {"error": {"type": kind, "code": code, "message": "no", **more}}
