"""Safety headers, reports of broken policy, forgery tokens, compression."""

import json
from typing import Any

import structlog
from flask import Blueprint, Flask, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_compress import Compress
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import RequestEntityTooLarge

from marketplace.web.limits import limiter
from marketplace.web.session import current_reader

log = structlog.get_logger()
csrf = CSRFProtect()
bp = Blueprint("security", __name__)

# One Trusted Types policy, `app`, is made once by static/js/app.js for our own pages.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; manifest-src 'self'; require-trusted-types-for 'script'; "
    "trusted-types app; report-uri /csp-report"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
HSTS = "max-age=31536000; includeSubDomains"
REPORT_LIMIT = 8 * 1024
REPORTED = (
    "violated-directive",
    "effective-directive",
    "disposition",
    "status-code",
    "line-number",
)
COMPRESSED = [
    "text/html",
    "text/css",
    "text/csv",
    "text/javascript",
    "application/javascript",
    "image/svg+xml",
    "application/json",
    "application/xml",
]


def protect(response: Response) -> Response:
    """Set the headers; a view that sets one of them itself keeps it."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", HSTS)
    if request.endpoint == "static":
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    elif "Cache-Control" not in response.headers:
        private = current_reader() is not None or request.method not in {"GET", "HEAD"}
        response.headers["Cache-Control"] = "no-store" if private else "no-cache"
    return response


def _path_only(address: Any) -> str:
    """An address without its query and fragment, which may hold personal data."""
    text = str(address or "")
    return text.split("?", 1)[0].split("#", 1)[0][:200]


def _told(report: dict[str, Any]) -> dict[str, Any]:
    told = {name.replace("-", "_"): str(report[name])[:80] for name in REPORTED if name in report}
    told["page"] = _path_only(report.get("document-uri"))
    told["blocked"] = _path_only(report.get("blocked-uri"))
    told["source"] = _path_only(report.get("source-file"))
    return told


@bp.post("/csp-report")
@csrf.exempt  # type: ignore[untyped-decorator]
@limiter.limit("30 per minute")
def csp_report() -> ResponseReturnValue:
    """Note what a browser blocked: directive and addresses without their queries, nobody's data."""
    if (request.content_length or 0) > REPORT_LIMIT:
        raise RequestEntityTooLarge
    try:
        body = json.loads(request.get_data(cache=False)[:REPORT_LIMIT])
        report = body["csp-report"]
    except (ValueError, KeyError, TypeError):
        return "", 400
    if isinstance(report, dict):
        log.warning("csp_violation", **_told(report))
    return "", 204


def _forged(error: CSRFError) -> ResponseReturnValue:
    """The form was open too long, or came from elsewhere: nothing was done, and it says so."""
    log.warning("csrf_refused", reason=error.description, page=request.endpoint)
    return render_template("errors/csrf.html", status=400), 400


def init_app(app: Flask) -> None:
    """Headers, forgery tokens, compression, the report address (its blueprint is found by name)."""
    app.config.setdefault("COMPRESS_ALGORITHM", ["br", "gzip"])
    app.config.setdefault("COMPRESS_BR_LEVEL", 5)
    app.config.setdefault("COMPRESS_MIN_SIZE", 500)
    app.config.setdefault("COMPRESS_MIMETYPES", COMPRESSED)
    app.config.setdefault("COMPRESS_STREAMS", False)  # it leaves files open
    csrf.init_app(app)
    Compress(app)
    app.register_error_handler(CSRFError, _forged)
    app.after_request(protect)
