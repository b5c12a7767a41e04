"""Every entry in a register on its way, those that are late first, with proofs to be checked."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from marketplace.web import recordals
from marketplace.web.session import operators_only

bp = Blueprint("console_recordals", __name__, url_prefix="/console/recordals")
bp.before_request(operators_only)


@bp.get("")
def index() -> ResponseReturnValue:
    """All of them."""
    return recordals.listed("console")
