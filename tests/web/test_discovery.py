"""What machines read: robots, site map, manifest, icons; and the site when it is closed or broken."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from marketplace.listings.models import ListingState
from marketplace.organisations import readers
from tests import factories as a

NAMES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}


def test_the_site_map_lists_public_pages_only(client: FlaskClient):
    public, draft = a.listing(), a.listing(state=ListingState.DRAFT)

    tree = ET.fromstring(client.get("/sitemap.xml").text)  # noqa: S314 -- our own answer
    paths = {
        loc.text.split("//", 1)[1].partition("/")[2] for loc in tree.iterfind(".//s:loc", NAMES)
    }

    assert f"listings/{public.reference}" in paths
    assert f"listings/{draft.reference}" not in paths
    assert {"", "search", "cities", "help", "help/law"} <= paths
    indexless = paths - {"search"}
    found = {path: client.get(f"/{path}").status_code for path in indexless}
    assert found == dict.fromkeys(indexless, 200)


def test_robots_are_kept_from_what_belongs_to_members(client: FlaskClient):
    text = client.get("/robots.txt").text

    assert "Disallow: /workbench\n" in text
    assert "Disallow: /console\n" in text
    assert re.search(r"^Sitemap: http.*/sitemap\.xml$", text, re.MULTILINE)
    assert "Disallow: /\n" not in text


def test_the_manifest_names_icons_that_exist(client: FlaskClient):
    manifest = client.get("/manifest.webmanifest?lang=en").json

    assert manifest["name"] == "Guangdong IP Exchange"
    for icon in manifest["icons"]:
        with client.get(icon["src"]) as answer:
            assert answer.status_code == 200
    assert client.get("/favicon.ico").status_code == 302


def test_a_page_says_what_it_is_when_shared(client: FlaskClient):
    listing = a.listing(title="一种<泵>")
    text = client.get(f"/listings/{listing.reference}?lang=zh-CN&from=mail").text

    assert 'property="og:title" content="一种&lt;泵&gt;' in text
    assert f'rel="canonical" href="http://127.0.0.1:8000/listings/{listing.reference}"' in text
    image = re.search(r'property="og:image" content="http://127.0.0.1:8000(/s/[^"]+)"', text)
    with client.get(image.group(1)) as answer:
        assert answer.mimetype == "image/png"


def test_a_page_of_a_member_is_not_for_search_engines(sign_in):
    assert 'name="robots" content="noindex"' in sign_in(a.organisation()).get("/").text


def test_a_static_file_that_a_browser_has_is_not_sent_again(client: FlaskClient):
    style = re.search(r'href="(/s/[^"]+app\.css)"', client.get("/help").text).group(1)
    with client.get(style) as first:
        tag = first.headers["ETag"]
    with client.get(style, headers={"If-None-Match": tag}) as again:
        assert again.status_code == 304


def test_a_missing_page_offers_the_search(client: FlaskClient):
    answer = client.get("/nothing-here")

    assert answer.status_code == 404
    assert 'role="search"' in answer.text


def test_the_site_can_be_closed_without_a_restart(app: Flask, client: FlaskClient):
    flag = Path(app.instance_path, "maintenance")
    flag.touch()
    try:
        closed = client.get("/")
    finally:
        flag.unlink()

    assert closed.status_code == 503
    assert int(closed.headers["Retry-After"]) > 0
    assert "<h1>暂时无法使用</h1>" in closed.text
    assert client.get("/").status_code == 200


@pytest.mark.parametrize(
    ("fault", "status"),
    [(OperationalError("select", {}, Exception("gone")), 503), (RuntimeError("a bug"), 500)],
    ids=["no database", "bug"],
)
def test_a_member_gets_a_whole_page_when_things_break(
    app: Flask, sign_in, monkeypatch, fault, status
):
    browser = sign_in(a.organisation())
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)

    def break_down(*_: object) -> None:
        raise fault

    monkeypatch.setattr(readers, "reader_by_hash", break_down)
    answer = browser.get("/")

    assert answer.status_code == status
    assert "</footer>" in answer.text
