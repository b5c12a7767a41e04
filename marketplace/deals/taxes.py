"""What the catalogue says of stamp duty and reliefs, worked out for a price. Pure, in whole fen.

Nothing here is known but from the rules; how sure a text is goes with each answer.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from marketplace.core.money import Money, yuan
from marketplace.rules.engine import Finding

STAMP_BPS = {"tax-stamp-ip-transfer": 3, "tax-stamp-tech-contract": 3}  # 印花税法, table: 0.03 %
VAT_BPS = 600
VAT_RULES = ("tax-vat-tech-exempt", "tax-vat-six-percent")
INCOME_RULE = "tax-cit-tech-transfer"
DEFERRAL_RULE = "tax-individual-tech-share-deferral"
HINTS = (*VAT_RULES, INCOME_RULE, DEFERRAL_RULE)
EXEMPT_INCOME = yuan(5_000_000)


@dataclass(frozen=True)
class StampDuty:
    """What each party pays on its own copy (art. 10): of the price, rounded half up to the fen."""

    rule: str
    base: Money
    basis_points: int
    each: Money
    finding: Finding

    @property
    def both(self) -> Money:
        """What the two copies cost together."""
        return self.each + self.each


@dataclass(frozen=True)
class Hint:
    """A tax rule that bears on the deal, or will once the contract is recognised."""

    finding: Finding
    after_recognition: bool
    amount: Money | None  # VAT due, or income freed at most
    halved: Money | None = None  # income taxed at half at most

    @property
    def is_open(self) -> bool:
        """Whether it applies is undecided for lack of a fact."""
        return self.finding.applies is None


def stamp_duty(price: Money, findings: Iterable[Finding]) -> StampDuty | None:
    """The duty under the heading that applies; two headings without separate sums: the higher.

    The base is the whole price: our contract states no VAT apart (art. 5). None where the table
    names no heading, or nothing is paid.
    """
    found = [f for f in findings if f.rule in STAMP_BPS and f.applies]
    if not found or not price:
        return None
    finding = max(found, key=lambda f: STAMP_BPS[f.rule])
    rate = STAMP_BPS[finding.rule]
    return StampDuty(finding.rule, price, rate, price.share(rate), finding)


def hints(price: Money, now: Iterable[Finding], recognised: Iterable[Finding]) -> list[Hint]:
    """The reliefs and taxes, as they are and as they will be with the contract recognised."""
    today = {f.rule: f for f in now if f.applies}
    then = {f.rule: f for f in recognised}  # also what a fact is missing for: said to be open
    found = []
    for rule in HINTS:
        finding = today.get(rule) or then.get(rule)
        if finding is not None:
            amount, halved = _amounts(rule, price)
            found.append(Hint(finding, rule not in today, amount, halved))
    return found


def _amounts(rule: str, price: Money) -> tuple[Money | None, Money | None]:
    if rule == "tax-vat-six-percent":
        return price.share(VAT_BPS), None
    if rule == INCOME_RULE and price.currency == "CNY":
        freed = min(price, EXEMPT_INCOME)
        return freed, price - freed
    return None, None
