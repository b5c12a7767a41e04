"""The site, an organisation and a right as contracts and other papers name them."""

from marketplace.assets.models import Asset
from marketplace.core import settings
from marketplace.documents import papers
from marketplace.organisations.models import Organisation


def site() -> papers.Site:
    """Whose paper it is."""
    now = settings.current()
    return papers.Site(now.site_name, now.site_name_en, now.site_url)


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
    """A line of a schedule: what it is, its number, until when it holds."""
    return papers.Right(
        kind=asset.kind.value,
        number=asset.number,
        title=asset.title,
        title_en=asset.title_en,
        owners="、".join(owner.name for owner in asset.owners),
        last_day=asset.last_day,
    )
