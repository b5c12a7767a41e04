"""The log of all auctions for everybody: what was signed, proofs, and the whole tree as files.

Addresses and contents of checkpoint, tiles and entries are those of C2SP tlog-tiles, so that the tools which
watch certificate logs can watch this one.
"""

import re

from flask import Blueprint, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from marketplace.auctions.queries import log
from marketplace.auctions.services import sequencing
from marketplace.core.errors import NotFound
from marketplace.web.limits import limiter

bp = Blueprint("auction_log", __name__)
PLACE = re.compile(
    r"(?P<level>\d|[1-5]\d|6[0-3]|entries)/(?P<number>(?:x\d{3}/){0,4}\d{3})(?:\.p/(?P<width>[1-9]\d{0,2}))?"
)
HASH = re.compile(r"[0-9a-f]{64}")
A_YEAR = 31_536_000


@bp.get("/log")
@limiter.limit("60 per minute")
def index() -> ResponseReturnValue:
    """How far the log has come, its checkpoints, and where a line of it is."""
    line = request.args.get("event", "").strip().lower()[:64]
    found, problem = None, ""
    if line:
        try:
            found = _proof(line, None)
        except NotFound as refusal:
            problem = refusal.code
    return render_template(
        "auctions/log.html",
        checkpoints=log.checkpoints(),
        size=log.size(),
        key=sequencing.verifier_key(),
        line=line,
        found=found,
        problem=problem,
    )


@bp.get("/log/checkpoint")
@limiter.limit("120 per minute")
def checkpoint() -> Response:
    """The newest signed note; nobody keeps it for us."""
    newest = log.newest()
    if newest is None:
        raise NotFound("auction_log")
    return Response(
        newest.note,
        mimetype="text/plain",
        headers={"Cache-Control": "no-store"},
    )


@bp.get("/log/proof")
@limiter.limit("120 per minute")
def proof() -> Response:
    """Where a line is (?event=its hash), and the path to the root of the newest or of a given size."""
    return jsonify(_proof(request.args.get("event", "").lower(), _number("size")))


def _proof(line: str, size: int | None) -> dict[str, object]:
    if not HASH.fullmatch(line):
        raise NotFound("auction_log")
    wanted, place = log.signed_size(size), log.place_of(line)
    if place >= wanted:
        raise NotFound("auction_log")
    path = log.proofs([place], wanted)[place]
    return {"event": line, "index": place, "size": wanted, "path": path}


@bp.get("/log/consistency")
@limiter.limit("120 per minute")
def consistency() -> Response:
    """That the log of ?from= lines is a beginning of that of ?to=, or of the newest."""
    before, wanted = _number("from") or 0, log.signed_size(_number("to"))
    return jsonify({"from": before, "to": wanted, "path": log.consistency(before, wanted)})


def _number(name: str) -> int | None:
    text = request.args.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise NotFound("auction_log")
    return int(text)


@bp.get("/log/tile/<path:where>")
@limiter.limit("600 per minute")
def tile(where: str) -> Response:
    """Hashes of the tree, or its lines: level (or `entries`), number in groups of three, width of a part."""
    said = PLACE.fullmatch(where)
    if said is None:
        raise NotFound("auction_log")
    number = int(said["number"].replace("x", "").replace("/", ""))
    width = int(said["width"] or log.WIDTH)
    level = None if said["level"] == "entries" else int(said["level"])
    return Response(
        log.entries(number, width) if level is None else log.tile(level, number, width),
        mimetype="application/octet-stream",
        headers={"Cache-Control": f"public, max-age={A_YEAR}, immutable"},
    )
