"""Imports into a portfolio: counted, repeatable, resumed."""

import pytest

from marketplace.assets import queries, services
from marketplace.assets.models import ImportState
from marketplace.core.db import db, transaction
from marketplace.core.policy import Actor
from marketplace.documents import services as documents
from marketplace.documents import storage
from marketplace.jobs import importing
from tests import factories as a

TABLE = (
    "名称,申请号,公开号,申请人\n"
    "一种训练系统,CN201810866852.7,CN109077895A,甲\n"
    "一种训练系统,CN201810866852.7,CN109077895B,甲\n"
    "一种检测方法,CN202010988506.3,CN112114670A,甲\n"
    "坏的一行,CN202010988506.1,,甲\n"
)


@pytest.fixture
def office(app, tmp_path, monkeypatch) -> Actor:  # noqa: ARG001 -- for its context
    monkeypatch.setitem(storage._folder, "root", tmp_path / "files")
    return a.actor(a.organisation())


def uploaded(office: Actor):
    with transaction():
        document = documents.keep(
            office,
            TABLE.encode(),
            "list.csv",
            purpose="portfolio",
            media_type="text/csv",
            organisation_id=office.organisation,
        )
        batch = services.upload(office, document, form="csv")
        services.start_import(office, batch, mapping={})
    return batch


def counts(batch) -> tuple[int, ...]:
    db.session.refresh(batch)
    return batch.rows, batch.created, batch.merged, batch.unchanged, batch.rejected


def test_every_row_has_one_end_and_its_line(office):
    batch = uploaded(office)
    importing.run(batch.id)
    rows, *ends = counts(batch)
    assert (rows, sum(ends), batch.state) == (4, 4, ImportState.DONE)
    lines = db.session.scalars(queries.import_lines(batch)).all()
    assert sorted(line.row for line in lines) == [1, 2, 3, 4]
    assert [line.code for line in lines if line.outcome == "rejected"] == ["identifier.check_digit"]


def test_the_same_file_again_changes_nothing(office):
    importing.run(uploaded(office).id)
    again = uploaded(office)
    importing.run(again.id)
    assert counts(again) == (4, 0, 0, 3, 1)


def test_the_two_publications_are_one_asset_in_the_portfolio(office):
    importing.run(uploaded(office).id)
    found = db.session.scalars(queries.mine(office)).unique().all()
    assert sorted(asset.application_number for asset in found) == [
        "CN201810866852.7",
        "CN202010988506.3",
    ]


def test_an_import_whose_worker_died_ends_right(office, monkeypatch):
    batch = uploaded(office)
    monkeypatch.setattr(importing, "CHUNK", 1)
    take, calls = services.take, []

    def dies(*args):
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        take(*args)

    monkeypatch.setattr(services, "take", dies)
    with pytest.raises(KeyboardInterrupt):
        importing.run(batch.id)
    db.session.refresh(batch)
    assert batch.state is ImportState.RUNNING
    monkeypatch.setattr(services, "take", take)
    assert importing.run_queued() is True
    rows, *ends = counts(batch)
    assert (rows, sum(ends), batch.state) == (4, 4, ImportState.DONE)
