"""How `make run` serves the site: one process, many threads, the worker inside.

For production see docs/deploy.md.
"""

import os
from typing import Any

import config as site  # gunicorn has a setting named config

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "1"))
threads = int(os.environ.get("WEB_THREADS", "32"))
timeout = 60
graceful_timeout = 20
keepalive = 5
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1")
accesslog = os.environ.get("ACCESS_LOG") or None
loglevel = "warning"
control_socket_disable = True


def on_starting(server: Any) -> None:
    """Outside the demonstration, start only with settings fit for production."""
    faults = site.problems(site.load())
    for fault in faults:
        server.log.error("%s", fault)
    if faults:
        raise SystemExit("not started: see docs/deploy.md, or DEMO=1 for a demonstration")


def post_worker_init(worker: Any) -> None:
    """Start the background worker as a thread of this process, where the settings ask for it."""
    if os.environ.get("EMBEDDED_WORKER") == "1":
        from marketplace.jobs.worker import start_thread  # noqa: PLC0415 -- not in the master process

        start_thread(worker.wsgi)
