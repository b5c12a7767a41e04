"""What single cells of real files mean."""

import json
from datetime import date

import pytest

from marketplace.assets.importing import command, values


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("PANASONIC CORPORATION (OSAKA, JP), PANASONIC ECOLOGY SYSTEMS CO., LTD.",
         ("PANASONIC CORPORATION", "PANASONIC ECOLOGY SYSTEMS CO., LTD.")),
        ("HON FU (SHENZHEN) CO., LTD. (SHENZHEN, GUANGDONG PROVINCE, CN) HON HAI CO., LTD.",
         ("HON FU (SHENZHEN) CO., LTD.", "HON HAI CO., LTD.")),
        ("ACCIONA AGUA, S.A.U. (ALCOBENDAS", ("ACCIONA AGUA, S.A.U.",)),
        ("GAMBRO GMBH (DE), FRAUNHOFER", ("GAMBRO GMBH", "FRAUNHOFER")),
        ("ACME [IID: 00447600], 2320 WEST ROAD, MILWAUKEE 53201, US", ("ACME",)),
        ("GOLDMAN, RON, 42 GOOSE HILL ROAD | WOOD, FRED", ("GOLDMAN, RON", "WOOD, FRED")),
        ("AT&amp;T CORP.; A &amp; B", ("AT&T CORP.", "A & B")),
        ("* PWT PROJECTS LIMITED", ("PWT PROJECTS LIMITED",)),
        ("华南脑控(广东)智能科技有限公司", ("华南脑控(广东)智能科技有限公司",)),
        ("甲公司，乙大学、丙院", ("甲公司", "乙大学", "丙院")),
    ],
)  # fmt: skip
def test_names_stand_without_addresses_and_marks(cell, names):
    assert values.names(cell) == names


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("测定CO<sub>2</sub>与Na<sup>+</sup>的方法", "测定CO₂与Na⁺的方法"),
        ("抗体<sup>TM</sup>", "抗体TM"),
        ("A &amp; B\n装置", "A & B 装置"),
        ("<b>x</b>", "<b>x</b>"),
    ],
)
def test_a_title_is_one_line_of_text(typed, title):
    assert values.plain(typed) == title


def test_a_mark_has_no_patent_number():
    text = "商标名称,注册号,申请日期,法律状态\n甲,16435655,2015-03-04,注册公告\n"
    [mark] = command.read_file(text.encode()).assets
    assert (mark.kind, mark.patent_number, mark.registration_number) == (
        "trademark",
        None,
        "16435655",
    )


def test_what_was_refused_before_its_grant_never_had_a_term():
    text = "名称,申请号,公开号,申请日,法律状态\n甲,CN202310400741.8,CN116327231A,2023-04-14,撤回\n"
    [record] = command.records_json(command.read_file(text.encode()))
    assert (record["status"], record["expiry_date"]) == ("cancelled", None)


def test_a_record_has_the_fields_of_the_specification():
    text = "名称,申请号\n甲,CN202310400741.8\n"
    [record] = command.records_json(command.read_file(text.encode()))
    assert list(record) == [
        "kind", "title", "application_number", "publication_numbers", "patent_number",
        "registration_number", "owners", "inventors", "province", "city", "classes", "filing_date",
        "publication_date", "grant_date", "expiry_date", "status", "source_rows",
    ]  # fmt: skip


ASSIGNMENTS = (
    "reel,frame,conveyance,assignees,application_number,patent_number,issue_date,"
    "publication_number,title,inventors\n"
    '1,1,ASSIGNMENT,GOOGLE INC.,13247441,8626766,2014-01-07,,BUSINESS LISTINGS,"A B, C D"\n'
    "1,2,SECURITY AGREEMENT,SOME BANK,13306452,8935671,2015-01-13,20130091493,DEBUGGING,\n"
    "1,3,ASSIGNMENT,WIDEX A/S,29220000,D556326,2007-11-27,,HEARING AID,\n"
)


def test_recorded_assignments_are_of_us_patents_and_a_lender_is_no_owner():
    outcome = command.read_file(ASSIGNMENTS.encode())
    assert outcome.rejected == ()
    first, second, third = outcome.assets
    assert (first.application_number, first.patent_number, first.inventors) == (
        "US13247441",
        "US8626766",
        ("A B", "C D"),
    )
    assert first.grant_date is not None
    assert [o.name for o in first.owners] == ["GOOGLE INC."]
    assert second.owners == ()
    assert third.kind == "design"


@pytest.mark.parametrize(
    ("typed", "day"),
    [("2020-10-15", date(2020, 10, 15)), ("2019年3月5日", date(2019, 3, 5)),
     ("20200115", date(2020, 1, 15)), ("44565", date(2022, 1, 4)), (44565.0, date(2022, 1, 4)),
     ("JUN 28 2011", date(2011, 6, 28)), ("无", None), ("19960100", None)],
)  # fmt: skip
def test_a_day_in_any_spelling(typed, day):
    assert values.day(typed) == day


@pytest.mark.parametrize("typed", ["03/04/2020", "2020年13月1日", "2020-02-30", "tomorrow"])
def test_what_is_no_day_is_not_guessed(typed):
    with pytest.raises(ValueError, match=r"."):
        values.day(typed)


def test_headings_in_traditional_characters_are_understood():
    outcome = command.read_file("專利名稱,申請號,發明人\n一種裝置,CN202011068945.9,李四\n".encode())
    assert (outcome.assets[0].title, outcome.assets[0].inventors) == ("一種裝置", ("李四",))


def test_a_number_that_a_spreadsheet_spoilt_is_refused_with_this_reason():
    outcome = command.read_file("专利名称,申请号\n甲,2.02011E+11\n".encode())
    assert [r.code for r in outcome.rejected] == ["identifier.scientific"]


def test_records_written_are_read_again_as_they_were():
    text = (
        "名称,申请号,公开号,公开日,申请人,法律状态\n"
        "甲,CN202011068945.9,CN112230768B,2022-01-04,A;B,授权\n"
        "乙,CN202310400741.8,CN116327231A,2023-06-27,C,撤回\n"
    )
    once = list(command.records_json(command.read_file(text.encode())))
    lines = "\n".join(json.dumps(record) for record in once)
    assert list(command.records_json(command.read_file(lines.encode()))) == once
