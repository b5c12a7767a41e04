"""The ways out."""

from flask.typing import ResponseReturnValue

from marketplace.deals import services as deals
from marketplace.web.deals.shared import bp, do, with_reason
from marketplace.web.locale import gettext
from marketplace.web.session import current_actor, sign_in_required


@bp.post("/<reference>/cancel")
@sign_in_required
def cancel(reference: str) -> ResponseReturnValue:
    """Leave before it is signed."""
    return with_reason(
        reference,
        lambda deal, because: deals.cancel(current_actor(), deal, because=because),
        gettext("交易已取消。"),
        form_name="reason_form",
        anchor="",
    )


@bp.post("/<reference>/cancellation")
@sign_in_required
def request_cancellation(reference: str) -> ResponseReturnValue:
    """Ask the other party to undo it."""
    return with_reason(
        reference,
        lambda deal, because: deals.request_cancellation(current_actor(), deal, because=because),
        gettext("解除申请已发给对方。"),
        form_name="reason_form",
        anchor="cancellation",
    )


@bp.post("/<reference>/cancellation/withdraw")
@sign_in_required
def withdraw_cancellation(reference: str) -> ResponseReturnValue:
    """The deal goes on."""
    return do(
        reference,
        lambda deal: deals.withdraw_cancellation(current_actor(), deal),
        gettext("解除申请已撤回，交易继续。"),
    )


@bp.post("/<reference>/cancellation/agree")
@sign_in_required
def agree_cancellation(reference: str) -> ResponseReturnValue:
    """Both want out."""
    return do(
        reference,
        lambda deal: deals.agree_cancellation(current_actor(), deal),
        gettext("交易已解除；监管账户中的款项将退回买方。"),
    )


@bp.post("/<reference>/cancellation/oppose")
@sign_in_required
def oppose_cancellation(reference: str) -> ResponseReturnValue:
    """The exchange decides then."""
    return with_reason(
        reference,
        lambda deal, because: deals.oppose_cancellation(current_actor(), deal, because=because),
        gettext("已记录您的反对意见，由交易所裁决。"),
        form_name="reason_form",
        anchor="cancellation",
    )
