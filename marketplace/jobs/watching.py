"""Surveillance of auctions under way, each in a transaction of its own."""

from marketplace.auctions.queries import alerts
from marketplace.auctions.services import watching
from marketplace.core.db import db, transaction


def run() -> int:
    """Look at every auction under way; how many alerts are new."""
    numbers = alerts.to_watch()
    db.session.rollback()
    found = 0
    for number in numbers:
        with transaction():
            found += watching.look(number)
    return found
