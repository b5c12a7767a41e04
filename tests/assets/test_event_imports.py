"""Files of legal events: nothing is lost without a reason, and the same file twice is one."""

import csv
import json
import re
from collections import Counter
from datetime import date

import pytest

from marketplace.assets.importing.legal import command, conveyances
from marketplace.assets.importing.legal.inpadoc import code_of
from marketplace.assets.importing.records import AssetRecord
from marketplace.assets.legal_status.codes import Code
from marketplace.assets.legal_status.parties import key
from marketplace.assets.models import Asset, LegalEvent
from marketplace.assets.queries import legal
from marketplace.assets.services import legal_events, put
from marketplace.core.db import db
from tests import factories as a

OPS = "epo_ops/ops__legal__fixtures__example_{}.xml"
TABLE = (
    "号码,事件,发生日,公告日,转出方,受让方,文号,说明\n"
    "CN202010988506.3,转让,2024-05-06,2024-06-01,甲大学,乙公司,,\n"
    "CN202010988506.3,pledged,2024-07-01,,乙公司,丙银行,Y2024440001,\n"
    "CN202010988506.3,转让,2024-05-06,2024-06-01,甲大学,乙公司,,\n"
    "CN202010988506.3,飞走了,2024-05-06,,,,,\n"
    "CN202010988506.3,lapsed,不知道,,,,,\n"
    "CN202011068945.9,lapsed,2024-01-01,,,,,\n"
    "CN202010988506.3,renewed,2024-01-01,,,,,\n"
    "CN202010988506.3,lapsed,2099-01-01,,,,,\n"
)


@pytest.fixture
def keeper(app):  # noqa: ARG001 -- for its context
    return a.actor(a.organisation())


def right(keeper, **over):
    known = {"kind": "invention", "title": "装置", "application_number": "CN202010988506.3"}
    return put(keeper, AssetRecord(**(known | over))).asset


def test_a_table_of_our_own_answers_for_every_row(keeper):
    asset = right(keeper)
    reading = command.read_file(TABLE.encode())
    taken = legal_events.take_file(keeper, reading)
    assert (taken.format, taken.rows, taken.created, taken.known) == ("own", 8, 2, 1)
    assert [(r.row, r.code) for r in taken.rejected] == [
        (4, "event.code_unknown"),
        (5, "event.no_date"),
        (6, "event.no_asset"),
        (7, "event.not_for_kind"),
        (8, "event.in_future"),
    ]
    assert [(e.code, e.takers) for e in reversed(legal.events_of(asset))] == [
        ("assigned", ["乙公司"]),
        ("pledged", ["丙银行"]),
    ]
    again = legal_events.take_file(keeper, reading)
    assert (again.created, again.known) == (0, 3)


def test_the_rights_of_others_are_not_there(keeper):
    right(a.actor(a.organisation()))
    taken = legal_events.take_file(keeper, command.read_file(TABLE.encode()))
    assert {r.code for r in taken.rejected if r.row in {1, 2, 3}} == {"event.no_asset"}


def test_the_command_answers_in_json_and_a_rehearsal_writes_nothing(app, keeper, tmp_path):
    right(keeper)
    db.session.commit()
    file = tmp_path / "events.csv"
    file.write_text(TABLE, encoding="gb18030")
    for words, wrote in ((["--dry-run"], 0), ([], 2)):
        done = app.test_cli_runner().invoke(args=["assets", "events", str(file), *words])
        answer = json.loads(done.stdout)
        assert (answer["rows"], answer["created"], answer["known"]) == (8, 2, 1)
        assert len(answer["rejected"]) == 5
        assert db.session.query(LegalEvent).count() == wrote


@pytest.mark.parametrize(
    ("office", "code", "state", "state_code", "found"),
    [
        ("CN", "CF01", "", "", "lapsed"),
        ("CN", "TR01", "", "", "assigned"),
        ("CN", "PC01", "", "", "released"),
        ("CN", "IW01", "", "", "invalidated"),
        ("EP", "PG25", "CH", "", "ceased_in_state"),
        ("EP", "REG", "IE", "MM4A", "ceased_in_state"),
        ("EP", "REG", "GB", "FG4D", "other"),
        ("XX", "????", "", "", "other"),
    ],
)
def test_codes_of_the_database(office, code, state, state_code, found):
    assert code_of(office, code, state, state_code) == found


@pytest.mark.real_data
@pytest.mark.parametrize("which", [1, 2, 3])
def test_every_legal_event_of_the_epo_is_a_row(real_data, which):
    file = real_data / OPS.format(which)
    reading = command.read_file(file)
    counted = len(re.findall(r"<ops:legal[ >]", file.read_text(encoding="utf-8")))
    assert (reading.rows, len(reading.rejected)) == (counted, 0)


@pytest.mark.real_data
def test_the_events_of_a_european_patent_end_it_in_its_states_only(keeper, real_data):
    epo = right(
        keeper,
        application_number=None,
        jurisdiction="EP",
        publication_numbers=("EP1000000A1",),
        filing_date=date(1999, 11, 8),
        grant_date=date(2003, 2, 12),
    )
    first = legal_events.take_file(keeper, command.read_file(real_data / OPS.format(1)))
    second = legal_events.take_file(keeper, command.read_file(real_data / OPS.format(2)))
    text = (real_data / OPS.format(1)).read_text(encoding="utf-8")
    lapses = len(re.findall(r'<ops:legal code="PG25"', text))
    told = Counter(e.code for e in legal.events_of(epo))
    assert first.created + first.known == first.rows
    assert (second.created, second.known) == (1, second.rows - 1)
    assert told["ceased_in_state"] >= lapses
    status = legal.status_of(epo)
    assert (status.state, status.contradictions) == ("in_force", ())


@pytest.mark.real_data
def test_american_conveyances_are_told_apart_by_their_words(real_data):
    file = real_data / "assignments" / "us_patent_assignments.csv"
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    reading = command.read_file(file)
    names = ("application_number", "patent_number", "publication_number")
    numbered = [r for r in rows if any(r[name] for name in names)]
    told = Counter(e.code for e in reading.events)
    assert reading.rows == len(rows)
    assert [r.code for r in reading.rejected] == ["event.no_number"] * (len(rows) - len(numbered))
    assert told[Code.OTHER] == 0
    assert told[Code.RELEASED] == sum(r["conveyance"].startswith("RELEASE") for r in numbered)
    assert told[Code.CORRECTED] == sum(r["conveyance"].startswith("CORRECTIVE") for r in numbered)
    spellings = {r["assignees"] for r in rows}
    assert len(spellings) == 13
    assert {key(s) for s in spellings} == {"apple", "google", "widex", "latch"}
    assert conveyances.code_of("ENTITY  CONVERSION") is Code.NAME_CHANGED


@pytest.mark.real_data
def test_real_assignments_go_into_the_portfolio_they_speak_of(keeper, real_data):
    file = real_data / "assignments" / "us_patent_assignments.csv"
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    wanted = [r for r in rows if r["application_number"]][:3]
    for row in wanted:
        right(
            keeper,
            application_number=f"US{row['application_number']}",
            jurisdiction="US",
            title_en=row["title"],
        )
    taken = legal_events.take_file(keeper, command.read_file(file))
    numbers = {r["application_number"] for r in wanted}
    speaking = sum(r["application_number"] in numbers for r in rows)
    assert (taken.created, taken.created + len(taken.rejected)) == (speaking, len(rows))
    asset = db.session.query(Asset).filter_by(application_number="US10115897").one()
    link = legal.chain_of(asset).links[-1]
    assert link.holders == ("WIDEX A/S",)
