"""Whose paper it is: the site's names and address, as they are set."""

from marketplace.core import settings
from marketplace.documents.papers import Site


def site() -> Site:
    """For the head of every paper."""
    now = settings.current()
    return Site(now.site_name, now.site_name_en, now.site_url)
