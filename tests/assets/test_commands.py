"""`identifiers check` and `assets import` at the command line: JSON and nothing else."""

import json

import pytest

from marketplace.assets import queries
from marketplace.core.db import db
from tests import factories as a

TABLE = (
    "名称,申请号,公开号,申请人\n"
    "一种训练系统,CN201810866852.7,CN109077895A,甲\n"
    "一种训练系统,CN201810866852.7,CN109077895B,甲\n"
    "坏的一行,CN202010988506.1,,甲\n"
)


@pytest.fixture
def run(app, tmp_path):
    """Run a command on a file with this content: exit code and the objects it printed."""

    def ran(*words: str, content: bytes, piped: bool = False):
        file = tmp_path / "input"
        file.write_bytes(content)
        place = ["-" if piped else str(file)]
        outcome = app.test_cli_runner().invoke(
            args=[*words[:2], *place, *words[2:]], input=content if piped else None
        )
        return outcome.exit_code, [json.loads(line) for line in outcome.stdout.splitlines()]

    return ran


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("piped", [False, True])
def test_every_line_is_answered_in_its_place_whatever_the_encoding(run, encoding, piped):
    lines = "ＺＬ２０２０１１０６８９４５．９\r\n\r\n软著登字第1234567号\r\n"
    code, answers = run("identifiers", "check", content=lines.encode(encoding), piped=piped)
    assert (code, [answer["kind"] for answer in answers]) == (
        0,
        ["patent_application", None, "software"],
    )
    assert answers[0]["canonical"] == "CN202011068945.9"


def test_a_wrong_check_digit_is_said_in_words_with_the_right_one(run):
    _, [answer] = run("identifiers", "check", content=b"CN202011068945.8")
    assert (answer["valid"], answer["code"], answer["expected"]) == (
        False,
        "identifier.check_digit",
        "9",
    )
    assert "should be 9" in answer["reason"]


@pytest.mark.parametrize("content", [b"\x00" * 50, bytes(range(256)) * 20])
def test_what_is_no_text_ends_in_an_error_object(run, content):
    code, [answer] = run("identifiers", "check", content=content)
    assert (code, answer["error"]["code"]) == (1, "input.no_text")


@pytest.mark.parametrize("piped", [False, True])
def test_a_file_is_counted_without_being_imported(run, piped):
    code, [answer] = run("assets", "import", content=TABLE.encode(), piped=piped)
    [refused] = answer.pop("rejected")
    assert (code, answer) == (0, {"rows": 3, "created": 1, "merged": 1, "unchanged": 0})
    assert (refused["row"], refused["code"]) == (3, "identifier.check_digit")


def test_a_rehearsal_says_what_would_happen_and_writes_nothing(run):
    owner = a.organisation()
    rehearse = ("assets", "import", "--owner", owner.slug, "--dry-run")
    _, [first] = run(*rehearse, content=TABLE.encode())
    assert first["created"] == 1
    assert db.session.scalars(queries.mine(a.actor(owner))).all() == []
    run(*rehearse[:4], content=TABLE.encode())
    _, [again] = run(*rehearse, content=TABLE.encode())
    assert (again["created"], again["unchanged"]) == (0, 2)


def test_nobodys_portfolio_is_an_error_object(run):
    code, [answer] = run("assets", "import", "--owner", "nobody", content=TABLE.encode())
    assert (code, answer["error"]["code"]) == (1, "import.no_owner")
