"""The same engines, for scripts: JSON on standard output and nothing else there.

Exit 0, or 1 with {"error": {"code": …, "message": …}}.
"""

import json
import sys
from collections.abc import Callable, Iterable
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TextIO

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from marketplace.core.db import db
from marketplace.core.errors import Refused
from marketplace.core.words import say

P = ParamSpec("P")


def write(item: Any) -> None:
    """One JSON value on one line."""
    click.echo(json.dumps(item, ensure_ascii=False, default=str))


def write_all(items: Iterable[Any]) -> None:
    """One JSON value a line."""
    for item in items:
        write(item)


def refusals_as_json(command: Callable[P, None]) -> Callable[P, None]:
    """A refusal, or a file that cannot be read, ends in an error object and exit code 1."""

    @wraps(command)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except Refused as refusal:
            _fail(refusal.code, say("refusals", refusal.code, "en", **refusal.facts))
        except (OSError, ValueError) as error:
            _fail("input.unreadable", str(error))

    return guarded


def _fail(code: str, message: str) -> None:
    write({"error": {"code": code, "message": message}})
    sys.exit(1)


def open_input(name: str) -> TextIO:
    """A file, or standard input for `-`."""
    return sys.stdin if name == "-" else Path(name).open(encoding="utf-8-sig")
