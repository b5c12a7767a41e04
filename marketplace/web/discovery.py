"""What machines read of the site: robots, site map, manifest for the home screen, old favicon."""

from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape

from flask import Blueprint, Response, jsonify, redirect, url_for
from flask.typing import ResponseReturnValue

from marketplace.core import settings
from marketplace.core.policy import VISITOR
from marketplace.listings import queries as listings
from marketplace.organisations import queries as organisations
from marketplace.web.help import PAGES
from marketplace.web.locale import LANGUAGES
from marketplace.web.presentation import site_name, static_v

bp = Blueprint("discovery", __name__)
PRIVATE = ("/workbench", "/console", "/account", "/documents", "/sign-", "/reset", "/confirm",
           "/invitations", "/suggest", "/compare", "/watchlist", "/saved-searches")  # fmt: skip
MOST = 50_000  # addresses that one site map may hold
SITEMAP, XHTML = "http://www.sitemaps.org/schemas/sitemap/0.9", "http://www.w3.org/1999/xhtml"
ICON_SIZES = (192, 512)


def _absolute(path: str) -> str:
    return settings.current().site_url.rstrip("/") + path


@bp.get("/robots.txt")
def robots() -> ResponseReturnValue:
    """Public pages are open to search engines; what belongs to members is not."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in PRIVATE)]
    lines += ["", f"Sitemap: {_absolute(url_for('discovery.sitemap'))}", ""]
    return Response("\n".join(lines), mimetype="text/plain")


@bp.get("/sitemap.xml")
def sitemap() -> ResponseReturnValue:
    """The public pages, each in its three languages; listings with the day of their publication."""
    languages = [(tag, f"lang={tag}") for _, tag, _ in LANGUAGES]
    out = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<urlset xmlns="{SITEMAP}" xmlns:xhtml="{XHTML}">',
    ]
    for path, day in _public_pages():
        address = escape(_absolute(path))
        links = "".join(
            f'<xhtml:link rel="alternate" hreflang="{tag}" href="{address}?{query}"/>'
            for tag, query in languages
        )
        changed = f"<lastmod>{day}</lastmod>" if day else ""
        out.append(f"<url><loc>{address}</loc>{changed}{links}</url>")
    out.append("</urlset>")
    return Response("\n".join(out), mimetype="application/xml")


def _public_pages() -> Iterator[tuple[str, str]]:
    for endpoint in ("home.index", "search.results", "home.cities", "help.index", "rules.index"):
        yield url_for(endpoint), ""
    for page in PAGES:
        yield url_for("help.page", page=page.name), ""
    for slug in organisations.public_slugs():
        yield url_for("organisations.show", slug=slug), ""
    for reference, published_at in listings.published_references(VISITOR, MOST):
        day = published_at.date().isoformat() if published_at else ""
        yield url_for("listings.show", reference=reference), day


@bp.get("/manifest.webmanifest")
def manifest() -> ResponseReturnValue:
    """Name, colours and icons for the home screen of a phone."""
    icons: list[dict[str, Any]] = [
        {"src": static_v(f"img/icon-{n}.png"), "sizes": f"{n}x{n}", "type": "image/png"}
        for n in ICON_SIZES
    ]
    icons.append({"src": static_v("img/favicon.svg"), "sizes": "any", "type": "image/svg+xml"})
    answer = jsonify(
        name=site_name(),
        short_name=site_name(),
        start_url="/",
        display="standalone",
        background_color="#f5f5f0",
        theme_color="#072e2e",
        icons=icons,
    )
    answer.mimetype = "application/manifest+json"
    return answer


@bp.get("/favicon.ico")
def favicon() -> ResponseReturnValue:
    """Browsers that do not read the link of the page ask here."""
    return redirect(static_v("img/icon-192.png"), 302)
