"""One handler for refusals, one for what the server itself refuses, one for bugs."""

import structlog
from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from marketplace.core.db import db
from marketplace.core.errors import NotFound, Refused

log = structlog.get_logger()
PAGES = {400, 403, 404, 405, 409, 413, 422, 429, 500}


def init_app(app: Flask) -> None:
    """Every error becomes a page that says what happened and what to do."""

    @app.errorhandler(Refused)
    def refused(refusal: Refused) -> ResponseReturnValue:
        db.session.rollback()
        if isinstance(refusal, NotFound):
            return _page(404)
        page = render_template("errors/refused.html", refusal=refusal, status=refusal.status)
        return page, refusal.status

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> ResponseReturnValue:
        code = error.code or 500
        if code not in PAGES:
            return error
        page, status = _page(code)
        headers = {k: v for k, v in error.get_headers() if k.lower() in {"retry-after", "allow"}}
        return page, status, headers

    @app.errorhandler(Exception)
    def bug(error: Exception) -> ResponseReturnValue:
        db.session.rollback()
        if app.config.get("PROPAGATE_EXCEPTIONS"):
            raise error
        log.error("unhandled", path=request.path, method=request.method, exc_info=error)
        return _page(500)


def _page(status: int) -> tuple[str, int]:
    return render_template("errors/page.html", status=status), status
