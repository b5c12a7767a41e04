"""An organisation and a right as contracts and other papers name them."""

from marketplace.assets.models import Asset
from marketplace.documents import papers
from marketplace.organisations.models import Organisation


def party(organisation: Organisation) -> papers.Party:
    """A party with its number, its address and who represents it."""
    return papers.Party(
        name=organisation.name,
        name_en=organisation.name_en,
        number=organisation.uscc or organisation.foreign_registration,
        address=organisation.address or f"{organisation.province}{organisation.city}",
        representative=organisation.representative,
    )


def right(asset: Asset) -> papers.Right:
    """A line of a schedule (民法典 art. 845(3))."""
    return papers.Right(
        kind=asset.kind.value,
        number=asset.number,
        title=asset.title,
        title_en=asset.title_en,
        owners="、".join(owner.name for owner in asset.owners),
        last_day=asset.last_day,
        application_number=application_number(asset),
        filed_on=asset.filing_date,
        granted_on=asset.grant_date,
        classes=[one.symbol for one in asset.classes if one.scheme == "nice"],
        goods=asset.goods,
        jurisdiction=asset.jurisdiction,
    )


def application_number(asset: Asset) -> str:
    """The number of the application; that of a Chinese patent is in its patent number."""
    if asset.application_number:
        return asset.application_number
    granted = asset.patent_number or ""
    return "CN" + granted[2:] if granted.startswith("ZL") else ""
