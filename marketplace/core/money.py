"""Money in whole minor units (fen). No floats, no silent mixing of currencies."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import total_ordering

EXPONENTS = {"CNY": 2, "USD": 2, "EUR": 2, "HKD": 2, "MOP": 2, "JPY": 0}  # ISO 4217


@total_ordering
@dataclass(frozen=True)
class Money:
    """An amount of one currency, in its minor unit."""

    currency: str
    minor: int

    def __post_init__(self) -> None:
        if not isinstance(self.minor, int) or isinstance(self.minor, bool):
            raise TypeError("money is whole minor units")

    def __add__(self, other: "Money") -> "Money":
        self._must_match(other)
        return Money(self.currency, self.minor + other.minor)

    def __sub__(self, other: "Money") -> "Money":
        return self + -other

    def __neg__(self) -> "Money":
        return Money(self.currency, -self.minor)

    def __lt__(self, other: "Money") -> bool:
        self._must_match(other)
        return self.minor < other.minor

    def __bool__(self) -> bool:
        return self.minor != 0

    @property
    def amount(self) -> Decimal:
        """In major units (yuan), exactly."""
        return Decimal(self.minor).scaleb(-EXPONENTS[self.currency])

    def share(self, basis_points: int) -> "Money":
        """A rate in basis points (10,000 are all of it), rounded half up to the minor unit."""
        part = (Decimal(self.minor) * basis_points / 10_000).quantize(Decimal(1), ROUND_HALF_UP)
        return Money(self.currency, int(part))

    def _must_match(self, other: "Money") -> None:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} with {other.currency}")


def of(amount: Decimal, currency: str = "CNY") -> Money:
    """Major units to money; more decimals than the currency has are an error."""
    minor = amount.scaleb(EXPONENTS[currency])
    if minor != minor.to_integral_value():
        raise ValueError(f"{amount} {currency} is finer than the minor unit")
    return Money(currency, int(minor))


def yuan(amount: int) -> Money:
    """Whole yuan."""
    return Money("CNY", amount * 100)
