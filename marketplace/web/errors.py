"""One handler for refusals, one for what the server itself refuses, one for bugs, one for outages.

Logs name the page, not its address: a path may hold a mailed link's secret.
"""

from pathlib import Path

import structlog
from flask import Flask, current_app, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import exc
from werkzeug.exceptions import HTTPException, ServiceUnavailable

from marketplace.core.db import db
from marketplace.core.errors import NotFound, Refused, TooOften
from marketplace.web import bundle_words
from marketplace.web.session import forget_reader

log = structlog.get_logger()
AWAY_SECONDS = "30"
OPEN_ALWAYS = frozenset({"static", "icon_sprite"})
CLOSED = "maintenance"  # a file of this name in the instance folder closes the site
CLOSED_SECONDS = 120


def init_app(app: Flask) -> None:
    """Every error becomes a page that says what happened and what to do."""
    app.before_request(_closed)

    @app.errorhandler(Refused)
    def refused(refusal: Refused) -> ResponseReturnValue:
        db.session.rollback()
        if isinstance(refusal, NotFound):
            return _page(404)
        page = render_template(
            "errors/refused.html", refusal=refusal, status=refusal.status, bundle_words=bundle_words
        )
        wait = (
            {"Retry-After": str(refusal.facts["seconds"])} if isinstance(refusal, TooOften) else {}
        )
        return page, refusal.status, wait

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> ResponseReturnValue:
        code = error.code or 500
        if code < 400:
            return error
        page, status = _page(code)
        headers = {k: v for k, v in error.get_headers() if k.lower() in {"retry-after", "allow"}}
        return page, status, headers

    @app.errorhandler(exc.OperationalError)
    @app.errorhandler(exc.InterfaceError)
    @app.errorhandler(exc.TimeoutError)  # of the pool
    def away(error: Exception) -> ResponseReturnValue:
        """The database is away or too busy: said without asking it anything."""
        db.session.remove()
        log.error("database away", page=request.endpoint, error=type(error).__name__)
        forget_reader()
        page, status = _page(503)
        return page, status, {"Retry-After": AWAY_SECONDS, "Cache-Control": "no-store"}

    @app.errorhandler(Exception)
    def bug(error: Exception) -> ResponseReturnValue:
        db.session.rollback()
        if app.config.get("PROPAGATE_EXCEPTIONS"):
            raise error
        log.error("unhandled", page=request.endpoint, method=request.method, exc_info=error)
        try:
            return _page(500)
        except Exception:  # noqa: BLE001 -- what broke the page may be in the reader's own header
            forget_reader()
            return _page(500)


def _closed() -> None:
    """Close the site while the file `maintenance` stands in the instance folder."""
    if request.endpoint not in OPEN_ALWAYS and Path(current_app.instance_path, CLOSED).exists():
        forget_reader()
        raise ServiceUnavailable(retry_after=CLOSED_SECONDS)


def _page(status: int) -> tuple[str, int]:
    return render_template("errors/page.html", status=status), status
