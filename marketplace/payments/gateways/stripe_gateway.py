"""Stripe behind the door: the client of stripe 16, whose objects are no dictionaries."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import Any, TypeVar

import stripe

from marketplace.core import clock
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

T = TypeVar("T")
METHODS = ("card", "alipay", "wechat_pay")
PAGE_LIFE = timedelta(hours=1)
TOLERANCE_SECONDS = 300
MOST_LOOKED_AT = 2_000
INTENT = {
    "requires_capture": Stands.HELD,
    "succeeded": Stands.DONE,
    "canceled": Stands.CANCELLED,
}
SESSION = {"complete": Stands.DONE, "expired": Stands.CANCELLED}
SENT = {"pending": Stands.OPEN, "requires_action": Stands.OPEN, "failed": Stands.FAILED}
SENT |= {"canceled": Stands.CANCELLED, "succeeded": Stands.DONE}
# Answers after which nothing has been done and nothing will be: only these are a definite no.
DEFINITE = (stripe.CardError, stripe.InvalidRequestError)
IN_USE = "idempotency_key_in_use"  # our own first request is still at work


class StripeGateway:
    """Stripe's interface; `http_client` is another way to the net (tests)."""

    name = "stripe"

    def __init__(
        self,
        secret_key: str,
        webhook_secret: str,
        *,
        connect_secret: str = "",
        api_base: str = "",
        country: str = "",
        http_client: stripe.HTTPClient | None = None,
    ) -> None:
        # Notices about payees' accounts come by an endpoint of their own, signed by another secret.
        self._webhook_secrets = [secret for secret in (webhook_secret, connect_secret) if secret]
        self._country = country
        self._client = stripe.StripeClient(
            secret_key,
            base_addresses={"api": api_base} if api_base else None,
            http_client=http_client,
            max_network_retries=0,  # ours ask again by the same key, after a look
        )

    # ---- orders ------------------------------------------------------------------------------

    def checkout(self, order: CardOrder, *, hold: bool, back: str, away: str) -> Session:
        """A Checkout page: card, Alipay and WeChat Pay; what is only held, by card."""
        intent: dict[str, Any] = {"metadata": {"key": order.key}}
        if hold:
            intent["capture_method"] = "manual"
        if order.group:
            intent["transfer_group"] = order.group
        wanted: dict[str, Any] = {
            "mode": "payment",
            "success_url": back,
            "cancel_url": away,
            "client_reference_id": order.key,
            "metadata": {"key": order.key},
            "payment_intent_data": intent,
            "payment_method_types": ["card"] if hold else list(METHODS),
            "expires_at": int((clock.now() + PAGE_LIFE).timestamp()),
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": order.currency.lower(),
                        "unit_amount": order.minor,
                        "product_data": {"name": order.name},
                    },
                }
            ],
        }
        if not hold:
            wanted["payment_method_options"] = {"wechat_pay": {"client": "web"}}
        made = _asked(
            lambda: self._client.v1.checkout.sessions.create(wanted, _under(order.key))  # type: ignore[arg-type]  # a plain dictionary
        )
        return _session(made)

    def hold(self, order: CardOrder, *, method: str) -> Intent:
        """A payment with manual capture, confirmed at once."""
        wanted: dict[str, Any] = {
            "amount": order.minor,
            "currency": order.currency.lower(),
            "payment_method": method,
            "payment_method_types": ["card"],
            "capture_method": "manual",
            "confirm": True,
            "metadata": {"key": order.key},
        }
        if order.group:
            wanted["transfer_group"] = order.group
        return _intent(
            _asked(lambda: self._client.v1.payment_intents.create(wanted, _under(order.key)))  # type: ignore[arg-type]  # a plain dictionary
        )

    def capture(self, intent: str, *, key: str, minor: int) -> Intent:
        """Take what was held; what is not taken is free."""
        return _intent(
            _asked(
                lambda: self._client.v1.payment_intents.capture(
                    intent, {"amount_to_capture": minor}, _under(key)
                )
            )
        )

    def cancel(self, intent: str, *, key: str) -> Intent:
        """Set a hold free."""
        return _intent(
            _asked(lambda: self._client.v1.payment_intents.cancel(intent, {}, _under(key)))
        )

    def close(self, session: str, *, key: str) -> Session:
        """Expire a page."""
        return _session(
            _asked(lambda: self._client.v1.checkout.sessions.expire(session, {}, _under(key)))
        )

    def refund(self, intent: str, order: CardOrder) -> Sent:
        """Back to the card, wallet or account it came from."""
        wanted: dict[str, Any] = {
            "payment_intent": intent,
            "amount": order.minor,
            "metadata": {"key": order.key},
        }
        return _sent(_asked(lambda: self._client.v1.refunds.create(wanted, _under(order.key))))  # type: ignore[arg-type]  # a plain dictionary

    def transfer(self, destination: str, order: CardOrder) -> Sent:
        """From our balance to a connected account (Connect)."""
        wanted: dict[str, Any] = {
            "amount": order.minor,
            "currency": order.currency.lower(),
            "destination": destination,
            "metadata": {"key": order.key},
        }
        if order.group:
            wanted["transfer_group"] = order.group
        return _sent(_asked(lambda: self._client.v1.transfers.create(wanted, _under(order.key))))  # type: ignore[arg-type]  # a plain dictionary

    def open_account(self, order: AccountOrder) -> Account:
        """An Express account that takes transfers; abroad it agrees to receive and nothing else."""
        wanted: dict[str, Any] = {
            "type": "express",
            "country": order.country,
            "business_type": "company",
            "company": {"name": order.name},
            "capabilities": {"transfers": {"requested": True}},
            "metadata": {"key": order.key},
        }
        if self._country and order.country != self._country:
            wanted["tos_acceptance"] = {"service_agreement": "recipient"}
        return _account(_asked(lambda: self._client.v1.accounts.create(wanted, _under(order.key))))  # type: ignore[arg-type]  # a plain dictionary

    def account_page(self, number: str, *, back: str, again: str) -> str:
        """Stripe's own pages; an address is good once and for minutes."""
        made = _asked(
            lambda: self._client.v1.account_links.create(
                {
                    "account": number,
                    "return_url": back,
                    "refresh_url": again,
                    "type": "account_onboarding",
                }
            )
        )
        return str(made.url)

    # ---- reading -----------------------------------------------------------------------------

    def intent(self, number: str) -> Intent:
        """As it stands now."""
        return _intent(_asked(lambda: self._client.v1.payment_intents.retrieve(number)))

    def session(self, number: str) -> Session:
        """As it stands now."""
        return _session(_asked(lambda: self._client.v1.checkout.sessions.retrieve(number)))

    def sent(self, number: str) -> Sent:
        """A refund (re_…, pyr_…) or a transfer (tr_…)."""
        if number.startswith("tr_"):
            return _sent(_asked(lambda: self._client.v1.transfers.retrieve(number)))
        return _sent(_asked(lambda: self._client.v1.refunds.retrieve(number)))

    def account(self, number: str) -> Account:
        """As it stands now; one that disconnected us is there no more."""
        try:
            return _account(_asked(lambda: self._client.v1.accounts.retrieve(number)))
        except Unknown as silence:
            if isinstance(silence.__cause__, stripe.PermissionError):
                raise Declined("account_invalid") from silence
            raise

    def find(self, key: str, *, kind: str, since: datetime) -> str:
        """Looked for among the newest, by the key in its metadata; a minute for clocks that differ."""
        places: dict[str, Any] = {
            "session": self._client.v1.checkout.sessions,
            "intent": self._client.v1.payment_intents,
            "refund": self._client.v1.refunds,
            "transfer": self._client.v1.transfers,
            "account": self._client.v1.accounts,
        }
        earliest = int((since - timedelta(minutes=1)).timestamp())

        def looked_for() -> str:
            every = places[kind].list({"limit": 100}).auto_paging_iter()
            recent = takewhile(lambda one: one.created >= earliest, islice(every, MOST_LOOKED_AT))
            return next((str(one.id) for one in recent if _key(one) == key), "")

        return _asked(looked_for)

    def entries(self, *, after: str = "") -> Iterator[Entry]:
        """Balance transactions, newest first."""

        def fetched() -> list[Any]:
            every = self._client.v1.balance_transactions.list({"limit": 100}).auto_paging_iter()
            return list(islice(takewhile(lambda one: one.id != after, every), MOST_LOOKED_AT))

        for one in _asked(fetched):
            yield Entry(
                id=one.id,
                kind=one.type,
                minor=one.amount,
                fee=one.fee,
                currency=one.currency.upper(),
                source=_number(_of(one, "source")),
                available=one.status == "available",
            )

    def read_notice(self, raw: bytes, signature: str) -> Signed:
        """Proved by Stripe's own scheme: t=…,v1=HMAC-SHA256 over time and body, 300 s."""
        event = self._proved(raw, signature)
        about = event.data.object
        return Signed(
            id=event.id,
            kind=event.type,
            object_kind=str(about["object"]),
            object_id=str(about["id"]),
        )

    def _proved(self, raw: bytes, signature: str) -> Any:
        """The event, where one of the secrets proves it."""
        why: Exception = ValueError("no secret is set")
        for secret in self._webhook_secrets:
            try:
                return self._client.construct_event(raw, signature, secret, TOLERANCE_SECONDS)
            except (stripe.SignatureVerificationError, ValueError, KeyError) as error:
                why = error
        raise Forged(str(why)) from why


def _under(key: str) -> Any:
    return {"idempotency_key": key}


def _asked(call: Callable[[], T]) -> T:
    """What Stripe answers; its refusals and silences in our words."""
    try:
        return call()
    except DEFINITE as refusal:
        if refusal.code == IN_USE:
            raise Unknown(IN_USE) from refusal
        raise Declined(_why(refusal)) from refusal
    except stripe.StripeError as silence:
        raise Unknown(type(silence).__name__) from silence


def _why(refusal: stripe.StripeError) -> str:
    error = refusal.error
    told = _of(error, "decline_code") if error is not None else None
    return str(told or refusal.code or type(refusal).__name__)


def _of(thing: Any, name: str, default: Any = None) -> Any:
    """A field that may be absent: Stripe's objects raise AttributeError then."""
    return getattr(thing, name, default)


def _number(thing: Any) -> str:
    """The number of another object, given as such or in full."""
    return str(thing if isinstance(thing, str) else _of(thing, "id", "")) if thing else ""


def _key(thing: Any) -> str:
    metadata = _of(thing, "metadata")
    return str(_of(metadata, "key", "") or "") if metadata is not None else ""


def _intent(one: Any) -> Intent:
    stands = INTENT.get(one.status, Stands.OPEN)
    error = _of(one, "last_payment_error")
    charge = _of(one, "latest_charge")
    received = _of(one, "amount_received")
    if received is None:  # left out by servers for tests
        received = (_of(charge, "amount", one.amount) if charge else one.amount) or 0
    return Intent(
        id=one.id,
        key=_key(one),
        stands=stands,
        minor=one.amount,
        received=received if stands is Stands.DONE else 0,
        currency=one.currency.upper(),
        charge=_number(charge),
        failure=str(_of(error, "code", "") or "") if error else "",
    )


def _session(one: Any) -> Session:
    return Session(
        id=one.id,
        key=_key(one),
        stands=SESSION.get(one.status, Stands.OPEN),
        url=str(_of(one, "url") or ""),
        intent=_number(_of(one, "payment_intent")),
    )


def _account(one: Any) -> Account:
    transfers = _of(_of(one, "capabilities"), "transfers", "")
    requirements = _of(one, "requirements")
    due = [
        *(_of(requirements, "past_due") or ()),
        *(_of(requirements, "currently_due") or ()),
        *(_of(requirements, "pending_verification") or ()),
    ]
    return Account(
        id=one.id,
        key=_key(one),
        ready=transfers == "active" and bool(_of(one, "payouts_enabled")),
        due=tuple(dict.fromkeys(str(name)[:120] for name in due)),
    )


def _sent(one: Any) -> Sent:
    if one.object == "transfer":
        stands = Stands.CANCELLED if one.reversed else Stands.DONE
    else:
        stands = SENT.get(one.status, Stands.OPEN)
    return Sent(
        id=one.id,
        key=_key(one),
        stands=stands,
        minor=one.amount,
        failure=str(_of(one, "failure_reason") or ""),
    )
