"""How `make run` serves the site: one process, many threads, the worker inside.

For production see docs/deploy.md.
"""

import os
import signal
from typing import Any

import config as site  # gunicorn has a setting named config

bind = f"{os.environ.get('HOST') or '127.0.0.1'}:{os.environ.get('PORT') or '8000'}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY") or "1")
threads = int(os.environ.get("WEB_THREADS") or "32")
timeout = 60
graceful_timeout = 20
keepalive = 5
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS") or "127.0.0.1"
accesslog = os.environ.get("ACCESS_LOG") or None
loglevel = "warning"
control_socket_disable = True


def on_starting(server: Any) -> None:
    """Outside the demonstration, start only with settings fit for production."""
    from marketplace.jobs import readiness  # noqa: PLC0415 -- gunicorn reads this file before all else

    for fault in (faults := readiness.reasons_not_to_start(site.load())):
        server.log.error("%s", fault)
    if faults:
        raise SystemExit("not started: see docs/deploy.md, or DEMO=1 for a demonstration")


def when_ready(_server: Any) -> None:
    """Say where, once it is true."""
    print(f"http://{bind}", flush=True)  # noqa: T201 -- for whoever typed `make run`


def post_worker_init(worker: Any) -> None:
    """Start the background worker as a thread of this process, where the settings ask for it.

    Ctrl-C reaches every process of the terminal; only the master acts on it. A worker told twice, by the
    terminal and by its master, may wait for itself: gunicorn takes a lock while it handles either signal.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if site.load()["EMBEDDED_WORKER"]:
        from marketplace.jobs.worker import start_thread  # noqa: PLC0415 -- not in the master process

        start_thread(worker.wsgi)
