"""Rules of the house that no linter knows. Each message says what to do instead."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "marketplace"
FILES = sorted(PACKAGE.rglob("*.py"))
SERVICES = [p for p in FILES if p.name == "services.py" or p.parent.name == "services"]
PURE = [
    "rules.engine",
    "rules.facts",
    "assets.articles",
    "assets.bundle",
    "assets.identifiers",
    "assets.scopes",
    "assets.similar",
    "assets.terms",
    "assets.importing.merge",
    "assets.legal_status.replay",
    "assets.legal_status.chain",
    "listings.terms",
    "listings.termsheet",
    "negotiation.positions",
    "search.document",
    "documents.amounts",
    "trust.grading",
]


def trees() -> Iterator[tuple[Path, ast.Module]]:
    for path in FILES:
        yield path.relative_to(PACKAGE), ast.parse(path.read_text(encoding="utf-8"))


def calls(tree: ast.AST) -> set[str]:
    names = (n.func for n in ast.walk(tree) if isinstance(n, ast.Call))
    return {n.attr if isinstance(n, ast.Attribute) else getattr(n, "id", "") for n in names}


def session_commits(tree: ast.AST) -> bool:
    return any(
        isinstance(n, ast.Call)
        and isinstance(n.func, ast.Attribute)
        and n.func.attr == "commit"
        and "session" in ast.dump(n.func.value)
        for n in ast.walk(tree)
    )


def test_only_the_transaction_commits():
    guilty = [str(p) for p, t in trees() if session_commits(t) and str(p) != "core/db.py"]
    assert guilty == [], "open a core.db.transaction() at the entry point instead"


def test_services_open_no_transaction_of_their_own():
    guilty = [
        str(path)
        for path, tree in trees()
        if (path.name == "services.py" or path.parent.name == "services")
        if "transaction" in calls(tree) and path.parts[0] != "notifications"
    ]
    # notifications.send_due is a job: it talks to a mail server between two transactions
    assert guilty == [], "the entry point opens the one transaction"


def test_states_change_only_through_their_lifecycle():
    guilty = [
        f"{path}:{node.lineno}"
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Attribute) and target.attr == "state"
        if str(path) != "core/lifecycle.py"
    ]
    assert guilty == [], "call core.lifecycle.advance() instead"


@pytest.mark.parametrize("path", SERVICES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_every_verb_with_an_actor_asks_permission_and_says_what_it_does(path):
    silent, unguarded = [], []
    tree = ast.parse(path.read_text(encoding="utf-8"))
    private = {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef)}
    for verb in tree.body:
        if not isinstance(verb, ast.FunctionDef) or verb.name.startswith("_"):
            continue
        where = f"{path.relative_to(PACKAGE)}:{verb.lineno} {verb.name}"
        if not ast.get_docstring(verb):
            silent.append(where)
        first = verb.args.args[0].arg if verb.args.args else ""
        if (
            first == "actor"
            and not asks(verb, private)
            and verb.name not in ANSWERS_FOR_ITS_CALLERS
        ):
            unguarded.append(where)
    assert silent == [], "a public verb has its one line"
    assert unguarded == [], "a verb that takes an actor calls require()"


def asks(verb: ast.FunctionDef, known: dict[str, ast.FunctionDef], depth: int = 2) -> bool:
    """Whether require() is called here, or in a function of the module that this one calls."""
    called = calls(verb)
    if "require" in called:
        return True
    return depth > 0 and any(asks(known[n], known, depth - 1) for n in called & known.keys())


# Permission is proved one layer up, or by the document that is shown (a signed token, a password).
ANSWERS_FOR_ITS_CALLERS = {"open_deal", "keep"}


def test_records_are_made_only_in_their_own_package():
    owner = {
        node.name: path.parts[0]
        for path, tree in trees()
        if path.name == "models.py" or path.parent.name == "models"
        for node in tree.body
        if isinstance(node, ast.ClassDef)
        if any(getattr(b, "id", "") in {"Record", "Stateful", "Paper"} for b in node.bases)
    }
    guilty = [
        f"{path} makes a {name}"
        for path, tree in trees()
        for name in (names_called(tree) & owner.keys()) - classes_of(tree)
        if owner[name] != path.parts[0]
    ]
    assert guilty == [], "call the owner's service instead"


def classes_of(tree: ast.Module) -> set[str]:
    """A class of the module's own may share a record's name (a judgement, and the record of it)."""
    return {n.name for n in tree.body if isinstance(n, ast.ClassDef)}


def names_called(tree: ast.AST) -> set[str]:
    """Classes called by their bare name (a verb of the same name behind a dot is no record)."""
    return {
        n.func.id
        for n in ast.walk(tree)
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
    }


@pytest.mark.parametrize("module", PURE)
def test_pure_modules_load_without_the_web_or_the_database(module):
    probe = (
        f"import sys, marketplace.{module};"
        "sys.exit(bool({'flask', 'sqlalchemy'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", probe], check=False, cwd=PACKAGE.parent)
    assert done.returncode == 0


def test_nothing_is_called_utils():
    vague = {"utils", "helpers", "common", "base", "misc"}
    assert [str(p) for p, _ in trees() if p.stem in vague] == []
