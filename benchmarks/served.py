"""What the benchmarks of auctions share: a scratch database, the site served on it, bidders over HTTP.

The generator must cost little beside what it measures: one thread, plain sockets, no library of HTTP.
"""

import asyncio
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask

from tests import factories as a

ROOT = Path(__file__).parents[1]
SERVER = "postgresql://postgres@127.0.0.1:5432"
PORT = 8765
GAP = 20_000  # fen between two amounts of one auction: two steps
STEP = 10_000


@contextmanager
def scratch(*, sqlite: bool = False) -> Iterator[dict[str, str]]:
    """The settings of a site with a database of its own, up to date; gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        if sqlite:
            yield _migrated(f"sqlite:///{Path(folder) / 'bench.db'}", folder, processes=1)
            return
        name = f"bench_{os.getpid()}"
        with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield _migrated(f"{SERVER}/{name}", folder, processes=2)
        finally:
            with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as connection:
                connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def pgbench(url: str, script: str, *, seconds: int, at_once: int) -> float:
    """Transactions a second of bare SQL, with as many connections: the limit of what is measured."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        done = subprocess.run(  # noqa: S603 -- our own command
            ["pgbench", "-n", "-c", str(at_once), "-j", "1", "-T", str(seconds), "-f", file.name, url],  # noqa: S607
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    if found is None:
        raise SystemExit(done.stdout)
    return float(found.group(1))


def _migrated(url: str, folder: str, *, processes: int) -> dict[str, str]:
    settings = {
        "DATABASE_URL": url, "INSTANCE_DIR": folder, "DEMO": "1", "EMBEDDED_WORKER": "0",
        "REDIS_URL": "redis://127.0.0.1:6379/9", "PORT": str(PORT), "WEB_THREADS": "8",
        "WEB_CONCURRENCY": str(processes), "SECRET_KEY": "for this run only, and of no use elsewhere",
    }  # fmt: skip
    environment = os.environ | settings
    subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"],
        cwd=ROOT, env=environment, check=True, capture_output=True,
    )  # fmt: skip
    return environment


@contextmanager
def running(command: Sequence[str], environment: dict[str, str], port: int) -> Iterator[int]:
    """A process of ours, once its port answers, until the end of the block; its number."""
    process = subprocess.Popen(  # noqa: S603 -- our own command
        [sys.executable, "-m", *command], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
    )
    try:
        _wait_for(port)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _wait_for(port: int) -> None:
    for _ in range(240):
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            link.request("GET", "/robots.txt")
            link.getresponse().read()
        except OSError:
            time.sleep(0.5)
        else:
            return
        finally:
            link.close()
    raise SystemExit(f"nothing answers at port {port}")


@contextmanager
def site(environment: dict[str, str]) -> Iterator[int]:
    """The site under gunicorn."""
    command = ("gunicorn", "--config", "gunicorn.conf.py", "wsgi:app")
    with running(command, environment, PORT) as number:
        yield number


def processor_seconds(number: int) -> float:
    """Of a process of ours and its children, until now."""
    children = Path(f"/proc/{number}/task/{number}/children").read_text(encoding="ascii").split()
    used = 0
    for one in [str(number), *children]:
        spent = Path(f"/proc/{one}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        used += int(spent[11]) + int(spent[12])
    return used / os.sysconf("SC_CLK_TCK")


def cookie_of(app: Flask, firm: Any) -> str:
    """The session of a signed-in manager of a firm."""
    token = a.sign_in_token(firm)
    with app.test_client() as browser:
        with browser.session_transaction() as session:
            session.update({"sign_in": token, "_user_id": "1", "_fresh": True})
        cookie = browser.get_cookie("session")
    if cookie is None:
        raise SystemExit("no session")
    return f"session={cookie.value}"


class Caller:
    """A signed-in bidder of one auction with a connection that stays open."""

    def __init__(self, cookie: str, reference: str) -> None:
        self.cookie, self.reference = cookie, reference
        self.token = ""
        self.turn = asyncio.Lock()  # one request at a time
        self.link: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def enter(self) -> None:
        """Open the page, as a browser has to before it bids."""
        _, head, page = await self._ask("GET", "", "")
        if fresh := re.search(r"(?im)^set-cookie: (session=[^;]+)", head):
            self.cookie = fresh.group(1)
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.decode())
        if token is None:
            raise SystemExit("no form on the page")
        self.token = token.group(1)

    async def bid(self, amount: int, key: str) -> tuple[int, dict[str, Any]]:
        """Status and receipt of the answer; the receipt is empty where a page came instead."""
        more = f"X-CSRFToken: {self.token}\r\nIdempotency-Key: {key}\r\n"
        status, _, text = await self._ask("POST", "/bids", more, f'{{"amount":{amount}}}')
        return status, json.loads(text) if text[:1] == b"{" else {}

    async def _ask(
        self, method: str, path: str, more: str, body: str = ""
    ) -> tuple[int, str, bytes]:
        said = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
        request = (
            f"{method} /auctions/{self.reference}{path} HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\n"
            f"Cookie: {self.cookie}\r\n{more}{said}\r\n{body}"
        ).encode()
        async with self.turn:
            if self.link:
                with suppress(OSError, asyncio.IncompleteReadError):  # closed after a pause
                    return await self._exchange(*self.link, request)
            self.link = await asyncio.open_connection("127.0.0.1", PORT, limit=2**20)
            return await self._exchange(*self.link, request)  # the key makes them one request

    async def _exchange(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
    ) -> tuple[int, str, bytes]:
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        length = re.search(r"(?im)^content-length: (\d+)", head)
        if length is None:
            raise SystemExit(f"an answer of no stated length: {head}")
        text = await reader.readexactly(int(length.group(1)))
        if "connection: close" in head.lower():
            writer.close()
            self.link = None
        return int(head[9:12]), head, text


def refusal_of(status: int, said: dict[str, Any]) -> str:
    """What an answer amounts to: accepted, or why not."""
    return "accepted" if status == 201 else str(said.get("body", {}).get("refusal", status))


def milliseconds(spent: Sequence[float], share: float) -> float:
    """A percentile of seconds, in milliseconds."""
    found = sorted(spent)
    return round(found[min(int(len(found) * share), len(found) - 1)] * 1000, 1)
