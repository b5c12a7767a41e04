"""Whatever is typed into whatever field, the site answers: never with an error of its own.

Every page is read with queries that make no sense, and every form found on it is sent with values
that nobody should type. The values go round, so that each field meets several of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from itertools import cycle, islice
from typing import Any
from urllib.parse import urlsplit

import lxml.html
import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.core.db import db
from marketplace.core.references import Series
from marketplace.jobs import indexing
from tests import factories as a
from tests.conftest import signed_in
from tests.web import world

NASTY = (
    "\0a\0", "<script>alert(1)</script>\"'", "\u202eevil\u200b", "9" * 40, "-1", "x" * 6000, "=cmd()",
    "%(x)s {} %s", "NaN", "1e400", "٣", "１２", "a\r\nBcc: x@y.z", "../../etc/passwd", "' OR 1=1--",
    "2026-02-30", "9999-12-31", "0001-01-01", "𠮷𠮷", "[]", "99999999999.999", "_", "%", "*", "(", "",
)  # fmt: skip
QUERIES = (
    "q", "page", "sort", "filter", "state", "kind", "show", "lang", "export", "format", "next", "key",
    "step", "who", "since", "until", "reference", "number", "price", "city", "name", "account",
)  # fmt: skip
LEAVE = (
    "/sign-out",
    "/leave",
    "/act-for",
    "/sessions/",
    "/sign-in/demo",
    "/reset/",
)  # they end the visit
TYPED = {
    "",
    "text",
    "search",
    "email",
    "password",
    "tel",
    "number",
    "date",
    "hidden",
    "url",
    "month",
}


@dataclass
class Prober:
    """A browser that types nonsense, and what broke."""

    app: Flask
    browser: FlaskClient
    values: Iterator[str] = field(default_factory=lambda: cycle(NASTY))
    broken: dict[str, str] = field(default_factory=dict)
    sent: set[tuple[str, frozenset[str]]] = field(default_factory=set)

    def open(self, method: str, path: str, **more: Any) -> Any:
        """One request; an error of the site's own is noted."""
        try:
            answer = self.browser.open(path, method=method, **more)
        except Exception as error:  # noqa: BLE001 -- that is what we look for
            db.session.rollback()
            self.broken[f"{method} {path}"] = f"{type(error).__name__}: {error}"[:300]
            return None
        if answer.status_code >= 500:
            self.broken[f"{method} {path}"] = str(answer.status_code)
        return answer

    def read(self, path: str) -> None:
        """A page: plainly, with nonsense asked of it, and every form on it sent twice."""
        page = self.open("GET", path)
        for _ in range(2):
            self.open("GET", path, query_string=list(zip(QUERIES, self.values, strict=False)))
        if page is None or "html" not in page.content_type or not page.text:
            return
        for form in lxml.html.fromstring(page.text).forms:
            action = str(form.get("action") or path)
            method = str(form.get("method") or "get").upper()
            fields = [
                f for f in form.iter("input", "select", "textarea", "button") if f.get("name")
            ]
            shape = (f"{method} {urlsplit(action).path}", frozenset(f.get("name") for f in fields))
            if shape in self.sent or action.startswith(LEAVE) or any(e in action for e in LEAVE):
                continue
            self.sent.add(shape)
            for wildly in (False, True):
                self.send(method, action, fields, wildly=wildly)

    def send(self, method: str, action: str, fields: list[Any], *, wildly: bool) -> None:
        """Nonsense where people type, or everywhere."""
        data: dict[str, list[Any]] = {}
        for element in fields:
            kind = (element.get("type") or "").lower()
            if kind == "file":
                file = (BytesIO(next(self.values).encode()), "../x<\u202e>.csv")
                data.setdefault(element.get("name"), []).append(file)
                continue
            typed = element.tag == "textarea" or (element.tag == "input" and kind in TYPED)
            value = next(self.values) if typed or wildly else element.get("value") or ""
            data.setdefault(element.get("name"), []).append(value)
        self.open(method, action, **({"query_string": data} if method == "GET" else {"data": data}))


@pytest.mark.parametrize("who", ["visitor", "owner of a firm", "operator"])
def test_nonsense_in_every_field_of_every_page_breaks_nothing(own_database, who):
    """On a database of its own: within one transaction that is never committed PostgreSQL gets slow."""
    app = own_database
    for letter in "ADLO":  # what the site numbers itself begins where no factory counts
        a.keep(Series(letter=letter, last=9_000_000))
    firm = world.found()
    indexing.rebuild()
    browser = {
        "visitor": app.test_client,
        "owner of a firm": lambda: signed_in(app, firm.organisation, "owner"),
        "operator": lambda: signed_in(app, a.exchange(), "owner"),
    }[who]()
    db.session.commit()
    prober = Prober(app, browser)

    for rule in sorted(app.url_map.iter_rules(), key=lambda r: r.rule):
        of_ours = who == "operator" or not rule.rule.startswith("/console")
        if "GET" in (rule.methods or ()) and of_ours and rule.endpoint != "static":
            prober.read(firm.address(rule))

    assert prober.broken == {}
    assert len(prober.sent) >= {"visitor": 8, "owner of a firm": 30, "operator": 40}[who]


@pytest.mark.parametrize("value", list(islice(NASTY, 8)))
def test_every_member_may_type_nonsense_into_every_field_of_the_account(app, sign_in, value):
    prober = Prober(app, sign_in(a.organisation(), "owner"), values=cycle([value]))

    for path in ("/account", "/account/security", "/account/organisations/new"):
        prober.read(path)

    assert prober.broken == {}
