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


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_table_is_read_in_any_usual_encoding_and_separation(loaded, encoding, separator):
    text = "ID,Title,摘要\n1,动力电池,液冷\n".replace(",", separator)
    index = loaded("rows.csv", text, encoding=encoding)
    (answer,) = command.query_lines(["液冷"], index)
    assert [hit["title"] for hit in answer["hits"]] == ["动力电池"]


def test_a_list_in_json_is_loaded_as_its_lines_would_be(loaded):
    index = loaded("rows.json", ' [{"id": 1, "title": "电池"},\n {"id": "b", "title": "轮椅"}]')
    assert [answer["total"] for answer in command.query_lines(["电池", "轮椅"], index)] == [1, 1]


@pytest.mark.parametrize("given", [7, "7", "007", "L-7", -1])
def test_an_id_comes_back_as_it_was_given(loaded, given):
    index = loaded("rows.jsonl", json.dumps({"id": given, "title": "电池"}))
    (answer,) = command.query_lines(["电池"], index)
    found = answer["hits"][0]["id"]
    assert (found, type(found)) == (given, type(given))


def test_half_a_surrogate_pair_and_control_signs_do_no_harm(loaded):
    index = loaded(
        "rows.jsonl", '{"id": 1, "title": "a \\ud800 电池\x01\x1f", "cities": ["甲\x1f乙"]}'
    )
    (answer,) = command.query_lines(["电池 \ud800\x00"], index, facets=True)
    json.dumps(answer, ensure_ascii=False).encode()
    assert answer["facets"]["city"] == [["甲 乙", 1]]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("1,电池\n2,轮椅\n", "search.no_columns"),
        ('id,title\n1,"电池\n', "search.unreadable"),
        ('{"id": 1, "title": {"zh": "电池"}}', "search.unreadable"),
        ('{"id": 1, "price_minor": 12.5}', "search.unreadable"),
        ('{"id": 1, "price_minor": 1e30}', "search.unreadable"),
        ("[" * 100_000, "search.unreadable"),
        ("[1, 2]", "search.unreadable"),
    ],
)
def test_a_file_that_would_be_half_read_is_refused(loaded, content, code):
    with pytest.raises(Invalid) as refusal:
        loaded("bad", content)
    assert refusal.value.code == code


def test_bytes_that_are_no_text_are_refused(tmp_path):
    (tmp_path / "bad").write_bytes(b"id,title\n1,\x81\xff\xff\n")
    with pytest.raises(Invalid) as refusal:
        command.load(tmp_path / "bad", tmp_path / "index")
    assert refusal.value.code == "search.not_text"


def test_asking_where_there_is_no_index_says_so(tmp_path):
    with pytest.raises(NotFound) as refusal:
        list(command.query_lines(["电池"], tmp_path / "nowhere"))
    assert refusal.value.code == "search.no_index"


def test_the_limit_may_be_nothing_but_not_less(loaded):
    index = loaded("rows.csv", "title\n电池\n")
    (answer,) = command.query_lines(["电池"], index, limit=0)
    assert (answer["total"], answer["hits"]) == (1, [])
    with pytest.raises(Invalid):
        list(command.query_lines(["电池"], index, limit=-1))
