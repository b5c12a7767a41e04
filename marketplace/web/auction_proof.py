"""Checking an auction: its bundle, and what the verifier says of it or of any bundle or receipt."""

import json
from typing import Any

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from marketplace.auctions import receipts
from marketplace.auctions.queries import reading
from marketplace.auctions.services import bundling
from marketplace.auctions.verify import verify as check
from marketplace.core.money import Money
from marketplace.web import incoming
from marketplace.web.limits import limiter
from marketplace.web.locale import gettext
from marketplace.web.session import current_actor

bp = Blueprint("auction_proof", __name__)
LARGEST = 20 * 1024 * 1024


@bp.get("/auctions/<reference>/bundle.json")
@limiter.limit("30 per minute")
def bundle(reference: str) -> Response:
    """Everything that a stranger needs to work the auction out again; ?since= as `bundling` has it."""
    auction = reading.get(current_actor(), reference)
    since = request.args.get("since", type=incoming.row_number)
    text = json.dumps(bundling.bundle(auction, since), ensure_ascii=False, indent=1)
    name = f"{auction.reference}-bundle.json"
    return Response(
        text,
        mimetype="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@bp.get("/auctions/<reference>/verify")
@limiter.limit("30 per minute")
def verify(reference: str) -> ResponseReturnValue:
    """The verifier's checks on this auction, in words."""
    auction = reading.get(current_actor(), reference)
    verdict = check(bundling.bundle(auction)) if auction.seq else None
    return render_template(
        "auctions/verify.html",
        auction=auction,
        verdict=verdict,
        price=Money(auction.currency, verdict.price) if verdict and verdict.price else None,
        keys=receipts.public_keys(),
    )


@bp.route("/auctions/verify", methods=["GET", "POST"])
@limiter.limit("20 per minute", methods=["POST"])
def verify_file() -> ResponseReturnValue:
    """Any bundle or receipt that somebody hands in; nothing of it is kept."""
    verdict: Any = None
    said: dict[str, Any] | None = None
    problem = ""
    if request.method == "POST":
        text = _text()
        try:
            data = json.loads(text)
        except (ValueError, RecursionError):
            problem = gettext("这不是可以读取的 JSON 文件。")
        else:
            if isinstance(data, dict) and "signature" in data:
                said = {"genuine": receipts.is_genuine(text), "body": data.get("body")}
            elif isinstance(data, dict) and "events" in data:
                verdict = check(data, keys=receipts.public_keys() if data.get("log") else ())
            else:
                problem = gettext("文件既不是竞价记录，也不是回执。")
    page = render_template("auctions/verify_file.html", verdict=verdict, said=said, problem=problem)
    return page, 422 if problem else 200


def _text() -> str:
    sent = request.files.get("file")
    data = sent.read(LARGEST + 1) if sent else b""
    if data:
        return data.decode("utf-8", "replace") if len(data) <= LARGEST else ""
    return request.form.get("text", "")
