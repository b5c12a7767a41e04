"""The mandate as both sides sign it."""

from marketplace.assets import printed as parts
from marketplace.core import clock, settings
from marketplace.core.money import Money
from marketplace.core.words import say
from marketplace.documents import agreements
from marketplace.documents.letterhead import site
from marketplace.documents.papers import Said
from marketplace.mandates.commission import FeeTable
from marketplace.mandates.models import Mandate, Side


def printed(mandate: Mandate) -> agreements.Mandate:
    """Parties, authority and its limits (民法典 art. 165), term, fee; Chinese with English beside it."""
    fees: FeeTable = mandate.fee_table
    currency = mandate.currency
    now = clock.now()
    return agreements.Mandate(
        number=mandate.reference,
        drawn_at=now,
        site=site(),
        first=parts.party(mandate.principal),
        second=parts.party(mandate.broker),
        demo=settings.current().demo,
        side=mandate.side.value,
        exclusive=mandate.exclusive,
        scope=_scope(mandate),
        acts=[both(f"mandate_act.{act}") for act in mandate.acts],
        rights=[parts.right(asset) for asset in mandate.assets],
        starts_on=now.astimezone(clock.BEIJING).date(),
        ends_on=mandate.expires_on,
        tiers=[
            agreements.FeeTier(tier.bps, None if tier.upto is None else Money(currency, tier.upto))
            for tier in fees.tiers
        ],
        minimum=Money(currency, fees.minimum),
        vat_bps=fees.vat_bps,
        retainer=mandate.retainer,
        payer=both(f"mandate_payer.{mandate.payer.value}"),
        limit=mandate.limit,
        tail_days=mandate.tail_days,
    )


def _scope(mandate: Mandate) -> Said:
    if mandate.side is Side.SELL:
        return Said("附表所列权利", "the rights in the Schedule")
    kinds = [both(f"asset_kind.{kind}") for kind in mandate.kinds]
    zh, en = "、".join(kind.zh for kind in kinds), ", ".join(kind.en for kind in kinds)
    field = mandate.field.strip()
    return Said(f"{zh}（{field}）" if field else zh, f"{en} ({field})" if field else en)


def both(code: str) -> Said:
    """The words of a code, Chinese and English."""
    return Said(say("enums", code, "zh_Hans"), say("enums", code, "en"))


def percent(bps: int) -> str:
    """Basis points in per cent, as people write it."""
    whole, rest = divmod(bps, 100)
    return f"{whole}.{rest:02d} %" if rest else f"{whole} %"
