"""Every command: help, JSON and nothing else on standard output, exit codes, one shape of error."""

import json
import os
import subprocess
import sys

import pytest
from sqlalchemy import update

from marketplace.auctions.models import Auction
from marketplace.core import events
from marketplace.core.db import db
from marketplace.jobs import worker
from tests import factories as a
from tests.auctions.auctioning import an_auction
from tests.conftest import ROOT

NAMED = [
    ["identifiers", "check"],
    ["rules", "judge"],
    ["rules", "rejudge"],
    ["assets", "import"],
    ["search", "query"],
    ["search", "load"],
    ["search", "reindex"],
    ["ledger", "check"],
    ["bank", "read"],
    ["audit", "verify"],
    ["storage", "status"],
    ["storage", "check"],
    ["storage", "encrypt"],
    ["storage", "rotate"],
    ["storage", "move"],
    ["auctions", "replay"],
    ["auctions", "verify"],
    ["auctions", "close"],
    ["auctions", "check"],
    ["seed"],
    ["worker"],
    ["docs"],
    ["operator"],
    ["production-check"],
]
READERS = [
    ["identifiers", "check"],
    ["rules", "judge"],
    ["assets", "import"],
    ["bank", "read"],
    ["search", "load", "--index", "scratch"],
]


@pytest.fixture
def run(app):
    """Run a command inside the test's transaction; its exit code and the lines that it said."""
    runner = app.test_cli_runner()

    def invoke(*arguments, said: str | bytes | None = None):
        result = runner.invoke(args=[str(each) for each in arguments], input=said)
        return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()]

    return invoke


def outside(*arguments: str, instance, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command as a process of its own, with a database that nobody has made."""
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "INSTANCE_DIR": str(instance)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("command", NAMED, ids=" ".join)
def test_every_command_explains_itself(app, command):
    result = app.test_cli_runner().invoke(args=[*command, "--help"])
    assert result.exit_code == 0
    explained = result.stdout.split("Options:")[0].split("\n\n")[1].strip()
    assert explained.endswith((".", "]", "}"))


@pytest.mark.parametrize("command", READERS, ids=" ".join)
@pytest.mark.parametrize("name", ["missing.csv", "."])
def test_a_file_that_is_none_ends_in_an_error_object(run, command, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, [said] = run(*command, name)
    assert code == 1
    assert said["error"].keys() == {"code", "message"}
    assert said["error"]["message"]


@pytest.mark.parametrize("command", READERS, ids=" ".join)
def test_bytes_that_are_no_text_end_in_an_error_object(run, command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "noise.csv").write_bytes(bytes(range(256)) * 40)
    code, [said] = run(*command, "noise.csv")
    assert code == 1
    assert "Traceback" not in said["error"]["message"]


def test_numbers_are_checked_from_a_file_and_from_standard_input(run, tmp_path):
    lines = "201110269715.3\n201110269715.4\n"
    (tmp_path / "numbers.txt").write_text(lines, encoding="utf-8-sig")
    (tmp_path / "wide.txt").write_text(lines, encoding="utf-16")
    expected = [("CN201110269715.3", True), (None, False)]
    for arguments, said in (
        ([tmp_path / "numbers.txt"], None),
        ([tmp_path / "wide.txt"], None),
        (["-"], lines),
    ):
        code, rows = run("identifiers", "check", *arguments, said=said)
        assert code == 0
        assert [(row["canonical"], row["valid"]) for row in rows] == expected
        assert rows[0].keys() >= {"number", "kind", "valid", "canonical", "reason"}


def test_facts_are_judged_and_a_list_gives_a_list(run):
    case = {"facts": {"asset": {"kind": "invention", "status": "in_force"}}, "on": "2026-11-01"}
    code, [one] = run("rules", "judge", "-", said=json.dumps(case))
    assert code == 0
    assert one["outcome"] in {"ALLOWED", "BLOCKED"}
    code, [several] = run("rules", "judge", "-", said=json.dumps([case, case]))
    assert (code, several) == (0, [one, one])
    code, [error] = run("rules", "judge", "-", said="{")
    assert (code, list(error)) == (1, ["error"])


def test_a_portfolio_goes_into_the_owner_s_once(run, tmp_path):
    owner = a.organisation("holder")
    db.session.flush()
    path = tmp_path / "portfolio.csv"
    path.write_text(
        "申请号,名称\nCN201110269715.3,一种装置\nCN201110269715.4,号码有误\n", encoding="gb18030"
    )
    dry = run("assets", "import", path, "--owner", owner.slug, "--dry-run")
    first = run("assets", "import", path, "--owner", owner.slug)
    again = run("assets", "import", path, "--owner", owner.slug)
    counts = [
        (code, said["rows"], said["created"], said["unchanged"], len(said["rejected"]))
        for code, [said] in (dry, first, again)
    ]
    assert counts == [(0, 2, 1, 0, 1), (0, 2, 1, 0, 1), (0, 2, 0, 1, 1)]
    code, [error] = run("assets", "import", path, "--owner", "nobody-here")
    assert (code, error["error"]["code"]) == (1, "import.no_owner")


def test_records_come_one_a_line_with_null_where_nothing_is_known(run, tmp_path):
    path = tmp_path / "one.csv"
    path.write_text("申请号,名称\nCN201110269715.3,一种装置\n", encoding="utf-8")
    code, [record] = run("assets", "import", path, "--records")
    assert code == 0
    assert record["application_number"] == "CN201110269715.3"
    assert (record["patent_number"], record["owners"], record["source_rows"]) == (None, [], [1])


def test_a_scratch_index_is_loaded_and_asked(run, tmp_path):
    rows = tmp_path / "rows.jsonl"
    rows.write_text(
        '{"id": 1, "title": "动力电池"}\n{"id": 2, "title": "轮椅"}\n', encoding="utf-8"
    )
    code, [loaded] = run("search", "load", rows, "--index", tmp_path / "index")
    assert code == 0
    code, answers = run("search", "query", "-", "--index", tmp_path / "index", said="电池\n轮椅\n")
    assert [[hit["id"] for hit in answer["hits"]] for answer in answers] == [[1], [2]]
    code, [error] = run("search", "query", "电池", "--index", tmp_path / "nowhere")
    assert (code, error["error"]["code"]) == (1, "search.no_index")
    assert loaded


def test_the_proofs_hold_on_an_empty_site(run):
    for command in (("ledger", "check"), ("audit", "verify")):
        code, [proof] = run(*command)
        assert code == 0
        assert "error" not in proof


def test_an_address_that_nobody_confirmed_makes_no_operator(run):
    code, [error] = run("operator", "nobody@example.org")
    assert (code, list(error)) == (1, ["error"])


def test_reindexing_leaves_nothing_to_be_delivered(run):
    listing = a.listing()
    events.record(listing, "listing.publish", by=a.operator())
    db.session.commit()
    code, [said] = run("search", "reindex")
    assert (code, said["documents"] >= 1) == (0, True)
    assert worker.deliver_outside("index") is False


def test_what_needs_no_data_works_where_there_is_no_database(tmp_path):
    numbers = tmp_path / "numbers.txt"
    numbers.write_text("201110269715.3\n")
    done = outside("identifiers", "check", str(numbers), instance=tmp_path / "none")
    assert (done.returncode, json.loads(done.stdout)["valid"]) == (0, True)
    dry = outside("assets", "import", str(numbers), "--records", instance=tmp_path / "none")
    assert dry.stdout.startswith("{")
    assert not (tmp_path / "none" / "marketplace.db").exists()


@pytest.mark.parametrize("command", [("ledger", "check"), ("audit", "verify"), ("seed",)])
def test_what_needs_data_says_that_there_is_no_database(tmp_path, command):
    done = outside(*command, instance=tmp_path)
    assert done.returncode == 1
    assert json.loads(done.stdout)["error"]["code"] == "database.unusable"
    assert "Traceback" not in done.stderr


def test_a_reader_that_stops_listening_is_no_accident(tmp_path):
    numbers = tmp_path / "numbers.txt"
    numbers.write_text("201110269715.3\n" * 20_000)
    with subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "wsgi", "identifiers", "check", str(numbers)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "INSTANCE_DIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as asked:
        assert json.loads(asked.stdout.readline())["valid"]
        asked.stdout.close()
        assert "Traceback" not in asked.stderr.read()


def test_settings_of_the_demonstration_are_not_fit_for_production(tmp_path):
    done = outside("production-check", instance=tmp_path)
    said = json.loads(done.stdout)
    assert (done.returncode, said["ready"]) == (1, False)
    assert any("SECRET_KEY" in fault for fault in said["faults"])


def test_auctions_close_and_check(run):
    assert run("auctions", "close") == (0, [{"moved": False}])
    reference = an_auction(opened=False).reference
    assert run("auctions", "close") == (0, [{"moved": True}])
    assert run("auctions", "check") == (0, [])
    db.session.execute(update(Auction).values(price_minor=1))
    db.session.commit()
    fault = "row: phase, price, leader or reserve is not what the log leads to"
    assert run("auctions", "check") == (1, [{"auction": reference, "faults": [fault]}])
