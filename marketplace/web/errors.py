"""One handler for refusals, one for what the server itself refuses, one for bugs, one for outages.

Logs name the page, not its address: a path may hold a mailed link's secret.
"""

import structlog
from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import exc
from werkzeug.exceptions import HTTPException

from marketplace.core.db import db
from marketplace.core.errors import NotFound, Refused, TooOften
from marketplace.web.session import forget_reader

log = structlog.get_logger()
AWAY_SECONDS = "30"


def init_app(app: Flask) -> None:
    """Every error becomes a page that says what happened and what to do."""

    @app.errorhandler(Refused)
    def refused(refusal: Refused) -> ResponseReturnValue:
        db.session.rollback()
        if isinstance(refusal, NotFound):
            return _page(404)
        page = render_template("errors/refused.html", refusal=refusal, status=refusal.status)
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
        return _page(500)


def _page(status: int) -> tuple[str, int]:
    return render_template("errors/page.html", status=status), status
