"""How fast the rules are: a full deal judged, and 10,000 open deals judged anew.

    python -m benchmarks.judging [--deals 10000] [--url DATABASE_URL]

One deal is brought to its checklist through the front door and answered, then copied with its
right, listing and kept judgements into a database of its own (SQLite in a temporary folder unless a
URL is given). "Rules alone" judges ready fact sheets by the whole catalogue; "full deal" reads the
deal from the database, gathers its facts from the registers and judges them, each time anew.
Judging anew judges the kept facts by the kept rules, and the facts of now by the law of New Year's
Day 2027, so that differences have to be explained. Exits 1 if the target is missed.
"""

import argparse
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from sqlalchemy import insert, select

import config
from marketplace.app import create_app
from marketplace.assets.models import Asset, AssetKind
from marketplace.compliance.models import Judgement
from marketplace.core.db import Record, db, transaction
from marketplace.core.policy import SYSTEM
from marketplace.deals import checklist, facts, rejudging
from marketplace.deals.models import Deal, DealAsset
from marketplace.listings.models import Listing, ListingAsset
from marketplace.rules import engine, library
from marketplace.rules.facts import Facts
from tests import factories as a
from tests.deals import journey

TARGET_MS = 20.0
DAY, NEW_YEAR = date(2026, 11, 25), date(2027, 1, 1)
ROUNDS = 300
AT_ONCE = 1000


def main() -> int:
    """Print the figures; 1 if the target is missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--deals", type=int, default=10_000)
    parser.add_argument("--url", default="")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = given.url or f"sqlite:///{Path(folder) / 'judging.db'}"
        environment = {"INSTANCE_DIR": folder, "DATABASE_URL": url, "DEMO": "1"}
        app = create_app(config.load({**os.environ, **environment}))
        with app.app_context():
            db.create_all()
            started = time.perf_counter()
            model = _model()
            _copy(model, given.deals - 1)
            seconds = time.perf_counter() - started
            print(f"planted {given.deals} open deals in {seconds:.0f} s; {db.engine.dialect.name}")
            taken = _single(model)
            _anew(given.deals)
    return 0 if taken <= TARGET_MS else 1


def _model() -> Deal:
    """A mark in a deal whose questions are answered."""
    listing = a.listing(a.asset(kind=AssetKind.TRADEMARK))
    deal, who = journey.opened(listing)
    journey.answered(deal, who)
    return deal


def _row(record: Record) -> dict[str, Any]:
    table = record.__table__
    return {
        column.key: getattr(record, column.key)
        for column in type(record).__mapper__.column_attrs
        if column.key in table.c
    }


def _copy(deal: Deal, times: int) -> None:
    """The deal again and again, each about a right and a listing of its own."""
    asset, listing = deal.assets[0], deal.listing
    item, offered = deal.items[0], listing.items[0]
    of_right = [*asset.owners, *asset.verifications]
    kept = db.session.scalars(select(Judgement).where(Judgement.subject_id == deal.id)).all()
    rows = {one: _row(one) for one in (asset, listing, deal, item, offered, *kept, *of_right)}
    for first in range(1, times + 1, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, times + 1))
        with transaction():
            _put(Asset, rows[asset], numbers, lambda n: {
                "id": asset.id + n, "reference": f"A-9{n:07d}",
                "registration_number": f"{70_000_000 + n}",
            })  # fmt: skip
            _put(Listing, rows[listing], numbers, lambda n: {
                "id": listing.id + n, "reference": f"L-9{n:07d}",
            })  # fmt: skip
            _put(ListingAsset, rows[offered], numbers, lambda n: {
                "id": offered.id + n, "listing_id": listing.id + n, "asset_id": asset.id + n,
            })  # fmt: skip
            _put(Deal, rows[deal], numbers, lambda n: {
                "id": deal.id + n, "reference": f"D-9{n:07d}", "listing_id": listing.id + n,
            })  # fmt: skip
            _put(DealAsset, rows[item], numbers, lambda n: {
                "id": item.id + n, "deal_id": deal.id + n, "asset_id": asset.id + n,
            })  # fmt: skip
            for one in of_right:
                _put(type(one), rows[one], numbers, lambda n, one=one: {
                    "id": one.id + n, "asset_id": asset.id + n,
                })  # fmt: skip
            for place, one in enumerate(kept):
                _put(Judgement, rows[one], numbers, lambda n, place=place: {
                    "id": 1_000_000 * (place + 1) + n, "subject_id": deal.id + n,
                    "part": f"A-9{n:07d}",
                })  # fmt: skip


def _put(
    model: type[Record],
    row: dict[str, Any],
    numbers: range,
    own: Callable[[int], dict[str, Any]],
) -> None:
    db.session.execute(insert(model), [{**row, **own(n)} for n in numbers])


def _single(deal: Deal) -> float:
    """The rules alone, then a whole deal from the database; the median of the latter."""
    sheet = Facts.of(facts.sheets(deal)[0][1])
    whole = library.load()
    _timed("rules alone", lambda: engine.judge(sheet, DAY, whole))
    references = list(db.session.scalars(select(Deal.id).order_by(Deal.id).limit(ROUNDS)))
    turn = iter(references * 3)

    def full() -> None:
        db.session.rollback()
        db.session.expunge_all()
        checklist.of(db.session.get_one(Deal, next(turn)))

    return _timed("full deal  ", full)


def _timed(name: str, action: Callable[[], Any]) -> float:
    for _ in range(10):
        action()
    walls, work = [], []
    for _ in range(ROUNDS):
        wall, cpu = time.perf_counter(), time.process_time()
        action()
        walls.append((time.perf_counter() - wall) * 1000)
        work.append((time.process_time() - cpu) * 1000)
    cut = quantiles(walls, n=20)
    print(
        f"{name}: median {cut[9]:.2f} ms, p95 {cut[18]:.2f} ms; "
        f"of the processor {median(work):.2f} ms"
    )
    return cut[9]


def _anew(expected: int) -> None:
    for name, day in (("the same law", DAY), ("the law of 2027-01-01", NEW_YEAR)):
        started, worked, judged, changed = time.perf_counter(), time.process_time(), 0, 0
        for one in rejudging.many(SYSTEM, on=day):
            judged += 1
            changed += bool(one.changes)
        seconds, work = time.perf_counter() - started, time.process_time() - worked
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(
            f"judged anew by {name}: {judged} deals in {seconds:.1f} s, "
            f"{judged / seconds:.0f} deals/s ({judged / work:.0f} a second of the processor), "
            f"{changed} changed, {memory} MB"
        )
        if judged != expected:
            raise SystemExit(f"{expected} deals were to be judged")


if __name__ == "__main__":
    sys.exit(main())
