"""Rights that are on record and never dealt in: geographical indications, a defence patent. Invented."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from marketplace.assets import services as assets
from marketplace.assets.importing.records import AssetRecord, Owner
from marketplace.seed.people import Cast
from marketplace.seed.rights import INVENTED
from marketplace.seed.stories import Story

KEPT = (
    (
        "fenghuang",
        AssetRecord(
            kind="gi_product",
            title="凤凰山单丛茶（演示）",
            title_en="Fenghuang Hill Dancong tea (demo)",
            abstract="产地范围内茶农可以申请使用专用标志。",
            abstract_en="Growers of the region may apply to use the special sign.",
            registration_number="2010年第9901号",
            goods="茶；潮州市潮安区凤凰镇等现辖行政区域",
            grant_date=date(2010, 12, 24),
            status="in_force",
        ),
    ),
    (
        "meizhou",
        AssetRecord(
            kind="gi_product",
            title="客香蜜柚（演示）",
            title_en="Kexiang pomelo (demo)",
            registration_number="AGI99001",
            goods="蜜柚；梅州市梅县区等现辖行政区域",
            grant_date=date(2014, 5, 22),
            status="in_force",
        ),
    ),
    (
        "dongguan",
        AssetRecord(
            kind="defence_patent",
            title="代称：精密件一号（演示）",
            title_en="Alias: precision part one (demo)",
            application_number="CN201910990001.8",
            filing_date=date(2019, 3, 11),
            grant_date=date(2021, 8, 3),
            status="in_force",
        ),
    ),
)


def stories(cast: Cast) -> Iterator[Story]:
    """Put them on record."""
    for position, (key, record) in enumerate(KEPT):
        yield _keep(cast, key, record, position)


def _keep(cast: Cast, key: str, record: AssetRecord, position: int) -> Story:
    yield cast.ago(144 - position, 10)
    owner = Owner(cast.organisations[key].name, 10_000)
    assets.put(cast.actors[key], replace(record, owners=(owner,)), source=INVENTED)
