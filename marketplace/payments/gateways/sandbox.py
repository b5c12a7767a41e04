"""The demonstration's provider: no money moves. It keeps to Stripe's manners, and to its signature.

It stands for a system outside of ours: what it does it commits by itself, and its notices are
delivered later by the worker.
"""

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from marketplace.core import clock
from marketplace.core.db import db, lock, transaction
from marketplace.payments.gateways.door import (
    Account,
    AccountOrder,
    CardOrder,
    Declined,
    Entry,
    Forged,
    Intent,
    Sent,
    Session,
    Signed,
    Stands,
    Unknown,
)
from marketplace.payments.models.sandbox import SandboxNotice, SandboxObject, SandboxRequest

TOLERANCE_SECONDS = 300
AVAILABLE_AFTER = timedelta(minutes=1)
FEE_BPS = 60
DECLINED_CARDS = {
    "4000000000000002": "card_declined",
    "4000000000009995": "insufficient_funds",
    "4000000000000069": "expired_card",
}
DETAILS = ["company.tax_id", "representative.id_number", "external_account"]
NOT_SERVED = {"KP", "IR", "SY", "CU"}
DECLINED_ENDING = 2  # an amount of … yuan and 2 fen is declined whatever the card


class SandboxGateway:
    """The provider's interface; `address` shows its payment pages."""

    name = "sandbox"

    def __init__(self, secret: str, *, address: str) -> None:
        self._secret = secret
        self._address = address.rstrip("/")

    # ---- orders ------------------------------------------------------------------------------

    def checkout(self, order: CardOrder, *, hold: bool, back: str, away: str) -> Session:
        """A page of ours that says what it is."""

        def make() -> SandboxObject:
            number = _new("cs")
            body = _ordered(order) | {"hold": hold, "back": back, "away": away, "intent": ""}
            body["url"] = f"{self._address}/sandbox/checkout/{number}"
            return _keep(number, "session", order.key, body)

        asked = ["checkout", order.minor, order.currency, order.name, hold]
        return _session(self._once(order.key, asked, make))

    def hold(self, order: CardOrder, *, method: str) -> Intent:
        """Reserved at once, unless the card or the amount is one that is declined."""
        reason = _declined("".join(filter(str.isdigit, method)), order.minor)
        if reason:
            raise Declined(reason)
        asked = ["hold", order.minor, order.currency, method]
        return _intent(self._once(order.key, asked, lambda: _new_intent(order, hold=True)))

    def capture(self, intent: str, *, key: str, minor: int) -> Intent:
        """Take what was held."""

        def take() -> SandboxObject:
            found = _found(intent)
            if found.body["stands"] != Stands.HELD or minor > found.body["minor"]:
                raise Declined("payment_intent_unexpected_state")
            _receive(found, minor)
            return found

        return _intent(self._once(key, ["capture", intent, minor], take))

    def cancel(self, intent: str, *, key: str) -> Intent:
        """Set a hold free."""

        def free() -> SandboxObject:
            found = _found(intent)
            if found.body["stands"] not in {Stands.HELD, Stands.OPEN, Stands.CANCELLED}:
                raise Declined("payment_intent_unexpected_state")
            _change(found, "payment_intent.canceled", stands=Stands.CANCELLED)
            return found

        return _intent(self._once(key, ["cancel", intent], free))

    def close(self, session: str, *, key: str) -> Session:
        """Nobody pays on it any more."""

        def end() -> SandboxObject:
            found = _found(session)
            if found.body["stands"] == Stands.DONE:
                raise Declined("checkout_session_complete")
            _change(found, "checkout.session.expired", stands=Stands.CANCELLED)
            return found

        return _session(self._once(key, ["close", session], end))

    def refund(self, intent: str, order: CardOrder) -> Sent:
        """Back to the card, no more than came."""

        def send() -> SandboxObject:
            found = _found(intent)
            left = found.body["received"] - found.body.get("refunded", 0)
            if order.minor > left:
                raise Declined("charge_already_refunded" if not left else "amount_too_large")
            found.body = found.body | {"refunded": found.body.get("refunded", 0) + order.minor}
            return _send("re", "refund", order)

        return _sent(self._once(order.key, ["refund", intent, order.minor], send))

    def transfer(self, destination: str, order: CardOrder) -> Sent:
        """To a payee's account that takes money."""

        def send() -> SandboxObject:
            if not _found(destination).body["ready"]:
                raise Declined("insufficient_capabilities_for_transfer")
            return _send("tr", "transfer", order)

        asked = ["transfer", destination, order.minor, order.currency]
        return _sent(self._once(order.key, asked, send))

    def open_account(self, order: AccountOrder) -> Account:
        """One of which the details are due."""

        def make() -> SandboxObject:
            return _new_account(_new("acct"), order, ready=False)

        if order.country in NOT_SERVED:
            raise Declined("country_unsupported")
        return _account(self._once(order.key, ["account", order.name, order.country], make))

    def account_page(self, number: str, *, back: str, again: str) -> str:
        """A page of ours that says what it is; it stays good."""
        del again
        with transaction():
            found = _found(number)
            found.body = found.body | {"back": back}
        return f"{self._address}/sandbox/accounts/{number}"

    def tell(self, account: str, *, details: bool) -> None:
        """What a payee does on the page: gives all details, or takes back what was given."""
        with transaction():
            _change(
                _found(account), "account.updated", ready=details, due=[] if details else DETAILS
            )

    def pay(self, session: str, *, card: str) -> Intent:
        """What a payer does on the page. A card that is declined leaves the page open (`Declined`)."""
        with transaction():
            page = _found(session)
            if page.body["stands"] != Stands.OPEN:
                raise Declined("checkout_session_not_open")
            reason = _declined("".join(filter(str.isdigit, card)), page.body["minor"])
            if reason:
                raise Declined(reason)
            order = CardOrder(
                page.key, page.body["minor"], page.body["currency"], page.body["name"]
            )
            made = _new_intent(order, hold=page.body["hold"])
            _change(
                page, "checkout.session.completed", stands=Stands.DONE, intent=made.number, url=""
            )
            return _intent(made)

    def pay_out(self) -> int:
        """Send what is available to our bank, a currency at a time, as a provider does daily; how many."""
        left: dict[str, int] = {}
        with transaction():
            for one in self.entries():
                if one.available:
                    left[one.currency] = left.get(one.currency, 0) + one.minor - one.fee
            sent = {currency: minor for currency, minor in left.items() if minor > 0}
            for currency, minor in sent.items():
                _enter("payout", -minor, 0, currency, _new("po"))
        return len(sent)

    # ---- reading -----------------------------------------------------------------------------

    def intent(self, number: str) -> Intent:
        """As it stands now."""
        return _intent(_read(number))

    def session(self, number: str) -> Session:
        """As it stands now."""
        return _session(_read(number))

    def page(self, number: str) -> dict[str, Any]:
        """What a page shows. Raises `Declined` where there is none."""
        return dict(_read(number).body)

    def sent(self, number: str) -> Sent:
        """A refund or a transfer."""
        return _sent(_read(number))

    def account(self, number: str) -> Account:
        """A payee's account."""
        return _account(_read(number))

    def find(self, key: str, *, kind: str, since: datetime) -> str:
        """What was made under our key."""
        del since  # everything is looked through
        found = db.session.scalar(
            select(SandboxObject.number).where(SandboxObject.key == key, SandboxObject.kind == kind)
        )
        return found or ""

    def entries(self, *, after: str = "") -> Iterator[Entry]:
        """The balance, newest first."""
        rows = db.session.scalars(
            select(SandboxObject)
            .where(SandboxObject.kind == "entry")
            .order_by(SandboxObject.id.desc())
        ).all()
        for one in rows:
            if one.number == after:
                return
            yield Entry(
                id=one.number,
                kind=one.body["entry"],
                minor=one.body["minor"],
                fee=one.body["fee"],
                currency=one.body["currency"],
                source=one.body["source"],
                available=clock.now() >= one.created_at + AVAILABLE_AFTER,
            )

    # ---- notices -----------------------------------------------------------------------------

    def sign(self, raw: bytes) -> str:
        """The header that goes with a notice: Stripe's scheme."""
        at = int(clock.now().timestamp())
        return f"t={at},v1={self._mac(at, raw)}"

    def read_notice(self, raw: bytes, signature: str) -> Signed:
        """Proved like Stripe's."""
        try:
            given = dict(part.split("=", 1) for part in signature.split(","))
            at = int(given["t"])
        except (ValueError, KeyError) as error:
            raise Forged("header") from error
        if not hmac.compare_digest(self._mac(at, raw), given.get("v1", "")):
            raise Forged("signature")
        if abs(clock.now().timestamp() - at) > TOLERANCE_SECONDS:
            raise Forged("time")
        event = json.loads(raw)
        about = event["data"]["object"]
        return Signed(event["id"], event["type"], about["object"], about["id"])

    def undelivered(self) -> list[tuple[int, bytes]]:
        """Notices that nobody has taken yet, oldest first: row and body."""
        rows = db.session.scalars(
            select(SandboxNotice)
            .where(SandboxNotice.delivered_at.is_(None))
            .order_by(SandboxNotice.id)
            .limit(50)
        )
        return [(one.id, one.body.encode()) for one in rows]

    def delivered(self, row: int) -> None:
        """One of them was taken."""
        with transaction():
            db.session.get_one(SandboxNotice, row).delivered_at = clock.now()

    def _mac(self, at: int, raw: bytes) -> str:
        return hmac.new(self._secret.encode(), b"%d." % at + raw, hashlib.sha256).hexdigest()

    def _once(
        self, key: str, asked: list[Any], work: Callable[[], SandboxObject]
    ) -> dict[str, Any]:
        """The same order under the same key has the same answer; another order is refused.

        Two at the same moment: one is told, as Stripe tells it, that the other is still at work.
        """
        sha256 = hashlib.sha256(json.dumps(asked).encode()).hexdigest()
        try:
            with transaction():
                known = db.session.scalar(select(SandboxRequest).where(SandboxRequest.key == key))
                if known is None:
                    made = work()
                    db.session.add(SandboxRequest(key=key, sha256=sha256, number=made.number))
                    db.session.flush()
                    return _whole(made)
                if known.sha256 != sha256:
                    raise Declined("idempotency_key_reused")
                return _whole(_found(known.number))
        except IntegrityError as other:
            raise Unknown("idempotency_key_in_use") from other


def planted_account(number: str, order: AccountOrder, *, ready: bool) -> Account:
    """An account that the demonstration begins with, within the caller's transaction."""
    return _account(_new_account(number, order, ready=ready))


def _new_account(number: str, order: AccountOrder, *, ready: bool) -> SandboxObject:
    due = [] if ready else DETAILS
    body = {"name": order.name, "country": order.country, "ready": ready, "due": due}
    return _keep(number, "account", order.key, body)


def _new(prefix: str) -> str:
    return f"{prefix}_sandbox_{secrets.token_hex(12)}"


def _ordered(order: CardOrder) -> dict[str, Any]:
    return {
        "minor": order.minor,
        "currency": order.currency,
        "name": order.name,
        "stands": Stands.OPEN.value,
    }


def _declined(card: str, minor: int) -> str:
    if minor % 100 == DECLINED_ENDING:
        return "card_declined"
    return DECLINED_CARDS.get(card, "")


def _keep(number: str, kind: str, key: str, body: dict[str, Any]) -> SandboxObject:
    made = SandboxObject(number=number, kind=kind, key=key, body=body)
    db.session.add(made)
    db.session.flush()
    return made


def _found(number: str) -> SandboxObject:
    found = db.session.scalar(select(SandboxObject).where(SandboxObject.number == number))
    if found is None:
        raise Declined("resource_missing")
    lock(found)
    return found


def _read(number: str) -> SandboxObject:
    found = db.session.scalar(select(SandboxObject).where(SandboxObject.number == number))
    if found is None:
        raise Declined("resource_missing")
    return found


def _whole(one: SandboxObject) -> dict[str, Any]:
    return one.body | {"id": one.number, "key": one.key}


def _new_intent(order: CardOrder, *, hold: bool) -> SandboxObject:
    body = _ordered(order) | {"received": 0, "charge": ""}
    made = _keep(_new("pi"), "intent", order.key, body)
    if hold:
        _change(made, "payment_intent.amount_capturable_updated", stands=Stands.HELD)
    else:
        _receive(made, order.minor)
    return made


def _receive(intent: SandboxObject, minor: int) -> None:
    charge = _new("ch")
    _change(intent, "payment_intent.succeeded", stands=Stands.DONE, received=minor, charge=charge)
    _enter("charge", minor, -(-minor * FEE_BPS // 10_000), intent.body["currency"], charge)


def _send(prefix: str, kind: str, order: CardOrder) -> SandboxObject:
    made = _keep(_new(prefix), kind, order.key, _ordered(order) | {"stands": Stands.DONE.value})
    _enter(kind, -order.minor, 0, order.currency, made.number)
    _tell(f"{kind}.created", made)
    return made


def _enter(kind: str, minor: int, fee: int, currency: str, source: str) -> None:
    body = {"entry": kind, "minor": minor, "fee": fee, "currency": currency, "source": source}
    _keep(_new("txn"), "entry", source, body)


def _change(one: SandboxObject, notice: str, **values: Any) -> None:
    one.body = one.body | {
        name: value.value if isinstance(value, Stands) else value for name, value in values.items()
    }
    _tell(notice, one)


OBJECTS = {"session": "checkout.session", "intent": "payment_intent"}


def _tell(kind: str, about: SandboxObject) -> None:
    number = _new("evt")
    body = {
        "id": number,
        "object": "event",
        "type": kind,
        "created": int(time.time()),
        "data": {"object": {"id": about.number, "object": OBJECTS.get(about.kind, about.kind)}},
    }
    db.session.add(SandboxNotice(number=number, body=json.dumps(body)))
    db.session.flush()


def _body(one: SandboxObject | dict[str, Any]) -> dict[str, Any]:
    return _whole(one) if isinstance(one, SandboxObject) else one


def _session(one: SandboxObject | dict[str, Any]) -> Session:
    body = _body(one)
    return Session(body["id"], body["key"], Stands(body["stands"]), body["url"], body["intent"])


def _intent(one: SandboxObject | dict[str, Any]) -> Intent:
    body = _body(one)
    return Intent(
        id=body["id"],
        key=body["key"],
        stands=Stands(body["stands"]),
        minor=body["minor"],
        received=body["received"],
        currency=body["currency"],
        charge=body["charge"],
    )


def _sent(one: SandboxObject | dict[str, Any]) -> Sent:
    body = _body(one)
    return Sent(body["id"], body["key"], Stands(body["stands"]), body["minor"])


def _account(one: SandboxObject | dict[str, Any]) -> Account:
    body = _body(one)
    return Account(body["id"], body["key"], body["ready"], tuple(body["due"]))
