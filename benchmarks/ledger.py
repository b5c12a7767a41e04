"""How fast the books are: settlements beside a bare two-line transaction; a trial balance; the proof.

    python benchmarks/ledger.py [--seconds 10] [--at-once 4] [--lines 1000000]

On a scratch database of the PostgreSQL at 127.0.0.1:5432. A settlement takes a price out of its deal's
escrow and splits it among lender, tax, exchange, broker and seller: one transfer of six lines, in a
transaction of its own. The limit is pgbench with two bare lines and their commit, in the same run.
"""

import argparse
import json
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import psycopg  # noqa: E402 -- the path comes first
from flask import Flask  # noqa: E402

import config  # noqa: E402
from benchmarks import served  # noqa: E402
from marketplace.app import create_app  # noqa: E402
from marketplace.core.db import transaction  # noqa: E402
from marketplace.core.money import Money  # noqa: E402
from marketplace.ledger import queries  # noqa: E402
from marketplace.ledger import services as ledger  # noqa: E402
from tests import factories as a  # noqa: E402

PRICE = 10_000_000  # fen
MOST = 6_000  # deals that wait for their settlement
BARE = r"""
BEGIN;
INSERT INTO bare_posting (account, minor) VALUES ('escrow:' || :client_id, -100), ('seller:' || :client_id, 100);
COMMIT;
"""


def fund(deals: int) -> None:
    """The prices of so many deals arrive."""
    for deal in range(deals):
        cny = {"bank:escrow": -PRICE, f"escrow:deal:{deal}": PRICE}
        ledger.transfer(f"in:{deal}", "price", {k: Money("CNY", v) for k, v in cny.items()})


def settle(deal: int) -> None:
    """The price of one deal among its five."""
    parts = {
        f"escrow:deal:{deal}": -PRICE,
        f"org:{deal % 50}:payable": 4_000_000,
        "tax": 300_000,
        "commission": 200_000,
        f"org:{1_000 + deal % 50}:payable": 100_000,
        f"org:{10_000 + deal}:payable": 5_400_000,
    }
    ledger.transfer(f"settle:{deal}", "split", {k: Money("CNY", v) for k, v in parts.items()})


def settlements(app: Flask, seconds: float, at_once: int) -> float:
    """Settlements a second, each in a transaction of its own."""
    with app.app_context(), transaction():
        fund(MOST)
    end, done = time.monotonic() + seconds, [0] * at_once

    def drive(mine: int) -> None:
        with app.app_context():
            while time.monotonic() < end and mine + at_once * done[mine] < MOST:
                with transaction():
                    settle(mine + at_once * done[mine])
                done[mine] += 1

    threads = [threading.Thread(target=drive, args=(n,)) for n in range(at_once)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / (time.monotonic() - began)


def bare(url: str, seconds: int, at_once: int) -> float:
    """Two bare lines a transaction, by pgbench."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE bare_posting (id bigserial PRIMARY KEY, account text, minor bigint)"
        )
    return served.pgbench(url, BARE, seconds=seconds, at_once=at_once)


FILL = """
INSERT INTO transfer (key, memo, created_at) SELECT 'fill:' || n, 'fill', now() FROM generate_series(1, %(n)s) n;
INSERT INTO posting (transfer_id, account, currency, minor, created_at)
    SELECT id, 'bank:escrow', 'CNY', -100, now() FROM transfer WHERE key LIKE 'fill:%%';
INSERT INTO posting (transfer_id, account, currency, minor, created_at)
    SELECT id, 'org:' || id %% 5000 || ':payable', 'CNY', 100, now() FROM transfer WHERE key LIKE 'fill:%%';
DELETE FROM account_balance;
INSERT INTO account_balance (account, currency, minor, postings, created_at, last_at)
    SELECT account, currency, sum(minor), count(*), min(created_at), max(created_at)
    FROM posting GROUP BY account, currency;
"""


def filled(url: str, lines: int) -> float:
    """Books of so many lines; how long it takes to make all balances anew is in it."""
    with psycopg.connect(url) as connection:
        connection.execute("SET session_replication_role = replica")
        for statement in filter(str.strip, FILL.split(";")):
            began = time.perf_counter()
            connection.execute(statement, {"n": lines // 2} if "%(n)s" in statement else {})
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE posting")
    return time.perf_counter() - began


def main() -> int:
    """One line of figures a scenario; 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--at-once", type=int, default=4)
    parser.add_argument("--lines", type=int, default=1_000_000)
    asked = parser.parse_args()
    with served.scratch() as environment:
        app, url = create_app(config.load(environment)), environment["DATABASE_URL"]
        rate = settlements(app, asked.seconds, asked.at_once)
        limit = bare(url, asked.seconds, asked.at_once)
        with app.app_context():
            holds = ledger.self_check().holds
        report = {"per_second": round(rate, 1), "bare": round(limit, 1)}
        print(
            json.dumps(
                {
                    "scenario": "settlements",
                    **report,
                    "ratio": round(rate / limit, 3),
                    "holds": holds,
                }
            )
        )
        rebuilt = filled(url, asked.lines)
        with app.app_context():
            operator = a.operator()
            began = time.perf_counter()
            rows = len(queries.accounts(operator))
            trial = time.perf_counter() - began
            began = time.perf_counter()
            proof = ledger.self_check()
            proved = time.perf_counter() - began
        report = {"accounts": rows, "lines": proof.postings, "trial_balance_s": round(trial, 3)}
        report |= {"proof_s": round(proved, 2), "balances_made_anew_s": round(rebuilt, 2)}
        print(json.dumps({"scenario": "trial balance and proof", **report, "holds": proof.holds}))
    return int(not holds or not proof.holds or trial > 2 or rate < 100)


if __name__ == "__main__":
    sys.exit(main())
