"""How long pages take on the planted demonstration: p50 and p95 in milliseconds, and bytes sent.

    DEMO=1 INSTANCE_DIR=… flask --app wsgi db upgrade && … seed     # once
    DEMO=1 INSTANCE_DIR=… python -m benchmarks.pages [ROUNDS]

Pages are asked in this process, one after the other: server work only, no network and no browser.
"""

import sys
import time
from statistics import quantiles

from flask.testing import FlaskClient
from sqlalchemy import select

import config
from marketplace.app import create_app
from marketplace.core.db import db
from marketplace.deals.models import Deal, DealState
from marketplace.listings.models import Listing, ListingState
from marketplace.organisations.models import User

ROUNDS = 40


def main(rounds: int) -> None:
    """Print a line a page."""
    app = create_app(config.load() | {"RATELIMIT_ENABLED": False, "WTF_CSRF_ENABLED": False})
    with app.app_context():
        open_ones = select(Listing.reference).where(Listing.state == ListingState.PUBLISHED)
        listing = db.session.scalar(open_ones.limit(1))
        people = {user.email: user.id for user in db.session.scalars(select(User))}
        tto = db.session.get_one(User, people["tto@demo.example"])
        deals = select(Deal.reference).where(
            Deal.state == DealState.RECORDAL,
            Deal.seller_id == tto.memberships[0].organisation_id,
        )
        deal = db.session.scalar(deals.limit(1))
    visitor = app.test_client()
    office = _signed_in(app.test_client(), people["tto@demo.example"])
    operator = _signed_in(app.test_client(), people["operator@demo.example"])
    pages = (
        ("home", visitor, "/"),
        ("search, all", visitor, "/search"),
        ("search, two words", visitor, "/search?q=脑机接口+康复"),
        ("listing", visitor, f"/listings/{listing}"),
        ("workbench", office, "/workbench"),
        ("deal", office, f"/workbench/deals/{deal}"),
        ("console", operator, "/console"),
    )
    print("| page | p50 ms | p95 ms | KB |")
    print("|---|---:|---:|---:|")
    for name, browser, path in pages:
        taken, size = _ask(browser, path, rounds)
        cut = quantiles(taken, n=20)
        print(f"| {name} | {cut[9]:.0f} | {cut[18]:.0f} | {size / 1024:.0f} |")


def _signed_in(browser: FlaskClient, user_id: int) -> FlaskClient:
    browser.post("/sign-in/demo", data={"user_id": user_id})
    return browser


def _ask(browser: FlaskClient, path: str, rounds: int) -> tuple[list[float], int]:
    """The times of so many answers, the first not counted, and the size as sent."""
    taken, size = [], 0
    for _ in range(rounds + 1):
        start = time.perf_counter()
        answer = browser.get(path, headers={"Accept-Encoding": "gzip"})
        taken.append((time.perf_counter() - start) * 1000)
        if answer.status_code != 200:
            raise SystemExit(f"{path}: {answer.status_code}")
        size = len(answer.data)
    return taken[1:], size


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
