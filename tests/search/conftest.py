"""An index of a few documents, on disk, thrown away."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from marketplace.search.document import SearchDocument
from marketplace.search.index import SearchIndex
from tests.search.examples import document

Indexed = Callable[..., SearchIndex]


@pytest.fixture
def indexed(tmp_path: Path) -> Iterator[Indexed]:
    """Builds an index of these documents: titles, or whole documents."""
    opened: list[SearchIndex] = []

    def build(*documents: SearchDocument | str, check_seconds: float = 0.0) -> SearchIndex:
        index = SearchIndex(tmp_path / f"index{len(opened)}", check_seconds=check_seconds)
        opened.append(index)
        index.rebuild(
            one if isinstance(one, SearchDocument) else document(number, one)
            for number, one in enumerate(documents, 1)
        )
        return index

    yield build
    for index in opened:
        index.close()
