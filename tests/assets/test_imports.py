"""Imports into a portfolio: counted, repeatable, resumed."""

from datetime import UTC, date, datetime, time

import pytest

from marketplace.assets import queries, services
from marketplace.assets.models import ImportState
from marketplace.assets.services.records import registering
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.policy import Actor
from marketplace.documents import services as documents
from marketplace.documents import storage
from marketplace.jobs import importing
from marketplace.organisations.models import Organisation
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


def uploaded(office: Actor, table: str = TABLE, name: str = "list.csv"):
    with transaction():
        document = documents.keep(
            office,
            table.encode(),
            name,
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


def test_an_import_whose_worker_died_goes_on_where_it_was(office, monkeypatch):
    batch = uploaded(office)
    monkeypatch.setattr(importing, "CHUNK", 1)
    take, calls = services.take, []

    def dies(*args):
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return take(*args)

    monkeypatch.setattr(services, "take", dies)
    with pytest.raises(KeyboardInterrupt):
        importing.run(batch.id)
    db.session.refresh(batch)
    assert batch.state is ImportState.RUNNING
    monkeypatch.setattr(services, "take", take)
    assert importing.run_queued() is True
    assert counts(batch) == (4, 2, 1, 0, 1)
    assert batch.state is ImportState.DONE


def test_an_import_cancelled_while_it_runs_stops_and_keeps_what_it_made(office, monkeypatch):
    batch = uploaded(office)
    monkeypatch.setattr(importing, "CHUNK", 1)
    take = services.take

    def cancelled_after(*args):
        took = take(*args)
        services.cancel_import(office, batch)
        return took

    monkeypatch.setattr(services, "take", cancelled_after)
    importing.run(batch.id)
    db.session.refresh(batch)
    assert (batch.state, batch.created) == (ImportState.CANCELLED, 1)
    assert importing.run_queued() is False


def test_an_import_that_breaks_off_does_not_hold_up_the_next(office, monkeypatch):
    broken, fine = uploaded(office), uploaded(office)
    take = services.take

    def breaks(actor, batch, *rest):
        if batch.id == broken.id:
            raise ZeroDivisionError
        return take(actor, batch, *rest)

    monkeypatch.setattr(services, "take", breaks)
    while importing.run_queued():
        pass
    db.session.refresh(broken)
    db.session.refresh(fine)
    assert (broken.state, broken.failure) == (ImportState.FAILED, "import.broke_off")
    assert fine.state is ImportState.DONE


def imported(office: Actor, table: str, name: str = "list.csv"):
    """An import of a table, run to its end."""
    batch = uploaded(office, table, name)
    importing.run(batch.id)
    db.session.refresh(batch)
    return batch


HEAD = "名称,申请号,公开号,公开日,申请人\n"


def test_a_changed_row_corrects_what_is_on_record(office):
    imported(office, HEAD + "旧名,CN202010988506.3,CN112114670A,2020-12-22,甲\n")
    again = imported(office, HEAD + "新名,CN202010988506.3,CN112114670A,2020-12-22,乙\n")
    [right] = db.session.scalars(queries.mine(office)).unique().all()
    assert (again.merged, right.title, [o.name for o in right.owners]) == (1, "新名", ["乙"])


def test_an_earlier_publication_does_not_undo_the_later_one(office):
    imported(office, HEAD + "授权名,CN201810866852.7,CN109077895B,2020-08-04,乙\n")
    imported(office, HEAD + "公开名,CN201810866852.7,CN109077895A,2018-12-25,甲\n")
    [right] = db.session.scalars(queries.mine(office)).unique().all()
    assert (right.title, right.owners[0].name) == ("授权名", "乙")
    assert (right.publication_date, right.grant_date) == (date(2018, 12, 25), date(2020, 8, 4))


def test_what_was_corrected_by_hand_stays_and_the_line_says_so(office):
    row = "名称一,CN202010988506.3,CN112114670A,2020-12-22,甲\n"
    imported(office, HEAD + row)
    [right] = db.session.scalars(queries.mine(office)).unique().all()
    with transaction():
        services.revise(office, right, title="手工改过的名称")
    again = imported(office, HEAD + row)
    [line] = db.session.scalars(queries.import_lines(again)).all()
    db.session.refresh(right)
    assert right.title == "手工改过的名称"
    assert line.notes == [["import.kept_by_hand", {"fields": "title"}]]


def test_a_number_of_another_right_is_left_there_and_the_line_says_so(office):
    imported(office, HEAD + "一,CN202010988506.3,,,甲\n二,,CN112114670A,,甲\n")
    linking = imported(office, HEAD + "一,CN202010988506.3,CN112114670A,,甲\n")
    [line] = db.session.scalars(queries.import_lines(linking)).all()
    assert (linking.state, linking.rejected) == (ImportState.DONE, 0)
    assert [code for code, _ in line.notes] == ["import.number_taken"]
    assert len(db.session.scalars(queries.mine(office)).unique().all()) == 2


def test_a_mark_renewed_by_the_file_lasts_as_long_as_it_says(office):
    imported(office, "商标名称,注册号,注册日期,有效期至\n甲,1234567,2001-03-07,2031-03-06\n")
    [mark] = db.session.scalars(queries.mine(office)).unique().all()
    assert (mark.renewals, mark.last_day) == (2, date(2031, 3, 6))


def test_verified_owners_are_not_changed_by_a_file_and_the_line_says_so(office):
    imported(office, HEAD + "名,CN202010988506.3,CN112114670A,2020-12-22,甲\n")
    [right] = db.session.scalars(queries.mine(office)).unique().all()
    a.title(right)
    again = imported(office, HEAD + "新名,CN202010988506.3,CN112114670A,2020-12-22,乙\n")
    [line] = db.session.scalars(queries.import_lines(again)).all()
    db.session.refresh(right)
    assert (right.title, [o.name for o in right.owners]) == ("新名", ["甲"])
    assert right.title_verification is not None
    assert line.notes == [["import.owners_verified", {"names": "乙"}]]


def test_two_colleagues_at_the_same_right_make_one(office, monkeypatch):
    row = HEAD + "名,CN202010988506.3,CN112114670A,2020-12-22,甲\n"
    imported(office, row)
    known, calls = registering._known, []

    def not_yet(*args):
        """The colleague's right is committed after the first look."""
        calls.append(args)
        return None if len(calls) == 1 else known(*args)

    monkeypatch.setattr(registering, "_known", not_yet)
    again = imported(office, row)
    assert (again.state, again.created, again.unchanged) == (ImportState.DONE, 0, 1)
    assert len(db.session.scalars(queries.mine(office)).unique().all()) == 1


def test_rights_age_with_the_calendar(office):
    imported(office, "商标名称,注册号,注册日期,法律状态\n甲,1234567,2016-07-07,已注册\n")
    [mark] = db.session.scalars(queries.mine(office)).unique().all()
    seen = []
    for day in (date(2026, 7, 6), date(2026, 7, 7), date(2027, 1, 6), date(2027, 1, 7)):
        mark.status = "in_force" if not seen else mark.status
        with clock.freeze(datetime.combine(day, time(12), UTC)):
            services.age_due()
        seen.append(mark.status.value if hasattr(mark.status, "value") else mark.status)
    assert seen == ["in_force", "renewal_grace", "renewal_grace", "expired"]


def test_an_import_is_undone_but_for_what_is_in_use(office, sign_in):
    batch = imported(office, TABLE)
    [used, _] = db.session.scalars(queries.mine(office)).unique().all()
    a.title(used)
    keeper = db.session.get(Organisation, office.organisation)
    undone = sign_in(keeper).post(f"/workbench/imports/{batch.id}/undo")
    assert undone.status_code == 303
    db.session.expire_all()
    left = db.session.scalars(queries.mine(office)).unique().all()
    assert [right.id for right in left] == [used.id]
