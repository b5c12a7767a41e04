"""The real client: against localstripe where it can, against recorded shapes where it cannot."""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
import stripe

from marketplace.core import clock
from marketplace.payments.gateways.door import (
    AccountOrder,
    CardOrder,
    Declined,
    Forged,
    Stands,
    Unknown,
)
from marketplace.payments.gateways.stripe_gateway import StripeGateway
from tests.payments import localstripe
from tests.payments import recorded as r

SECRET = "whsec_test"
ORDER = CardOrder("k1", 10_000, "CNY", "GD-1", "GD-1")
EVENT = json.dumps(
    {
        "id": "evt_1",
        "object": "event",
        "type": "payment_intent.succeeded",
        "data": {"object": {"id": "pi_1", "object": "payment_intent"}},
    }
).encode()


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with localstripe.served() as where:
        yield where


@pytest.fixture
def local(address) -> StripeGateway:
    return StripeGateway("sk_test_1", SECRET, api_base=address)


def recorded(*answers, country: str = "") -> tuple[StripeGateway, r.Recorded]:
    net = r.Recorded(*answers)
    return StripeGateway("sk_test_1", SECRET, http_client=net, country=country), net


def a_card(address: str) -> str:
    client = stripe.StripeClient("sk_test_1", base_addresses={"api": address})
    card = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2034, "cvc": "123"}
    return client.v1.payment_methods.create({"type": "card", "card": card}).id


# ---- localstripe -------------------------------------------------------------------------------


def plain(key: str, minor: int = 10_000) -> CardOrder:
    return CardOrder(key, minor, "CNY", "GD-1")  # localstripe knows no transfer_group


def test_an_amount_is_held_taken_and_given_back(local, address):
    held = local.hold(plain("h1"), method=a_card(address))
    assert (held.stands, held.minor, held.received, held.key) == (Stands.HELD, 10_000, 0, "h1")
    taken = local.capture(held.id, key="c1", minor=10_000)
    assert (taken.stands, taken.received) == (Stands.DONE, 10_000)
    back = local.refund(held.id, plain("r1", 4_000))
    assert (back.stands, back.minor, local.sent(back.id).minor) == (Stands.DONE, 4_000, 4_000)
    kinds = [(one.kind, one.minor) for one in local.entries()]
    assert kinds[:2] in (
        [("refund", -4_000), ("charge", 10_000)],
        [("charge", 10_000), ("refund", -4_000)],
    )


def test_a_hold_is_let_go(local, address):
    held = local.hold(plain("h2"), method=a_card(address))
    assert local.cancel(held.id, key="x2").stands is Stands.CANCELLED
    assert local.intent(held.id).stands is Stands.CANCELLED


def test_what_was_made_is_found_by_our_key(local, address):
    held = local.hold(plain("h3"), method=a_card(address))
    since = clock.now() - timedelta(minutes=5)
    assert local.find("h3", kind="intent", since=since) == held.id
    assert local.find("never", kind="intent", since=since) == ""


def test_what_is_not_there_is_a_definite_no(local):
    with pytest.raises(Declined):
        local.intent("pi_unknown")


def succeeded(heard, number):
    """Those about this payment: other tests' payments are told of as well."""
    wanted = (b"payment_intent.succeeded", number.encode())
    return (one for one in heard if all(part in one[0] for part in wanted))


def test_its_signed_notices_are_proved(local, address):
    heard: list[tuple[bytes, str]] = []

    class Door(BaseHTTPRequestHandler):
        def do_POST(self):
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            heard.append((raw, self.headers["Stripe-Signature"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    where = f"http://127.0.0.1:{server.server_port}/"
    data = urlencode({"url": where, "secret": SECRET}).encode()
    with urlopen(Request(f"{address}/_config/webhooks/ours", data=data)):  # noqa: S310 -- our own
        pass
    held = local.hold(plain("h4"), method=a_card(address))
    local.capture(held.id, key="c4", minor=10_000)
    end = time.monotonic() + 20
    while time.monotonic() < end and not list(succeeded(heard, held.id)):
        time.sleep(0.1)
    server.shutdown()
    server.server_close()
    raw, signature = next(succeeded(heard, held.id))
    notice = local.read_notice(raw, signature)
    assert (notice.object_kind, notice.object_id) == ("payment_intent", held.id)
    with pytest.raises(Forged):
        local.read_notice(raw.replace(b"succeeded", b"succeedeD"), signature)


# ---- recorded shapes ---------------------------------------------------------------------------


def test_a_checkout_page_offers_cards_and_wallets_under_our_key():
    gateway, net = recorded((200, r.session()))
    page = gateway.checkout(ORDER, hold=False, back="https://x/b", away="https://x/a")
    method, path, form, key = net.asked[0]
    assert (method, path, key) == ("post", "/v1/checkout/sessions", "k1")
    assert (page.stands, page.key, page.url) == (Stands.OPEN, "k1", r.session()["url"])
    assert [form[f"payment_method_types[{n}]"] for n in range(3)] == [
        "card",
        "alipay",
        "wechat_pay",
    ]
    assert form["payment_intent_data[transfer_group]"] == "GD-1"
    assert form["line_items[0][price_data][unit_amount]"] == "10000"
    assert form["payment_intent_data[metadata][key]"] == "k1"


def test_a_checkout_page_that_only_holds_takes_cards_and_captures_by_hand():
    gateway, net = recorded((200, r.session()))
    gateway.checkout(ORDER, hold=True, back="https://x/b", away="https://x/a")
    form = net.asked[0][2]
    assert form["payment_intent_data[capture_method]"] == "manual"
    assert "payment_method_types[1]" not in form


def test_a_page_is_read_and_closed():
    gateway, net = recorded(
        (200, r.session(status="complete", payment_intent="pi_1", url=None)),
        (200, r.session(status="expired", url=None)),
        (200, r.intent()),
    )
    done = gateway.session("cs_test_1")
    assert (done.stands, done.intent, done.url) == (Stands.DONE, "pi_1", "")
    assert gateway.close("cs_test_1", key="x").stands is Stands.CANCELLED
    assert net.asked[1][1] == "/v1/checkout/sessions/cs_test_1/expire"
    paid = gateway.intent("pi_1")
    assert (paid.stands, paid.received, paid.charge) == (Stands.DONE, 10_000, "ch_1")


def test_a_transfer_goes_to_a_connected_account_in_the_group_of_its_deal():
    gateway, net = recorded((200, r.transfer()), (200, r.transfer(reversed=True)))
    sent = gateway.transfer("acct_1", ORDER)
    _, path, form, key = net.asked[0]
    assert (path, form["destination"], form["transfer_group"], key) == (
        "/v1/transfers",
        "acct_1",
        "GD-1",
        "k1",
    )
    assert sent.stands is Stands.DONE
    assert gateway.sent("tr_1").stands is Stands.CANCELLED


ASKED_FOR = AccountOrder("k1", "Nordlicht Robotik GmbH", "DE")


def test_an_account_is_asked_for_under_a_key_and_abroad_it_receives_only():
    gateway, net = recorded((200, r.account()), country="HK")
    opened = gateway.open_account(ASKED_FOR)
    _, path, form, key = net.asked[0]
    assert (path, key) == ("/v1/accounts", "k1")
    assert (form["type"], form["country"], form["company[name]"]) == (
        "express",
        "DE",
        "Nordlicht Robotik GmbH",
    )
    assert form["capabilities[transfers][requested]"] == "true"
    assert form["tos_acceptance[service_agreement]"] == "recipient"
    assert (opened.ready, opened.due) == (False, ("company.tax_id", "external_account"))


def test_an_account_at_home_agrees_to_all_services():
    gateway, net = recorded((200, r.account()), country="DE")
    gateway.open_account(ASKED_FOR)
    assert "tos_acceptance[service_agreement]" not in net.asked[0][2]


@pytest.mark.parametrize(
    ("transfers", "payouts_enabled", "ready"),
    [("active", True, True), ("active", False, False), ("pending", True, False)],
)
def test_an_account_is_ready_when_it_takes_transfers_and_pays_out(
    transfers, payouts_enabled, ready
):
    told = r.account(
        capabilities={"transfers": transfers},
        payouts_enabled=payouts_enabled,
        requirements={"currently_due": [], "past_due": [], "pending_verification": []},
    )
    gateway, net = recorded((200, told))
    found = gateway.account("acct_1")
    assert (found.ready, found.due, net.asked[0][1]) == (ready, (), "/v1/accounts/acct_1")


def test_its_owner_is_led_to_a_page_that_leads_back():
    gateway, net = recorded((200, r.account_link()))
    page = gateway.account_page("acct_1", back="https://x/back", again="https://x/again")
    _, path, form, _ = net.asked[0]
    assert (path, page) == ("/v1/account_links", "https://connect.stripe.com/setup/e/acct_1/x")
    assert (form["account"], form["type"]) == ("acct_1", "account_onboarding")
    assert (form["return_url"], form["refresh_url"]) == ("https://x/back", "https://x/again")


def test_an_account_that_disconnected_us_is_there_no_more():
    gateway, _ = recorded((403, r.error("invalid_request_error", "account_invalid")))
    with pytest.raises(Declined, match="account_invalid"):
        gateway.account("acct_1")


def test_a_notice_about_an_account_is_proved_by_the_secret_of_its_own_endpoint():
    raw = EVENT.replace(b"payment_intent.succeeded", b"account.updated").replace(
        b'"id": "pi_1", "object": "payment_intent"', b'"id": "acct_1", "object": "account"'
    )
    at = int(clock.now().timestamp())
    mac = hmac.new(b"whsec_connect", b"%d." % at + raw, hashlib.sha256).hexdigest()
    both = StripeGateway("sk_test_1", SECRET, connect_secret="whsec_connect")
    notice = both.read_notice(raw, f"t={at},v1={mac}")
    assert (notice.object_kind, notice.object_id) == ("account", "acct_1")
    with pytest.raises(Forged):
        StripeGateway("sk_test_1", SECRET).read_notice(raw, f"t={at},v1={mac}")


def test_an_account_is_found_by_its_key():
    gateway, net = recorded((200, r.listed(r.account(metadata={"key": "x"}), r.account())))
    since = clock.now().replace(year=2026, month=1)
    assert gateway.find("k1", kind="account", since=since) == "acct_1"
    assert net.asked[0][1] == "/v1/accounts"


def test_the_balance_is_read_down_to_what_is_known():
    rows = [
        r.entry(id="txn_3", type="payout", amount=-9_000, fee=0, source="po_1"),
        r.entry(id="txn_2", status="pending"),
        r.entry(),
    ]
    gateway, _ = recorded((200, r.listed(*rows)))
    found = list(gateway.entries(after="txn_1"))
    assert [(one.id, one.kind, one.available) for one in found] == [
        ("txn_3", "payout", True),
        ("txn_2", "charge", False),
    ]


@pytest.mark.parametrize(
    ("answer", "expected", "code"),
    [
        ((402, r.error("card_error", "card_declined", decline_code="lost_card")), Declined, "lost_card"),
        ((400, r.error("invalid_request_error", "amount_too_small")), Declined, "amount_too_small"),
        ((409, r.error("invalid_request_error", "idempotency_key_in_use")), Unknown, ""),
        ((400, r.error("idempotency_error", "x")), Unknown, ""),
        ((401, r.error("invalid_request_error", "x")), Unknown, ""),
        ((429, r.error("invalid_request_error", "rate_limit")), Unknown, ""),
        ((500, r.error("api_error", "x")), Unknown, ""),
        (stripe.APIConnectionError("the line went dead"), Unknown, ""),
    ],
)  # fmt: skip
def test_a_definite_no_is_told_from_an_outcome_that_nobody_knows(answer, expected, code):
    gateway, _ = recorded(answer)
    with pytest.raises(expected) as refusal:
        gateway.refund("pi_1", ORDER)
    assert getattr(refusal.value, "code", "") == code


def test_a_notice_is_proved_on_the_bytes_as_they_came():
    gateway, _ = recorded()
    signed = stripe.WebhookSignature.generate_signature_header(EVENT.decode(), SECRET)
    assert gateway.read_notice(EVENT, signed).object_id == "pi_1"
    old = stripe.WebhookSignature.generate_signature_header(
        EVENT.decode(), SECRET, timestamp=int(time.time()) - 301
    )
    for raw, header in ((EVENT + b" ", signed), (EVENT, old), (EVENT, ""), (b"\xff", signed)):
        with pytest.raises(Forged):
            gateway.read_notice(raw, header)
