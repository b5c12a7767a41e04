"""The engine from the command line."""

import json
from pathlib import Path

import pytest

from marketplace.core.errors import Invalid, NotFound
from marketplace.search import command


@pytest.fixture
def loaded(tmp_path):
    def load(name: str, content: str, encoding: str = "utf-8") -> Path:
        (tmp_path / name).write_text(content, encoding=encoding)
        command.load(tmp_path / name, tmp_path / "index")
        return tmp_path / "index"

    return load


def test_json_lines_are_loaded_and_asked(loaded):
    rows = [
        {
            "id": 1,
            "title": "动力电池",
            "title_en": "Battery",
            "abstract": "热管理",
            "colour": "red",
        },
        {"id": "x-2", "title": "轮椅", "price_minor": 500, "kinds": ["invention"]},
    ]
    index = loaded("rows.jsonl", "\n".join(map(json.dumps, rows)))
    answers = list(command.query_lines(["電池", "轮椅", "???"], index, facets=True))
    assert [[hit["id"] for hit in answer["hits"]] for answer in answers] == [[1], ["x-2"], []]
    assert answers[1]["facets"]["kind"] == [["invention", 1]]
    assert answers[0]["hits"][0].keys() == {"id", "reference", "title", "score"}
    json.dumps(answers)


def test_csv_is_loaded_whatever_its_first_sign(loaded):
    text = 'id,title,abstract,numbers,published_at\n7,轮椅,"两, 行\n字",CN112244877A;CN1,\n'
    index = loaded("rows.csv", text, encoding="utf-8-sig")
    (answer,) = command.query_lines(["CN 112244877 B"], index)
    assert [(hit["id"], hit["reference"]) for hit in answer["hits"]] == [("7", "7")]


def test_the_names_of_registers_are_understood(loaded):
    text = (
        "publication_numbers,title,ipc_subclasses,city\nCN1A|CN111504366B,流体,G01D|G01F,广州市\n"
    )
    index = loaded("register.csv", text)
    for asked in ("CN111504366A", "G01F", "流体"):
        (answer,) = command.query_lines([asked], index, facets=True)
        assert (answer["total"], answer["facets"]["city"]) == (1, [["广州市", 1]])


def test_a_row_without_id_is_its_number(loaded):
    (answer,) = command.query_lines(["电池"], loaded("rows.csv", "title\n轮椅\n电池\n"))
    assert answer["hits"][0]["id"] == 2


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ('{"id": 1, "title": "a"}\n{"id": 1, "title": "b"}', "search.duplicate_id"),
        ('{"id": 1, "title": ', "search.unreadable"),
        ('{"id": 1, "price_minor": "dear"}', "search.unreadable"),
        ('{"id": 1, "expires_on": "soon"}', "search.unreadable"),
    ],
)
def test_what_cannot_be_read_is_refused_and_the_old_index_stays(loaded, content, code):
    index = loaded("good.jsonl", '{"id": 1, "title": "电池"}')
    with pytest.raises(Invalid) as refusal:
        loaded("bad.jsonl", content)
    assert refusal.value.code == code
    assert next(command.query_lines(["电池"], index))["total"] == 1


def test_a_file_that_is_not_there_and_an_engine_that_is_not_are_refused(tmp_path, loaded):
    with pytest.raises(NotFound):
        command.load(tmp_path / "nothing.csv", tmp_path / "index")
    with pytest.raises(Invalid):
        list(command.query_lines(["甲"], loaded("a.csv", "title\n甲\n"), engine="oracle"))


def test_an_empty_file_is_an_empty_index(loaded):
    assert next(command.query_lines(["甲"], loaded("empty.jsonl", "")))["total"] == 0
