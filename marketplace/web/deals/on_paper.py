"""Signing on paper: asked for, the scan filed, taken back; the exchange's side is in the console."""

from typing import Any

from flask.typing import ResponseReturnValue

from marketplace.core.errors import Invalid
from marketplace.core.policy import require
from marketplace.deals import policy
from marketplace.deals import services as deals
from marketplace.deals.models import Deal
from marketplace.documents import services as documents
from marketplace.documents import sniff
from marketplace.forms.deals import ScanForm
from marketplace.web.deals.shared import bp, do
from marketplace.web.limits import limiter
from marketplace.web.locale import gettext
from marketplace.web.session import current_actor, sign_in_required


@bp.post("/<reference>/paper")
@sign_in_required
def ask_for_paper(reference: str) -> ResponseReturnValue:
    """Sign by hand instead."""
    return do(
        reference,
        lambda deal: deals.ask_for_paper(current_actor(), deal),
        gettext("已改为纸质签署：请打印合同，双方签名或盖章后提交扫描件。"),
        "contract",
    )


@bp.post("/<reference>/paper/scan")
@sign_in_required
@limiter.limit("30 per minute")
def file_scan(reference: str) -> ResponseReturnValue:
    """The scan of what was signed by hand."""
    form = ScanForm()
    valid = form.validate_on_submit()

    def command(deal: Deal) -> None:
        require(current_actor(), policy.sign, deal)
        if not valid:
            raise Invalid("deal.no_scan_chosen")
        deals.file_scan(current_actor(), deal, scan=_stored(deal, form.scan.data))

    return do(reference, command, gettext("扫描件已提交，等待交易所核对。"), "contract")


@bp.post("/<reference>/paper/withdraw")
@sign_in_required
def withdraw_paper(reference: str) -> ResponseReturnValue:
    """Back to signing on the platform."""
    return do(
        reference,
        lambda deal: deals.withdraw_paper(current_actor(), deal),
        gettext("已撤回纸质签署，可以在平台上签署。"),
        "contract",
    )


def _stored(deal: Deal, upload: Any) -> Any:
    return documents.store(
        current_actor(),
        upload.stream,
        upload.filename or "",
        purpose="contract_scan",
        subject=deal,
        readers=[deal.seller_id, deal.buyer_id],
        allowed=sniff.PAPERS,
    )
