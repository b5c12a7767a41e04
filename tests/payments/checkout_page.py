"""What localstripe lacks, in front of it: Checkout pages, and the payout of the balance to a bank.

Everything else goes through to localstripe: payments, their capture, refunds, balance and signed notices are
its own. A payer's browser opens the page here, pays with Stripe's card for tests, and is led back.
"""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlencode
from urllib.request import Request, urlopen
from uuid import uuid4

import stripe

from tests.payments import localstripe

KEY, SECRET = "sk_test_journey", "whsec_journey"
SESSIONS, BALANCE = "/v1/checkout/sessions", "/v1/balance_transactions"
CARD = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2034, "cvc": "123"}


class Desk:
    """The pages that were asked for, and what was sent to the bank."""

    def __init__(self, behind: str) -> None:
        self.behind = behind
        self.address = ""
        self.sessions: dict[str, dict[str, Any]] = {}
        self.payouts: list[dict[str, Any]] = []
        self.client = stripe.StripeClient(KEY, base_addresses={"api": behind})

    def tells(self, address: str) -> None:
        """Signed notices go there from now on."""
        data = urlencode({"url": address, "secret": SECRET}).encode()
        with urlopen(Request(f"{self.behind}/_config/webhooks/site", data=data)):  # noqa: S310 -- our own server
            pass

    def pays_out(self) -> int:
        """Send the whole balance to the bank; how much, in minor units."""
        charged = self.client.v1.balance_transactions.list({"limit": 100}).data
        minor = sum(one.net for one in charged) + sum(one["net"] for one in self.payouts)
        self.payouts.insert(
            0,
            {
                "id": f"txn_{uuid4().hex[:14]}", "object": "balance_transaction", "type": "payout",
                "amount": -minor, "net": -minor, "fee": 0, "currency": "cny", "status": "available",
                "source": f"po_{uuid4().hex[:14]}", "created": int(time.time()),
            },
        )  # fmt: skip
        return minor

    def opens(self, form: dict[str, str]) -> dict[str, Any]:
        """A page for an order."""
        number = f"cs_test_{uuid4().hex}"
        made = {
            "id": number, "object": "checkout.session", "status": "open", "payment_status": "unpaid",
            "url": f"{self.address}/pay/{number}", "payment_intent": None, "created": int(time.time()),
            "amount_total": int(form["line_items[0][price_data][unit_amount]"]),
            "currency": form["line_items[0][price_data][currency]"],
            "metadata": {"key": form["metadata[key]"]},
            "capture_method": form.get("payment_intent_data[capture_method]", "automatic"),
            "success_url": form["success_url"],
        }  # fmt: skip
        self.sessions[number] = made
        return made

    def is_paid(self, page: dict[str, Any]) -> None:
        """The payer pressed the button: localstripe charges the card, and tells of it by itself."""
        method = self.client.v1.payment_methods.create({"type": "card", "card": CARD})  # type: ignore[typeddict-item]  # a plain dictionary
        made = self.client.v1.payment_intents.create(
            {
                "amount": page["amount_total"],
                "currency": page["currency"],
                "payment_method": method.id,
                "payment_method_types": ["card"],
                "capture_method": page["capture_method"],
                "confirm": True,
                "metadata": page["metadata"],
            }
        )
        page |= {
            "status": "complete",
            "payment_status": "paid",
            "payment_intent": made.id,
            "url": None,
        }


class Door(BaseHTTPRequestHandler):
    """The pages, and the way through to localstripe."""

    desk: Desk

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        if path.startswith("/pay/"):
            page = self.desk.sessions[path.removeprefix("/pay/")]
            amount = f"{page['amount_total'] / 100:.2f} {page['currency'].upper()}"
            self._html(f"<main><form method=post><button>Pay {amount}</button></form></main>")
        elif path == SESSIONS:
            self._json({"object": "list", "data": list(self.desk.sessions.values()), "has_more": False,
                        "url": SESSIONS})  # fmt: skip
        elif path.startswith(SESSIONS):
            self._json(self.desk.sessions[path.split("/")[4]])
        elif path == BALANCE and self.desk.payouts:
            found = json.loads(self._behind(b"")[1])
            self._json(found | {"data": self.desk.payouts + found["data"]})
        else:
            self._through(b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        path = self.path.split("?")[0]
        if path.startswith("/pay/"):
            page = self.desk.sessions[path.removeprefix("/pay/")]
            self.desk.is_paid(page)
            self.send_response(303)
            self.send_header("Location", page["success_url"])
            self.end_headers()
        elif path == SESSIONS:
            self._json(self.desk.opens(form))
        elif path.endswith("/expire"):
            self._json(self.desk.sessions[path.split("/")[4]] | {"status": "expired"})
        else:
            self._through(body)

    def _behind(self, body: bytes) -> tuple[int, bytes]:
        kept = {
            n: v for n, v in self.headers.items() if n.lower() in {"authorization", "content-type"}
        }
        asked = Request(  # noqa: S310 -- our own server
            self.desk.behind + self.path, data=body or None, headers=kept, method=self.command
        )
        try:
            with urlopen(asked) as answer:  # noqa: S310 -- our own server
                return answer.status, answer.read()
        except HTTPError as refusal:
            with refusal:
                return refusal.code, refusal.read()

    def _through(self, body: bytes) -> None:
        status, content = self._behind(body)
        self._answer(status, "application/json", content)

    def _json(self, found: dict[str, Any]) -> None:
        self._answer(200, "application/json", json.dumps(found).encode())

    def _html(self, text: str) -> None:
        self._answer(200, "text/html; charset=utf-8", text.encode())

    def _answer(self, status: int, kind: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def served() -> Iterator[Desk]:
    """Localstripe with its missing pages, on free ports."""
    with localstripe.served() as behind:
        desk = Desk(behind)
        server = ThreadingHTTPServer(("127.0.0.1", 0), type("Door", (Door,), {"desk": desk}))
        desk.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield desk
        finally:
            server.shutdown()
            thread.join(timeout=10)
            server.server_close()
