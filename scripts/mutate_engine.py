"""Whether the tests of the auction engine would notice a slip in it: `python -m scripts.mutate_engine`.

A sample of all slips (`--sample 120`, drawn by `--seed`; 0: all) is tried, each in a private copy of
the engine: a comparison turned round, `and` for `or`, a condition negated, plus for minus, a number
moved by one, the larger for the smaller, an answer changed or kept back. A copy whose quick tests
fail, or hang for a minute, has been found out; the survivors are printed, and the share of those
found out is the score. `--only english` tries the slips of one module. Not part of the tests: it is
about the tests.
"""

import argparse
import ast
import copy
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from scripts.mutating import TURNED, report

ROOT = Path(__file__).parent.parent
ENGINE = Path("marketplace/auctions/engine")
TESTS = Path("tests/auctions/engine")
ALSO = ("marketplace/__init__.py", "marketplace/auctions/__init__.py", "tests/__init__.py",
        "marketplace/auctions/replaying.py", "tests/auctions/__init__.py")  # fmt: skip
LONGEST = 60  # seconds; a test that then still runs hangs
# The same examples every time, none made smaller: it is only asked whether one fails.
CONFTEST = """
from hypothesis import HealthCheck, Phase, settings

settings.register_profile(
    "slips", phases=[Phase.explicit, Phase.generate], database=None, derandomize=True,
    deadline=None, suppress_health_check=list(HealthCheck),
)
settings.load_profile("slips")
"""
COMPARED: dict[str, type[ast.cmpop]] = {
    "==": ast.Eq, "!=": ast.NotEq, "<": ast.Lt, "<=": ast.LtE, ">": ast.Gt, ">=": ast.GtE,
}  # fmt: skip
NAMES = {kind: name for name, kind in COMPARED.items()}
OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
# `|` is left alone: it mostly joins types.
COUNTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv, ast.LShift: ast.RShift, ast.RShift: ast.LShift, ast.BitAnd: ast.BitOr,
}  # fmt: skip
CALLED = {"min": "max", "max": "min", "any": "all", "all": "any"}


@dataclass(frozen=True)
class Slip:
    """One change in one place, and the module that it makes."""

    module: str
    line: int
    before: str
    after: str
    source: str


def slips(module: str, source: str) -> Iterator[Slip]:
    """Everything that can be mistaken in a module, one mistake at a time."""
    tree = ast.parse(source)
    for node in _reached(tree):
        for field, other in _mistakes(node):
            right, before = getattr(node, field), ast.unparse(node)
            setattr(node, field, other)
            made = ast.unparse(tree)
            yield Slip(module, getattr(node, "lineno", 0), before, ast.unparse(node), made)
            setattr(node, field, right)


def _reached(node: ast.AST) -> Iterator[ast.AST]:
    """What runs: neither annotations nor texts that nobody computes with."""
    yield node
    for field, value in ast.iter_fields(node):
        if field not in {"annotation", "returns", "decorator_list"}:
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from _reached(child)


def _mistakes(node: ast.AST) -> Iterator[tuple[str, object]]:
    """What could stand in one of the node's fields instead."""
    yield from _operators(node)
    yield from _conditions(node)
    yield from _values(node)


def _operators(node: ast.AST) -> Iterator[tuple[str, object]]:
    match node:
        case ast.Compare():
            for place, one in enumerate(node.ops):
                for other in _turned(one):
                    yield "ops", [*node.ops[:place], other, *node.ops[place + 1 :]]
        case ast.BoolOp():
            yield "op", ast.And() if isinstance(node.op, ast.Or) else ast.Or()
        case ast.BinOp() if type(node.op) in COUNTED:
            yield "op", COUNTED[type(node.op)]()
        case ast.UnaryOp(op=ast.USub()):
            yield "op", ast.UAdd()


def _conditions(node: ast.AST) -> Iterator[tuple[str, object]]:
    match node:
        case ast.UnaryOp(op=ast.Not()):
            yield "operand", _negated(node.operand)
        case ast.If() | ast.IfExp() | ast.While():
            yield "test", _negated(node.test)
        case ast.match_case(guard=ast.expr() as guard):
            yield "guard", _negated(guard)
        case ast.comprehension(ifs=[first, *rest]):
            yield "ifs", [_negated(first), *rest]


def _values(node: ast.AST) -> Iterator[tuple[str, object]]:
    match node:
        case ast.Constant():
            yield from _constants(node.value)
        case ast.Call(func=ast.Name(id=name)) if name in CALLED:
            yield "func", ast.Name(CALLED[name], ast.Load())
        case ast.Return(value=ast.expr() as value) if ast.unparse(value) != "None":
            yield "value", ast.Constant(None)


def _turned(one: ast.cmpop) -> list[ast.cmpop]:
    if type(one) in OPPOSITE:
        return [OPPOSITE[type(one)]()]
    return [COMPARED[name]() for name in TURNED[NAMES[type(one)]]]


def _negated(test: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.Not(), copy.deepcopy(test))


def _constants(value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, bool):
        yield "value", not value
    elif isinstance(value, int):
        yield "value", value + 1
    elif isinstance(value, str) and value.startswith("auction."):
        yield "value", f"{value}_not"  # another answer


def notices(slip: Slip) -> bool:
    """Whether a private copy with the slip fails its tests."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for source in (ENGINE, TESTS):
            shutil.copytree(ROOT / source, folder / source)
        for path in ALSO:
            shutil.copy(ROOT / path, folder / path)
        (folder / ENGINE / slip.module).write_text(slip.source, encoding="utf-8")
        (folder / "conftest.py").write_text(CONFTEST, encoding="utf-8")
        return not _passes(folder)


def _passes(folder: Path) -> bool:
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist",
               "-k", "not real_auctions", "--ignore", str(TESTS / "test_strategies.py"),
               "--rootdir", ".", str(TESTS)]  # fmt: skip
    environment = {**os.environ, "AUCTION_SEEDS": "200", "PYTHONPATH": str(folder)}
    quiet = subprocess.DEVNULL
    with subprocess.Popen(  # noqa: S603 -- our own command
        command, cwd=folder, env=environment, stdout=quiet, stderr=quiet
    ) as tests:
        try:
            return tests.wait(LONGEST) == 0
        except subprocess.TimeoutExpired:
            tests.kill()
            return False


def tried(drawn: list[Slip], jobs: int) -> Iterator[tuple[dict[str, object], bool]]:
    """Each slip as it is reported, and whether it was noticed."""
    with ThreadPoolExecutor(jobs) as pool:
        for slip, noticed in zip(drawn, pool.map(notices, drawn), strict=True):
            where = f"{slip.module}:{slip.line}"
            yield {"where": where, "before": slip.before, "after": slip.after}, noticed


def main() -> int:
    """Print the survivors and the score."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--sample", type=int, default=120)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--jobs", type=int, default=1)
    asked.add_argument("--only", default="")
    given = asked.parse_args()
    every = [
        slip
        for path in sorted((ROOT / ENGINE).glob(f"{given.only or '*'}.py"))
        for slip in slips(path.name, path.read_text(encoding="utf-8"))
    ]
    unharmed = Slip("rules.py", 0, "", "", (ROOT / ENGINE / "rules.py").read_text(encoding="utf-8"))
    if notices(unharmed):
        sys.exit("the tests fail without any slip")
    dice = random.Random(given.seed)  # noqa: S311 -- the same sample again
    drawn = dice.sample(every, min(given.sample or len(every), len(every)))
    print(f"{len(drawn)} of {len(every)} slips")
    report(tried(drawn, given.jobs))
    return 0


if __name__ == "__main__":
    sys.exit(main())
