"""By how much a bid has to exceed the price."""

from marketplace.auctions.engine.rules import Ladder, Rules


def rung(price: int, ladder: Ladder) -> int:
    """The step of a ladder at a price; all in minor units."""
    found = ladder[0][1]
    for least, step in ladder:
        if price < least:
            break
        found = step
    return found


def increment(price: int, rules: Rules, extensions: int = 0) -> int:
    """The step at a price: fixed, or the ladder's; doubled after every so many extensions.

    The doubling is what ends an auction without a hard deadline, which would bring sniping back.
    """
    step = rules.step if rules.step is not None else rung(price, rules.ladder)
    return step << min(extensions // rules.step_doubles_after, 40)
