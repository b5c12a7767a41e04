"""Who may do what: a permission is a name and the ways to earn it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from marketplace.core.errors import NotAllowed
from marketplace.core.money import Money

REGISTRY: dict[str, "Permission"] = {}


@dataclass(frozen=True)
class Acting:
    """A broker's mandate in force, as far as permissions ask (marketplace.mandates makes it).

    `limit` is the floor of a seller's price or the ceiling of a buyer's, VAT included; none: the
    broker may not accept. `assets`: the rights that a seller's mandate is for.
    """

    reference: str
    principal_id: int
    side: str  # "sell" or "buy"
    acts: frozenset[str] = frozenset()
    assets: frozenset[int] = frozenset()
    kinds: frozenset[str] = frozenset()  # of rights that a buyer's mandate is for; none: any
    capabilities: frozenset[str] = frozenset()  # the principal's
    limit: Money | None = None


@dataclass(frozen=True)
class Actor:
    """A person acting for an organisation, or the system itself (no user)."""

    user_id: int | None
    organisation_id: int | None
    role: str = ""
    capabilities: frozenset[str] = frozenset()
    under: Acting | None = None  # the mandate under which a broker acts for another

    @property
    def party(self) -> int:
        """Whose business it is: the principal of the mandate acted under, else one's own."""
        return self.under.principal_id if self.under is not None else self.organisation

    @property
    def organisation(self) -> int:
        """The organisation acted for; a command that needs one is not for the system."""
        if self.organisation_id is None:
            raise NotAllowed("actor.organisation", needs=["acts_for_an_organisation"])
        return self.organisation_id

    @property
    def user(self) -> int:
        """The person; a command that needs one is not for the system or a visitor."""
        if self.user_id is None:
            raise NotAllowed("actor.user", needs=["is_signed_in"])
        return self.user_id

    @property
    def is_operator(self) -> bool:
        """Exchange staff."""
        return "operator" in self.capabilities

    @property
    def is_regulator(self) -> bool:
        """The authority: it reads everything, and changes no trade."""
        return "regulator" in self.capabilities


SYSTEM = Actor(user_id=None, organisation_id=None, role="system")
VISITOR = Actor(user_id=None, organisation_id=None, role="visitor")

Predicate = Callable[[Actor, Any], bool]


@dataclass(frozen=True)
class Permission:
    """Granted when every predicate of at least one way holds."""

    name: str
    ways: tuple[tuple[Predicate, ...], ...]

    def __post_init__(self) -> None:
        REGISTRY[self.name] = self

    def missing(self, actor: Actor, subject: Any) -> list[Predicate]:
        """Empty when granted; else what the nearest way still lacks."""
        gaps = [[p for p in way if not p(actor, subject)] for way in self.ways]
        return min(gaps, key=len)

    def allows(self, actor: Actor, subject: Any = None) -> bool:
        """For pages: show a button only to those who may press it."""
        return not self.missing(actor, subject)


def require(actor: Actor, permission: Permission, subject: Any = None) -> None:
    """The first gate of every command. The system itself passes."""
    if actor is SYSTEM:
        return
    missing = permission.missing(actor, subject)
    if missing:
        raise NotAllowed(permission.name, needs=[predicate.__name__ for predicate in missing])


def is_signed_in(actor: Actor, _: Any) -> bool:
    """You are signed in."""
    return actor.user_id is not None


def is_operator(actor: Actor, _: Any) -> bool:
    """You work for the exchange."""
    return actor.is_operator


def is_regulator(actor: Actor, _: Any) -> bool:
    """You work for the authority."""
    return actor.is_regulator


def may_manage(actor: Actor, _: Any) -> bool:
    """Your role in the organisation is owner or manager."""
    return actor.role in {"owner", "manager"}


def may_pay(actor: Actor, _: Any) -> bool:
    """Your role in the organisation is owner, manager or finance."""
    return actor.role in {"owner", "manager", "finance"}


def is_owner(actor: Actor, _: Any) -> bool:
    """You are an owner of the organisation's account."""
    return actor.role == "owner"
