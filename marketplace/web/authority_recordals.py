"""The authority reads how the entries in the registers stand; it changes nothing."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from marketplace.web import recordals
from marketplace.web.session import overseers_only

bp = Blueprint("authority_recordals", __name__, url_prefix="/authority/recordals")
bp.before_request(overseers_only)


@bp.get("")
def index() -> ResponseReturnValue:
    """All of them, to read."""
    return recordals.listed("authority")
