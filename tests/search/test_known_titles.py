"""Real titles: each must find itself first."""

import csv

import pytest

from marketplace.search.analysis import title_key
from marketplace.search.document import SearchDocument
from marketplace.search.index import SearchIndex
from marketplace.search.queries import Query, search


@pytest.mark.real_data
def test_real_titles_are_found_first(real_data, tmp_path):
    with (real_data / "cn_patents/titles_ipc.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    index = SearchIndex(tmp_path)
    index.rebuild(
        SearchDocument(
            id=number,
            reference=str(number),
            title=row["title"],
            numbers=tuple(row["publication_numbers"].split("|")),
            classes=tuple(row["ipc_subclasses"].split("|")),
        )
        for number, row in enumerate(rows)
    )
    missed = []
    for row in rows:
        hits = search(index, Query(text=row["title"], per_page=1, with_facets=False)).hits
        if not hits or title_key(hits[0].title) != title_key(row["title"]):
            missed.append(row["title"])
    index.close()
    assert len(rows) >= 6000
    assert len(missed) <= len(rows) // 100, missed[:10]
