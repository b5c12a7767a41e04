"""The daily look at rights: how long and how much memory it takes over 100,000 of them.

    python -m benchmarks.daily_status [--assets 100000] [--database URL]

Rights are made up: patents, a fifth of them with the year that their keeper has paid for, filed on
every day of twenty years; one in a thousand is listed and one in ten thousand of those rights has
lapsed. The first run works out every next fee and writes the events of old rights; the second is
an ordinary day; the third, a moment later, finds nothing to do. Memory is the peak of the process.
"""

import argparse
import json
import resource
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from random import Random

from sqlalchemy import insert

import config
from marketplace.app import create_app
from marketplace.core import clock
from marketplace.core.db import db, transaction

ROWS_AT_ONCE = 5_000


def plant(assets: int, chance: Random) -> None:
    """The rights, by plain inserts."""
    from marketplace.assets.models import Asset  # noqa: PLC0415 -- after the application
    from marketplace.organisations.models import Organisation, OrganisationKind  # noqa: PLC0415

    today = clock.today()
    with transaction():
        keeper = Organisation(
            name="基准公司", name_en="Benchmark", slug="benchmark", kind=OrganisationKind.ENTERPRISE
        )
        db.session.add(keeper)
        db.session.flush()
        keeper_id = keeper.id
    rows = []
    for number in range(assets):
        filed = today - timedelta(days=chance.randrange(1, 7000))
        granted = min(filed + timedelta(days=chance.randrange(200, 1500)), today)
        year = today.year - filed.year
        rows.append(
            {
                "reference": f"A-{number:08d}",
                "keeper_id": keeper_id,
                "kind": "invention",
                "title": f"第{number}号方法",
                "status": "in_force",
                "filing_date": filed,
                "grant_date": granted,
                "last_day": date(filed.year + 20, filed.month, min(filed.day, 28)),
                "fee_paid_through": max(year, 1) if number % 5 == 0 else None,
                "checked_on": today - timedelta(days=chance.randrange(400)),
            }
        )
        if len(rows) == ROWS_AT_ONCE or number == assets - 1:
            with transaction():
                db.session.execute(insert(Asset), rows)
            rows = []


def main() -> None:
    """Plant, look three times, report."""
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("--assets", type=int, default=100_000)
    wanted.add_argument("--database", default="")
    asked = wanted.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = asked.database or f"sqlite:///{Path(folder) / 'benchmark.db'}"
        settings = config.load({"INSTANCE_DIR": folder, "DATABASE_URL": url})
        app = create_app(settings | {"SECRET_KEY": "for a benchmark only, long enough"})
        with app.app_context():
            db.create_all()
            plant(asked.assets, Random(1))  # noqa: S311 -- made-up rights
            look(asked.assets)


def look(assets: int) -> None:
    """Three runs, each a line of JSON."""
    from marketplace.jobs import daily  # noqa: PLC0415

    for name in ("first run", "ordinary day", "again at once"):
        days = 0 if name == "first run" else 1
        with clock.freeze(clock.now() + timedelta(days=days)):
            started = time.perf_counter()
            done = daily.run()
            seconds = time.perf_counter() - started
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            json.dumps(
                {
                    "run": name,
                    "assets": assets,
                    "seconds": round(seconds, 2),
                    "peak_mb": round(peak),
                    **done,
                }
            )
        )


if __name__ == "__main__":
    main()
