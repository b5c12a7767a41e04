"""What can be done with a kind of right, at which office, to what effect (`schedules/dealings.yaml`)."""

from datetime import date

from marketplace.assets.terms import dated

ACTS = ("transfer", "licence", "equity", "pledge")


def dealing(kind: str, act: str, day: date) -> dated.Entry:
    """What the law says of such an act on a day."""
    return dated.on(dated.table("dealings")[f"{kind}.{act}"], day)
