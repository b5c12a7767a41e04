"""The fee of a licence in one sentence, as a published statement and its papers say it."""

from marketplace.core.money import Money
from marketplace.core.words import say
from marketplace.documents import amounts, papers
from marketplace.listings.terms import Terms


def said(terms: Terms, locale: str = "zh_Hans") -> str:
    """What is paid at the beginning, of what it runs, and the least a year."""
    parts = []
    if terms.price:
        code = "entry" if terms.royalty_bps else "lump"
        parts.append(_say(code, locale, amount=_amount(terms.price, locale)))
    if terms.royalty_bps:
        base = say("enums", f"royalty_base.{terms.royalty_base}", locale)
        rate = papers.percent(terms.royalty_bps)
        parts.append(_say("running", locale, base=_inside(base, locale), rate=rate))
    if terms.minimum_royalty:
        parts.append(_say("least", locale, amount=_amount(terms.minimum_royalty, locale)))
    joint = "; " if locale.startswith("en") else "；"
    return joint.join(parts)


def _say(code: str, locale: str, **facts: str) -> str:
    return say("enums", f"fee_standard.{code}", locale, **facts)


def _amount(amount: Money, locale: str) -> str:
    figures = amounts.figures(amount)
    if locale.startswith("en"):
        return f"{amount.currency} {figures}"
    return f"{amounts.CURRENCIES[amount.currency]} {figures} 元"


def _inside(word: str, locale: str) -> str:
    return word[:1].lower() + word[1:] if locale.startswith("en") else word
