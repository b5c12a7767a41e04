"""The site's own index: one handle a process, at the place that the settings name."""

from functools import cache
from pathlib import Path

from marketplace.search.index import SearchIndex

_place: list[Path] = []


def configure(folder: Path) -> None:
    """Called once by the application factory."""
    _place[:] = [folder]


def index() -> SearchIndex:
    """The handle on the site's index; it opens the folder when first asked."""
    return _open(_place[0])


@cache
def _open(folder: Path) -> SearchIndex:
    return SearchIndex(folder)
