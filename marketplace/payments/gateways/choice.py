"""Which provider is asked: Stripe with a key, the sandbox in a demonstration, otherwise none."""

from collections.abc import Iterator
from contextlib import contextmanager

from marketplace.core import settings, signing
from marketplace.core.errors import NotFound
from marketplace.payments.gateways.door import Gateway
from marketplace.payments.gateways.sandbox import SandboxGateway
from marketplace.payments.gateways.stripe_gateway import StripeGateway

_instead: list[Gateway] = []


def current() -> Gateway | None:
    """The provider of new payments; none: there is no button for cards anywhere."""
    if _instead:
        return _instead[-1]
    told = settings.current()
    if told.stripe_secret_key:
        return _stripe()
    return sandbox() if told.demo else None


def of(name: str) -> Gateway:
    """The provider that a record was made with. NotFound `provider.unknown` where it is set no more."""
    told = settings.current()
    for one in _instead:
        if one.name == name:
            return one
    if name == "stripe" and told.stripe_secret_key:
        return _stripe()
    if name == "sandbox" and told.demo:
        return sandbox()
    raise NotFound("provider.unknown")


def sandbox() -> SandboxGateway:
    """The demonstration's own."""
    return SandboxGateway(signing.derived("sandbox webhooks"), address=settings.current().site_url)


def _stripe() -> StripeGateway:
    told = settings.current()
    return StripeGateway(
        told.stripe_secret_key,
        told.stripe_webhook_secret,
        connect_secret=told.stripe_connect_webhook_secret,
        api_base=told.stripe_api_base,
        country=told.stripe_country,
    )


def transfers() -> bool:
    """Whether payouts may go to payees' accounts at the provider: by setting, and in a demonstration."""
    found = current()
    return found is not None and (found.name == "sandbox" or settings.current().stripe_connect)


@contextmanager
def instead(gateway: Gateway) -> Iterator[None]:
    """Ask this one for a while: a client with another way to the net."""
    _instead.append(gateway)
    try:
        yield
    finally:
        _instead.pop()
