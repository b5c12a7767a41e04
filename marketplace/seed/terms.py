"""What the demonstration's rights are offered for: kind of deal, price, royalty."""

from dataclasses import replace
from datetime import date

from marketplace.assets.models import MARKS, Asset, AssetKind
from marketplace.core.money import Money, yuan
from marketplace.listings.terms import DealKind, Grant, RoyaltyBase, Terms

# Yuan, from and to: what such rights are usually asked for in technology markets.
PRICES = {
    AssetKind.INVENTION: (60_000, 1_600_000),
    AssetKind.PATENT_APPLICATION: (30_000, 260_000),
    AssetKind.UTILITY_MODEL: (8_000, 68_000),
    AssetKind.DESIGN: (5_000, 36_000),
    AssetKind.TRADEMARK: (12_000, 520_000),
    AssetKind.COLLECTIVE_MARK: (20_000, 160_000),
    AssetKind.CERTIFICATION_MARK: (30_000, 240_000),
    AssetKind.DATA_RIGHT: (40_000, 620_000),
    AssetKind.COPYRIGHT: (6_000, 90_000),
    AssetKind.SOFTWARE: (38_000, 680_000),
    AssetKind.PLANT_VARIETY: (180_000, 2_400_000),
    AssetKind.IC_LAYOUT: (90_000, 880_000),
    AssetKind.KNOW_HOW: (260_000, 3_200_000),
}
GRANTS = (Grant.NON_EXCLUSIVE, Grant.EXCLUSIVE, Grant.NON_EXCLUSIVE, Grant.SOLE)
FIELDS = ("", "", "民用产品", "医疗康复", "", "工业检测")
LICENSED = (  # kinds that are more often licensed than sold
    AssetKind.SOFTWARE,
    AssetKind.COPYRIGHT,
    AssetKind.PLANT_VARIETY,
    AssetKind.KNOW_HOW,
    AssetKind.DATA_RIGHT,
)
CONTRIBUTED = (AssetKind.INVENTION, AssetKind.SOFTWARE, AssetKind.KNOW_HOW, AssetKind.IC_LAYOUT)


def of(asset: Asset, chance: int, today: date, only: DealKind | None = None) -> Terms:
    """The terms of a listing of this right; `only` asks for a kind of deal."""
    kind = only or _kind(asset, chance)
    price = None if chance % 7 == 6 and only is None else _price(asset.kind, chance // 5)
    if kind is DealKind.LICENCE:
        return _licence(asset, chance, today, price)
    if kind is DealKind.EQUITY:
        return Terms(
            kind,
            price or yuan(800_000),
            company="拟设立的项目公司（广东）",
            equity_bps=1_200 + chance % 9 * 250,
        )
    delivery, support = (
        (10 + chance % 3 * 10, chance % 5 * 5) if _is_technical(asset) else (None,) * 2
    )
    return Terms(kind, price, delivery_days=delivery, support_days=support)


def _kind(asset: Asset, chance: int) -> DealKind:
    if asset.kind in CONTRIBUTED and chance % 13 == 5:
        return DealKind.EQUITY
    if asset.jurisdiction != "CN":
        return DealKind.LICENCE
    licensed = 7 if asset.kind in LICENSED else 3
    return DealKind.LICENCE if chance // 2 % 10 < licensed else DealKind.TRANSFER


def _is_technical(asset: Asset) -> bool:
    return asset.kind not in MARKS | {AssetKind.COPYRIGHT, AssetKind.DESIGN}


def _licence(asset: Asset, chance: int, today: date, price: Money | None) -> Terms:
    made = Terms(
        DealKind.LICENCE,
        price and _round(price.minor // 100 * (20 + chance % 4 * 5) // 100),
        grant=GRANTS[chance // 3 % len(GRANTS)],
        territory=("CN",) if chance % 4 else ("GD",),
        field=FIELDS[chance // 17 % len(FIELDS)] if _is_technical(asset) else "",
        months=_months(asset, chance, today),
        sublicence=chance % 9 == 1,
        delivery_days=15 if _is_technical(asset) else None,
    )
    if asset.jurisdiction != "CN":
        made = replace(made, territory=("WORLD",))
    if chance % 3 == 0:
        return made
    return replace(
        made,
        royalty_bps=100 + chance % 9 * 50,
        royalty_base=RoyaltyBase.NET_SALES if chance % 5 else RoyaltyBase.OUTPUT_VALUE,
        minimum_royalty=yuan(10_000 + chance % 5 * 10_000) if chance % 4 == 1 else None,
    )


def _months(asset: Asset, chance: int, today: date) -> int | None:
    """Two to five years, never past the right's last day."""
    wanted = 24 + chance // 7 % 4 * 12
    if asset.last_day is None:
        return wanted
    return wanted if wanted <= (asset.last_day - today).days // 31 else None


def _price(kind: AssetKind, chance: int) -> Money:
    """Most near the lower end, a few near the upper."""
    low, high = PRICES[kind]
    part = (chance % 1009 / 1009) ** 2.6
    return _round(int(low * (high / low) ** 0.15 + (high - low) * part))


def _round(amount: int) -> Money:
    """As people ask: two figures, seldom a nought at the end."""
    step = max(10 ** (len(str(amount)) - 2), 1_000)
    return yuan(max(amount // step * step, 2_000))
